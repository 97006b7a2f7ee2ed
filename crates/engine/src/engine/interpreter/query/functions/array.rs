//! Functions of arrays.

use std::sync::Arc;

use crate::engine::interpreter::query::cast::array_of;
use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::query::value::Value;

const NAMES: [&str; 9] = [
    "array_append",
    "array_cat",
    "array_length",
    "array_lower",
    "array_ndims",
    "array_prepend",
    "array_to_string",
    "array_upper",
    "cardinality",
];

/// Calls a function of arrays; `None` if there is none of that name.
pub(super) fn call(evaluator: &Evaluator<'_>, name: &str, arguments: &[Value]) -> Option<Value> {
    if !NAMES.contains(&name) {
        return None;
    }
    let unknown = || Value::unknown(format!("{name}()"));
    if let Some(unknown) =
        arguments.iter().find(|a| matches!(a, Value::Unknown(_))).and_then(Value::doubt)
    {
        return Some(Value::unknown(unknown.why.clone()));
    }
    let (first, second) = (arguments.first()?, arguments.get(1));
    if name == "array_prepend" {
        let mut items = vec![first.clone()];
        items.extend(second.and_then(items_of)?);
        return Some(Value::array(items));
    }
    let items = items_of(first);
    if let ("array_append" | "array_cat", Some(second)) = (name, second) {
        let mut items = items.unwrap_or_default();
        match name {
            "array_append" => items.push(second.clone()),
            _ => items.extend(items_of(second).unwrap_or_default()),
        }
        return Some(Value::array(items));
    }
    let Some(items) = items else {
        return Some(if first.is_null() { Value::Null } else { unknown() });
    };
    let lower = match first {
        Value::Array(array) => array.lower,
        _ => 1,
    };
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let nested = items.iter().any(|i| matches!(i, Value::Array(_)));
    let first_dimension = second.and_then(Value::as_int) == Some(1);
    Some(match (name, second) {
        ("cardinality", _) if !nested => Value::Int(length),
        ("array_ndims", _) if !nested && !items.is_empty() => Value::Int(1),
        ("array_length" | "array_upper" | "array_lower", _) if items.is_empty() => Value::Null,
        ("array_length", _) if first_dimension => Value::Int(length),
        ("array_upper", _) if first_dimension => Value::Int(lower + length - 1),
        ("array_lower", _) if first_dimension => Value::Int(lower),
        ("array_to_string", Some(Value::Text(separator))) => {
            let null = arguments.get(2).and_then(Value::as_text);
            let texts: Option<Vec<Arc<str>>> = items
                .iter()
                .filter_map(|item| match (item, null) {
                    (Value::Null, None) => None,
                    (Value::Null, Some(null)) => Some(Some(null.clone())),
                    (item, _) => Some(evaluator.text_of(item).as_text().cloned()),
                })
                .collect();
            texts.map_or_else(unknown, |texts| Value::text(texts.join(separator)))
        }
        _ => unknown(),
    })
}

fn items_of(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(array) => Some(array.items.clone()),
        Value::Text(text) => array_of(text),
        _ => None,
    }
}
