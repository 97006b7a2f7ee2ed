use super::{Alone, Entry, HistoryTable, State, Version};
use crate::engine::EngineError;
use crate::engine::session::SessionError;

/// Why migrations were not applied. Where it says nothing else, the database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Two files have the same version.
    #[error("{first} and {second} are both version {version}; give one of them another")]
    SameVersion {
        /// The version.
        version: Version,
        /// The one file.
        first: String,
        /// The other.
        second: String,
    },
    /// A file holds what no server understands.
    #[error("{place}: {what}")]
    NotSql {
        /// Where.
        place: String,
        /// What it is, and what to do.
        what: &'static str,
    },
    /// The version cannot be kept in sqlx's history.
    #[error("version {0} is too large for _sqlx_migrations; name the migration by a smaller one")]
    VersionTooLarge(Version),
    /// What was applied is not what the files say.
    #[error("{}", describe(.0))]
    Contradiction(Vec<Entry>),
    /// Some migrations cannot be part of a transaction.
    #[error(
        "not all can be applied in one transaction; with --allow-nontransactional these are applied \
         alone after the rest, and cannot be undone:{}",
        lines(.0)
    )]
    Nontransactional(Vec<Alone>),
    /// Another one is at it.
    #[error("{holder} still held the migration lock after {seconds} seconds; try again later")]
    Locked {
        /// Who.
        holder: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The server refused a statement of a migration.
    #[error("{place}: {refusal}; rolled back{help}")]
    Refused {
        /// Where the statement is.
        place: String,
        /// The server's own words.
        refusal: String,
        /// What may help, from a semicolon on.
        help: &'static str,
    },
    /// The server refused a statement of a migration that is applied alone.
    #[error(
        "{place}: {refusal}; {done} of the {count} statements of this migration are done and are \
         not undone, and it is not in the history"
    )]
    RefusedAlone {
        /// Where the statement is.
        place: String,
        /// The server's own words.
        refusal: String,
        /// How many statements before it went well.
        done: usize,
        /// How many there are.
        count: usize,
    },
    /// A migration ended the transaction that it was to be a part of.
    #[error(
        "a migration ended the transaction by itself: what it did up to there is committed, and \
         nothing is in the history"
    )]
    TransactionEnded,
    /// The connection broke before the commit.
    #[error("{0}; the server rolls back what was not committed")]
    Lost(SessionError),
    /// The connection broke during the commit.
    #[error("{0}; whether the migrations were committed tells railcheck migrate status")]
    LostAtCommit(SessionError),
    /// The server refused a statement of railcheck itself.
    #[error("cannot {action}: {source}")]
    Session {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: SessionError,
    },
    /// The catalog cannot be read.
    #[error(transparent)]
    Catalog(#[from] EngineError),
    /// A history table has rows of another form.
    #[error("cannot read {}: {error}", table.name())]
    History {
        /// The table.
        table: HistoryTable,
        /// What is wrong.
        error: serde_json::Error,
    },
}

fn lines(alone: &[Alone]) -> String {
    alone.iter().map(|alone| format!("\n  {}: {}", alone.place, alone.reason)).collect()
}

fn describe(entries: &[Entry]) -> String {
    let lines: Vec<_> = entries
        .iter()
        .map(|entry| {
            let why = match entry.state {
                State::Unfinished => "was left unfinished by sqlx; fix the database by hand",
                _ => "was applied with another text; undo the change and add a migration instead",
            };
            format!("migration {} {why}", entry.title())
        })
        .collect();
    lines.join("\n")
}
