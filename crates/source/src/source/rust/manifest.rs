//! What `Cargo.toml` files say: where packages are, what they call their dependencies, which axum they use.

use std::collections::HashMap;

use semver::{Version, VersionReq};
use toml::{Table, Value};

use crate::span::SourceFile;

/// How an axum version writes a dynamic segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Captures {
    /// `:id` and `*rest`, before 0.8.
    Colons,
    /// `{id}` and `{*rest}`, from 0.8 on.
    Braces,
    /// The version is not known.
    #[default]
    Either,
}

/// One package.
#[derive(Debug, Clone, Default)]
pub(super) struct Package {
    /// Its folder, without a slash at the end; empty for the root.
    pub(super) folder: String,
    /// The name that other packages use it by.
    pub(super) library: String,
    pub(super) captures: Captures,
    /// Dependencies under another name than their own: `http_client` → `reqwest`.
    pub(super) renamed: HashMap<String, String>,
}

/// The packages of a repository.
#[derive(Debug, Default)]
pub(super) struct Packages {
    list: Vec<Package>,
}

impl Packages {
    /// Reads manifests; one that is no TOML tells nothing.
    pub(super) fn read(manifests: &[&SourceFile]) -> Self {
        let tables: Vec<(&str, Table)> = manifests
            .iter()
            .filter_map(|file| {
                let folder = file.path.strip_suffix("Cargo.toml")?.trim_end_matches('/');
                Some((folder, file.text.trim_start_matches('\u{feff}').parse().ok()?))
            })
            .collect();
        let list = tables
            .iter()
            .filter(|(_, table)| table.contains_key("package"))
            .map(|(folder, table)| package(folder, table, &workspace_dependencies(folder, &tables)))
            .collect();
        Self { list }
    }

    /// The package whose folder holds a file.
    pub(super) fn of(&self, path: &str) -> Option<&Package> {
        self.list
            .iter()
            .filter(|package| is_within(path, &package.folder))
            .max_by_key(|package| package.folder.len())
    }
}

pub(super) fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') || rest.is_empty())
}

fn workspace_dependencies(folder: &str, tables: &[(&str, Table)]) -> Table {
    tables
        .iter()
        .filter(|(root, _)| is_within(folder, root))
        .filter_map(|(root, table)| Some((root.len(), table.get("workspace")?)))
        .max_by_key(|(length, _)| *length)
        .and_then(|(_, workspace)| workspace.get("dependencies")?.as_table())
        .cloned()
        .unwrap_or_default()
}

fn package(folder: &str, table: &Table, shared: &Table) -> Package {
    let text = |table: &Table, key| table.get(key).and_then(Value::as_str).map(str::to_owned);
    let section = |name| table.get(name).and_then(Value::as_table);
    let library = section("lib").and_then(|lib| text(lib, "name"));
    let library = library.or_else(|| section("package").and_then(|package| text(package, "name")));
    let mut package = Package {
        folder: folder.to_owned(),
        library: identifier(&library.unwrap_or_default()),
        ..Package::default()
    };
    let mut requirements = Vec::new();
    for (name, specification) in dependencies(table) {
        let shared = match specification {
            Value::Table(table) if table.contains_key("workspace") => shared.get(name),
            _ => None,
        };
        let own = setting(specification, shared, "package").unwrap_or_else(|| name.clone());
        if own != *name {
            package.renamed.insert(identifier(name), identifier(&own));
        }
        if own == "axum" {
            requirements.push(setting(specification, shared, "version"));
        }
    }
    package.captures = captures(&requirements);
    package
}

fn identifier(name: &str) -> String {
    name.replace('-', "_")
}

/// Every dependency of a manifest, those of targets included.
fn dependencies(table: &Table) -> impl Iterator<Item = (&String, &Value)> {
    const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = table.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    std::iter::once(table)
        .chain(targets.filter_map(Value::as_table))
        .flat_map(|table| SECTIONS.iter().filter_map(|section| table.get(*section)?.as_table()))
        .flatten()
}

fn setting(specification: &Value, shared: Option<&Value>, key: &str) -> Option<String> {
    match specification {
        Value::String(version) if key == "version" => Some(version.clone()),
        Value::Table(table) => match table.get(key) {
            Some(value) => value.as_str().map(str::to_owned),
            None => setting(shared?, None, key),
        },
        _ => None,
    }
}

fn captures(requirements: &[Option<String>]) -> Captures {
    let (mut colons, mut braces) = (false, false);
    for requirement in requirements {
        let parsed = requirement.as_deref().and_then(|text| VersionReq::parse(text).ok());
        let Some(parsed) = parsed else { return Captures::Either };
        let versions = |minors: std::ops::Range<u64>| {
            minors.flat_map(|minor| (0..=40).map(move |patch| Version::new(0, minor, patch)))
        };
        colons |= versions(0..8).any(|version| parsed.matches(&version));
        braces |=
            versions(8..20).chain([Version::new(1, 0, 0)]).any(|version| parsed.matches(&version));
    }
    match (colons, braces) {
        (true, false) => Captures::Colons,
        (false, true) => Captures::Braces,
        _ => Captures::Either,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captures_of(manifests: &[(&str, &str)], path: &str) -> Captures {
        let files: Vec<_> =
            manifests.iter().map(|(path, text)| SourceFile::new(*path, *text)).collect();
        Packages::read(&files.iter().collect::<Vec<_>>())
            .of(path)
            .map_or(Captures::Either, |p| p.captures)
    }

    #[test]
    fn the_requirement_of_axum_tells_how_captures_are_written() {
        let cases = [
            ("axum = \"0.7\"", Captures::Colons),
            ("axum = \"0.7.9\"", Captures::Colons),
            ("axum = \"=0.6.20\"", Captures::Colons),
            ("axum = \"0.8\"", Captures::Braces),
            ("axum = \"^0.8.4\"", Captures::Braces),
            ("axum = { version = \"0.8\", features = [\"macros\"] }", Captures::Braces),
            ("web = { package = \"axum\", version = \"0.7\" }", Captures::Colons),
            ("axum = \">=0.7, <0.9\"", Captures::Either),
            ("axum = \"*\"", Captures::Either),
            ("axum = { git = \"https://example.org/axum\" }", Captures::Either),
            ("axum = \"nonsense\"", Captures::Either),
            ("serde = \"1\"", Captures::Either),
        ];
        for (dependency, expected) in cases {
            let manifest = format!("[package]\nname = \"a\"\n[dependencies]\n{dependency}\n");
            assert_eq!(
                captures_of(&[("Cargo.toml", &manifest)], "src/main.rs"),
                expected,
                "{dependency}"
            );
        }
    }

    #[test]
    fn the_nearest_package_and_its_workspace_count() {
        let manifests = [
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\naxum = \"0.7\"",
            ),
            (
                "a/Cargo.toml",
                "[package]\nname = \"a\"\n[dependencies]\naxum = { workspace = true }",
            ),
            ("a/b/Cargo.toml", "[package]\nname = \"b\"\n[dependencies]\naxum = \"0.8\""),
            (
                "c/Cargo.toml",
                "[package]\nname = \"c\"\n[target.'cfg(unix)'.dependencies]\naxum = \"0.8\"",
            ),
            ("d/Cargo.toml", "this is no toml"),
        ];
        for (path, expected) in [
            ("a/src/main.rs", Captures::Colons),
            ("a/b/src/main.rs", Captures::Braces),
            ("c/src/main.rs", Captures::Braces),
            ("ab/src/main.rs", Captures::Either),
            ("d/src/main.rs", Captures::Either),
        ] {
            assert_eq!(captures_of(&manifests, path), expected, "{path}");
        }
    }
}
