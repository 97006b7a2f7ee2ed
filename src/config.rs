//! `railcheck.yaml`: where migrations and sources are, and which packs are verified.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::Deserialize;
use serde_yaml::{Location, Spanned};

use crate::engine::Platform;
use crate::input::{Folder, InputError, Selection, holds_migrations};
use crate::yaml::{self, YamlError};

/// The configuration of a repository, in its root.
pub const FILE_NAME: &str = "railcheck.yaml";

/// Where migrations are looked for without a configuration, in this order.
const USUAL_MIGRATIONS: [&str; 6] = [
    "supabase/migrations",
    "migrations",
    "db/migrations",
    "database/migrations",
    "sql/migrations",
    "priv/repo/migrations",
];

/// What keeps a configuration from being used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// It is not what it should be.
    #[error(transparent)]
    Yaml(#[from] YamlError),
}

/// A configuration as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    /// The folder of the migrations, relative to the root.
    migrations: Option<Spanned<String>>,
    /// Folders of the sources, relative to the root; all of it without any.
    #[serde(default)]
    sources: Vec<Spanned<String>>,
    /// Where the migrations start from.
    #[serde(default)]
    platform: Platform,
    /// Packs to verify: names of shipped ones, or files relative to the root.
    #[serde(default)]
    packs: Vec<Spanned<String>>,
    /// Patterns as in .gitignore, at least one of which a source must match.
    #[serde(default)]
    includes: Vec<Spanned<String>>,
    /// Patterns as in .gitignore of sources that are left out.
    #[serde(default)]
    excludes: Vec<Spanned<String>>,
}

/// A configuration that can be worked with.
#[derive(Debug, Default)]
pub struct Config {
    /// The folder of the migrations.
    pub migrations: Option<Folder>,
    /// Which files are sources.
    pub sources: Selection,
    /// Where the migrations start from.
    pub platform: Platform,
    /// Names of shipped packs, or files relative to the root.
    pub packs: Vec<String>,
}

impl Config {
    /// Reads a configuration. Whatever it names must be within `root`.
    ///
    /// # Errors
    /// If it is no YAML, has unknown keys, or names a folder that is missing or outside.
    pub fn parse(root: &Folder, path: &str, text: &str) -> Result<Self, ConfigError> {
        // An empty document is a configuration that says nothing.
        let raw = yaml::parse::<Option<RawConfig>>(path, text)?.unwrap_or_default();
        let folder = |named: &Spanned<String>| {
            root.inside(&named.value)
                .map_err(|error| YamlError::at(path, named.referenced, error.to_string()))
        };
        let folders = raw.sources.iter().map(|named| Ok(folder(named)?.shown().to_owned()));
        Ok(Self {
            migrations: raw.migrations.as_ref().map(folder).transpose()?,
            sources: Selection {
                folders: folders.collect::<Result<_, YamlError>>()?,
                includes: patterns(path, &raw.includes)?,
                excludes: patterns(path, &raw.excludes)?,
            },
            platform: raw.platform,
            packs: raw.packs.into_iter().map(|pack| pack.value).collect(),
        })
    }
}

fn patterns(path: &str, lines: &[Spanned<String>]) -> Result<Gitignore, YamlError> {
    let mut builder = GitignoreBuilder::new("");
    for line in lines {
        builder
            .add_line(None, &line.value)
            .map_err(|error| YamlError::at(path, line.referenced, error.to_string()))?;
    }
    builder.build().map_err(|error| YamlError::at(path, Location::UNKNOWN, error.to_string()))
}

/// The folder of migrations that a repository without a word about it most likely means: the first of
/// the usual ones that holds any.
#[must_use]
pub fn detect_migrations(root: &Folder) -> Option<Folder> {
    USUAL_MIGRATIONS.iter().filter_map(|usual| root.inside(usual).ok()).find(holds_migrations)
}
