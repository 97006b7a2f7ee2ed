//! PL/pgSQL: DO blocks, and the functions and procedures that migrations call.

use sqlparser::ast::Statement as SqlStatement;

use super::parse::ast::Do;
use super::problem::Problem;
use super::query::{Evaluator, NoVariables};
use super::session::Session;
use crate::span::Span;

mod assign;
mod ast;
mod block;
mod body;
mod condition;
mod declare;
mod dynamic;
mod event_trigger;
mod exec;
mod frame;
mod lexer;
mod loops;
mod parse_loop;
mod parse_sql;
mod parser;
#[cfg(test)]
mod parser_tests;
mod raise;
mod routine;
mod run;
mod statement;
#[cfg(test)]
mod tests;

pub(crate) use ast::{Block, Declaration, Into, Sql, Statement, StatementKind, Target, TypeName};
pub(super) use condition::is_condition;
pub(super) use event_trigger::fire_event_trigger;
pub(crate) use parser::parse;
pub(crate) use routine::{Call, Returned, fire_trigger};
pub(crate) use run::Run;

use body::Body;
use exec::Executor;
use frame::Frame;

/// Larger bodies are not read: their tokens take a hundred times as much memory.
const MAX_BODY: usize = 2 << 20;

/// Why a body cannot be read.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub(crate) enum SyntaxError {
    /// The tokenizer gave up.
    #[error("the PL/pgSQL body cannot be split into tokens: {message}")]
    Token {
        /// What the tokenizer says.
        message: String,
    },
    /// Something else should stand there.
    #[error("the PL/pgSQL body cannot be read: {what} is missing at byte {offset}")]
    Expected {
        /// What should stand there.
        what: &'static str,
        /// The byte of the body.
        offset: usize,
    },
    /// It is longer than anybody writes.
    #[error("the PL/pgSQL body is larger than {} MiB", MAX_BODY >> 20)]
    Size,
    /// Blocks are nested too deeply.
    #[error("the blocks of the PL/pgSQL body are nested too deeply")]
    Depth,
}

impl Session {
    /// Executes a query, a change of rows or a CALL for the functions that it calls.
    pub(crate) fn execute_query(&mut self, statement: &SqlStatement) -> Result<(), Problem> {
        self.check_columns_of(statement)?;
        self.check_types(statement)?;
        Run::take_over(self, |session, run| {
            let mut evaluator = Evaluator { session, run, variables: &NoVariables };
            if !evaluator.is_without_effect(statement) {
                return evaluator.statement(statement).map(drop);
            }
            // It may fail on the server, which is worth some steps, but do nothing else.
            let (result, exhausted) = run.without_effect(|run| {
                Evaluator { session, run, variables: &NoVariables }.statement(statement)
            });
            match result {
                Err(Problem::Gap { .. }) if exhausted => Ok(()),
                result => result.map(drop),
            }
        })
    }

    /// Executes a DO statement.
    pub(crate) fn execute_do(&mut self, statement: &Do) -> Result<(), Problem> {
        if let Some(refusal) = &statement.refusal {
            return Err(refusal.clone().into());
        }
        if statement.language != "plpgsql" {
            let reason = format!("a DO block in the language {}", statement.language);
            return Err(Problem::gap_everywhere(reason));
        }
        let code = &statement.body;
        let block = statement.block.as_ref().map_err(|e| Problem::gap_everywhere(e.to_string()))?;
        let base = self.span.start as usize;
        let start = code
            .verbatim
            .then(|| Span::new(self.span.file, base + code.range.start..base + code.range.end));
        let body = Body { text: code.text.as_str().into(), start };
        Run::take_over(self, |session, run| {
            let frame = Frame::new(None, Vec::new());
            Executor::new(session, run, &body, frame).block_at_top(block)
        })
    }
}
