//! `=`, `<>`, `<`, `<=`, `>` and `>=`.

use std::cmp::Ordering;

use crate::datum::compare::{self, Collation};
use crate::datum::date_time::midnight;
use crate::datum::signature::{Call, Line, line};
use crate::datum::types::Type;
use crate::datum::{Computed, Datum, Refusal};

/// The operands, a date beside a timestamp as the timestamp at which it begins.
fn operands(call: &Call<'_>) -> Computed<(Datum, Datum)> {
    let (a, b) = (call.datum(0)?.clone(), call.datum(1)?.clone());
    Ok(match (a, b) {
        (Datum::Date(a), b @ Datum::Timestamp(_)) => (Datum::Timestamp(midnight(a)?), b),
        (a @ Datum::Timestamp(_), Datum::Date(b)) => (a, Datum::Timestamp(midnight(b)?)),
        both => both,
    })
}

fn order(call: &Call<'_>) -> Computed<Ordering> {
    let (a, b) = operands(call)?;
    let by = match (call.type_of(0)?, call.type_of(1)?) {
        // A name brings its collation into a comparison with a text.
        (Type::Name, _) | (_, Type::Name) => Collation::C,
        _ => Collation::Unknown,
    };
    compare::compare(call.type_of(0)?, &a, &b, by)
        .ok_or_else(|| Refusal::unknown("an order that the collation decides"))
}

fn equal(call: &Call<'_>) -> Computed<bool> {
    let (a, b) = operands(call)?;
    compare::equal(call.type_of(0)?, &a, &b)
        .ok_or_else(|| Refusal::unknown("whether values of this type are equal"))
}

fn eq(call: &Call<'_>) -> Computed {
    equal(call).map(Datum::Bool)
}

fn ne(call: &Call<'_>) -> Computed {
    equal(call).map(|equal| Datum::Bool(!equal))
}

fn lt(call: &Call<'_>) -> Computed {
    order(call).map(|order| Datum::Bool(order.is_lt()))
}

fn le(call: &Call<'_>) -> Computed {
    order(call).map(|order| Datum::Bool(order.is_le()))
}

fn gt(call: &Call<'_>) -> Computed {
    order(call).map(|order| Datum::Bool(order.is_gt()))
}

fn ge(call: &Call<'_>) -> Computed {
    order(call).map(|order| Datum::Bool(order.is_ge()))
}

macro_rules! compared {
    ($($left:literal with $right:literal),* $(,)?) => {
        &[$(
            line(concat!($left, " = ", $right, " -> bool"), eq),
            line(concat!($left, " <> ", $right, " -> bool"), ne),
            line(concat!($left, " < ", $right, " -> bool"), lt),
            line(concat!($left, " <= ", $right, " -> bool"), le),
            line(concat!($left, " > ", $right, " -> bool"), gt),
            line(concat!($left, " >= ", $right, " -> bool"), ge),
        )*]
    };
}

pub(super) const LINES: &[Line] = compared![
    "bool" with "bool",
    "int2" with "int2",
    "int4" with "int4",
    "int8" with "int8",
    "numeric" with "numeric",
    "float4" with "float4",
    "float8" with "float8",
    "text" with "text",
    "bpchar" with "bpchar",
    "name" with "name",
    "name" with "text",
    "text" with "name",
    "oid" with "oid",
    "uuid" with "uuid",
    "bytea" with "bytea",
    "date" with "date",
    "date" with "timestamp",
    "timestamp" with "date",
    "time" with "time",
    "timestamp" with "timestamp",
    "timestamptz" with "timestamptz",
    "interval" with "interval",
    "jsonb" with "jsonb",
    "anyenum" with "anyenum",
    "anyarray" with "anyarray",
    "record" with "record",
];
