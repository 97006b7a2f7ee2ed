//! Reads migrations with sqlparser and applies them to a model of PostgreSQL's catalog.

mod analyze;
mod assume;
mod doubt;
#[cfg(test)]
mod doubt_tests;
mod effect;
mod event;
#[cfg(test)]
mod history_tests;
mod judged;
mod model;
mod names;
#[cfg(test)]
mod names_tests;
pub mod parse;
mod platform;
pub(crate) mod plpgsql;
mod problem;
mod query;
mod resume;
mod session;
mod settings;
pub mod split;
#[cfg(test)]
mod split_tests;
mod statements;
pub mod syntax;
mod transaction;
mod types;

pub use self::resume::{Checkpoints, Resuming};
pub(super) use names::stored;

use std::iter;
use std::sync::mpsc::sync_channel;
use std::thread;

use rayon::prelude::*;

use self::judged::Judged;
use self::parse::ParsedStatement;
use self::session::Session;
use super::{Engine, EngineError, Failure, Outcome, Platform};
use crate::span::{FileId, SourceMap, Span};

/// The engine that needs no database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Interpreter {
    /// Where the migrations start from.
    pub platform: Platform,
}

/// How many statements are parsed at once, on all cores. More would keep more syntax trees in memory, and
/// no core is idle with these.
const STATEMENTS_AT_ONCE: usize = 64;

/// How many statements the first batch has.
const FIRST_STATEMENTS: usize = 4;

/// How many migrations are judged at once.
const FILES_AT_ONCE: usize = 16;

/// How many such batches may be ready before the first of them is executed.
const BATCHES_AHEAD: usize = 2;

/// Trees of statements are walked and dropped by recursion; their depth is bounded, and this is
/// enough for it. The pages are only touched where they are needed.
const STACK: usize = 256 << 20;

impl Engine for Interpreter {
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError> {
        Ok(self.interpret(files, migrations))
    }
}

/// The interpreter for a history that is not whole: what a statement needs and no migration makes is assumed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Assuming(pub Interpreter);

impl Engine for Assuming {
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError> {
        let session = Session::new(self.0.platform).assuming_what_lacks();
        Ok(session.interpret(files, migrations, &mut |_, _| {}))
    }
}

impl Interpreter {
    /// Makes what the migrations start from, on a core that has nothing else to do. A run that comes before
    /// that is done waits for it.
    pub fn prepare(self) {
        rayon::spawn(move || drop(platform::model(self.platform)));
    }

    /// Interprets every migration. That cannot fail: what is not understood is a gap.
    #[must_use]
    pub fn interpret(&self, files: &SourceMap, migrations: &[FileId]) -> Outcome {
        Session::new(self.platform).interpret(files, migrations, &mut |_, _| {})
    }
}

/// What analysis says of the first column of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Analyzed {
    /// It has this type.
    Type(String),
    /// The server refuses the query with this SQLSTATE.
    Refused(String),
    /// It cannot be told.
    Unknown,
}

impl Interpreter {
    /// What analysis says of queries once migrations have been applied.
    #[must_use]
    pub fn analyze(
        &self,
        files: &SourceMap,
        migrations: &[FileId],
        queries: &[String],
    ) -> Vec<Analyzed> {
        stacker::grow(STACK, || {
            let mut session = Session::new(self.platform);
            session.run_files(files, migrations, &mut |_, _| {});
            queries.iter().map(|query| session.judge(query)).collect()
        })
    }
}

/// Told the index of a migration and the session as it is before it.
type Before<'a> = &'a mut dyn FnMut(usize, &Session);

impl Session {
    /// Runs migrations, and shows the session before each one that has a statement.
    fn interpret(
        mut self,
        files: &SourceMap,
        migrations: &[FileId],
        before: Before<'_>,
    ) -> Outcome {
        stacker::grow(STACK, || {
            let failure = self.run_files(files, migrations, before);
            let catalog = self.model.snapshot();
            let (gaps, assumed) = (self.gaps, self.assumed);
            Outcome { catalog, gaps, failure, assumed, ..Outcome::default() }
        })
    }

    /// Runs migrations until one fails.
    fn run_files(
        &mut self,
        files: &SourceMap,
        migrations: &[FileId],
        before: Before<'_>,
    ) -> Option<Failure> {
        thread::scope(|scope| {
            let (sender, receiver) = sync_channel(BATCHES_AHEAD);
            let parse = move || batches(files, migrations).try_for_each(|batch| sender.send(batch));
            let parser = thread::Builder::new().name("parser".to_owned()).stack_size(STACK);
            match parser.spawn_scoped(scope, parse) {
                Ok(_) => self.run_statements(receiver.into_iter().flatten(), before),
                Err(_) => self.run_statements(batches(files, migrations).flatten(), before),
            }
        })
    }

    fn run_statements(
        &mut self,
        statements: impl Iterator<Item = (usize, ParsedStatement)>,
        before: Before<'_>,
    ) -> Option<Failure> {
        let mut open = None;
        for (index, statement) in statements {
            if open.replace(index) != Some(index) {
                self.end_file();
                before(index, self);
                self.begin_file();
            }
            if let Err(failure) = self.run_in_batch(&statement) {
                return Some(failure);
            }
        }
        self.end_file();
        None
    }
}

/// What is parsed next: a piece of a migration, or what the judge of syntax says of a whole one.
enum Part<'f> {
    Piece(FileId, &'f str, split::Piece),
    Judgement(ParsedStatement),
}

/// The statements of migrations with the indices of these, parsed a batch at a time.
fn batches<'f>(
    files: &'f SourceMap,
    migrations: &'f [FileId],
) -> impl Iterator<Item = Vec<(usize, ParsedStatement)>> + 'f {
    let mut parts = judged(files, migrations).flat_map(|(index, file, text, judged)| {
        let pieces = judged.pieces.into_iter().map(move |piece| Part::Piece(file, text, piece));
        judged.judgement.map(Part::Judgement).into_iter().chain(pieces).map(move |p| (index, p))
    });
    // The first are few, so that there is soon something to be executed.
    let sizes =
        iter::successors(Some(FIRST_STATEMENTS), |size| Some((2 * size).min(STATEMENTS_AT_ONCE)));
    sizes.map_while(move |size| {
        let batch: Vec<_> = parts.by_ref().take(size).collect();
        let parse = |(index, part): (usize, Part<'_>)| {
            let statement = match part {
                Part::Piece(file, text, piece) => {
                    parse::parse_piece(text, &piece, &|range| Span::new(file, range))?
                }
                Part::Judgement(statement) => statement,
            };
            Some((index, statement))
        };
        (!batch.is_empty()).then(|| batch.into_par_iter().filter_map(parse).collect())
    })
}

/// Migrations with their indices and texts, split and judged some at a time, on all cores.
fn judged<'f>(
    files: &'f SourceMap,
    migrations: &'f [FileId],
) -> impl Iterator<Item = (usize, FileId, &'f str, Judged)> + 'f {
    let mut rest = migrations.iter().copied().enumerate();
    let sizes = iter::successors(Some(1), |size| Some((2 * size).min(FILES_AT_ONCE)));
    let batches = sizes.map_while(move |size| {
        let batch: Vec<_> = rest.by_ref().take(size).collect();
        let judge = |(index, file): (usize, FileId)| {
            let text = &*files.file(file).text;
            (index, file, text, judged::read(file, text))
        };
        (!batch.is_empty()).then(|| batch.into_par_iter().map(judge).collect::<Vec<_>>())
    });
    batches.flatten()
}
