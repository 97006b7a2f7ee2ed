//! The operators of json and jsonb.

use super::constant;
use super::evaluator::Evaluator;
use super::path_search::Stop;
use super::sort::{Lengths, Sort};
use super::value::{Symbol, Value};
use crate::datum::{Datum, Json, Typed};

impl Evaluator<'_> {
    /// `->` and `->>`.
    pub(super) fn arrow(&mut self, json: Value, key: Value, text: bool) -> Result<Value, Stop> {
        let (json, key) = (self.known(json)?, self.known(key)?);
        let (name, sort) = match text {
            true => ("->>", Sort::Text(Lengths::ANY)),
            false => ("->", Sort::Json),
        };
        if let Some(found) = constant::operate(Some(&json), name, &key) {
            return Ok(found);
        }
        if is_empty(&json) {
            return Ok(Value::Null);
        }
        if let (Value::Unknown(symbol), Value::Text(key)) = (&json, &key)
            && let Some(field) = self.free_field(symbol, key, text)
        {
            return Ok(field);
        }
        self.uninterpreted(name, &[json, key], sort, true)
    }

    /// `#>` and `#>>`.
    pub(super) fn path(&mut self, json: Value, path: Value, text: bool) -> Result<Value, Stop> {
        let (json, path) = (self.known(json)?, self.known(path)?);
        let (name, kind) =
            if text { ("#>>", Sort::Text(Lengths::ANY)) } else { ("#>", Sort::Json) };
        match constant::operate(Some(&json), name, &path) {
            Some(found) => Ok(found),
            None => self.uninterpreted(name, &[json, path], kind, true),
        }
    }

    /// `?`: whether a key, or an element that is a text, is there.
    pub(super) fn has_key(&mut self, json: Value, key: Value) -> Result<Value, Stop> {
        let (json, key) = (self.known(json)?, self.known(key)?);
        if let Some(there) = constant::operate(Some(&json), "?", &key) {
            return Ok(there);
        }
        if is_json(&json) && matches!(key, Value::Text(_)) {
            let question = format!("key: {json} ? {key}");
            if let Some(there) = self.free_test(&question, &json, [true, true])? {
                return Ok(Value::Boolean(there));
            }
        }
        self.uninterpreted("?", &[json, key], Sort::Boolean, false)
    }

    /// `@>`, of jsonb and of arrays.
    pub(super) fn contains(&mut self, whole: Value, part: Value) -> Result<Value, Stop> {
        let (whole, part) = (self.known(whole)?, self.known(part)?);
        if let Some(contains) = constant::operate(Some(&whole), "@>", &part) {
            return Ok(contains);
        }
        if let (Value::Array(whole), Value::Array(part)) = (&whole, &part)
            && flat(whole)
            && flat(part)
        {
            for item in part.iter() {
                let eq = sqlparser::ast::BinaryOperator::Eq;
                if self.among(item.clone(), &eq, whole)? != Some(true) {
                    return Ok(Value::Boolean(false));
                }
            }
            return Ok(Value::Boolean(true));
        }
        // Everything contains nothing.
        let empty = matches!(&part, Value::Text(text) if text.trim() == "{}");
        if empty && matches!(&whole, Value::Array(_)) {
            return Ok(Value::Boolean(true));
        }
        let (data, other) = if whole.is_constant() { (&part, &whole) } else { (&whole, &part) };
        if other.is_constant() && !empty {
            let json = is_json(data)
                && (other.is_json()
                    || matches!(other, Value::Text(text) if Json::parse(text).is_ok()));
            let array = matches!(other, Value::Array(items) if !items.is_empty());
            // An array that is empty contains no element, but is contained in each.
            let attainable = [json || array && !whole.is_constant(), json];
            let question = format!("contains: {whole} ? {part}");
            if let Some(contains) = self.free_test(&question, data, attainable)? {
                return Ok(Value::Boolean(contains));
            }
        }
        self.uninterpreted("@>", &[whole, part], Sort::Boolean, false)
    }
}

/// Whether it is an array of one dimension.
fn flat(items: &[Value]) -> bool {
    !items.iter().any(|item| matches!(item, Value::Array(_)))
}

fn is_json(value: &Value) -> bool {
    matches!(value, Value::Unknown(Symbol { sort: Sort::Json, .. }))
}

/// Whether it is an empty object or array.
fn is_empty(value: &Value) -> bool {
    let empty = |json: &Json| match json {
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
        _ => false,
    };
    match value {
        Value::Constant(Typed { datum: Datum::Json(json), .. }) => empty(json),
        Value::Constant(Typed { datum: Datum::Text(text), .. }) if value.is_json() => {
            Json::parse(text).is_ok_and(|json| empty(&json))
        }
        _ => false,
    }
}
