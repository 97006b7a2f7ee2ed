//! The operators of json and jsonb.

use std::sync::Arc;

use serde_json::Value as Json;

use super::evaluator::Evaluator;
use super::number::Number;
use super::path_search::Stop;
use super::sort::{Lengths, Sort};
use super::value::{Symbol, Value};

impl Evaluator<'_> {
    /// `->` and `->>`.
    pub(super) fn arrow(&mut self, json: Value, key: Value, text: bool) -> Result<Value, Stop> {
        let (json, key) = (self.known(json)?, self.known(key)?);
        match (as_json(&json), &key) {
            (Some(json), Value::Text(key)) => Ok(field(json.get(&**key), text)),
            (Some(json), Value::Number(at)) if at.as_integer().is_some() => {
                Ok(field(element(&json, *at), text))
            }
            // In an empty object or array, and in a plain value, there is nothing.
            (Some(json), Value::Unknown(_))
                if json.as_object().is_none_or(|fields| fields.is_empty())
                    && json.as_array().is_none_or(Vec::is_empty) =>
            {
                Ok(Value::Null)
            }
            _ => {
                if let (Value::Unknown(symbol), Value::Text(key)) = (&json, &key)
                    && let Some(field) = self.free_field(symbol, key, text)
                {
                    return Ok(field);
                }
                let (name, sort) = match text {
                    true => ("->>", Sort::Text(Lengths::ANY)),
                    false => ("->", Sort::Json),
                };
                self.uninterpreted(name, &[json, key], sort, true)
            }
        }
    }

    /// `#>` and `#>>`.
    pub(super) fn path(&mut self, json: Value, path: Value, text: bool) -> Result<Value, Stop> {
        let (json, path) = (self.known(json)?, self.known(path)?);
        let steps = match &path {
            Value::Text(_) => self.cast(path.clone(), "text[]")?,
            other => other.clone(),
        };
        if let (Some(root), Value::Array(steps)) = (as_json(&json), &steps) {
            let mut here = Some(&*root);
            for step in steps.iter() {
                let step = step.written().unwrap_or_default();
                here = here.and_then(|json| match Number::parse(&step) {
                    Some(at) if json.is_array() => element(json, at),
                    _ => json.get(&step),
                });
            }
            return Ok(field(here, text));
        }
        let (name, kind) =
            if text { ("#>>", Sort::Text(Lengths::ANY)) } else { ("#>", Sort::Json) };
        self.uninterpreted(name, &[json, path], kind, true)
    }

    /// `?`: whether a key, or an element that is a text, is there.
    pub(super) fn has_key(&mut self, json: Value, key: Value) -> Result<Value, Stop> {
        let (json, key) = (self.known(json)?, self.known(key)?);
        if let (Some(json), Value::Text(key)) = (as_json(&json), &key) {
            let there = match &*json {
                Json::Array(items) => items.iter().any(|item| item.as_str() == Some(&**key)),
                Json::String(text) => **text == **key,
                other => other.get(&**key).is_some(),
            };
            return Ok(Value::Boolean(there));
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
        if let (Value::Json(whole), Some(part)) = (&whole, as_json(&part))
            && integral(whole)
            && integral(&part)
        {
            return Ok(Value::Boolean(json_contains(whole, &part, true)));
        }
        // Everything contains nothing.
        let empty = matches!(&part, Value::Text(text) if text.trim() == "{}");
        if empty && matches!(&whole, Value::Array(_)) {
            return Ok(Value::Boolean(true));
        }
        let (data, constant) = if whole.is_constant() { (&part, &whole) } else { (&whole, &part) };
        if constant.is_constant() && !empty {
            let json = is_json(data) && as_json(constant).is_some();
            let array = matches!(constant, Value::Array(items) if !items.is_empty());
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

/// A value as JSON: one that is, or a literal of no type that reads as such.
fn as_json(value: &Value) -> Option<Arc<Json>> {
    match value {
        Value::Json(json) => Some(Arc::clone(json)),
        Value::Text(text) => serde_json::from_str(text).ok().map(Arc::new),
        _ => None,
    }
}

fn is_json(value: &Value) -> bool {
    matches!(value, Value::Unknown(Symbol { sort: Sort::Json, .. }))
}

fn element(json: &Json, at: Number) -> Option<&Json> {
    let items = json.as_array()?;
    let index = if at < Number::ZERO { Number::count(items.len()).plus(at)? } else { at };
    items.get(index.as_index()?)
}

/// A field as json, or as text; JSON's null is no text.
fn field(json: Option<&Json>, text: bool) -> Value {
    match json {
        None => Value::Null,
        Some(json) if !text => Value::Json(Arc::new(json.clone())),
        Some(Json::Null) => Value::Null,
        Some(Json::String(value)) => Value::text(value.as_str()),
        Some(Json::Bool(value)) => Value::text(value.to_string()),
        Some(Json::Number(number)) if number.is_i64() => Value::text(number.to_string()),
        // PostgreSQL puts spaces into the text of jsonb, and none into that of json.
        Some(other) => {
            let sort = Sort::Text(Lengths::ANY);
            Value::Unknown(Symbol::opaque(format!("text of {other}"), sort))
        }
    }
}

/// Whether no number in it can be written in several ways.
pub(super) fn integral(json: &Json) -> bool {
    match json {
        Json::Number(number) => number.is_i64(),
        Json::Array(items) => items.iter().all(integral),
        Json::Object(fields) => fields.values().all(integral),
        _ => true,
    }
}

/// jsonb's `@>`: objects by their keys, arrays by their elements in any order, and at the top an
/// array contains a plain element too.
fn json_contains(whole: &Json, part: &Json, top: bool) -> bool {
    match (whole, part) {
        (Json::Object(whole), Json::Object(part)) => part
            .iter()
            .all(|(key, part)| whole.get(key).is_some_and(|w| json_contains(w, part, false))),
        (Json::Array(whole), Json::Array(part)) => {
            part.iter().all(|part| whole.iter().any(|w| json_contains(w, part, false)))
        }
        (Json::Array(whole), part) if top && !part.is_object() => whole.contains(part),
        _ => whole == part,
    }
}
