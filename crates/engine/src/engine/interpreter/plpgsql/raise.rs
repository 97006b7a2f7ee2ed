//! RAISE and ASSERT.

use super::ast::{Condition, Raise, RaiseSubject, Sql};
use super::condition::{self, RAISE_EXCEPTION};
use super::exec::{Executor, Flow};
use crate::engine::interpreter::problem::{Problem, SqlError};
use crate::engine::interpreter::query::{Truth, Value};

impl Executor<'_> {
    pub(super) fn raise(&mut self, raise: &Raise) -> Result<Flow, Problem> {
        if let RaiseSubject::Again = raise.subject {
            let error = self.caught.clone();
            return Err(Problem::Error(error.unwrap_or_else(|| {
                SqlError::new(
                    "0Z002",
                    "RAISE without parameters cannot be used outside an exception handler",
                )
            })));
        }
        let mut arguments = Vec::new();
        for argument in &raise.arguments {
            arguments.push(self.shown(argument)?);
        }
        let mut code = RAISE_EXCEPTION;
        let mut message = match &raise.subject {
            RaiseSubject::Format(format) => filled(format, &arguments),
            RaiseSubject::Condition(condition) => {
                let (name, found) = match condition {
                    Condition::Name(name) => (name.as_str(), condition::sqlstate(name)),
                    Condition::SqlState(code) => (code.as_str(), condition::known(code)),
                    Condition::Others => ("others", None),
                };
                code = found.unwrap_or(RAISE_EXCEPTION);
                name.to_owned()
            }
            RaiseSubject::Again => String::new(),
        };
        for (option, value) in &raise.options {
            let value = self.expression(value)?;
            match (option.as_str(), value.as_text()) {
                ("errcode", Some(text)) => {
                    code = condition::known(text)
                        .or_else(|| condition::sqlstate(text))
                        .unwrap_or(code);
                }
                ("message", Some(text)) => message = text.to_string(),
                _ => {}
            }
        }
        if raise.exception { Err(Problem::error(code, message)) } else { Ok(Flow::Next) }
    }

    /// A value as a message shows it.
    fn shown(&mut self, argument: &Sql) -> Result<String, Problem> {
        let value = self.expression(argument)?;
        Ok(match self.evaluator().text_of(&value) {
            Value::Text(text) => text.to_string(),
            Value::Null => "<NULL>".to_owned(),
            _ => "…".to_owned(),
        })
    }

    pub(super) fn assert(
        &mut self,
        condition: &Sql,
        message: Option<&Sql>,
    ) -> Result<Flow, Problem> {
        let truth = self.expression(condition)?.truth();
        if let Truth::True | Truth::Unknown = truth {
            return Ok(Flow::Next);
        }
        let message = match message {
            Some(message) => self.shown(message)?,
            None => "assertion failed".to_owned(),
        };
        Err(Problem::error("P0004", message))
    }
}

/// A format string with its `%` filled in.
fn filled(format: &str, arguments: &[String]) -> String {
    let mut message = String::new();
    let mut arguments = arguments.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '%' if chars.next_if_eq(&'%').is_some() => message.push('%'),
            '%' => message.push_str(arguments.next().map_or("", String::as_str)),
            c => message.push(c),
        }
    }
    message
}
