//! The engine that reads a database as it is.

use std::path::PathBuf;

use super::interpreter::Interpreter;
use super::postgres::Postgres;
use super::session::server::ServerSession;
use super::session::{Session, SessionError};
use super::sql::{self, while_trying};
use super::{
    Comparison, Engine, EngineError, FoundDifference, Meaning, Outcome, Platform, history,
    unapplied,
};
use crate::catalog::{Catalog, Detail, Difference, differences};
use crate::span::{FileId, SourceMap};

/// Everything is read from one moment, and nothing can be changed, nor waited for without end.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '10s'";

/// A database that exists, with whatever was done to it.
#[derive(Debug, Clone)]
pub struct Live {
    /// Where the migrations start from, with which it is compared.
    pub platform: Platform,
    /// The database.
    pub url: String,
    /// The folder of the server programs to compare with, where they are not looked for.
    pub programs: Option<PathBuf>,
}

impl Engine for Live {
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError> {
        let mut session =
            ServerSession::connect(&self.url).map_err(while_trying("connect to the database"))?;
        let mut catalog = begin(&mut session)
            .map_err(while_trying("begin a transaction"))
            .and_then(|()| sql::read(&mut session))?;
        drop(session);
        let (mut comparison, mut notes) = (None, Vec::new());
        if !migrations.is_empty() {
            let (declared, detail) = self.declared(files, migrations);
            comparison = Some(drift(&declared, &catalog, detail));
            history::adopt(&mut catalog, &declared.catalog);
            notes.extend(declared.failure.as_ref().map(|failure| {
                format!("{}; what later migrations make is not compared", failure.describe(files))
            }));
        }
        Ok(Outcome { catalog, comparison, notes, ..Outcome::default() })
    }

    fn needs_migrations(&self) -> bool {
        false
    }
}

impl Live {
    /// What the migrations declare, by a server if there is one, since that spells expressions as the
    /// database does.
    fn declared(&self, files: &SourceMap, migrations: &[FileId]) -> (Outcome, Detail) {
        let (platform, programs) = (self.platform, self.programs.clone());
        match (Postgres { platform, programs, look: None }).run(files, migrations) {
            Ok(outcome @ Outcome { failure: None, .. }) => (outcome, Detail::Expressions),
            _ => {
                let interpreter = Interpreter { platform };
                let mut outcome = interpreter.interpret(files, migrations);
                outcome.unapplied = unapplied(files, migrations, &outcome);
                (outcome, Detail::Names)
            }
        }
    }
}

fn begin(session: &mut ServerSession) -> Result<(), SessionError> {
    session.run(BEGIN).map(|_| ())
}

/// What the database has otherwise than the migrations declare, but for what statements would have touched that
/// were not applied.
fn drift(declared: &Outcome, live: &Catalog, detail: Detail) -> Comparison {
    let mut found = differences(&declared.catalog, live, detail);
    let is_open = |difference: &Difference| {
        let mut unapplied = declared.unapplied.iter();
        unapplied.any(|statement| statement.reach.touches(&difference.object.of))
    };
    found.retain(|difference| !is_open(difference));
    let line = |text| FoundDifference { text, reproduction: None };
    Comparison {
        meaning: Meaning::Drift,
        differences: found
            .iter()
            .map(|difference| line(difference.describe("the migrations", "the database")))
            .collect(),
    }
}
