//! Functions that make `jsonb` of other values.

use std::sync::Arc;

use crate::datum::cast::{Context, cast};
use crate::datum::io::output;
use crate::datum::json::Json;
use crate::datum::signature::{Call, Line, line};
use crate::datum::types::Type;
use crate::datum::{Computed, Datum, Numeric, Refusal, Typed};

/// A value as `to_jsonb` makes it (`datum_to_jsonb`).
fn json_of(data_type: &Type, value: &Datum, depth: usize) -> Computed<Json> {
    if depth > 100 {
        return Err(Refusal::unknown("a value of great depth"));
    }
    Ok(match value {
        Datum::Null => Json::Null,
        Datum::Bool(value) => Json::Bool(*value),
        Datum::Int(number) if *data_type != Type::Oid => Json::Number(Numeric::from(*number)),
        Datum::Numeric(number @ Numeric::Finite(_)) => Json::Number(number.clone()),
        Datum::Float(number) if number.is_finite() => {
            let text = output(data_type, value)?.unwrap_or_default();
            match Numeric::parse(&text) {
                Some(number) => Json::Number(number?),
                None => return Err(Refusal::unknown(format!("the number {text}"))),
            }
        }
        Datum::Json(json) => (**json).clone(),
        Datum::Text(text) if *data_type == Type::Json => Json::parse(text)?,
        Datum::Date(_) | Datum::Timestamp(_) => {
            let text = output(data_type, value)?.unwrap_or_default();
            if text.ends_with("BC") {
                return Err(Refusal::unknown("a moment before our era"));
            }
            Json::String(text.replace(' ', "T").into())
        }
        Datum::Array(array) => {
            let Type::Array(element) = data_type else {
                return Err(Refusal::unknown("an array without its type"));
            };
            let items = array.items.iter().map(|item| json_of(element, item, depth + 1));
            Json::Array(items.collect::<Computed<_>>()?)
        }
        Datum::Record(_) => return Err(Refusal::unknown("the names of the fields of a row")),
        value => Json::String(output(data_type, value)?.unwrap_or_default().into()),
    })
}

fn argument(call: &Call<'_>, at: usize) -> Computed<Json> {
    json_of(call.type_of(at)?, call.datum(at)?, 0)
}

fn object(call: &Call<'_>) -> Computed {
    if !call.count().is_multiple_of(2) {
        return Err(Refusal::error("22023", "argument list must have even number of elements"));
    }
    let mut members = Vec::new();
    for at in (0..call.count()).step_by(2) {
        if call.is_null(at) {
            return Err(Refusal::error("22023", "argument of a key must not be null"));
        }
        let key: Arc<str> = match (call.type_of(at)?, call.datum(at)?) {
            (_, Datum::Text(text)) => text.clone(),
            (data_type, datum) if matches!(datum, Datum::Int(_)) => {
                let key = Typed::new(data_type.clone(), datum.clone());
                match cast(&key, &Type::Text, Context::Explicit)?.datum {
                    Datum::Text(text) => text,
                    _ => return Err(Refusal::unknown("a key of an object")),
                }
            }
            _ => return Err(Refusal::unknown("a key of an object")),
        };
        members.push((key, argument(call, at + 1)?));
    }
    Ok(Datum::Json(Json::object(members).into()))
}

fn array(call: &Call<'_>) -> Computed {
    let items = (0..call.count()).map(|at| argument(call, at));
    Ok(Datum::Json(Json::Array(items.collect::<Computed<_>>()?).into()))
}

pub(super) const LINES: &[Line] = &[
    line("to_jsonb(any) -> jsonb", |c| {
        if *c.type_of(0)? == Type::Unknown {
            return Err(Refusal::unknown("the JSON of a literal without a type"));
        }
        Ok(Datum::Json(argument(c, 0)?.into()))
    })
    .stable(),
    line("jsonb_build_object() -> jsonb", object).stable(),
    line("jsonb_build_object(variadic any) -> jsonb", object).called_on_null().stable(),
    line("jsonb_build_array() -> jsonb", array).stable(),
    line("jsonb_build_array(variadic any) -> jsonb", array).called_on_null().stable(),
];
