//! Fields of rows, elements and slices of arrays.

use std::sync::Arc;

use sqlparser::ast::{AccessExpr, Expr, Subscript};

use super::eval::{Evaluator, why};
use super::scope::Scope;
use super::value::{Array, Value};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;

impl Evaluator<'_> {
    pub(super) fn access(
        &mut self,
        root: &Expr,
        chain: &[AccessExpr],
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let mut value = self.eval(root, scope)?;
        for access in chain {
            value = match access {
                AccessExpr::Dot(Expr::Identifier(ident)) => {
                    field_of(&value, &names::stored(ident))?
                }
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    let index = self.eval(index, scope)?;
                    element(&value, &index)
                }
                AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, .. }) => {
                    let mut bounds = [None, None];
                    for (bound, expr) in bounds.iter_mut().zip([lower_bound, upper_bound]) {
                        if let Some(expr) = expr {
                            *bound = Some(self.eval(expr, scope)?);
                        }
                    }
                    slice(&value, &bounds)
                }
                AccessExpr::Dot(_) => Value::unknown("a field of a row"),
            };
        }
        Ok(value)
    }
}

pub(super) fn field_of(value: &Value, field: &str) -> Result<Value, Problem> {
    match value {
        Value::Record(record) => record.field(field).cloned().ok_or_else(|| {
            Problem::error("42703", format!("column \"{field}\" not found in data type record"))
        }),
        Value::Null => Ok(Value::Null),
        Value::Unknown(unknown) => Ok(Value::unknown(unknown.why.clone())),
        _ => Ok(Value::unknown(format!("field {field}"))),
    }
}

/// `array[index]`: NULL outside the bounds.
pub(crate) fn element(value: &Value, index: &Value) -> Value {
    match (value, index) {
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::Array(array), index) => match index.as_int() {
            Some(at) => usize::try_from(at - array.lower)
                .ok()
                .and_then(|i| array.items.get(i).cloned())
                .unwrap_or(Value::Null),
            None => Value::unknown(why(&[index])),
        },
        (value, index) => Value::unknown(why(&[value, index])),
    }
}

pub(super) fn slice(value: &Value, bounds: &[Option<Value>; 2]) -> Value {
    let Value::Array(array) = value else {
        return if value.is_null() { Value::Null } else { Value::unknown(why(&[value])) };
    };
    let bound = |at: usize, open: i64| match bounds.get(at) {
        Some(Some(bound)) => bound.as_int(),
        _ => Some(open),
    };
    let last = array.lower + i64::try_from(array.items.len()).unwrap_or(i64::MAX) - 1;
    let (Some(from), Some(to)) = (bound(0, array.lower), bound(1, last)) else {
        return Value::unknown("the bounds of an array");
    };
    let items = array.items.iter().zip(array.lower..).filter(|(_, at)| (from..=to).contains(at));
    Value::Array(Arc::new(Array { items: items.map(|(v, _)| v.clone()).collect(), lower: 1 }))
}
