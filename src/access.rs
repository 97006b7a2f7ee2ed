//! Proof by attack: who can reach which rows of a table is tried out in a database of its own, with rows of
//! two owners, as everyone who may come.

mod actor;
mod attack;
mod identity;
mod matrix;
mod probe;
mod schema;
mod seed;

pub use matrix::{Access, ActorAccess, Attacked, Cell, RowAccess, Unseeded, Verdict};
pub use probe::try_policies;

use crate::catalog::ObjectName;
use crate::datum::{quote_identifier as quoted, quote_literal as literal};
use crate::engine::batch;
use crate::engine::session::{Answer, Refusal, Session, SessionError};
use crate::span::{FileId, SourceMap};
use schema::Schema;

/// Why an attack could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The table is not there.
    #[error("there is no table {0} after the migrations")]
    NoTable(ObjectName),
    /// A migration does not apply.
    #[error("{place}: {message} (SQLSTATE {sqlstate})")]
    Migration {
        /// Where the statement is.
        place: String,
        /// The server's message.
        message: String,
        /// The server's SQLSTATE.
        sqlstate: String,
    },
    /// The session failed.
    #[error("cannot {action}: {source}")]
    Session {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: SessionError,
    },
    /// The database describes itself in an unknown way.
    #[error("the description of the tables is not as expected: {0}")]
    Description(#[from] serde_json::Error),
}

/// What a new Supabase project grants on every table to come.
const GRANTS: &str = "\
GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
GRANT USAGE ON SCHEMA auth, extensions TO anon, authenticated, service_role";

/// Grants what a new Supabase project grants, before its migrations.
///
/// # Errors
/// If the session fails.
pub fn grant(session: &mut dyn Session) -> Result<(), AccessError> {
    while_trying(session.run(GRANTS), "grant what the platform grants")?;
    Ok(())
}

/// The tables of a database, each of which can be attacked.
#[derive(Debug)]
pub struct Tables(Schema);

/// Applies migrations to a database, so that its tables can be attacked one after the other.
///
/// # Errors
/// If a migration does not apply, or the session fails.
pub fn apply(
    session: &mut dyn Session,
    files: &SourceMap,
    migrations: &[FileId],
) -> Result<Tables, AccessError> {
    for file in migrations {
        let failure = while_trying(
            batch::apply(session, *file, &files.file(*file).text),
            "apply the migrations",
        )?;
        if let Some(failure) = failure {
            return Err(AccessError::Migration {
                place: files.location(failure.span),
                message: failure.message,
                sqlstate: failure.sqlstate.into_owned(),
            });
        }
    }
    Ok(Tables(Schema::read(session)?))
}

/// Attacks a table, in a transaction that is rolled back.
///
/// # Errors
/// If there is no such table, or the session fails.
pub fn attack(
    session: &mut dyn Session,
    Tables(schema): &Tables,
    table: &ObjectName,
) -> Result<Access, AccessError> {
    let target = schema.find(table).ok_or_else(|| AccessError::NoTable(table.clone()))?;
    undone(session, |session| {
        attack::set_free(session, schema, target)?;
        let seeds = seed::seed(session, schema, target)?;
        attack::attack(session, target, seeds)
    })
}

/// Does some work in a transaction that is rolled back, in which constraints are checked at once as they would
/// be if each statement were a transaction.
fn undone<T>(
    session: &mut dyn Session,
    work: impl FnOnce(&mut dyn Session) -> Result<T, AccessError>,
) -> Result<T, AccessError> {
    while_trying(session.run("BEGIN; SET CONSTRAINTS ALL IMMEDIATE"), "begin a transaction")?;
    let result = work(session);
    let undone = session.run("ROLLBACK");
    let value = result?;
    while_trying(undone, "roll back")?;
    Ok(value)
}

/// Runs statements within a transaction that a refusal does not end.
fn attempt(
    session: &mut dyn Session,
    statements: &str,
) -> Result<Result<Vec<Answer>, Refusal>, SessionError> {
    let statements = format!("SAVEPOINT attempt; {statements}; RELEASE SAVEPOINT attempt");
    match session.run(&statements) {
        Ok(answers) => Ok(Ok(answers)),
        Err(SessionError::Refused(refusal)) => {
            session.run("ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt")?;
            Ok(Err(refusal))
        }
        Err(other) => Err(other),
    }
}

/// Says what was being done when a session failed.
fn while_trying<T>(
    result: Result<T, SessionError>,
    action: &'static str,
) -> Result<T, AccessError> {
    result.map_err(|source| AccessError::Session { action, source })
}
