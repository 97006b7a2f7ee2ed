//! Where a repository is: its folder, its configuration, its migrations and what they start from.

use std::path::PathBuf;

use clap::Args;

use super::repository::Repository;
use super::{CliError, note};
use crate::config::{self, Config, Detected};
use crate::engine::{History, Platform};
use crate::input::{Folder, InputError, Migrations, read_history, read_named_text};
use crate::span::SourceMap;

/// Where a repository and its migrations are.
#[derive(Debug, Clone, Args)]
pub(super) struct PlaceArguments {
    /// The repository
    #[arg(default_value = ".")]
    pub(super) root: PathBuf,
    /// The folder of migrations, relative to ROOT or to the current folder
    #[arg(long, value_name = "DIR")]
    pub(super) migrations: Option<PathBuf>,
    /// Which of the databases of railcheck.yaml, where it has several
    #[arg(long, value_name = "NAME", conflicts_with = "migrations")]
    pub(super) database: Option<String>,
    /// Read this configuration instead of railcheck.yaml in ROOT
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Whether the migrations make all that there is, instead of what the configuration says
    #[arg(long, value_enum)]
    pub(super) history: Option<History>,
    /// What is staged is read, and not the work tree.
    #[arg(skip)]
    pub(super) staged: bool,
}

/// A repository with its configuration read.
pub(super) struct Place {
    /// Its folder.
    pub(super) root: Folder,
    /// Its configuration, or the default one.
    pub(super) config: Config,
    /// The folder of its migrations.
    pub(super) migrations: Option<Folder>,
    /// Where they start from.
    pub(super) platform: Platform,
    /// Whether they make all that there is.
    pub(super) history: History,
    /// Which of several databases it is.
    pub(super) database: Option<String>,
    /// What was found out and not named, a sentence each.
    detected: Vec<String>,
    /// The text of the configuration.
    pub(super) config_text: String,
}

impl Place {
    /// The migrations, and what comes before them.
    pub(super) fn read_migrations(&self, files: &mut SourceMap) -> Result<Migrations, InputError> {
        let before = self.config.before.as_deref();
        read_history(&self.root, before, self.migrations.as_ref(), files)
    }

    /// Says where migrations were found that nobody named, and where they start from.
    pub(super) fn note_migrations(&self) {
        self.detected.iter().for_each(note);
    }
}

impl PlaceArguments {
    /// The repository of the current folder.
    pub(super) fn here(database: Option<String>) -> Self {
        Self {
            root: PathBuf::from("."),
            migrations: None,
            database,
            config: None,
            history: None,
            staged: false,
        }
    }

    /// Reads the configuration, and finds the migrations: in the folder that the command names, or the
    /// configuration, or in one of the usual ones.
    pub(super) fn open(&self) -> Result<Place, CliError> {
        let root = self.folder()?;
        let (mut config, config_text) = self.read_config(&root)?;
        let named = match &self.migrations {
            Some(named) => Some(root.named(named)?),
            None => {
                config.choose(self.database.as_deref())?;
                config.migrations.take()
            }
        };
        let (migrations, mut detected) = match named {
            Some(named) => (Some(named), Vec::new()),
            None if self.staged => detect_staged(&root, &Folder::root(&self.root)?),
            None => detect(&root),
        };
        let history = self.history.unwrap_or(config.history);
        let platform = config.platform.unwrap_or_else(|| {
            let chosen = config::likely_platform(&root, migrations.as_ref());
            detected.extend(migrations.as_ref().map(|_| chosen.to_string()));
            chosen.platform
        });
        let database = self.database.clone();
        Ok(Place { root, config, migrations, platform, history, database, detected, config_text })
    }

    fn folder(&self) -> Result<Folder, CliError> {
        let root = Folder::root(&self.root)?;
        Ok(if self.staged { root.staged()? } else { root })
    }

    /// The names of the databases to go through one after the other.
    pub(super) fn databases(&self) -> Result<Vec<String>, CliError> {
        if self.database.is_some() || self.migrations.is_some() {
            return Ok(Vec::new());
        }
        let (config, _) = self.read_config(&self.folder()?)?;
        Ok(config.databases.into_iter().map(|database| database.name).collect())
    }

    /// The same for a commit, in which a folder that the command names is where it is now.
    pub(super) fn open_before(&self, now: &Repository, root: Folder) -> Result<Place, CliError> {
        let (mut config, config_text) = self.read_config(&root)?;
        if self.migrations.is_none() {
            config.choose(self.database.as_deref())?;
        }
        let here = |folder: &Folder| root.inside(folder.shown()).ok();
        let migrations = match (&self.migrations, &now.migrations) {
            (Some(_), Some(folder)) if folder.is_within(&now.root) => here(folder),
            (Some(named), _) => return Err(CliError::NoHistory(named.display().to_string())),
            (None, detected) => config
                .migrations
                .take()
                .or_else(|| config::detect_migrations(&root).folder)
                .or_else(|| here(detected.as_ref()?)),
        };
        let history = self.history.unwrap_or(config.history);
        let platform = config.platform.unwrap_or(now.platform);
        let (database, detected) = (self.database.clone(), Vec::new());
        Ok(Place { root, config, migrations, platform, history, database, detected, config_text })
    }

    /// The configuration with its text.
    fn read_config(&self, root: &Folder) -> Result<(Config, String), CliError> {
        let (path, text) = match &self.config {
            Some(path) => (path.display().to_string(), read_named_text(path)?),
            None if root.has(config::FILE_NAME) => {
                (config::FILE_NAME.to_owned(), root.read_text(config::FILE_NAME)?)
            }
            None => return Ok((Config::default(), String::new())),
        };
        Ok((Config::parse(root, &path, &text)?, text))
    }
}

/// The folder of migrations that nobody named, and what is to be said of it.
fn detect(root: &Folder) -> (Option<Folder>, Vec<String>) {
    let Detected { folder, others } = config::detect_migrations(root);
    let found = folder.as_ref().map(|folder| format!("migrations found in {}", folder.shown()));
    let others = others.into_iter().map(|(folder, database)| match database {
        None => format!("{} has migrations too, which are not judged", folder.shown()),
        Some(database) => {
            format!("{} has migrations for {database}, which are not judged", folder.shown())
        }
    });
    let said = found.into_iter().chain(others).collect();
    (folder, said)
}

/// The same of what is staged: the folder that the work tree has, where it is staged too.
fn detect_staged(staged: &Folder, on_disk: &Folder) -> (Option<Folder>, Vec<String>) {
    let (found, said) = detect(on_disk);
    (found.and_then(|folder| staged.inside(folder.shown()).ok()), said)
}
