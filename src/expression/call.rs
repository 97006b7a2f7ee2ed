//! Functions of the catalog: what their bodies say is what a call is worth.

use std::sync::Arc;

use sqlparser::ast::Statement;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::evaluator::Evaluator;
use super::procedure;
use super::scope::{Relation, Scopes};
use super::trail::Stop;
use super::value::{Kind, Symbol, Value};
use crate::catalog::{Function, ObjectName};

impl Evaluator<'_> {
    /// The value of a call of a function of the catalog; anything, where its body cannot be read.
    pub(super) fn call_function(
        &mut self,
        schema: &str,
        name: &str,
        values: &[Value],
    ) -> Result<Value, Stop> {
        let schema = if schema.is_empty() { "public" } else { schema };
        let called = ObjectName::new(schema, name);
        self.consult(called.clone());
        let mut overloads =
            self.surroundings.catalog.functions.iter().filter(|function| {
                function.name == called && function.arguments.len() == values.len()
            });
        if let (Some(function), None) = (overloads.next(), overloads.next())
            && let Some(value) = self.deeper(|evaluator| evaluator.inline(function, values))?
        {
            return Ok(value);
        }
        // Not known, but the same for the same arguments; it may be NULL for any.
        let arguments: Vec<String> = values.iter().map(Value::to_string).collect();
        let key = format!("{called}({})", arguments.join(", "));
        Ok(Value::Unknown(Symbol::nullable(key, Kind::Other)))
    }

    /// Evaluates the body of a function with these arguments.
    fn inline(&mut self, function: &Function, values: &[Value]) -> Result<Option<Value>, Stop> {
        let Some(body) = &function.body else { return Ok(None) };
        let named = function.argument_names.iter().map(|name| Arc::from(name.as_str()));
        let numbered = (1..=values.len()).map(|number| Arc::from(format!("${number}")));
        let columns = named
            .zip(values.iter().cloned())
            .filter(|(name, _): &(Arc<str>, _)| !name.is_empty())
            .chain(numbered.zip(values.iter().cloned()))
            .collect();
        let alias = function.name.name.as_str().into();
        let arguments = Relation { alias, columns, open: None, nulls: false };
        let key: Vec<String> = values.iter().map(Value::to_string).collect();
        let call = format!("{}({}): ", function.name, key.join(", ")).into();

        let caller = std::mem::replace(&mut self.scopes, Scopes::of(arguments));
        let outer_call = std::mem::replace(&mut self.call, call);
        let aggregated = self.aggregated.take();
        let value = match function.language.as_str() {
            "sql" => self.run_sql(body),
            "plpgsql" => self.run_plpgsql(body),
            _ => Ok(None),
        };
        self.scopes = caller;
        self.call = outer_call;
        self.aggregated = aggregated;
        value
    }

    /// The value of a body in SQL: of its last statement.
    fn run_sql(&mut self, body: &str) -> Result<Option<Value>, Stop> {
        let body = body.trim().trim_end_matches(';');
        let words = body.split_whitespace().next().unwrap_or_default();
        let query = if words.eq_ignore_ascii_case("return") {
            format!("SELECT {}", &body.trim_start()[words.len()..])
        } else {
            body.to_owned()
        };
        let Ok(statements) = Parser::parse_sql(&PostgreSqlDialect {}, &query) else {
            return Ok(None);
        };
        match &statements[..] {
            [Statement::Query(query)] => self.scalar(query).map(Some),
            _ => Ok(None),
        }
    }

    fn run_plpgsql(&mut self, body: &str) -> Result<Option<Value>, Stop> {
        match procedure::parse(body) {
            Some(procedure) => self.run_procedure(&procedure),
            None => Ok(None),
        }
    }
}
