//! Functions that PostgreSQL and Supabase bring along.

use sqlparser::ast::{
    BinaryOperator as Op, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    ObjectName as AstName,
};

use super::constant;
use super::evaluate::fold;
use super::evaluator::Evaluator;
use super::path_search::Stop;
use super::sort::{Grain, Lengths, Range, Sort, whole};
use super::value::{Origin, Symbol, Value};
use crate::datum::{self, Facts, Length, Parameter};

/// When this could be run: from the year that it was written in to the end of the century.
const NOW: Range = Range {
    low: Some(1_767_225_600_000_000),
    high: Some(4_102_444_800_000_000),
    grain: Grain::Step(1),
};

/// When this is certainly run, as far as a proof needs it: up to the year 2040.
pub(super) const CERTAIN_NOW: [i128; 2] = [1_767_225_600_000_000, 2_208_988_800_000_000];

/// At least 0 and less than 1.
const FRACTION: Range = Range { low: Some(0), high: Some(999_999_999), grain: Grain::Float };

/// Functions of which nothing is known but that they are never NULL, and not twice the same.
const VOLATILE: &[(&str, Sort)] = &[
    ("gen_random_uuid", Sort::Uuid),
    ("uuid_generate_v4", Sort::Uuid),
    ("clock_timestamp", Sort::Time(NOW)),
    ("timeofday", Sort::Text(Lengths::ANY)),
];

/// Functions of which nothing is known but that they are never NULL, and the same all along.
const STABLE: &[(&str, Sort)] = &[
    ("session_user", Sort::Text(Lengths::ANY)),
    ("current_database", Sort::Text(Lengths::ANY)),
    ("current_catalog", Sort::Text(Lengths::ANY)),
    ("current_schema", Sort::Text(Lengths::ANY)),
    ("version", Sort::Text(Lengths::ANY)),
    ("pg_backend_pid", Sort::Number(Range::COUNT)),
    ("txid_current", Sort::Number(Range::COUNT)),
    ("pg_postmaster_start_time", Sort::Time(NOW)),
];

/// The names of the present moment, which is one and the same for a statement.
const PRESENT: &[&str] =
    &["now", "current_timestamp", "transaction_timestamp", "statement_timestamp", "localtimestamp"];

/// Functions that are not computed but give no NULL for arguments that are not NULL, with the sort of what they give.
const STRICT: &[(&str, Sort)] = &[
    ("age", Sort::Other),
    ("to_json", Sort::Json),
    ("hashtext", Sort::Number(Range::ALL)),
    ("pg_typeof", Sort::Text(Lengths::ANY)),
];

/// Functions whose every form is as the table of functions says: NULL for NULL alone, and of the sorts there.
const AS_IN_THE_TABLE: &str = "abs ascii bit_length btrim cardinality ceil ceiling chr encode floor initcap \
    json_array_length json_typeof jsonb_array_length jsonb_typeof lower lpad ltrim md5 mod \
    octet_length quote_ident quote_literal regexp_replace repeat replace reverse right round \
    rpad rtrim split_part starts_with strpos substr substring to_hex to_jsonb translate \
    trunc upper";

/// The sort of what a function of PostgreSQL gives, where it is NULL for NULL alone.
fn strict_sort(name: &str, arguments: usize) -> Option<Sort> {
    if let Some((_, sort)) = STRICT.iter().find(|(strict, _)| *strict == name) {
        return Some(sort.clone());
    }
    if !AS_IN_THE_TABLE.split(' ').any(|known| known == name) {
        return None;
    }
    let mut result = None;
    for entry in datum::functions_named(name).filter(|e| e.parameters.len() == arguments) {
        let Parameter::Type(data_type) = &entry.result else { return None };
        if !entry.is_strict || entry.facts.may_be_null || entry.is_variadic {
            return None;
        }
        let sort = match (Sort::of(&data_type.to_string()), entry.facts) {
            // Of which of several types it is hangs on the arguments.
            (Sort::Number(range), Facts { range: bound, .. }) => {
                let low = bound.and_then(|bound| bound.low).map(whole);
                let grain = if range.is_integer() { range.grain } else { Grain::Float };
                Sort::Number(Range { low, high: None, grain })
            }
            (Sort::Text(_), Facts { length: Some(Length::Exactly(length)), .. }) => {
                Sort::Text(Lengths::exactly(length))
            }
            (sort, _) => sort,
        };
        result = match (result, sort) {
            (None, sort) => Some(sort),
            (Some(Sort::Number(a)), Sort::Number(b)) => {
                let grain = if a.grain == b.grain { a.grain } else { Grain::Float };
                Some(Sort::Number(Range { low: a.low.min(b.low), high: None, grain }))
            }
            (Some(Sort::Text(a)), Sort::Text(b)) if a != b => Some(Sort::Text(Lengths::ANY)),
            (Some(a), b) if std::mem::discriminant(&a) == std::mem::discriminant(&b) => Some(a),
            _ => Some(Sort::Other),
        };
    }
    result
}

impl Evaluator<'_> {
    /// The value of a function call.
    pub(super) fn function(&mut self, function: &Function) -> Result<Value, Stop> {
        let (schema, name) = path(&function.name);
        if let Some(value) = self.aggregate(&name, function)? {
            return Ok(value);
        }
        let Some(arguments) = arguments(function) else {
            return match self.with_whole_rows(function)? {
                Some(values) => self.call_function(&schema, &name, &values),
                None => Ok(self.fresh(function)),
            };
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
            && let Some(visitor) = self.context.visitor
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

    /// The arguments of a call, whole rows among them, which a server spells `notes.*`.
    fn with_whole_rows(&mut self, function: &Function) -> Result<Option<Vec<Value>>, Stop> {
        let FunctionArguments::List(list) = &function.args else { return Ok(None) };
        let mut values = Vec::new();
        for argument in &list.args {
            let FunctionArg::Unnamed(argument) = argument else { return Ok(None) };
            let value = match argument {
                FunctionArgExpr::Expr(expression) => Some(self.evaluate(expression)?),
                FunctionArgExpr::QualifiedWildcard(name) => self.scopes.whole_row(&path(name).1),
                _ => None,
            };
            let Some(value) = value else { return Ok(None) };
            values.push(value);
        }
        Ok(Some(values))
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
        let origin = Origin::Present;
        Value::Unknown(Symbol { origin, ..Symbol::opaque("now()", Sort::Time(NOW)) })
    }

    /// The value of a function of PostgreSQL's own, where it is one that is known here.
    pub(super) fn builtin(&mut self, name: &str, values: &[Value]) -> Result<Option<Value>, Stop> {
        if let ("current_date", []) = (name, values) {
            let now = self.now();
            return self.date_of(now).map(Some);
        }
        if let Some(value) = self.session_function(name, values) {
            return Ok(Some(value));
        }
        let known =
            values.iter().map(|value| self.known(value.clone())).collect::<Result<Vec<_>, _>>()?;
        let computed = if name == "trim" { "btrim" } else { name };
        if known.iter().all(Value::is_constant)
            && let Some(value) = constant::call(computed, &known)
        {
            return Ok(Some(value));
        }
        match (name, &known[..]) {
            ("greatest" | "least", values) => self.extreme(name, values).map(Some),
            ("num_nulls" | "num_nonnulls", values) => {
                let nulls = values.iter().filter(|value| matches!(value, Value::Null)).count();
                let counted = if name == "num_nulls" { nulls } else { values.len() - nulls };
                Ok(Some(Value::count(counted)))
            }
            ("concat", values) => {
                let texts: Vec<Value> =
                    values.iter().filter(|v| !matches!(v, Value::Null)).cloned().collect();
                self.uninterpreted("concat", &texts, Sort::Text(Lengths::ANY), false).map(Some)
            }
            ("array_length" | "array_position", values) => {
                self.uninterpreted(name, values, Sort::Number(Range::COUNT), true).map(Some)
            }
            ("length" | "char_length" | "character_length", [text]) => {
                let range = length_of(text);
                if let Value::Unknown(Symbol {
                    sort: Sort::Text(Lengths { uuid: false, .. }), ..
                }) = text
                    && let Some(value) = self.free_view("length", text, Sort::Number(range), false)
                {
                    return Ok(Some(value));
                }
                self.uninterpreted("length", &known, Sort::Number(range), false).map(Some)
            }
            ("strpos" | "position", [text, Value::Text(part)]) if part.is_empty() => {
                Ok(Some(if matches!(text, Value::Null) { Value::Null } else { Value::count(1) }))
            }
            ("left", [_, most @ Value::Constant(_)]) => {
                let most = most.as_int().and_then(|most| u32::try_from(most).ok());
                let lengths = most.map_or(Lengths::ANY, Lengths::up_to);
                self.uninterpreted(name, &known, Sort::Text(lengths), false).map(Some)
            }
            ("to_char", [_, _]) => {
                self.uninterpreted(name, &known, Sort::Text(Lengths::ANY), true).map(Some)
            }
            ("date_part", [Value::Text(field), time]) => {
                self.extract(field, time.clone()).map(Some)
            }
            ("date_trunc", [Value::Text(unit), time]) => {
                self.truncate_time(unit, time.clone()).map(Some)
            }
            ("jsonb_array_length" | "json_array_length" | "cardinality", [list])
                if matches!(list, Value::Unknown(Symbol { sort: Sort::Json | Sort::Vast, .. })) =>
            {
                let sort = Sort::Number(Range::COUNT);
                match self.free_view(name, list, sort.clone(), false) {
                    Some(value) => Ok(Some(value)),
                    None => self.uninterpreted(name, &known, sort, false).map(Some),
                }
            }
            (_, [_, ..]) => match strict_sort(computed, known.len()) {
                Some(sort) => self.uninterpreted(name, &known, sort, false).map(Some),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// Functions about the session and the moment.
    fn session_function(&mut self, name: &str, values: &[Value]) -> Option<Value> {
        match (name, values) {
            ("current_user" | "current_role" | "user", []) => {
                return self.context.visitor.map(super::Visitor::role);
            }
            ("current_setting", [Value::Text(setting), ..]) => {
                return Some(match self.context.visitor {
                    Some(visitor) => visitor.setting(setting),
                    None => self.fresh(setting),
                });
            }
            ("set_config", [_, value, _]) => return Some(value.clone()),
            // Chance takes any value, sooner or later.
            ("random", []) => {
                let key = self.new_key(name);
                return Some(Value::Unknown(Symbol::data(key, Sort::Number(FRACTION))));
            }
            (name, []) if PRESENT.contains(&name) => return Some(self.now()),
            _ => {}
        }
        let sort = |functions: &[(&str, Sort)]| {
            functions.iter().find(|(known, _)| *known == name).map(|(_, kind)| kind.clone())
        };
        if let Some(kind) = sort(VOLATILE) {
            return Some(Value::Unknown(Symbol::opaque(self.new_key(name), kind)));
        }
        values
            .is_empty()
            .then(|| sort(STABLE))
            .flatten()
            .map(|kind| Value::Unknown(Symbol::opaque(name, kind)))
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

/// How many characters a text may have.
fn length_of(text: &Value) -> Range {
    let Value::Unknown(Symbol { sort: Sort::Text(lengths), .. }) = text else {
        return Range::COUNT;
    };
    Range {
        low: Some(whole(lengths.least.into())),
        high: lengths.most.map(|most| whole(most.into())),
        ..Range::COUNT
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
