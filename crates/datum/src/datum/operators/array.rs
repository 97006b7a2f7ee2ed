//! Operators of arrays.

use crate::datum::compare::equal;
use crate::datum::functions::array::{append, concatenate, prepend};
use crate::datum::signature::{Call, Line, line};
use crate::datum::{Computed, Datum, Refusal};

/// Whether an array has an element that is equal to a value that is not NULL.
fn has(call: &Call<'_>, array: usize, wanted: &Datum) -> Computed<bool> {
    let element = call.element_type(array)?;
    for item in call.array(array)?.items.iter().filter(|item| !item.is_null()) {
        let same = equal(element, item, wanted)
            .ok_or_else(|| Refusal::unknown("whether values of this type are equal"))?;
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}

fn contains(call: &Call<'_>, outer: usize, inner: usize) -> Computed {
    for wanted in &call.array(inner)?.items {
        // NULL is in no array.
        if wanted.is_null() || !has(call, outer, wanted)? {
            return Ok(Datum::Bool(false));
        }
    }
    Ok(Datum::Bool(true))
}

fn overlaps(call: &Call<'_>) -> Computed {
    for wanted in call.array(1)?.items.iter().filter(|item| !item.is_null()) {
        if has(call, 0, wanted)? {
            return Ok(Datum::Bool(true));
        }
    }
    Ok(Datum::Bool(false))
}

pub(super) const LINES: &[Line] = &[
    line("anyarray @> anyarray -> bool", |c| contains(c, 0, 1)),
    line("anyarray <@ anyarray -> bool", |c| contains(c, 1, 0)),
    line("anyarray && anyarray -> bool", overlaps),
    line("anycompatiblearray || anycompatiblearray -> anycompatiblearray", concatenate)
        .called_on_null()
        .nullable(),
    line("anycompatiblearray || anycompatible -> anycompatiblearray", append).called_on_null(),
    line("anycompatible || anycompatiblearray -> anycompatiblearray", prepend).called_on_null(),
];
