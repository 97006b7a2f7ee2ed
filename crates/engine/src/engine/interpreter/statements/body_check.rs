//! What the server checks of a function's body when the function is created, as far as it is certain to
//! refuse it.

use std::sync::Arc;

use sqlparser::ast::{ConflictTarget, Insert, OnConflict, OnInsert, Statement, TableObject};

use crate::engine::interpreter::analyze::{NamedValue, Over};
use crate::engine::interpreter::model::TypeRef;
use crate::engine::interpreter::parse::ast::{
    self, CreateFunction, FunctionBody, Returns, SettingValue,
};
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

    /// Refuses a body in SQL with a query of a relation or a column that does not exist. The server checks it
    /// under the settings of the function: <https://www.postgresql.org/docs/current/sql-createfunction.html>.
    pub(super) fn check_sql_body(&mut self, function: &CreateFunction) -> Result<(), Problem> {
        let Some(FunctionBody::Text(body)) = &function.body else { return Ok(()) };
        if !self.checks_bodies() {
            return Ok(());
        }
        let (_, name) = Self::split_name(&function.name)?;
        let arguments = self.function_arguments(&function.arguments)?;
        let arguments = self.named_arguments(&arguments);
        let returns = self.scalar_result(function);
        let caller = self.settings.search_path.clone();
        for (setting, value) in &function.settings {
            match (setting.as_str(), value) {
                ("search_path", SettingValue::List(schemas)) => {
                    let schemas = schemas.iter().filter(|schema| !schema.is_empty());
                    self.settings.search_path =
                        schemas.map(|schema| Arc::from(schema.as_str())).collect();
                }
                // What the default is another session may have said.
                ("search_path", SettingValue::Default) => return Ok(()),
                _ => {}
            }
        }
        let result = self.check_queries(&body.text, &name, &arguments, returns.as_ref());
        self.settings.search_path = caller;
        result
    }

    fn check_queries(
        &self,
        body: &str,
        function: &str,
        arguments: &[NamedValue],
        returns: Option<&TypeRef>,
    ) -> Result<(), Problem> {
        let mut columns = None;
        for statement in parse_text(body, &|_| self.span) {
            let Some(ast::Statement::Query(statement)) = statement.kind.read() else {
                return Ok(());
            };
            if let Statement::Insert(insert) = &**statement {
                self.check_conflict_constraint(insert)?;
            }
            let Statement::Query(query) = &**statement else { return Ok(()) };
            columns = match self.resolve_query(query, Over::Arguments(function, arguments)) {
                Ok(resolved) => Some(resolved.value),
                Err(Problem::Error(error)) if is_certain(&error) => {
                    return Err(Problem::Error(error));
                }
                Err(_) => None,
            };
        }
        match (columns.flatten(), returns) {
            (Some(columns), Some(returns)) => self.check_query_result(Some(&columns), returns),
            _ => Ok(()),
        }
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
    fn check_conflict_constraint(&self, insert: &Insert) -> Result<(), Problem> {
        let Some(OnInsert::OnConflict(OnConflict {
            conflict_target: Some(ConflictTarget::OnConstraint(_)),
            ..
        })) = &insert.on
        else {
            return Ok(());
        };
        let TableObject::TableName(name) = &insert.table else { return Ok(()) };
        match self.find_relation(name)? {
            Some(table) => self.arbiter(table, insert).map(drop),
            None => Ok(()),
        }
    }
}

/// Whether the server certainly gives that error for a body.
fn is_certain(error: &SqlError) -> bool {
    let is_relation = error.sqlstate == "42P01" && error.message.starts_with("relation \"");
    is_relation || CERTAIN.contains(&error.sqlstate)
}
