//! What the server checks of a function's body when the function is created, as far as it is certain to
//! refuse it.

use std::sync::Arc;

use sqlparser::ast::Statement;

use crate::engine::interpreter::analyze::Over;
use crate::engine::interpreter::model::TypeRef;
use crate::engine::interpreter::parse::extra::{CreateFunction, FunctionBody, Returns};
use crate::engine::interpreter::parse::{StatementKind, parse_text};
use crate::engine::interpreter::problem::{Problem, SqlError};
use crate::engine::interpreter::session::Session;

/// What an expression or query of wrong types is refused with.
const TYPE_ERRORS: [&str; 6] = ["42804", "42883", "42725", "42846", "22P02", "42809"];

/// The setting by which the check is left out.
const SWITCH: &str = "check_function_bodies";

impl Session {
    /// Refuses a body in SQL with a query of a relation that does not exist, or of wrong types.
    pub(super) fn check_sql_body(&self, function: &CreateFunction) -> Result<(), Problem> {
        let Some(FunctionBody::Text(body)) = &function.body else { return Ok(()) };
        let is_off = |value: &Arc<str>| ["off", "false", "no", "0"].contains(&&**value);
        if self.settings.others.get(SWITCH).is_some_and(is_off) {
            return Ok(());
        }
        let arguments = self.named_arguments(function)?;
        let has_own_path = function.settings.iter().any(|(name, _)| name == "search_path");
        let mut columns = None;
        for statement in parse_text(&body.text, &|_| self.span) {
            let StatementKind::Sql(statement) = &*statement.kind else { return Ok(()) };
            let Statement::Query(query) = &**statement else { return Ok(()) };
            columns = match self.resolve_query(query, Over::Arguments(&arguments)) {
                Ok(resolved) => Some(resolved.value),
                // Under a path of its own the function may find other objects of these names.
                Err(Problem::Error(error)) if self.is_certain(&error, has_own_path) => {
                    return Err(Problem::Error(error));
                }
                Err(_) => None,
            };
        }
        match (columns.flatten(), self.scalar_result(function)) {
            (Some(columns), Some(returns)) if !has_own_path && self.gaps.is_empty() => {
                self.check_query_result(Some(&columns), &returns)
            }
            _ => Ok(()),
        }
    }

    /// Whether the server certainly gives that error for a body.
    fn is_certain(&self, error: &SqlError, has_own_path: bool) -> bool {
        if error.sqlstate == "42P01" {
            let missing = error.message.strip_prefix("relation \"");
            return missing.is_some_and(|name| !has_own_path || name.contains('.'));
        }
        !has_own_path && TYPE_ERRORS.contains(&error.sqlstate)
    }

    /// What a function returns where that is one value.
    fn scalar_result(&self, function: &CreateFunction) -> Option<TypeRef> {
        match &function.returns {
            Some(Returns::Type(_) | Returns::SetOf(_)) => {
                self.function_result(function).ok().and_then(|(returns, _)| returns)
            }
            _ => None,
        }
    }
}
