//! Functions of arrays.

use crate::datum::compare::equal;
use crate::datum::io::output;
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::types::Type;
use crate::datum::{Array, Computed, Datum, Refusal};

fn int(number: usize) -> Datum {
    Datum::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn array(items: Vec<Datum>, lower: i64) -> Computed {
    Ok(Datum::Array(Array { items, lower }.into()))
}

/// An element of an array of arrays would add a dimension.
fn flat(call: &Call<'_>, at: usize) -> Computed<()> {
    match call.type_of(at)? {
        Type::Array(element) if matches!(**element, Type::Array(_)) => {
            Err(Refusal::unknown("an array of several dimensions"))
        }
        _ => Ok(()),
    }
}

/// `array_append`, `array || element`
pub(in crate::datum) fn append(call: &Call<'_>) -> Computed {
    flat(call, 0)?;
    let (mut items, lower) = match call.datum(0)? {
        Datum::Null => (Vec::new(), 1),
        _ => (call.array(0)?.items.clone(), call.array(0)?.lower),
    };
    items.push(call.datum(1)?.clone());
    array(items, lower)
}

/// `array_prepend`, `element || array`
pub(in crate::datum) fn prepend(call: &Call<'_>) -> Computed {
    flat(call, 1)?;
    let mut items = vec![call.datum(0)?.clone()];
    if let Datum::Array(rest) = call.datum(1)? {
        if rest.lower != 1 {
            return Err(Refusal::unknown("an array with subscripts of its own"));
        }
        items.extend(rest.items.iter().cloned());
    }
    array(items, 1)
}

/// `array_cat`, `array || array`
pub(in crate::datum) fn concatenate(call: &Call<'_>) -> Computed {
    flat(call, 0)?;
    match (call.datum(0)?, call.datum(1)?) {
        (Datum::Null, other) | (other, Datum::Null) => Ok(other.clone()),
        _ => {
            let (a, b) = (call.array(0)?, call.array(1)?);
            if a.items.is_empty() {
                return array(b.items.clone(), b.lower);
            }
            array([&a.items[..], &b.items[..]].concat(), a.lower)
        }
    }
}

/// Of a dimension that the array has not, there is nothing to say.
fn dimension(call: &Call<'_>, of: fn(&Array) -> i64) -> Computed {
    flat(call, 0)?;
    let subject = call.array(0)?;
    if subject.items.is_empty() || call.int(1)? != 1 {
        return Ok(Datum::Null);
    }
    Ok(Datum::Int(of(subject)))
}

fn length(array: &Array) -> i64 {
    i64::try_from(array.items.len()).unwrap_or(i64::MAX)
}

/// Whether an element is a value, where NULL is NULL.
fn is(data_type: &Type, item: &Datum, wanted: &Datum) -> Computed<bool> {
    match (item.is_null(), wanted.is_null()) {
        (true, true) => Ok(true),
        (false, false) => equal(data_type, item, wanted)
            .ok_or_else(|| Refusal::unknown("whether values of this type are equal")),
        _ => Ok(false),
    }
}

fn changed(call: &Call<'_>, with: Option<usize>) -> Computed {
    flat(call, 0)?;
    if call.is_null(0) {
        return Ok(Datum::Null);
    }
    let (element, subject) = (call.element_type(0)?, call.array(0)?);
    let mut items = Vec::new();
    for item in &subject.items {
        match (is(element, item, call.datum(1)?)?, with) {
            (false, _) => items.push(item.clone()),
            (true, Some(with)) => items.push(call.datum(with)?.clone()),
            (true, None) => {}
        }
    }
    // Where an element is taken out, the others are counted from where they began.
    array(items, subject.lower)
}

fn positions(call: &Call<'_>) -> Computed<Option<Vec<Datum>>> {
    flat(call, 0)?;
    if call.is_null(0) {
        return Ok(None);
    }
    let (element, subject) = (call.element_type(0)?, call.array(0)?);
    let mut found = Vec::new();
    for (item, at) in subject.items.iter().zip(subject.lower..) {
        if is(element, item, call.datum(1)?)? {
            found.push(Datum::Int(at));
        }
    }
    Ok(Some(found))
}

fn to_string(call: &Call<'_>) -> Computed {
    flat(call, 0)?;
    if call.is_null(0) || call.is_null(1) {
        return Ok(Datum::Null);
    }
    let null =
        if call.count() > 2 && !call.is_null(2) { Some(call.text(2)?.to_string()) } else { None };
    let element = call.element_type(0)?;
    let mut texts = Vec::new();
    for item in &call.array(0)?.items {
        texts.extend(output(element, item)?.or_else(|| null.clone()));
    }
    Ok(Datum::text(texts.join(call.text(1)?)))
}

const COUNT_OR_NULL: Facts = Facts { may_be_null: true, ..Facts::COUNT };

pub(super) const LINES: &[Line] = &[
    line("cardinality(anyarray) -> int4", |c| {
        flat(c, 0)?;
        Ok(int(c.array(0)?.items.len()))
    })
    .facts(Facts::COUNT.free(0)),
    line("array_ndims(anyarray) -> int4", |c| {
        flat(c, 0)?;
        Ok(if c.array(0)?.items.is_empty() { Datum::Null } else { Datum::Int(1) })
    })
    .nullable(),
    line("array_length(anyarray, int4) -> int4", |c| dimension(c, length)).facts(COUNT_OR_NULL),
    line("array_lower(anyarray, int4) -> int4", |c| dimension(c, |array| array.lower)).nullable(),
    line("array_upper(anyarray, int4) -> int4", |c| {
        dimension(c, |array| array.lower + length(array) - 1)
    })
    .nullable(),
    line("array_append(anycompatiblearray, anycompatible) -> anycompatiblearray", append)
        .called_on_null(),
    line("array_prepend(anycompatible, anycompatiblearray) -> anycompatiblearray", prepend)
        .called_on_null(),
    line("array_cat(anycompatiblearray, anycompatiblearray) -> anycompatiblearray", concatenate)
        .called_on_null()
        .nullable(),
    line("array_remove(anycompatiblearray, anycompatible) -> anycompatiblearray", |c| {
        changed(c, None)
    })
    .called_on_null()
    .nullable(),
    line(
        "array_replace(anycompatiblearray, anycompatible, anycompatible) -> anycompatiblearray",
        |c| changed(c, Some(2)),
    )
    .called_on_null()
    .nullable(),
    line("array_position(anycompatiblearray, anycompatible) -> int4", |c| {
        Ok(positions(c)?.and_then(|found| found.into_iter().next()).unwrap_or(Datum::Null))
    })
    .called_on_null()
    .nullable(),
    line("array_positions(anycompatiblearray, anycompatible) -> int4[]", |c| {
        Ok(positions(c)?.map_or(Datum::Null, |found| Datum::Array(Array::new(found).into())))
    })
    .called_on_null()
    .nullable(),
    line("array_to_string(anyarray, text) -> text", to_string).stable(),
    line("array_to_string(anyarray, text, text) -> text", to_string)
        .called_on_null()
        .nullable()
        .stable(),
];
