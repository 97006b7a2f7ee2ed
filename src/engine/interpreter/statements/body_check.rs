//! What the server checks of a function's body when the function is created, as far as it is certain to
//! refuse it.

use std::sync::Arc;

use sqlparser::ast::{ConflictTarget, Insert, OnConflict, OnInsert, Statement, TableObject};

use crate::engine::interpreter::expr::Over;
use crate::engine::interpreter::parse::ast::{self, CreateFunction, FunctionBody};
use crate::engine::interpreter::parse::parse_text;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

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
        let arguments = self.arguments_by_name(&arguments);
        let has_own_path = function.settings.iter().any(|(name, _)| name == "search_path");
        for statement in parse_text(&body.text, &|_| self.span) {
            let Some(ast::Statement::Query(statement)) = statement.kind.read() else {
                return Ok(());
            };
            if let Statement::Insert(insert) = &**statement {
                self.check_conflict_constraint(insert, has_own_path)?;
            }
            let Statement::Query(query) = &**statement else { return Ok(()) };
            let Err(Problem::Error(error)) =
                self.resolve_query(query, Over::Arguments(&name, &arguments))
            else {
                continue;
            };
            // Under a path of its own the function may find another relation of that name.
            let missing = error.message.strip_prefix("relation \"");
            let is_certain = |name: &str| !has_own_path || name.contains('.');
            let no_relation = error.sqlstate == "42P01" && missing.is_some_and(is_certain);
            let no_column = error.sqlstate == "42703" && !has_own_path;
            if no_relation || no_column {
                return Err(Problem::Error(error));
            }
        }
        Ok(())
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
