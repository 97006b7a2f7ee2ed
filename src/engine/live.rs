//! The engine that reads a database as it is.

use super::session::server::ServerSession;
use super::session::{Session, SessionError};
use super::sql::{self, while_trying};
use super::{Engine, EngineError, Outcome};
use crate::span::{FileId, SourceMap};

/// Everything is read from one moment, and nothing can be changed, nor waited for without end.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '10s'";

/// A database that exists, with whatever was done to it.
#[derive(Debug, Clone)]
pub struct Live {
    /// The database.
    pub url: String,
}

impl Engine for Live {
    fn run(&self, _files: &SourceMap, _migrations: &[FileId]) -> Result<Outcome, EngineError> {
        let mut session = ServerSession::connect(&self.url)
            .map_err(while_trying("connect to the database"))?;
        let catalog = begin(&mut session)
            .map_err(while_trying("begin a transaction"))
            .and_then(|()| sql::read(&mut session))?;
        session.close();
        Ok(Outcome { catalog, ..Outcome::default() })
    }
}

fn begin(session: &mut ServerSession) -> Result<(), SessionError> {
    session.run(BEGIN).map(|_| ())
}
