//! The equality and the order of values.

use std::cmp::Ordering;

use super::value::{Record, Value, parse_bool};
use crate::datum::{self, Datum, Typed};

/// How two values that are neither NULL nor unknown compare; `None` where that cannot be told.
pub(crate) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(a), Value::Text(b)) => parse_bool(b).map(|b| a.cmp(&b)),
        (Value::Text(a), Value::Bool(b)) => parse_bool(a).map(|a| a.cmp(b)),
        (Value::Array(a), Value::Array(b)) => compare_all(&a.items, &b.items, compare),
        (Value::Record(a), Value::Record(b)) => compare_all(&values_of(a), &values_of(b), compare),
        (Value::Typed(_) | Value::Json(_) | Value::Text(_) | Value::Bool(_), _)
        | (_, Value::Typed(_) | Value::Json(_)) => {
            Some(match (holds(left, "<", right)?, holds(left, ">", right)?) {
                (true, _) => Ordering::Less,
                (_, true) => Ordering::Greater,
                _ => Ordering::Equal,
            })
        }
        _ => Some(left.as_int()?.cmp(&right.as_int()?)),
    }
}

/// Whether two values that are neither NULL nor unknown are equal, which unlike their order no collation decides.
pub(crate) fn equal(left: &Value, right: &Value) -> Option<bool> {
    let order = |a: &Value, b: &Value| {
        equal(a, b).map(|equal| if equal { Ordering::Equal } else { Ordering::Less })
    };
    match (left, right) {
        (Value::Text(a), Value::Text(b)) => Some(a == b),
        (Value::Json(a), Value::Json(b)) => Some(a.equals(b)),
        (Value::Array(a), Value::Array(b)) => {
            compare_all(&a.items, &b.items, order).map(Ordering::is_eq)
        }
        (Value::Record(a), Value::Record(b)) => {
            compare_all(&values_of(a), &values_of(b), order).map(Ordering::is_eq)
        }
        (Value::Typed(_) | Value::Json(_), _) | (_, Value::Typed(_) | Value::Json(_)) => {
            holds(left, "=", right)
        }
        _ => compare(left, right).map(Ordering::is_eq),
    }
}

/// Whether an operator holds of two constants; `None` where that cannot be told.
fn holds(left: &Value, operator: &str, right: &Value) -> Option<bool> {
    match datum::operator_of_texts(operator, &[left.typed()?, right.typed()?]) {
        Ok(Typed { datum: Datum::Bool(value), .. }) => Some(value),
        _ => None,
    }
}

fn values_of(record: &Record) -> Vec<Value> {
    record.fields.iter().map(|(_, v)| v.clone()).collect()
}

fn compare_all(
    left: &[Value],
    right: &[Value],
    compare: impl Fn(&Value, &Value) -> Option<Ordering>,
) -> Option<Ordering> {
    for (a, b) in left.iter().zip(right) {
        match (a.is_null(), b.is_null()) {
            (true, true) => {}
            (true, false) => return Some(Ordering::Greater),
            (false, true) => return Some(Ordering::Less),
            (false, false) => match compare(a, b)? {
                Ordering::Equal => {}
                different => return Some(different),
            },
        }
    }
    Some(left.len().cmp(&right.len()))
}

/// An order in which any two values have a place, as sorting needs: values of one type stand as
/// [`compare`] says, those that are not known beside each other, and NULL last.
pub(super) fn place(left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Bool(_) => 0,
        Value::Int(_) | Value::Typed(_) | Value::Oid(_) | Value::Reg(..) => 1,
        Value::Text(_) => 2,
        Value::Array(_) => 3,
        Value::Record(_) => 4,
        Value::Json(_) => 5,
        Value::Unknown(_) => 6,
        Value::Null => 7,
    };
    rank(left).cmp(&rank(right)).then_with(|| match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => place_all(a.items.iter(), b.items.iter()),
        (Value::Record(a), Value::Record(b)) => {
            place_all(a.fields.iter().map(|(_, v)| v), b.fields.iter().map(|(_, v)| v))
        }
        (Value::Json(_), Value::Json(_)) => compare(left, right).unwrap_or(Ordering::Equal),
        _ if rank(left) == 1 => compare(left, right).unwrap_or(Ordering::Equal),
        _ => Ordering::Equal,
    })
}

fn place_all<'v>(
    left: impl ExactSizeIterator<Item = &'v Value>,
    right: impl ExactSizeIterator<Item = &'v Value>,
) -> Ordering {
    let lengths = left.len().cmp(&right.len());
    left.zip(right).map(|(a, b)| place(a, b)).find(|o| o.is_ne()).unwrap_or(lengths)
}
