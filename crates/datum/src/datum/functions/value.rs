//! Functions of values of any type.

use std::cmp::Ordering;

use crate::datum::compare::{Collation, compare};
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::types::Type;
use crate::datum::{Array, Computed, Datum, Refusal};

fn nulls(call: &Call<'_>, wanted: bool) -> Computed {
    let count = (0..call.count()).filter(|at| call.is_null(*at) == wanted).count();
    Ok(Datum::Int(i64::try_from(count).unwrap_or(0)))
}

/// GREATEST and LEAST, which pass over NULL.
fn extreme(call: &Call<'_>, wanted: Ordering) -> Computed {
    let mut best = Datum::Null;
    for at in 0..call.count() {
        let value = call.datum(at)?;
        if value.is_null() {
            continue;
        }
        let replaces = best.is_null()
            || compare(call.result, value, &best, Collation::Unknown)
                .ok_or_else(|| Refusal::unknown("an order that the collation decides"))?
                == wanted;
        if replaces {
            best = value.clone();
        }
    }
    Ok(best)
}

fn labels<'c>(call: &Call<'c>) -> Computed<&'c [std::sync::Arc<str>]> {
    match call.type_of(0)? {
        Type::Enum(labels) => Ok(&labels.labels),
        _ => Err(Refusal::unknown("the labels of an enum")),
    }
}

fn label(number: usize) -> Datum {
    u32::try_from(number).map_or(Datum::Null, Datum::Label)
}

pub(super) const COMPARISON: &[Line] = &[
    line("num_nulls(variadic any) -> int4", |c| nulls(c, true))
        .called_on_null()
        .facts(Facts::COUNT),
    line("num_nonnulls(variadic any) -> int4", |c| nulls(c, false))
        .called_on_null()
        .facts(Facts::COUNT),
];

pub(super) const CONDITIONAL: &[Line] = &[
    line("greatest(variadic anycompatible) -> anycompatible", |c| extreme(c, Ordering::Greater))
        .called_on_null(),
    line("least(variadic anycompatible) -> anycompatible", |c| extreme(c, Ordering::Less))
        .called_on_null(),
];

pub(super) const ENUM: &[Line] = &[
    line("enum_first(anyenum) -> anyenum", |_| Ok(label(0))).called_on_null().stable(),
    line("enum_last(anyenum) -> anyenum", |c| Ok(label(labels(c)?.len().saturating_sub(1))))
        .called_on_null()
        .stable(),
    line("enum_range(anyenum) -> anyarray", |c| {
        Ok(Datum::Array(Array::new((0..labels(c)?.len()).map(label).collect()).into()))
    })
    .called_on_null()
    .stable(),
];
