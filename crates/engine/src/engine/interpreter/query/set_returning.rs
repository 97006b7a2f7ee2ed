//! Functions that return rows.

use std::sync::Arc;

use sqlparser::ast::{Function, FunctionArg, FunctionArguments, ObjectName};

use super::constant;
use super::eval::{Evaluator, why};
use super::rows::{Row, Rows};
use super::scope::Scope;
use super::value::Value;
use crate::datum::{self, Json, Type, Typed};
use crate::engine::interpreter::event::Event;
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

const SETS: [&str; 12] = [
    "generate_series",
    "generate_subscripts",
    "json_array_elements",
    "json_array_elements_text",
    "json_object_keys",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_object_keys",
    "regexp_matches",
    "regexp_split_to_table",
    "string_to_table",
    "unnest",
];

/// The name of a column that takes the alias of its function.
const VALUE: &str = "?value?";

/// As many numbers or elements are listed; beyond, the rows are unknown.
const MAX_ROWS: usize = 10_000;

/// Whether a call in a select list returns rows.
pub(crate) fn is_set(function: &Function) -> bool {
    let word = function.name.0.last().and_then(|p| p.as_ident()).map(names::stored);
    word.is_some_and(|w| SETS.contains(&&*w))
}

impl Evaluator<'_> {
    /// The rows of a call in a select list.
    pub(super) fn set_of(
        &mut self,
        function: &Function,
        scope: &Scope<'_>,
    ) -> Result<Rows, Problem> {
        match &function.args {
            FunctionArguments::List(list) => self.function_rows(&function.name, &list.args, scope),
            _ => Ok(Rows::unknown(vec![VALUE.into()], format!("{}", function.name))),
        }
    }

    /// The rows of a call in FROM.
    pub(super) fn function_rows(
        &mut self,
        name: &ObjectName,
        args: &[FunctionArg],
        scope: &Scope<'_>,
    ) -> Result<Rows, Problem> {
        let (_, word) = Session::split_name(name)?;
        if SETS.contains(&&*word) {
            let arguments = self.positional(args, scope)?;
            return Ok(builtin_rows(&word, &arguments));
        }
        if let Some(table) = Event::rewritten(self.run.event.as_deref(), &word) {
            return table.map(|table| single(vec![table]));
        }
        if let Some(rows) = Event::rows(self.run.event.as_deref(), &word) {
            return rows;
        }
        if let Some(rows) = self.user_rows(name, args, scope)? {
            return Ok(rows);
        }
        let value = self.call_by_name(name, args, scope)?;
        Ok(match value {
            Value::Unknown(unknown) => Rows::open(unknown.why),
            value => single(vec![value]),
        })
    }
}

fn single(values: Vec<Value>) -> Rows {
    Rows::certain(&[VALUE], values.into_iter().map(|v| vec![v]).collect())
}

fn builtin_rows(name: &str, arguments: &[Value]) -> Rows {
    if name == "unnest" {
        return unnest(arguments);
    }
    if arguments.iter().any(Value::is_null) {
        return single(Vec::new());
    }
    let items = match (name, arguments) {
        ("generate_series", [from, to, step @ ..]) => series(from, to, step.first()),
        ("generate_subscripts", [Value::Array(array), ..]) => {
            let last = array.lower + i64::try_from(array.items.len()).unwrap_or(0);
            Some((array.lower..last).map(Value::Int).collect())
        }
        ("string_to_table", [Value::Text(text), Value::Text(separator), ..]) => {
            Some(text.split(&**separator).map(Value::text).collect())
        }
        ("regexp_split_to_table", [Value::Text(text), Value::Text(pattern), ..]) => {
            let arguments = [Value::Text(text.clone()), Value::Text(pattern.clone())];
            match constant::call("regexp_split_to_array", &arguments) {
                Ok(Value::Array(array)) => Some(array.items.clone()),
                _ => None,
            }
        }
        ("regexp_matches", [Value::Text(text), Value::Text(pattern), flags @ ..]) => {
            matches(text, pattern, flags.first())
        }
        (_, [json, ..]) if name.starts_with("json") => json_rows(name, json),
        _ => None,
    };
    match items {
        Some(items) => single(items),
        None => {
            let why = arguments.iter().find_map(Value::doubt).map(|u| u.why.clone());
            Rows::unknown(vec![VALUE.into()], why.unwrap_or_else(|| format!("{name}()").into()))
        }
    }
}

fn series(from: &Value, to: &Value, step: Option<&Value>) -> Option<Vec<Value>> {
    let (from, to) = (from.as_int()?, to.as_int()?);
    let step = step.map_or(Some(1), Value::as_int).filter(|s| *s != 0)?;
    let mut items = Vec::new();
    let mut at = from;
    while if step > 0 { at <= to } else { at >= to } {
        items.push(Value::Int(at));
        if items.len() > MAX_ROWS {
            return None;
        }
        at = at.checked_add(step)?;
    }
    Some(items)
}

fn matches(text: &str, pattern: &str, flags: Option<&Value>) -> Option<Vec<Value>> {
    let flags = flags.map_or(Some(""), |f| f.as_text().map(|t| &**t))?;
    let found = datum::regexp_matches(text, pattern, flags).ok()?;
    let groups = |found| Value::constant(Typed::new(Type::Text.array(), found));
    Some(found.into_iter().map(groups).collect())
}

fn json_rows(name: &str, value: &Value) -> Option<Vec<Value>> {
    let json = match value {
        Value::Json(json) => (**json).clone(),
        Value::Text(text) => Json::parse(text).ok()?,
        _ => return None,
    };
    let is_binary = name.starts_with("jsonb");
    Some(match json {
        Json::Array(items) if name.ends_with("_text") => items
            .into_iter()
            .map(|item| match item {
                Json::Null => Value::Null,
                Json::String(text) => Value::Text(text),
                item if is_binary => Value::text(item.output()),
                _ => Value::unknown("a part of a json as it is written"),
            })
            .collect(),
        Json::Array(items) => items.into_iter().map(|i| Value::Json(Arc::new(i))).collect(),
        Json::Object(members) if name.ends_with("keys") && is_binary => {
            members.into_iter().map(|(key, _)| Value::Text(key)).collect()
        }
        _ => return None,
    })
}

/// `unnest` of arrays, side by side.
pub(super) fn unnest(arrays: &[Value]) -> Rows {
    let mut columns: Vec<Vec<Value>> = Vec::new();
    for value in arrays {
        columns.push(match value {
            Value::Null => Vec::new(),
            Value::Array(array) => array.items.iter().flat_map(flattened).collect(),
            other => return Rows::unknown(vec![VALUE.into(); arrays.len()], why(&[other])),
        });
    }
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    let at = |column: &Vec<Value>, row: usize| column.get(row).cloned().unwrap_or(Value::Null);
    let rows = (0..height).map(|row| Row::certain(columns.iter().map(|c| at(c, row)).collect()));
    let name = if arrays.len() == 1 { VALUE } else { "unnest" };
    Rows { columns: vec![name.into(); arrays.len()], rows: rows.collect(), ..Rows::default() }
}

fn flattened(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(inner) => inner.items.iter().flat_map(flattened).collect(),
        other => vec![other.clone()],
    }
}

/// WITH ORDINALITY.
pub(super) fn number(rows: &mut Rows) {
    let certain = rows.is_certain();
    rows.columns.push("ordinality".into());
    for (row, number) in rows.rows.iter_mut().zip(1..) {
        row.values.push(if certain {
            Value::Int(number)
        } else {
            Value::unknown("the number of a row")
        });
    }
}
