//! Several databases of one repository: each has migrations, a platform and packs of its own.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_yaml::Spanned;

use super::{Config, file};
use crate::engine::{History, Platform};
use crate::input::Folder;
use crate::yaml::YamlError;

/// One entry of `databases` as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Database")]
pub(super) struct RawDatabase {
    /// What `--database` calls it: letters, digits, `_` and `-`.
    #[schemars(with = "String")]
    name: Spanned<String>,
    /// The folder of its migrations, relative to the root.
    #[schemars(with = "String")]
    migrations: Spanned<String>,
    /// Where its migrations start from; told by what they need where it is not given.
    platform: Option<Platform>,
    /// Whether its migrations make all that there is.
    #[serde(default)]
    history: History,
    /// SQL that comes before its first migration, relative to the root.
    #[schemars(with = "Option<String>")]
    before: Option<Spanned<String>>,
    /// Packs that it is judged by: names of shipped ones, or files relative to the root.
    #[schemars(with = "Vec<String>")]
    packs: Vec<Spanned<String>>,
}

/// A database of a repository that has several.
#[derive(Debug)]
pub struct Database {
    /// What `--database` calls it.
    pub name: String,
    migrations: Folder,
    platform: Option<Platform>,
    history: History,
    before: Option<String>,
    packs: Vec<String>,
}

/// None of several databases was chosen, or one that the configuration does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// A command is about one of them.
    #[error("railcheck.yaml has several databases; choose one with --database: {0}")]
    Several(String),
    /// There is none of that name.
    #[error("railcheck.yaml has no database {name}; it has {known}")]
    Unknown {
        /// The name that was given.
        name: String,
        /// The names that there are, or that there are none.
        known: String,
    },
}

/// Reads the entries of `databases`.
pub(super) fn read(
    root: &Folder,
    path: &str,
    written: &[RawDatabase],
) -> Result<Vec<Database>, YamlError> {
    let mut databases: Vec<Database> = Vec::new();
    for raw in written {
        let fault = |message: String| YamlError::at(path, raw.name.referenced, message);
        let name = &raw.name.value;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(fault(format!(
                "`{name}` is no name: letters, digits, _ and - may be in it"
            )));
        }
        if databases.iter().any(|other| other.name == *name) {
            return Err(fault(format!("there are two databases `{name}`")));
        }
        let migrations = root
            .inside(&raw.migrations.value)
            .map_err(|error| YamlError::at(path, raw.migrations.referenced, error.to_string()))?;
        databases.push(Database {
            name: name.clone(),
            migrations,
            platform: raw.platform,
            history: raw.history,
            before: raw.before.as_ref().map(|named| file(path, root, named)).transpose()?,
            packs: raw.packs.iter().map(|pack| pack.value.clone()).collect(),
        });
    }
    Ok(databases)
}

impl Config {
    /// The packs of all databases, each once.
    #[must_use]
    pub fn every_pack(&self) -> Vec<String> {
        let mut packs = self.packs.clone();
        for pack in self.databases.iter().flat_map(|database| &database.packs) {
            if !packs.contains(pack) {
                packs.push(pack.clone());
            }
        }
        packs
    }

    /// Takes over what the configuration says of one of its databases; nothing, where it has just one.
    ///
    /// # Errors
    /// Where there are several and none was named, or none has this name.
    pub fn choose(&mut self, name: Option<&str>) -> Result<(), ChoiceError> {
        let names: Vec<&str> = self.databases.iter().map(|database| &*database.name).collect();
        let Some(name) = name else {
            return match names.is_empty() {
                true => Ok(()),
                false => Err(ChoiceError::Several(names.join(", "))),
            };
        };
        let Some(at) = names.iter().position(|known| *known == name) else {
            let known = if names.is_empty() { "no `databases`".into() } else { names.join(", ") };
            return Err(ChoiceError::Unknown { name: name.to_owned(), known });
        };
        let Database { name: _, migrations, platform, history, before, packs } =
            self.databases.swap_remove(at);
        self.migrations = Some(migrations);
        self.platform = platform;
        self.history = history;
        self.before = before;
        self.packs = packs;
        Ok(())
    }
}
