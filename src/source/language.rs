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
}

impl Language {
    /// The language of a file by its name; `None` if it is no source.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        if path.file_name()? == "Cargo.toml" {
            return Some(Self::CargoManifest);
        }
        match path.extension()?.to_str()? {
            "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" => Some(Self::TypeScript),
            "rs" => Some(Self::Rust),
            _ => None,
        }
    }
}
