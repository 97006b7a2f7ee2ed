use std::path::Path;

/// What a file of the repository is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// TypeScript or JavaScript, with JSX or without.
    TypeScript,
    /// Rust.
    Rust,
    /// The manifest of a Rust package. No source, but it tells how sources are read.
    CargoManifest,
    /// What tells where modules of TypeScript are: `tsconfig.json` and the like, `package.json`.
    ProjectConfig,
}

impl Language {
    /// The language of a file by its name; `None` if it is no source.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        if path.file_name()? == "Cargo.toml" {
            return Some(Self::CargoManifest);
        }
        match path.extension()?.to_str()? {
            "json" => is_project_config(path).then_some(Self::ProjectConfig),
            "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" => Some(Self::TypeScript),
            "rs" => Some(Self::Rust),
            _ => None,
        }
    }

    /// Whether programs are written in it.
    #[must_use]
    pub fn is_source(self) -> bool {
        matches!(self, Self::TypeScript | Self::Rust)
    }
}

/// A configuration by its own name, or one that is kept in a folder of shared ones.
fn is_project_config(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let is_shared = |folder: &str| {
        ["tsconfig", "jsconfig", "typescript-config", "ts-config"]
            .iter()
            .any(|n| folder.contains(n))
    };
    name == "package.json"
        || path.components().filter_map(|part| part.as_os_str().to_str()).any(is_shared)
}
