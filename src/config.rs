//! `railcheck.yaml`: where migrations and sources are, and which packs are verified.

mod databases;
mod platform;
mod rules;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_yaml::{Location, Spanned};

use crate::engine::{EngineName, History, Platform};
use crate::input::{
    Folder, InputError, Selection, foreign_database, holds_migrations, nested_migrations,
};
use crate::yaml::{self, YamlError};

use self::databases::RawDatabase;

pub use self::databases::{ChoiceError, Database};
pub use self::platform::{Chosen, likely_platform, serves_tables};
pub use self::rules::{RuleSetting, RuleSettings};

/// The configuration of a repository, in its root.
pub const FILE_NAME: &str = "railcheck.yaml";

/// Where migrations are looked for without a configuration, in this order.
const USUAL_MIGRATIONS: [&str; 13] = [
    "supabase/migrations",
    "migrations",
    "db/migrations",
    "database/migrations",
    "sql/migrations",
    "priv/repo/migrations",
    "prisma/migrations",
    "drizzle",
    "drizzle/migrations",
    "src/db/migrations",
    "db/migration",
    "src/main/resources/db/migration",
    "supabase/schemas",
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
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Configuration")]
struct RawConfig {
    /// The folder of the migrations, relative to the root.
    #[schemars(with = "Option<String>")]
    migrations: Option<Spanned<String>>,
    /// Folders of the sources, relative to the root; all of it without any.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    sources: Vec<Spanned<String>>,
    /// Where the migrations start from; told by what they need where it is not given.
    platform: Option<Platform>,
    /// Whether the migrations make all that there is.
    #[serde(default)]
    history: History,
    /// SQL that comes before the first migration, such as a dump, relative to the root.
    #[schemars(with = "Option<String>")]
    before: Option<Spanned<String>>,
    /// What makes the catalog, where the command line does not say.
    engine: Option<EngineName>,
    /// Several databases, each with migrations and packs of its own.
    #[serde(default)]
    databases: Vec<RawDatabase>,
    /// Packs to verify: names of shipped ones, or files relative to the root.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    packs: Vec<Spanned<String>>,
    /// What single rules weigh here, and whose findings are left out where: a rule by its id.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, rules::RawSetting>")]
    rules: IndexMap<Spanned<String>, rules::RawSetting>,
    /// Patterns as in .gitignore, at least one of which a source must match.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    includes: Vec<Spanned<String>>,
    /// Patterns as in .gitignore of sources that are left out.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    excludes: Vec<Spanned<String>>,
}

/// A configuration that can be worked with.
#[derive(Debug, Default)]
pub struct Config {
    /// The folder of the migrations.
    pub migrations: Option<Folder>,
    /// Which files are sources.
    pub sources: Selection,
    /// Where the migrations start from, where that is given.
    pub platform: Option<Platform>,
    /// Whether the migrations make all that there is.
    pub history: History,
    /// The file of what comes before the first migration.
    pub before: Option<String>,
    /// What makes the catalog, where the command line does not say.
    pub engine: Option<EngineName>,
    /// Names of shipped packs, or files relative to the root.
    pub packs: Vec<String>,
    /// What is said of single rules.
    pub rules: RuleSettings,
    /// The databases, where there are several; the fields above are then those of the one that is chosen.
    pub databases: Vec<Database>,
}

impl Config {
    /// Reads a configuration. Whatever it names must be within `root`.
    ///
    /// # Errors
    /// If it is no YAML, has unknown keys, or names a folder that is missing or outside.
    pub fn parse(root: &Folder, path: &str, text: &str) -> Result<Self, ConfigError> {
        // An empty document is a configuration that says nothing.
        let raw = yaml::parse::<Option<RawConfig>>(path, text)?.unwrap_or_default();
        if let (Some(_), Some(named)) = (raw.databases.first(), &raw.migrations) {
            let message = "where there are `databases`, each names its own migrations";
            return Err(YamlError::at(path, named.referenced, message.to_owned()).into());
        }
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
            history: raw.history,
            before: raw.before.map(|named| file(path, root, &named)).transpose()?,
            databases: databases::read(root, path, &raw.databases)?,
            engine: raw.engine,
            packs: raw.packs.into_iter().map(|pack| pack.value).collect(),
            rules: rules::read(path, raw.rules)?,
        })
    }
}

/// The JSON schema of configurations, for editors: `docs/railcheck.schema.json`.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::SchemaGenerator::default().into_root_schema_for::<RawConfig>().to_value()
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

/// A file that the configuration names, which must be there.
fn file(path: &str, root: &Folder, named: &Spanned<String>) -> Result<String, YamlError> {
    if root.has(&named.value) {
        return Ok(named.value.clone());
    }
    let message = format!("there is no file {}", named.value);
    Err(YamlError::at(path, named.referenced, message))
}

/// Folders of migrations that nobody named.
#[derive(Debug, Default)]
pub struct Detected {
    /// The one that a repository without a word about it most likely means.
    pub folder: Option<Folder>,
    /// The others, with the other database that they are for.
    pub others: Vec<(Folder, Option<&'static str>)>,
}

/// Looks for migrations in the usual folders, and below the root where there are none: the first that holds
/// any for PostgreSQL, or any at all.
#[must_use]
pub fn detect_migrations(root: &Folder) -> Detected {
    let usual = USUAL_MIGRATIONS.iter().filter_map(|usual| root.inside(usual).ok());
    let mut found: Vec<Folder> = usual.filter(holds_migrations).collect();
    let is_for_postgres = |folder: &Folder| foreign_database(folder).is_none();
    if !found.iter().any(is_for_postgres) {
        let nested = nested_migrations(root).into_iter();
        let new: Vec<_> =
            nested.filter(|folder| !found.iter().any(|f| f.shown() == folder.shown())).collect();
        found.extend(new);
    }
    let first = found.iter().position(is_for_postgres).unwrap_or(0);
    let folder = (!found.is_empty()).then(|| found.remove(first));
    let others = found.into_iter().map(|folder| {
        let database = foreign_database(&folder);
        (folder, database)
    });
    Detected { folder, others: others.collect() }
}
