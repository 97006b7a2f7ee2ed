//! The tables in which migration tools note what they have applied. Both are kept as their tools keep
//! them, so that these go on working.

mod sqlx;
mod supabase;

use std::collections::BTreeSet;

use super::apply::asking;
use super::{MigrateError, Migration, Version};
use crate::engine::session::Session;

/// A history table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum HistoryTable {
    /// `supabase_migrations.schema_migrations` of the Supabase CLI.
    Supabase,
    /// `_sqlx_migrations` of sqlx.
    Sqlx,
}

/// The rows of a history table.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// The table.
    pub table: HistoryTable,
    /// What it says.
    pub records: Vec<Record>,
}

/// What a history table says of one applied migration.
#[derive(Debug, Clone)]
pub struct Record {
    /// The version.
    pub version: Version,
    /// The name; empty where none was kept.
    pub name: String,
    /// False where sqlx stopped in the middle.
    pub finished: bool,
    kept: Kept,
}

/// What a history table keeps of the text that was applied.
#[derive(Debug, Clone)]
enum Kept {
    Statements(Vec<String>),
    Checksum(String),
    Nothing,
}

impl Record {
    /// Whether the migration had that text when it was applied, as far as can be told.
    #[must_use]
    pub fn is_of(&self, text: &str) -> bool {
        match &self.kept {
            Kept::Statements(statements) => supabase::are_of(statements, text),
            Kept::Checksum(checksum) => *checksum == sqlx::checksum(text),
            Kept::Nothing => true,
        }
    }
}

impl HistoryTable {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Supabase, Self::Sqlx];

    /// The name of the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Supabase => "supabase_migrations.schema_migrations",
            Self::Sqlx => "_sqlx_migrations",
        }
    }

    /// What the table says; `None` where there is no such table.
    pub(super) fn read(self, session: &mut dyn Session) -> Result<Option<Ledger>, MigrateError> {
        let exists =
            format!("SELECT (pg_catalog.to_regclass('{}') IS NOT NULL)::text", self.name());
        if asking(session.value(&exists), "look for history tables")? != "true" {
            return Ok(None);
        }
        let query = match self {
            Self::Supabase => supabase::READ,
            Self::Sqlx => sqlx::READ,
        };
        let rows = asking(session.value(query), "read the history of migrations")?;
        let records = match self {
            Self::Supabase => supabase::records(&rows),
            Self::Sqlx => sqlx::records(&rows),
        };
        let records = records.map_err(|error| MigrateError::History { table: self, error })?;
        Ok(Some(Ledger { table: self, records }))
    }

    /// Makes the table as its tool would, where it is not there.
    pub(super) fn create(self, session: &mut dyn Session) -> Result<(), MigrateError> {
        let statements = match self {
            Self::Supabase => supabase::CREATE,
            Self::Sqlx => sqlx::CREATE,
        };
        asking(session.run(statements), "create the history table")?;
        Ok(())
    }

    /// Notes that a migration has been applied, in so many nanoseconds.
    pub(super) fn note(
        self,
        session: &mut dyn Session,
        migration: &Migration,
        text: &str,
        nanoseconds: i64,
    ) -> Result<(), MigrateError> {
        let statement = match self {
            Self::Supabase => supabase::insertion(migration, text),
            Self::Sqlx => sqlx::insertion(migration, text, nanoseconds)?,
        };
        asking(session.run(&statement), "note the migration in the history")?;
        Ok(())
    }
}

/// The history tables that are a project's: those that are there, but for one that is full of versions of
/// other files while the other one knows some of these. One that the user chose comes alone.
pub(super) fn ledgers(
    session: &mut dyn Session,
    chosen: Option<HistoryTable>,
    migrations: &[Migration],
) -> Result<Vec<Ledger>, MigrateError> {
    let mut found = Vec::new();
    for table in HistoryTable::ALL {
        if chosen.is_none_or(|chosen| chosen == table) {
            found.extend(table.read(session)?);
        }
    }
    let versions: BTreeSet<_> = migrations.iter().map(|migration| &migration.version).collect();
    let knows_some =
        |ledger: &Ledger| ledger.records.iter().any(|record| versions.contains(&record.version));
    if found.iter().any(knows_some) {
        found.retain(|ledger| ledger.records.is_empty() || knows_some(ledger));
    }
    Ok(found)
}

/// The table that fits a database without any: the Supabase CLI's on Supabase, else sqlx's.
pub(super) fn fitting(
    session: &mut dyn Session,
    folder: &str,
) -> Result<HistoryTable, MigrateError> {
    let is_supabase = "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles \
                       WHERE rolname = 'supabase_admin')::text";
    let on_supabase = folder.ends_with("supabase/migrations")
        || asking(session.value(is_supabase), "ask for the roles of Supabase")? == "true";
    Ok(if on_supabase { HistoryTable::Supabase } else { HistoryTable::Sqlx })
}
