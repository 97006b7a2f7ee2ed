//! Functions of the catalog: what their bodies say is what a call is worth.

use std::sync::Arc;

use sqlparser::ast::{Query, Statement};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::evaluator::Evaluator;
use super::path_search::{Options, Stop};
use super::scope::{Relation, Scopes};
use super::value::{Symbol, Value};
use crate::catalog::{Function, ObjectName};
use crate::engine::plpgsql::{self, Block};

/// The tree of a body.
#[derive(Debug, Clone)]
pub(super) enum Body {
    /// The query that a body in SQL is.
    Sql(Arc<Query>),
    /// A body in PL/pgSQL.
    Block(Arc<Block>),
}

impl Evaluator<'_> {
    /// The value of a call of a function of the catalog; anything, where its body cannot be read.
    pub(super) fn call_function(
        &mut self,
        schema: &str,
        name: &str,
        values: &[Value],
    ) -> Result<Value, Stop> {
        let functions = &self.context.catalog.functions;
        let called = match schema {
            "" => unqualified(functions, name),
            schema => ObjectName::new(schema, name),
        };
        self.consult(called.clone());
        let mut overloads = functions
            .iter()
            .filter(|function| function.name == called && takes(function, values.len()));
        if let (Some(function), None) = (overloads.next(), overloads.next())
            && let Some(value) = self.deeper(|evaluator| evaluator.inline(function, values))?
        {
            return Ok(value);
        }
        // Not known, but the same for the same arguments; it may be NULL for any.
        let arguments: Vec<String> = values.iter().map(Value::to_string).collect();
        let key = format!("{called}({})", arguments.join(", "));
        Ok(Value::Unknown(Symbol::fresh(key)))
    }

    /// Evaluates the body of a function with these arguments.
    fn inline(&mut self, function: &Function, values: &[Value]) -> Result<Option<Value>, Stop> {
        let Some(body) = self.body(function) else { return Ok(None) };
        let Some(mut values) = self.with_defaults(function, values)? else { return Ok(None) };
        let mut null = false;
        for (value, data_type) in values.iter_mut().zip(&function.arguments) {
            *value = match std::mem::replace(value, Value::Null) {
                Value::Unknown(symbol) if symbol.nullable => self.known(Value::Unknown(symbol))?,
                // A literal is of the type that the function declares.
                Value::Text(text) => self
                    .type_named(data_type)
                    .and_then(|data_type| Value::read(&data_type, &text))
                    .unwrap_or(Value::Text(text)),
                value => value,
            };
            null |= matches!(value, Value::Null);
        }
        // A function that is STRICT is not called with NULL; whether it is, the catalog does not say.
        let strict = format!("strict: {}", function.name);
        if null && self.decide(strict, Options::adversarial(2))? == 0 {
            return Ok(Some(Value::Null));
        }
        let named = function.argument_names.iter().map(|name| Arc::from(name.as_str()));
        let numbered = (1..=values.len()).map(|number| Arc::from(format!("${number}")));
        let columns = named
            .zip(values.iter().cloned())
            .filter(|(name, _): &(Arc<str>, _)| !name.is_empty())
            .chain(numbered.zip(values.iter().cloned()))
            .collect();
        let alias = function.name.name.as_str().into();
        let arguments = Relation { alias, columns, ..Relation::default() };
        let key: Vec<String> = values.iter().map(Value::to_string).collect();
        let call = format!("{}({}): ", function.name, key.join(", ")).into();

        let rows = self.rows_of_arguments(function, &values);
        let caller = std::mem::replace(&mut self.scopes, Scopes::of(arguments));
        if !rows.is_empty() {
            self.scopes.enter(rows);
        }
        let outer_call = std::mem::replace(&mut self.call, call);
        let aggregated = self.aggregated.take();
        let value = match body {
            Body::Sql(query) => self.scalar(&query).map(Some),
            Body::Block(block) => self.run_block(&block),
        };
        self.scopes = caller;
        self.call = outer_call;
        self.aggregated = aggregated;
        value
    }

    /// Arguments that are rows of a table: their columns are named after the argument.
    fn rows_of_arguments(&self, function: &Function, values: &[Value]) -> Vec<Relation> {
        let named = function.argument_names.iter().zip(&function.arguments).zip(values);
        let rows = named.filter_map(|((name, data_type), value)| {
            let Value::Row(values) = value else { return None };
            let (schema, table) = data_type.split_once('.').unwrap_or(("public", data_type));
            let table = self.context.catalog.table(&ObjectName::new(schema, table))?;
            if name.is_empty() || table.columns.len() != values.len() {
                return None;
            }
            let names = table.columns.iter().map(|column| Arc::from(column.name.as_str()));
            let columns = names.zip(values.iter().cloned()).collect();
            Some(Relation { alias: name.as_str().into(), columns, ..Relation::default() })
        });
        rows.collect()
    }

    /// The arguments of a call, with the defaults of those that it leaves out.
    fn with_defaults(
        &mut self,
        function: &Function,
        values: &[Value],
    ) -> Result<Option<Vec<Value>>, Stop> {
        let mut values = values.to_vec();
        for default in function.argument_defaults.iter().skip(values.len()) {
            let Some(default) = default.as_deref().and_then(super::parse) else {
                return Ok(None);
            };
            values.push(self.evaluate(&default)?);
        }
        Ok(Some(values))
    }

    /// The tree of a function's body, which is read once.
    fn body(&mut self, function: &Function) -> Option<Body> {
        let text = function.body.as_deref()?;
        let known = self.bodies.entry(text.into());
        known.or_insert_with(|| read(&function.language, text)).clone()
    }
}

/// Reads a body; `None` where it cannot be followed.
fn read(language: &str, text: &str) -> Option<Body> {
    match language {
        "sql" => {
            let mut statements =
                Parser::parse_sql(&PostgreSqlDialect {}, &plain_sql(text)).ok()?.into_iter();
            match (statements.next()?, statements.next()) {
                (Statement::Query(query), None) => Some(Body::Sql(Arc::new(*query))),
                _ => None,
            }
        }
        "plpgsql" => plpgsql::parse(text).ok().map(|block| Body::Block(Arc::new(block))),
        _ => None,
    }
}

/// The function that a name without a schema means: that of public, or the only one that has moved elsewhere
/// since the name was written.
fn unqualified(functions: &[Function], name: &str) -> ObjectName {
    let public = ObjectName::new("public", name);
    let mut named = functions.iter().map(|function| &function.name).filter(|n| *n.name == *name);
    let first = named.next().unwrap_or(&public);
    let is_only = named.all(|other| other == first);
    if is_only { first.clone() } else { public }
}

/// Whether a function can be called with so many arguments.
fn takes(function: &Function, arguments: usize) -> bool {
    let left_out = function.argument_defaults.get(arguments..);
    function.arguments.len() == arguments
        || left_out.is_some_and(|left_out| left_out.iter().all(Option::is_some))
}

/// A body in SQL as statements; those of the SQL standard say RETURN or BEGIN ATOMIC.
fn plain_sql(body: &str) -> String {
    let body = body.trim().trim_end_matches(';');
    let after = |words: &str| {
        let head = body.get(..words.len())?;
        head.eq_ignore_ascii_case(words).then(|| &body[words.len()..])
    };
    if let Some(expression) = after("RETURN ") {
        return format!("SELECT {expression}");
    }
    match after("BEGIN ATOMIC").and_then(|rest| rest.get(..rest.len().checked_sub(3)?)) {
        Some(statements) => statements.to_owned(),
        None => body.to_owned(),
    }
}
