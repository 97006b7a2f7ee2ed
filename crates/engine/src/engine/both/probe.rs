//! A PostgreSQL on which one list of migrations after the other is tried.

use std::time::Duration;

use super::disagreements;
use crate::engine::interpreter::Interpreter;
use crate::engine::postgres::{Database, Postgres};
use crate::engine::session::{Session, SessionError};
use crate::engine::sql::{self, while_trying};
use crate::engine::{EngineError, Failure, Outcome, Platform};
use crate::span::{FileId, SourceFile, SourceMap, Span};

/// What was not found by then is not looked for any longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Tries migrations inside a transaction that is rolled back, which is faster than a new PostgreSQL.
pub(super) struct Probe {
    platform: Platform,
    database: Database,
}

impl Probe {
    /// Starts a PostgreSQL.
    pub(super) fn start(engine: &Postgres) -> Result<Self, EngineError> {
        let platform = engine.platform;
        let mut database = Database::open(platform, engine.programs.as_deref())?;
        database.limit(LIMIT);
        Ok(Self { platform, database })
    }

    /// In what the interpreter and PostgreSQL disagree about these migrations.
    pub(super) fn disagreements(
        &mut self,
        migrations: &[String],
    ) -> Result<Vec<String>, EngineError> {
        let mut files = SourceMap::default();
        let ids: Vec<FileId> = migrations
            .iter()
            .map(|text| files.add(SourceFile::new("migration.sql", text.as_str())))
            .collect();
        let interpreted = Interpreter { platform: self.platform }.interpret(&files, &ids);
        self.database.session.run("BEGIN").map_err(while_trying("begin"))?;
        let real = self.apply(&files, &ids);
        self.database.session.reset().map_err(while_trying("roll back"))?;
        Ok(disagreements(&interpreted, &real?))
    }

    fn apply(&mut self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError> {
        let mut outcome = Outcome::default();
        for file in migrations {
            let savepoint = "RESET ALL; RESET ROLE; DISCARD TEMP; SAVEPOINT migration";
            self.database.session.run(savepoint).map_err(while_trying("begin a migration"))?;
            match self.database.session.run(&files.file(*file).text) {
                Ok(_) => {}
                Err(SessionError::Refused(refusal)) => {
                    self.database
                        .session
                        .run("ROLLBACK TO migration")
                        .map_err(while_trying("undo a migration"))?;
                    outcome.failure = Some(Failure {
                        limit: None,
                        span: Span::new(*file, 0..0),
                        sqlstate: refusal.sqlstate.into(),
                        message: refusal.message,
                    });
                    break;
                }
                Err(lost) => return Err(while_trying("apply a migration")(lost)),
            }
        }
        outcome.catalog = sql::read(&mut self.database.session)?;
        Ok(outcome)
    }
}
