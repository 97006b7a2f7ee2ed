//! What the server checks of a function's body when the function is created, as far as it is certain to
//! refuse it.

use std::sync::Arc;

use sqlparser::ast::{ConflictTarget, Insert, OnConflict, OnInsert, Statement, TableObject};

use crate::engine::interpreter::analyze::Over;
use crate::engine::interpreter::model::TypeRef;
use crate::engine::interpreter::parse::ast::{self, CreateFunction, FunctionBody, Returns};
use crate::engine::interpreter::parse::parse_text;
use crate::engine::interpreter::problem::{Problem, SqlError};
use crate::engine::interpreter::session::Session;

/// What a query is refused with that names a column that does not exist, or is of wrong types.
const CERTAIN: [&str; 10] =
    ["22003", "22007", "22P02", "42703", "42725", "42804", "42809", "42846", "42883", "55P04"];

/// The setting by which the check is left out.
const SWITCH: &str = "check_function_bodies";

impl Session {
    /// Whether bodies are checked when a function is created.
    pub(super) fn checks_bodies(&self) -> bool {
        let is_off = |value: &Arc<str>| ["off", "false", "no", "0"].contains(&&**value);
        !self.settings.others.get(SWITCH).is_some_and(is_off)
    }

    /// Refuses a body in SQL with a query of a relation or a column that does not exist.
    pub(super) fn check_sql_body(&self, function: &CreateFunction) -> Result<(), Problem> {
        let Some(FunctionBody::Text(body)) = &function.body else { return Ok(()) };
        if !self.checks_bodies() {
            return Ok(());
        }
        let (_, name) = Self::split_name(&function.name)?;
        let arguments = self.function_arguments(&function.arguments)?;
        let arguments = self.named_arguments(&arguments);
        let has_own_path = function.settings.iter().any(|(name, _)| name == "search_path");
        let mut columns = None;
        for statement in parse_text(&body.text, &|_| self.span) {
            let Some(ast::Statement::Query(statement)) = statement.kind.read() else {
                return Ok(());
            };
            if let Statement::Insert(insert) = &**statement {
                self.check_conflict_constraint(insert, has_own_path)?;
            }
            let Statement::Query(query) = &**statement else { return Ok(()) };
            columns = match self.resolve_query(query, Over::Arguments(&name, &arguments)) {
                Ok(resolved) => Some(resolved.value),
                // Under a path of its own the function may find other objects of these names.
                Err(Problem::Error(error)) if self.is_certain(&error, has_own_path) => {
                    return Err(Problem::Error(error));
                }
                Err(_) => None,
            };
        }
        match (columns.flatten(), self.scalar_result(function)) {
            (Some(columns), Some(returns)) if !has_own_path => {
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
        !has_own_path && CERTAIN.contains(&error.sqlstate)
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

    /// Refuses ON CONFLICT with a constraint that does not exist; what index its columns mean is found out
    /// when the statement is executed.
    fn check_conflict_constraint(
        &self,
        insert: &Insert,
        has_own_path: bool,
    ) -> Result<(), Problem> {
        let Some(OnInsert::OnConflict(OnConflict {
            conflict_target: Some(ConflictTarget::OnConstraint(_)),
            ..
        })) = &insert.on
        else {
            return Ok(());
        };
        let TableObject::TableName(name) = &insert.table else { return Ok(()) };
        match self.find_relation(name)? {
            Some(table) if !has_own_path || name.0.len() > 1 => {
                self.arbiter(table, insert).map(drop)
            }
            _ => Ok(()),
        }
    }
}
