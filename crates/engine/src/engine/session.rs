//! Sessions with a running PostgreSQL.

pub mod interruption;
pub mod options;
mod password;
pub mod server;
mod stream;
mod tls;

use super::introspect;
use crate::span::Span;

/// Sets what the database and the role keep for new sessions, which one that goes on does not notice; a row for each.
pub const STORED_SETTINGS: &str = "\
    SELECT pg_catalog.set_config(s.name, s.value, false) FROM ( \
        SELECT pg_catalog.split_part(c.setting, '=', 1) AS name, \
            pg_catalog.substr(c.setting, pg_catalog.strpos(c.setting, '=') + 1) AS value, \
            s.setrole OPERATOR(pg_catalog.<>) 0 AS is_role, s.setdatabase OPERATOR(pg_catalog.<>) 0 AS is_database \
        FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS c (setting) \
        WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d \
                WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())) \
            AND s.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles r \
                WHERE r.rolname OPERATOR(pg_catalog.=) session_user)) \
        ORDER BY 3, 4) s \
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_settings p \
        WHERE pg_catalog.lower(p.name) OPERATOR(pg_catalog.=) pg_catalog.lower(s.name) \
            AND p.context OPERATOR(pg_catalog.<>) 'user')";

/// A session with a PostgreSQL. Statements go through the simple query protocol, as `psql` sends them.
pub trait Session {
    /// Runs a text of statements as one batch, which is one transaction unless it says otherwise, and
    /// returns the answer to each.
    ///
    /// # Errors
    /// Where the server refuses a statement, which undoes the batch, or is gone.
    fn run(&mut self, statements: &str) -> Result<Vec<Answer>, SessionError>;

    /// Makes the session like a new one: no transaction, no temporary objects, settings at their defaults.
    ///
    /// # Errors
    /// Where the server is gone.
    fn reset(&mut self) -> Result<(), SessionError> {
        self.run("ROLLBACK")?;
        self.run("DISCARD ALL")?;
        let kept = self.run(STORED_SETTINGS)?;
        self.renew(kept.iter().any(|answer| !answer.rows.is_empty()))
    }

    /// Opens the session anew where it can and must: RESET goes back to the settings that were stored when it
    /// was opened. `has_settings` tells whether any are stored now.
    ///
    /// # Errors
    /// Where the server is gone.
    fn renew(&mut self, _has_settings: bool) -> Result<(), SessionError> {
        Ok(())
    }

    /// Runs a statement and returns the first column of its first row; empty where there is none.
    ///
    /// # Errors
    /// Where the server refuses the statement or is gone.
    fn value(&mut self, statement: &str) -> Result<String, SessionError> {
        let answers = self.run(statement)?;
        let first = answers.into_iter().rev().find_map(|answer| answer.rows.into_iter().next());
        Ok(first.and_then(|row| row.into_iter().next()).flatten().unwrap_or_default())
    }
}

impl<S: Session + ?Sized> introspect::Connection for S {
    type Error = SessionError;

    fn text(&mut self, statement: &str) -> Result<String, SessionError> {
        self.value(statement)
    }
}

/// What a server answered to one statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Rows as text, `None` for NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows the statement returned or changed.
    pub affected: u64,
}

/// A statement that a server refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (SQLSTATE {sqlstate})")]
pub struct Refusal {
    /// The five characters of SQLSTATE.
    pub sqlstate: String,
    /// The server's message.
    pub message: String,
    /// Where in the batch, in characters from 1, if the server said so.
    pub position: Option<usize>,
    /// How many statements of the batch had been completed; they are undone with it.
    pub completed: usize,
}

/// Why a batch did not run to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The server refused a statement.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The session cannot be opened, or has ended.
    #[error("{0}")]
    Lost(String),
    /// The server refused a statement and cannot undo it: nothing more can be asked of the session.
    #[error("{refusal}")]
    Stuck {
        /// The statement.
        at: Span,
        /// What the server said of it.
        refusal: Refusal,
    },
    /// The process was told to end.
    #[error("interrupted")]
    Interrupted,
    /// A statement took too long.
    #[error("it takes too long")]
    TimedOut,
}
