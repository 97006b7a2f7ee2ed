use std::collections::BTreeMap;

use serde::Serialize;

use super::{HistoryTable, Ledger, MigrateError, Migration, Record, Version, history};
use crate::engine::session::Session;
use crate::span::SourceMap;

/// How a migration stands between its file and the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has been applied.
    Applied,
    /// It is to be applied.
    Pending,
    /// It has been applied with another text than its file has.
    Changed,
    /// It has been applied, and there is no file of it.
    Missing,
    /// sqlx began to apply it and did not finish.
    Unfinished,
}

/// A migration that there is a file or a record of.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its version.
    pub version: Version,
    /// Its name; empty for one without a file whose record has none.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// The migration, where there is a file of it.
    pub migration: Option<Migration>,
    /// The history tables that know it.
    pub noted_in: Vec<HistoryTable>,
}

impl Entry {
    /// Version and name, as the file is called.
    #[must_use]
    pub fn title(&self) -> String {
        match self.name.as_str() {
            "" => self.version.to_string(),
            name => format!("{}_{name}", self.version),
        }
    }
}

/// Every migration that there is a file or a record of, by version.
#[must_use]
pub fn entries(migrations: &[Migration], files: &SourceMap, ledgers: &[Ledger]) -> Vec<Entry> {
    let mut entries: BTreeMap<Version, Entry> = migrations
        .iter()
        .map(|migration| (migration.version.clone(), pending(migration)))
        .collect();
    for Ledger { table, records } in ledgers {
        for record in records {
            let entry = entries.entry(record.version.clone()).or_insert_with(|| missing(record));
            if !entry.noted_in.contains(table) {
                entry.noted_in.push(*table);
            }
            if let Some(migration) = &entry.migration {
                let text = &files.file(migration.file).text;
                entry.state = entry.state.with(record, text);
            }
        }
    }
    entries.into_values().collect()
}

impl State {
    /// The state with what one more record says. What contradicts the file in one table is not fixed by
    /// the other.
    fn with(self, record: &Record, text: &str) -> Self {
        match (self, record.finished, record.is_of(text)) {
            (Self::Pending | Self::Applied, false, _) => Self::Unfinished,
            (Self::Pending | Self::Applied, true, false) => Self::Changed,
            (Self::Pending | Self::Applied, true, true) => Self::Applied,
            (worse, _, _) => worse,
        }
    }
}

fn pending(migration: &Migration) -> Entry {
    Entry {
        version: migration.version.clone(),
        name: migration.name.clone(),
        state: State::Pending,
        migration: Some(migration.clone()),
        noted_in: Vec::new(),
    }
}

fn missing(record: &Record) -> Entry {
    Entry {
        version: record.version.clone(),
        name: record.name.clone(),
        state: State::Missing,
        migration: None,
        noted_in: Vec::new(),
    }
}

/// Asks the database how the migrations stand.
///
/// # Errors
/// If the history cannot be read.
pub fn status(
    session: &mut dyn Session,
    files: &SourceMap,
    migrations: &[Migration],
    chosen: Option<HistoryTable>,
) -> Result<Vec<Entry>, MigrateError> {
    let ledgers = history::ledgers(session, chosen, migrations)?;
    Ok(entries(migrations, files, &ledgers))
}
