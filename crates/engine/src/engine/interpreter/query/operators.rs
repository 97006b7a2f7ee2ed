//! Operators, LIKE and regular expressions.

use std::cmp::Ordering;
use std::sync::Arc;

use sqlparser::ast::BinaryOperator;

use super::compare::{compare, equal};
use super::eval::why;
use super::value::{Piece, Value};
use crate::datum::{self, Context, Datum, Type, Typed};
use crate::engine::interpreter::problem::Problem;

/// Applies an operator other than AND, OR and the `||` of texts.
pub(super) fn apply(op: &BinaryOperator, a: &Value, b: &Value) -> Result<Value, Problem> {
    use BinaryOperator as Op;
    if let (Op::StringConcat, Value::Array(_), _) | (Op::StringConcat, _, Value::Array(_)) =
        (op, a, b)
    {
        return Ok(append(a, b));
    }
    if a.is_null() || b.is_null() {
        return Ok(Value::Null);
    }
    if a.doubt().is_some() || b.doubt().is_some() {
        return Ok(Value::unknown(why(&[a, b])));
    }
    let ordered = |test: fn(Ordering) -> bool| {
        compare(a, b).map_or_else(|| Value::unknown(why(&[a, b])), |o| Value::Bool(test(o)))
    };
    Ok(match op {
        Op::Eq | Op::NotEq => equal(a, b).map_or_else(
            || Value::unknown(why(&[a, b])),
            |equal| Value::Bool(equal == matches!(op, Op::Eq)),
        ),
        Op::Lt => ordered(Ordering::is_lt),
        Op::LtEq => ordered(Ordering::is_le),
        Op::Gt => ordered(Ordering::is_gt),
        Op::GtEq => ordered(Ordering::is_ge),
        Op::Plus | Op::Minus | Op::Multiply | Op::BitwiseAnd | Op::BitwiseOr => {
            return match computed(op, a, b) {
                // Whether numbers are of 32 bits or of 64 is not known.
                Err(Problem::Error(error)) if error.sqlstate == "22003" => {
                    Ok(Value::unknown("arithmetic beyond 32 bits"))
                }
                result => result,
            };
        }
        Op::PGOverlap | Op::AtArrow | Op::ArrowAt
            if !matches!((a, b), (Value::Json(_), _) | (_, Value::Json(_))) =>
        {
            sets(op, a, b)
        }
        Op::Arrow | Op::LongArrow if matches!(a, Value::Text(_)) => {
            // Only `json` is kept as a text.
            let json = a.cast_as(&Type::Json, Context::Explicit)?;
            match (json, b.typed()) {
                (Value::Text(text), Some(key)) => {
                    let json = Typed::new(Type::Json, Datum::Text(text));
                    Value::computed(datum::operator(&op.to_string(), Some(&json), &key))?
                }
                _ => Value::unknown(format!("the operator {op}")),
            }
        }
        other => return computed(other, a, b),
    })
}

/// An operator of constants.
fn computed(op: &BinaryOperator, a: &Value, b: &Value) -> Result<Value, Problem> {
    let name = match op {
        BinaryOperator::PGCustomBinaryOperator(parts) => parts.last().cloned().unwrap_or_default(),
        op => op.to_string(),
    };
    let Some(operands) = [a, b].into_iter().map(Value::typed).collect::<Option<Vec<_>>>() else {
        return Ok(Value::unknown(format!("the operator {op}")));
    };
    Value::computed(datum::operator_of_texts(&name, &operands))
}

/// `||` of arrays.
fn append(a: &Value, b: &Value) -> Value {
    let items = match (a, b) {
        (Value::Null, other) | (other, Value::Null) => return other.clone(),
        (Value::Array(a), Value::Array(b)) => [a.items.as_slice(), &b.items].concat(),
        (Value::Array(a), Value::Text(text)) if text.starts_with('{') => {
            match super::cast::array_of(text) {
                Some(b) => [a.items.as_slice(), &b].concat(),
                None => return Value::unknown("an array that cannot be read"),
            }
        }
        (Value::Array(a), b) => [a.items.as_slice(), std::slice::from_ref(b)].concat(),
        (a, Value::Array(b)) => [std::slice::from_ref(a), &b.items].concat(),
        _ => return Value::unknown("the operator ||"),
    };
    Value::array(items)
}

fn sets(op: &BinaryOperator, a: &Value, b: &Value) -> Value {
    let read = |value: &Value| match value {
        Value::Array(array) => Some(array.items.clone()),
        Value::Text(text) => super::cast::array_of(text),
        _ => None,
    };
    let (Some(a), Some(b)) = (read(a), read(b)) else {
        return Value::unknown(format!("the operator {op}"));
    };
    let holds = |set: &[Value], item: &Value| {
        set.iter().any(|other| !other.is_null() && equal(other, item) == Some(true))
    };
    Value::Bool(match op {
        BinaryOperator::PGOverlap => b.iter().any(|item| holds(&a, item)),
        BinaryOperator::AtArrow => b.iter().all(|item| holds(&a, item)),
        _ => a.iter().all(|item| holds(&b, item)),
    })
}

/// The texts one after the other; NULL if any is, with holes where one is not known.
pub(super) fn concatenate(parts: &[Value]) -> Value {
    if parts.iter().any(Value::is_null) {
        return Value::Null;
    }
    let mut pieces: Vec<Piece> = Vec::new();
    let mut doubt = None;
    for part in parts {
        match part {
            Value::Text(text) => push_text(&mut pieces, text),
            Value::Unknown(unknown) => {
                doubt.get_or_insert_with(|| unknown.why.clone());
                for piece in unknown.pieces() {
                    match piece {
                        Piece::Text(text) => push_text(&mut pieces, &text),
                        hole => pieces.push(hole),
                    }
                }
            }
            _ => {
                doubt.get_or_insert_with(|| why(&[part]));
                pieces.push(Piece::Hole);
            }
        }
    }
    from_pieces(pieces, doubt)
}

/// A text of these pieces, known where there is no doubt.
pub(super) fn from_pieces(mut pieces: Vec<Piece>, doubt: Option<Arc<str>>) -> Value {
    match (doubt, pieces.pop()) {
        (None, None) => Value::text(""),
        (None, Some(Piece::Text(text))) if pieces.is_empty() => Value::text(text),
        (doubt, last) => {
            pieces.extend(last);
            Value::from_pieces(pieces, &doubt.unwrap_or_else(|| Arc::from("a text")))
        }
    }
}

/// Appends text to pieces, joined with text before it.
pub(super) fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if let Some(Piece::Text(before)) = pieces.last_mut() {
        *before = format!("{before}{text}").into();
    } else {
        pieces.push(Piece::Text(text.into()));
    }
}
