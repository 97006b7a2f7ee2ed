//! Execution of statements.

use std::sync::Arc;

use super::ast::{Declaration, Sql, Statement, StatementKind};
use super::body::Body;
use super::frame::Frame;
use super::run::Run;
use crate::engine::Reach;
use crate::engine::interpreter::problem::{Problem, SqlError};
use crate::engine::interpreter::query::{Evaluator, Truth, Value, why};
use crate::engine::interpreter::session::Session;

/// How a list of statements ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flow {
    /// At its end.
    Next,
    Exit(Option<String>),
    Continue(Option<String>),
    Return,
    /// At its end, unless it ends in this way; statements after it may not be reached.
    Maybe(Box<Flow>),
    /// With an error that a handler around catches; only inside `Maybe`.
    Failed(SqlError),
}

impl Flow {
    /// The same, but perhaps not.
    pub(super) fn doubted(self) -> Self {
        match self {
            Self::Next | Self::Maybe(_) => self,
            other => Self::Maybe(Box::new(other)),
        }
    }

    /// Of two ways that statements may end in, the one that leaves more behind.
    pub(super) fn or(self, other: Self) -> Self {
        let rank = |flow: &Self| match flow {
            Self::Maybe(inner) => match **inner {
                Self::Return => 4,
                Self::Failed(_) => 3,
                Self::Exit(_) => 2,
                _ => 1,
            },
            _ => 0,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// Executes the statements of one body.
pub(super) struct Executor<'a> {
    pub(super) session: &'a mut Session,
    pub(super) run: &'a mut Run,
    pub(super) body: &'a Body,
    pub(super) frame: Frame,
    /// The error that the handler under way caught.
    pub(super) caught: Option<SqlError>,
    pub(super) declared_cursors: Vec<Declaration>,
}

impl Executor<'_> {
    /// Executes statements in order.
    pub(super) fn list(&mut self, statements: &[Statement]) -> Result<Flow, Problem> {
        for (at, statement) in statements.iter().enumerate() {
            match self.statement(statement)? {
                Flow::Next => {}
                Flow::Maybe(left) => {
                    let rest = statements.get(at + 1..).unwrap_or_default();
                    let rest = self.perhaps("what was executed before it", |e| e.list(rest))?;
                    return Ok(Flow::Maybe(left).or(rest));
                }
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, statement: &Statement) -> Result<Flow, Problem> {
        let outer_span = self.session.span;
        if let Some(span) = self.body.span(&statement.range) {
            self.session.span = span;
        }
        let result =
            stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || self.dispatch(&statement.kind));
        let result = match result {
            // One statement that is beyond the interpreter does not silence those after it.
            Err(Problem::Gap { reason, reach }) if !self.run.is_exhausted() => {
                self.run.gap(self.session, reason, reach);
                Ok(Flow::Next)
            }
            other => other,
        };
        self.session.span = outer_span;
        result
    }

    fn dispatch(&mut self, kind: &StatementKind) -> Result<Flow, Problem> {
        self.run.step()?;
        match kind {
            StatementKind::Block(block) => self.block(block),
            StatementKind::Assign { target, value } => {
                let value = self.expression(value)?;
                self.assign(target, value)?;
                Ok(Flow::Next)
            }
            StatementKind::If { branches, otherwise } => self.if_statement(branches, otherwise),
            StatementKind::Case { subject, branches, otherwise } => {
                self.case_statement(subject.as_ref(), branches, otherwise.as_deref())
            }
            StatementKind::Loop { label, source, body } => {
                self.loop_statement(label.as_deref(), source, body)
            }
            StatementKind::Exit { next, label, when } => {
                let label = label.clone();
                let flow = if *next { Flow::Continue(label) } else { Flow::Exit(label) };
                let Some(when) = when else { return Ok(flow) };
                Ok(match self.expression(when)?.truth() {
                    Truth::True => flow,
                    Truth::Unknown => flow.doubted(),
                    Truth::False | Truth::Null => Flow::Next,
                })
            }
            StatementKind::Return(value) => {
                if let Some(value) = value {
                    let value = self.expression(value)?;
                    self.frame.value = Some(value);
                }
                Ok(Flow::Return)
            }
            StatementKind::ReturnNext(value) => self.return_next(value.as_ref()),
            StatementKind::ReturnQuery(query) => {
                let rows = self.query(query)?;
                self.return_rows(rows);
                Ok(Flow::Next)
            }
            StatementKind::ReturnExecute(dynamic) => {
                let rows = self.dynamic(dynamic)?;
                self.return_rows(rows);
                Ok(Flow::Next)
            }
            StatementKind::Raise(raise) => self.raise(raise),
            StatementKind::Assert { condition, message } => {
                self.assert(condition, message.as_ref())
            }
            StatementKind::Execute { dynamic, into } => self.execute(dynamic, into.as_ref()),
            StatementKind::Perform(query) => {
                let rows = self.query(query)?;
                self.set_found(&rows);
                Ok(self.after_rows(query))
            }
            StatementKind::Query { sql, into } => self.query_statement(sql, into.as_ref()),
            StatementKind::Utility(utility) => self.utility(utility),
            StatementKind::GetDiagnostics { stacked, items } => self.diagnostics(*stacked, items),
            StatementKind::Open { cursor, source } => self.open_cursor(cursor, source),
            StatementKind::Fetch { cursor, into } => self.fetch(cursor, into.as_ref()),
            StatementKind::Close | StatementKind::Commit | StatementKind::Null => Ok(Flow::Next),
            StatementKind::Rollback => {
                Err(Problem::gap_everywhere("a ROLLBACK inside a procedure"))
            }
        }
    }

    /// Executes something that the server may not execute.
    pub(super) fn perhaps(
        &mut self,
        why: &str,
        act: impl FnOnce(&mut Self) -> Result<Flow, Problem>,
    ) -> Result<Flow, Problem> {
        let before = self.frame.clone();
        let model = self.session.model.clone();
        let settings = self.session.settings.clone();
        let result = act(self);
        let changed = self.session.model.changes_since(&model);
        let moved = self.session.settings.search_path != settings.search_path;
        self.session.model = model;
        self.session.settings = settings;
        if moved {
            let reason = format!("whether it changes search_path depends on {why}");
            self.run.gap(self.session, reason, Reach::Everything);
        } else if !changed.is_empty() {
            let reason = format!("whether it is executed depends on {why}");
            self.run.gap(self.session, reason, Reach::Objects(changed));
        }
        self.frame.join(&before, &Arc::from(why));
        match result {
            Ok(flow) => Ok(flow.doubted()),
            Err(Problem::Error(error)) if self.run.is_caught(&error) => {
                Ok(Flow::Maybe(Box::new(Flow::Failed(error))))
            }
            // Migrations are taken to get through.
            Err(Problem::Error(_)) => Ok(Flow::Next),
            Err(gap) => Err(gap),
        }
    }

    /// Executes each of several lists of statements as one that may be the one executed.
    fn one_of(&mut self, why: &str, lists: &[&[Statement]]) -> Result<Flow, Problem> {
        let before = self.frame.clone();
        let mut after: Option<Frame> = None;
        let mut flow = Flow::Next;
        for list in lists {
            self.frame = before.clone();
            flow = flow.or(self.perhaps(why, |e| e.list(list))?);
            match &mut after {
                Some(after) => drop(after.join(&self.frame, &Arc::from(why))),
                None => after = Some(self.frame.clone()),
            }
        }
        self.frame = after.unwrap_or(before);
        Ok(flow)
    }

    fn if_statement(
        &mut self,
        branches: &[(Sql, Vec<Statement>)],
        otherwise: &[Statement],
    ) -> Result<Flow, Problem> {
        let mut possible: Vec<&[Statement]> = Vec::new();
        let mut doubt: Option<Arc<str>> = None;
        for (condition, body) in branches {
            let condition = match self.expression(condition) {
                // A condition that may not be evaluated may fail without harm.
                Err(Problem::Error(error)) if doubt.is_some() => Value::unknown(error.message),
                other => other?,
            };
            match condition.truth() {
                Truth::False | Truth::Null => continue,
                Truth::True if doubt.is_none() => return self.list(body),
                Truth::True => {
                    possible.push(body);
                    return self.one_of(&doubt.unwrap_or_else(|| why(&[&condition])), &possible);
                }
                Truth::Unknown => {
                    doubt.get_or_insert_with(|| why(&[&condition]));
                    possible.push(body);
                }
            }
        }
        match doubt {
            None => self.list(otherwise),
            Some(doubt) => {
                possible.push(otherwise);
                self.one_of(&doubt, &possible)
            }
        }
    }

    fn case_statement(
        &mut self,
        subject: Option<&Sql>,
        branches: &[(Vec<Sql>, Vec<Statement>)],
        otherwise: Option<&[Statement]>,
    ) -> Result<Flow, Problem> {
        let subject = subject.map(|s| self.expression(s)).transpose()?;
        let mut possible: Vec<&[Statement]> = Vec::new();
        let mut doubt: Option<Arc<str>> = None;
        for (values, body) in branches {
            let mut fits = Truth::False;
            for value in values {
                let value = self.expression(value)?;
                let this = match &subject {
                    Some(subject) => self.equal(subject, &value)?,
                    None => value.clone(),
                };
                if this.truth() == Truth::Unknown {
                    doubt.get_or_insert_with(|| why(&[&this]));
                }
                fits = fits.or(this.truth());
            }
            match fits {
                Truth::False | Truth::Null => {}
                Truth::True if possible.is_empty() => return self.list(body),
                Truth::True => {
                    possible.push(body);
                    return self.one_of(&doubt.unwrap_or_else(|| "a CASE".into()), &possible);
                }
                Truth::Unknown => possible.push(body),
            }
        }
        if possible.is_empty() {
            return match otherwise {
                Some(otherwise) => self.list(otherwise),
                None => Err(Problem::error("20000", "case not found")),
            };
        }
        possible.extend(otherwise);
        self.one_of(&doubt.unwrap_or_else(|| "a CASE".into()), &possible)
    }

    fn equal(&mut self, a: &Value, b: &Value) -> Result<Value, Problem> {
        self.evaluator().equal(a, b)
    }

    pub(super) fn lookup(&self, words: &[&str]) -> Option<Value> {
        use crate::engine::interpreter::query::Variables;
        match words {
            [word] if word.starts_with('$') => self.frame.parameter(word.get(1..)?.parse().ok()?),
            _ => self.frame.variable(words),
        }
    }

    /// The evaluator with the variables of this frame.
    pub(super) fn evaluator(&mut self) -> Evaluator<'_> {
        Evaluator { session: self.session, run: self.run, variables: &self.frame }
    }
}
