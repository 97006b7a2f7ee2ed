//! Reads migrations with sqlparser and applies them to a model of PostgreSQL's catalog.

mod expr;
mod model;
mod names;
pub mod parse;
mod problem;
mod session;
mod settings;
pub mod split;
mod statements;
mod types;

use self::problem::Problem;
use self::session::Session;
use super::{Engine, Failure, Gap, Outcome, Platform};
use crate::span::{FileId, SourceMap};

/// The engine that needs no database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Interpreter {
    /// Where the migrations start from.
    pub platform: Platform,
}

impl Engine for Interpreter {
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Outcome {
        let mut session = Session::new(self.platform);
        let failure =
            migrations.iter().find_map(|file| session.run_file(*file, &files.file(*file).text));
        Outcome { catalog: session.model.freeze(), gaps: session.gaps, failure }
    }
}

impl Session {
    /// Runs a migration as one batch; a failure undoes what was not committed.
    fn run_file(&mut self, file: FileId, text: &str) -> Option<Failure> {
        let before = self.model.clone();
        for statement in parse::parse_file(file, text) {
            self.span = statement.span;
            let saved = self.model.clone();
            match self.execute(&statement) {
                Ok(()) => {}
                Err(Problem::Gap { reason, reach }) => {
                    self.model = saved;
                    self.gaps.push(Gap { span: statement.span, reason, reach });
                }
                Err(Problem::Error(error)) => {
                    self.model = before;
                    return Some(Failure {
                        span: statement.span,
                        sqlstate: error.sqlstate,
                        message: error.message,
                    });
                }
            }
        }
        None
    }
}
