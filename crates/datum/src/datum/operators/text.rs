//! Operators of texts.

use std::sync::Arc;

use crate::datum::cast::{Context, cast};
use crate::datum::signature::{Call, Line, line};
use crate::datum::types::Type;
use crate::datum::{Computed, Datum, Pattern, Refusal, Typed, like};

/// The text of any value, as its output function or its cast to text writes it.
fn written(call: &Call<'_>, at: usize) -> Computed<Arc<str>> {
    let value = Typed::new(call.type_of(at)?.clone(), call.datum(at)?.clone());
    match cast(&value, &Type::Text, Context::Explicit)?.datum {
        Datum::Text(text) => Ok(text),
        _ => Err(Refusal::unknown("the text of a value")),
    }
}

fn concatenate(call: &Call<'_>) -> Computed {
    Ok(Datum::text(format!("{}{}", written(call, 0)?, written(call, 1)?)))
}

fn liked(call: &Call<'_>, ignore_case: bool, wanted: bool) -> Computed {
    // Of `character(n)` the blanks at the end count.
    let matched = like(call.text(0)?, call.text(1)?, ignore_case)?;
    Ok(Datum::Bool(matched == wanted))
}

fn matched(call: &Call<'_>, flags: &str, wanted: bool) -> Computed {
    let matched = Pattern::new(call.text(1)?, flags)?.is_match(call.text(0)?)?;
    Ok(Datum::Bool(matched == wanted))
}

pub(super) const CONCATENATION: &[Line] = &[
    line("text || text -> text", concatenate),
    line("text || anynonarray -> text", concatenate).stable(),
    line("anynonarray || text -> text", concatenate).stable(),
    line("bytea || bytea -> bytea", |c| {
        Ok(Datum::Bytes([&c.bytes(0)?[..], &c.bytes(1)?[..]].concat().into()))
    }),
    line("text ^@ text -> bool", |c| Ok(Datum::Bool(c.text(0)?.starts_with(&**c.text(1)?)))),
];

macro_rules! matching {
    ($($t:literal),*) => {
        &[$(
            line(concat!($t, " ~~ text -> bool"), |c| liked(c, false, true)),
            line(concat!($t, " !~~ text -> bool"), |c| liked(c, false, false)),
            line(concat!($t, " ~~* text -> bool"), |c| liked(c, true, true)),
            line(concat!($t, " !~~* text -> bool"), |c| liked(c, true, false)),
            line(concat!($t, " ~ text -> bool"), |c| matched(c, "", true)),
            line(concat!($t, " !~ text -> bool"), |c| matched(c, "", false)),
            line(concat!($t, " ~* text -> bool"), |c| matched(c, "i", true)),
            line(concat!($t, " !~* text -> bool"), |c| matched(c, "i", false)),
        )*]
    };
}

pub(super) const MATCHING: &[Line] = matching!["text", "name", "bpchar"];
