//! The operators of json and jsonb.

use std::sync::Arc;

use serde_json::Value as Json;

use super::evaluator::Evaluator;
use super::trail::Stop;
use super::value::{Kind, Value};

impl Evaluator<'_> {
    /// `->` and `->>`.
    pub(super) fn arrow(&mut self, json: Value, key: Value, text: bool) -> Result<Value, Stop> {
        let (json, key) = (self.known(json)?, self.known(key)?);
        match (as_json(&json), &key) {
            (Some(json), Value::Text(key)) => Ok(field(json.get(&**key), text)),
            (Some(json), Value::Number(at)) => Ok(field(element(&json, *at), text)),
            _ => {
                let (name, kind) = if text { ("->>", Kind::Text) } else { ("->", Kind::Json) };
                self.derived(name, &[json, key], kind, true)
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
                here = here.and_then(|json| match step.parse::<f64>() {
                    Ok(at) if json.is_array() => element(json, at),
                    _ => json.get(&step),
                });
            }
            return Ok(field(here, text));
        }
        let (name, kind) = if text { ("#>>", Kind::Text) } else { ("#>", Kind::Json) };
        self.derived(name, &[json, path], kind, true)
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
        self.derived("?", &[json, key], Kind::Boolean, false)
    }

    /// `@>`, of jsonb and of arrays.
    pub(super) fn contains(&mut self, whole: Value, part: Value) -> Result<Value, Stop> {
        let (whole, part) = (self.known(whole)?, self.known(part)?);
        if let (Value::Array(whole), Value::Array(part)) = (&whole, &part) {
            for item in part.iter() {
                let eq = sqlparser::ast::BinaryOperator::Eq;
                if self.among(item.clone(), &eq, whole)? != Some(true) {
                    return Ok(Value::Boolean(false));
                }
            }
            return Ok(Value::Boolean(true));
        }
        if let (Value::Json(whole), Some(part)) = (&whole, as_json(&part)) {
            return Ok(Value::Boolean(json_contains(whole, &part, true)));
        }
        // Everything contains nothing.
        let empty = matches!(&part, Value::Text(text) if text.trim() == "{}");
        if empty && matches!(&whole, Value::Array(_)) {
            return Ok(Value::Boolean(true));
        }
        self.derived("@>", &[whole, part], Kind::Boolean, false)
    }
}

/// A value as JSON: one that is, or a literal of no type that reads as such.
fn as_json(value: &Value) -> Option<Arc<Json>> {
    match value {
        Value::Json(json) => Some(Arc::clone(json)),
        Value::Text(text) => serde_json::from_str(text).ok().map(Arc::new),
        _ => None,
    }
}

fn element(json: &Json, at: f64) -> Option<&Json> {
    let items = json.as_array()?;
    let index = if at < 0.0 { items.len() as f64 + at } else { at };
    (index >= 0.0).then(|| items.get(index as usize)).flatten()
}

/// A field as json, or as text; JSON's null is no text.
fn field(json: Option<&Json>, text: bool) -> Value {
    match json {
        None => Value::Null,
        Some(json) if !text => Value::Json(Arc::new(json.clone())),
        Some(Json::Null) => Value::Null,
        Some(Json::String(value)) => Value::text(value.as_str()),
        Some(other) => Value::text(other.to_string()),
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
