//! The engine that reads a database as it is.

use super::embedded::Embedded;
use super::interpreter::Interpreter;
use super::session::server::ServerSession;
use super::session::{Session, SessionError};
use super::sql::{self, while_trying};
use super::{
    Comparison, Engine, EngineError, FoundDifference, Meaning, Outcome, Platform, history,
};
use crate::catalog::{Catalog, Detail, differences};
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
}

impl Engine for Live {
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError> {
        let mut session =
            ServerSession::connect(&self.url).map_err(while_trying("connect to the database"))?;
        let mut catalog = begin(&mut session)
            .map_err(while_trying("begin a transaction"))
            .and_then(|()| sql::read(&mut session))?;
        session.close();
        let mut comparison = None;
        if !migrations.is_empty() {
            let (declared, detail) = self.declared(files, migrations);
            comparison = Some(drift(&declared, &catalog, detail));
            history::adopt(&mut catalog, &declared);
        }
        Ok(Outcome { catalog, comparison, ..Outcome::default() })
    }

    fn needs_migrations(&self) -> bool {
        false
    }
}

impl Live {
    /// The catalog that the migrations declare, by a server if there is one, since that spells
    /// expressions as the database does.
    fn declared(&self, files: &SourceMap, migrations: &[FileId]) -> (Catalog, Detail) {
        match (Embedded { platform: self.platform, look: None }).run(files, migrations) {
            Ok(Outcome { catalog, failure: None, .. }) => (catalog, Detail::Expressions),
            _ => {
                let outcome = Interpreter { platform: self.platform }.interpret(files, migrations);
                (outcome.catalog, Detail::Names)
            }
        }
    }
}

fn begin(session: &mut ServerSession) -> Result<(), SessionError> {
    session.run(BEGIN).map(|_| ())
}

fn drift(declared: &Catalog, live: &Catalog, detail: Detail) -> Comparison {
    let found = differences(declared, live, detail);
    let line = |text| FoundDifference { text, reproduction: None };
    Comparison {
        meaning: Meaning::Drift,
        differences: found
            .iter()
            .map(|difference| line(difference.describe("the migrations", "the database")))
            .collect(),
    }
}
