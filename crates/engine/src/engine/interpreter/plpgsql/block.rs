//! Blocks: declarations and exception handlers.

use std::sync::Arc;

use sqlparser::ast::{Ident, ObjectName};

use super::ast::{Block, Condition, Declaration, Handler, Statement, StatementKind, TypeName};
use super::condition::catches;
use super::exec::{Executor, Flow};
use super::frame::Frame;
use crate::engine::Reach;
use crate::engine::interpreter::model::{Model, TypeKind};
use crate::engine::interpreter::problem::{Problem, SqlError};
use crate::engine::interpreter::query::{Target as Cast, Value};

impl Executor<'_> {
    pub(super) fn block(&mut self, block: &Block) -> Result<Flow, Problem> {
        self.frame.enter(block.label.as_deref());
        let result = self.declared_block(block);
        self.frame.leave();
        let leaves = |flow: &Flow| match flow {
            Flow::Exit(label) => label.is_some() && *label == block.label,
            _ => false,
        };
        Ok(match result? {
            flow if leaves(&flow) => Flow::Next,
            Flow::Maybe(flow) if leaves(&flow) => Flow::Next,
            flow => flow,
        })
    }

    pub(super) fn declared_block(&mut self, block: &Block) -> Result<Flow, Problem> {
        for declaration in &block.declarations {
            self.declare(declaration)?;
        }
        match &block.handlers {
            None => self.list(&block.body),
            Some(handlers) => self.protected(&block.body, handlers),
        }
    }

    pub(super) fn declare(&mut self, declaration: &Declaration) -> Result<(), Problem> {
        match declaration {
            Declaration::Variable { name, data_type, default, .. } => {
                let cast = self.cast_target(data_type);
                let mut value = match default {
                    Some(default) => self.expression(default)?,
                    None => Value::Null,
                };
                if let Some(cast) = &cast {
                    value = self.evaluator().cast_to(value, cast)?;
                }
                self.frame.declare(name, value, cast);
            }
            Declaration::Alias { name, target } => {
                let words: Vec<&str> = target.iter().map(String::as_str).collect();
                let value = self.lookup(&words).unwrap_or_else(|| Value::unknown("an alias"));
                self.frame.declare(name, value, None);
            }
            Declaration::Cursor { name, .. } => {
                self.frame.declare(name, Value::Null, None);
                self.declared_cursors.push(declaration.clone());
            }
        }
        Ok(())
    }

    /// What values assigned to a variable of a type are cast to; `None` for a row.
    pub(super) fn cast_target(&self, data_type: &TypeName) -> Option<Cast> {
        match data_type {
            TypeName::RowType | TypeName::Record => None,
            TypeName::TypeOf(name) => Some(self.column_target(name).unwrap_or(Cast::Any)),
            TypeName::Named(text) => match Cast::parse(text) {
                Some(Cast::Other) if self.is_row_type(text) => None,
                found => Some(found.unwrap_or(Cast::Any)),
            },
        }
    }

    /// What values assigned to a variable of the type of a column are cast to.
    fn column_target(&self, name: &[String]) -> Option<Cast> {
        let (column, table) = name.split_last()?;
        let table =
            ObjectName::from(table.iter().map(|w| Ident::with_quote('"', w)).collect::<Vec<_>>());
        let table = self.session.find_relation(&table).ok()??;
        let column = self.session.model.relation(table).ok()?.column(column)?;
        Cast::of_type(column.data_type.oid)
    }

    /// Whether a type is the row of a table or a composite type.
    pub(super) fn is_row_type(&self, text: &str) -> bool {
        let words = text.split('.').map(|w| Ident::new(w.trim().trim_matches('"')));
        let name = ObjectName::from(words.collect::<Vec<_>>());
        let found = self.session.find_type(&name).ok().flatten();
        let found = found.and_then(|oid| self.session.model.data_type(oid).ok());
        found.is_some_and(|t| matches!(t.kind, TypeKind::Composite { .. }))
    }

    /// A block with an exception handler: a sub-transaction.
    pub(super) fn protected(
        &mut self,
        body: &[Statement],
        handlers: &[Handler],
    ) -> Result<Flow, Problem> {
        let model = self.session.model.clone();
        let settings = self.session.settings.clone();
        let before = self.frame.clone();
        // A handler that raises an error itself, as migrations are taken to get through, is none.
        let lasting = handlers.iter().filter(|h| !always_raises(&h.body));
        let conditions: Vec<Condition> =
            lasting.flat_map(|h| h.conditions.iter().cloned()).collect();
        self.run.protections.push(conditions);
        let result = self.list(body);
        self.run.protections.pop();
        match result {
            Err(Problem::Error(error)) => match handler_of(handlers, &error) {
                Some(handler) => {
                    self.session.model = model;
                    self.session.settings = settings;
                    self.handle(handler, error)
                }
                None => Err(Problem::Error(error)),
            },
            Ok(Flow::Maybe(flow)) => match *flow {
                Flow::Failed(error) => match handler_of(handlers, &error) {
                    Some(handler) => self.perhaps_handled(handler, error, &model, before),
                    None => Ok(Flow::Maybe(Box::new(Flow::Failed(error)))),
                },
                other => Ok(Flow::Maybe(Box::new(other))),
            },
            other => other,
        }
    }

    pub(super) fn handle(&mut self, handler: &Handler, error: SqlError) -> Result<Flow, Problem> {
        self.frame.enter(None);
        self.frame.declare("sqlerrm", error.message.as_str().into(), None);
        self.frame.declare("sqlstate", error.sqlstate.into(), None);
        let outer = self.caught.replace(error);
        let result = self.list(&handler.body);
        self.caught = outer;
        self.frame.leave();
        result
    }

    /// The block may have failed: what it did may be undone, and the handler may be executed.
    pub(super) fn perhaps_handled(
        &mut self,
        handler: &Handler,
        error: SqlError,
        start: &Model,
        before: Frame,
    ) -> Result<Flow, Problem> {
        let undone = self.session.model.changes_since(start);
        if !undone.is_empty() {
            let reason = "whether an error undoes what this block did depends on rows of tables";
            self.run.gap(self.session, reason, Reach::Objects(undone));
        }
        let after = self.frame.clone();
        let done = std::mem::replace(&mut self.session.model, start.clone());
        self.frame = before;
        let flow = self.perhaps("whether a statement fails", |e| e.handle(handler, error));
        self.session.model = done;
        self.frame.join(&after, &Arc::from("whether a statement fails"));
        flow
    }
}

pub(super) fn handler_of<'h>(handlers: &'h [Handler], error: &SqlError) -> Option<&'h Handler> {
    handlers.iter().find(|h| catches(&h.conditions, error.sqlstate))
}

/// Whether a handler ends in an error of its own.
pub(super) fn always_raises(body: &[Statement]) -> bool {
    matches!(body.last().map(|s| &s.kind), Some(StatementKind::Raise(raise)) if raise.exception)
}
