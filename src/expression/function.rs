//! Functions that PostgreSQL and Supabase bring along.

use sqlparser::ast::{
    BinaryOperator as Op, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    ObjectName as AstName,
};

use super::evaluate::fold;
use super::evaluator::Evaluator;
use super::trail::Stop;
use super::value::{Kind, Range, Symbol, Value};

/// When this could be run: from the year that it was written in to the end of the century.
const NOW: Range = Range { low: 1_767_225_600.0, high: 4_102_444_800.0, integer: false };

/// At least 0 and less than 1.
const FRACTION: Range = Range { low: 0.0, high: 1.0 - f64::EPSILON, integer: false };

/// Functions of which nothing is known but that they are never NULL, and not twice the same.
const VOLATILE: &[(&str, Kind)] = &[
    ("random", Kind::Number(FRACTION)),
    ("gen_random_uuid", Kind::Text),
    ("uuid_generate_v4", Kind::Text),
    ("clock_timestamp", Kind::Time(NOW)),
    ("timeofday", Kind::Text),
];

/// Functions of which nothing is known but that they are never NULL, and the same all along.
const STABLE: &[(&str, Kind)] = &[
    ("session_user", Kind::Text),
    ("current_database", Kind::Text),
    ("current_catalog", Kind::Text),
    ("current_schema", Kind::Text),
    ("version", Kind::Text),
    ("pg_backend_pid", Kind::Number(Range::COUNT)),
    ("txid_current", Kind::Number(Range::COUNT)),
    ("pg_postmaster_start_time", Kind::Time(NOW)),
];

/// The names of the present moment, which is one and the same for a statement.
const PRESENT: &[&str] =
    &["now", "current_timestamp", "transaction_timestamp", "statement_timestamp", "localtimestamp"];

/// Functions that give no NULL for arguments that are not NULL, with the kind of what they give.
const STRICT: &[(&str, Kind)] = &[
    ("length", Kind::Number(Range::COUNT)),
    ("char_length", Kind::Number(Range::COUNT)),
    ("character_length", Kind::Number(Range::COUNT)),
    ("octet_length", Kind::Number(Range::COUNT)),
    ("bit_length", Kind::Number(Range::COUNT)),
    ("cardinality", Kind::Number(Range::COUNT)),
    ("jsonb_array_length", Kind::Number(Range::COUNT)),
    ("json_array_length", Kind::Number(Range::COUNT)),
    ("strpos", Kind::Number(Range::COUNT)),
    ("abs", Kind::Number(Range { low: 0.0, high: f64::INFINITY, integer: false })),
    ("round", Kind::Number(Range::ALL)),
    ("trunc", Kind::Number(Range::ALL)),
    ("floor", Kind::Number(Range::ALL)),
    ("ceil", Kind::Number(Range::ALL)),
    ("mod", Kind::Number(Range::ALL)),
    ("date_part", Kind::Number(Range::ALL)),
    ("date_trunc", Kind::Time(Range::ALL)),
    ("age", Kind::Other),
    ("lower", Kind::Text),
    ("upper", Kind::Text),
    ("initcap", Kind::Text),
    ("btrim", Kind::Text),
    ("ltrim", Kind::Text),
    ("rtrim", Kind::Text),
    ("replace", Kind::Text),
    ("left", Kind::Text),
    ("right", Kind::Text),
    ("substr", Kind::Text),
    ("substring", Kind::Text),
    ("repeat", Kind::Text),
    ("reverse", Kind::Text),
    ("md5", Kind::Text),
    ("encode", Kind::Text),
    ("to_char", Kind::Text),
    ("split_part", Kind::Text),
    ("regexp_replace", Kind::Text),
    ("starts_with", Kind::Boolean),
    ("jsonb_typeof", Kind::Text),
    ("json_typeof", Kind::Text),
    ("to_json", Kind::Json),
    ("to_jsonb", Kind::Json),
    ("hashtext", Kind::Number(Range::ALL)),
    ("pg_typeof", Kind::Text),
];

impl Evaluator<'_> {
    /// The value of a function call.
    pub(super) fn function(&mut self, function: &Function) -> Result<Value, Stop> {
        let (schema, name) = path(&function.name);
        if let Some(value) = self.aggregate(&name, function)? {
            return Ok(value);
        }
        let Some(arguments) = arguments(function) else {
            return Ok(self.anything(function));
        };
        let own = |schema: &str| schema.is_empty() || schema == "pg_catalog";
        if own(&schema)
            && let Some(value) = self.lazy(&name, &arguments)?
        {
            return Ok(value);
        }
        let values = arguments
            .iter()
            .map(|argument| self.evaluate(argument))
            .collect::<Result<Vec<_>, _>>()?;
        if schema == "auth"
            && let Some(visitor) = self.surroundings.visitor
            && let Some(value) = visitor.auth(&name)
        {
            return Ok(value);
        }
        if (own(&schema) || schema == "extensions")
            && let Some(value) = self.builtin(&name, &values)?
        {
            return Ok(value);
        }
        self.call_function(&schema, &name, &values)
    }

    /// Functions that do not need each of their arguments.
    fn lazy(&mut self, name: &str, arguments: &[&Expr]) -> Result<Option<Value>, Stop> {
        Ok(match (name, arguments) {
            ("coalesce", arguments) => {
                for argument in arguments {
                    let value = self.evaluate(argument)?;
                    match self.known(value)? {
                        Value::Null => {}
                        value => return Ok(Some(value)),
                    }
                }
                Some(Value::Null)
            }
            ("row", items) => {
                let items = items.iter().map(|item| self.evaluate(item));
                Some(Value::Row(items.collect::<Result<_, _>>()?))
            }
            ("nullif", [value, other]) => {
                let (value, other) = (self.evaluate(value)?, self.evaluate(other)?);
                match self.compare(&Op::Eq, value.clone(), other)? {
                    Some(true) => Some(Value::Null),
                    _ => Some(value),
                }
            }
            _ => None,
        })
    }

    /// The present moment.
    pub(super) fn now(&self) -> Value {
        Value::Unknown(Symbol::new("now()", Kind::Time(NOW)))
    }

    /// The value of a function of PostgreSQL's own, where it is one that is known here.
    pub(super) fn builtin(&mut self, name: &str, values: &[Value]) -> Result<Option<Value>, Stop> {
        if let Some(value) = self.session_function(name, values) {
            return Ok(Some(value));
        }
        let known =
            values.iter().map(|value| self.known(value.clone())).collect::<Result<Vec<_>, _>>()?;
        if let Some(value) = compute(name, &known) {
            return Ok(Some(value));
        }
        match (name, &known[..]) {
            ("greatest" | "least", values) => self.extreme(name, values).map(Some),
            ("num_nulls" | "num_nonnulls", values) => {
                let nulls = values.iter().filter(|value| matches!(value, Value::Null)).count();
                let counted = if name == "num_nulls" { nulls } else { values.len() - nulls };
                Ok(Some(Value::Number(counted as f64)))
            }
            ("concat", values) => {
                let texts: Vec<Value> =
                    values.iter().filter(|v| !matches!(v, Value::Null)).cloned().collect();
                self.derived("concat", &texts, Kind::Text, false).map(Some)
            }
            ("array_length" | "array_position", values) => {
                self.derived(name, values, Kind::Number(Range::COUNT), true).map(Some)
            }
            (_, [_, ..]) => match STRICT.iter().find(|(strict, _)| *strict == name) {
                Some((_, kind)) => self.derived(name, &known, kind.clone(), false).map(Some),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// Functions about the session and the moment.
    fn session_function(&mut self, name: &str, values: &[Value]) -> Option<Value> {
        match (name, values) {
            ("current_user" | "current_role" | "user", []) => {
                return self.surroundings.visitor.map(super::Visitor::role);
            }
            ("current_setting", [Value::Text(setting), ..]) => {
                return Some(match self.surroundings.visitor {
                    Some(visitor) => visitor.setting(setting),
                    None => self.anything(setting),
                });
            }
            ("set_config", [_, value, _]) => return Some(value.clone()),
            ("current_date", []) => {
                return Some(Value::Unknown(Symbol::new("current_date", Kind::Time(NOW))));
            }
            (name, []) if PRESENT.contains(&name) => return Some(self.now()),
            _ => {}
        }
        let kind = |functions: &[(&str, Kind)]| {
            functions.iter().find(|(known, _)| *known == name).map(|(_, kind)| kind.clone())
        };
        if let Some(kind) = kind(VOLATILE) {
            return Some(Value::Unknown(Symbol::new(self.new_key(name), kind)));
        }
        values
            .is_empty()
            .then(|| kind(STABLE))
            .flatten()
            .map(|kind| Value::Unknown(Symbol::new(name, kind)))
    }

    /// `greatest` and `least`, which pass over NULL.
    fn extreme(&mut self, name: &str, values: &[Value]) -> Result<Value, Stop> {
        let mut extreme = Value::Null;
        for value in values {
            let replaces = match self.order(value.clone(), extreme.clone())? {
                None => matches!(extreme, Value::Null),
                Some(ordering) if name == "greatest" => ordering.is_gt(),
                Some(ordering) => ordering.is_lt(),
            };
            if replaces {
                extreme = value.clone();
            }
        }
        Ok(extreme)
    }
}

/// Functions of constants that can be computed here.
fn compute(name: &str, values: &[Value]) -> Option<Value> {
    let number = |number: usize| Some(Value::Number(number as f64));
    match (name, values) {
        ("length" | "char_length" | "character_length", [Value::Text(text)]) => {
            number(text.chars().count())
        }
        ("octet_length", [Value::Text(text)]) => number(text.len()),
        ("cardinality", [Value::Array(items)]) => number(items.len()),
        ("array_length", [Value::Array(items), Value::Number(1.0)]) if !items.is_empty() => {
            number(items.len())
        }
        ("jsonb_array_length" | "json_array_length", [Value::Json(json)]) => {
            number(json.as_array()?.len())
        }
        ("lower", [Value::Text(text)]) => Some(Value::text(text.to_lowercase())),
        ("upper", [Value::Text(text)]) => Some(Value::text(text.to_uppercase())),
        ("btrim" | "trim", [Value::Text(text)]) => Some(Value::text(text.trim_matches(' '))),
        ("ltrim", [Value::Text(text)]) => Some(Value::text(text.trim_start_matches(' '))),
        ("rtrim", [Value::Text(text)]) => Some(Value::text(text.trim_end_matches(' '))),
        ("replace", [Value::Text(text), Value::Text(from), Value::Text(to)])
            if !from.is_empty() =>
        {
            Some(Value::text(text.replace(&**from, to)))
        }
        ("starts_with", [Value::Text(text), Value::Text(start)]) => {
            Some(Value::Boolean(text.starts_with(&**start)))
        }
        ("strpos", [Value::Text(text), Value::Text(part)]) => {
            number(text.find(&**part).map_or(0, |at| text[..at].chars().count() + 1))
        }
        ("abs", [Value::Number(value)]) => Some(Value::Number(value.abs())),
        ("floor", [Value::Number(value)]) => Some(Value::Number(value.floor())),
        ("ceil" | "ceiling", [Value::Number(value)]) => Some(Value::Number(value.ceil())),
        ("round", [Value::Number(value)]) => Some(Value::Number(value.round())),
        ("mod", [Value::Number(a), Value::Number(b)]) if *b != 0.0 => Some(Value::Number(a % b)),
        ("concat", values) => {
            let texts: Option<Vec<String>> = values
                .iter()
                .filter(|value| !matches!(value, Value::Null))
                .map(Value::written)
                .collect();
            Some(Value::text(texts?.concat()))
        }
        ("jsonb_typeof" | "json_typeof", [Value::Json(json)]) => Some(Value::text(match **json {
            serde_json::Value::Null => "null",
            serde_json::Value::Bool(_) => "boolean",
            serde_json::Value::Number(_) => "number",
            serde_json::Value::String(_) => "string",
            serde_json::Value::Array(_) => "array",
            serde_json::Value::Object(_) => "object",
        })),
        _ => None,
    }
}

/// Schema, empty where none is written, and name.
pub(super) fn path(name: &AstName) -> (String, String) {
    let parts: Vec<String> = name.0.iter().filter_map(|part| part.as_ident()).map(fold).collect();
    match &parts[..] {
        [.., schema, name] => (schema.clone(), name.clone()),
        [name] => (String::new(), name.clone()),
        [] => Default::default(),
    }
}

/// The arguments of a call, where they are plain: in order, without names.
fn arguments(function: &Function) -> Option<Vec<&Expr>> {
    match &function.args {
        FunctionArguments::None => Some(Vec::new()),
        FunctionArguments::Subquery(_) => None,
        FunctionArguments::List(list) => list
            .args
            .iter()
            .map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
                _ => None,
            })
            .collect(),
    }
}
