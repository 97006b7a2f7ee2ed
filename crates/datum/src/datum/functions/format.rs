//! `concat`, `concat_ws` and `format`.

use crate::datum::io::output;
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::{Computed, Datum, Refusal, quote_identifier, quote_literal};

/// The text that an argument's output function writes; nothing for NULL.
fn written(call: &Call<'_>, at: usize) -> Computed<Option<String>> {
    output(call.type_of(at)?, call.datum(at)?)
}

fn concat(call: &Call<'_>) -> Computed {
    let mut text = String::new();
    for at in 0..call.count() {
        text.push_str(&written(call, at)?.unwrap_or_default());
    }
    Ok(Datum::text(text))
}

fn concat_ws(call: &Call<'_>) -> Computed {
    if call.is_null(0) {
        return Ok(Datum::Null);
    }
    let mut parts = Vec::new();
    for at in 1..call.count() {
        parts.extend(written(call, at)?);
    }
    Ok(Datum::text(parts.join(call.text(0)?)))
}

/// A `%` of a template.
struct Specifier {
    /// The argument by its number from 1, where it is written.
    position: Option<usize>,
    left: bool,
    width: usize,
    kind: char,
}

fn format(call: &Call<'_>) -> Computed {
    if call.is_null(0) {
        return Ok(Datum::Null);
    }
    let template = call.text(0)?;
    let mut text = String::new();
    let mut rest: &str = template;
    let mut next = 1;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let (specifier, after) = specifier(after)?;
        rest = after;
        let at = specifier.position.unwrap_or(next);
        next = at + 1;
        if at >= call.count() {
            return Err(Refusal::error("22023", "too few arguments for format()"));
        }
        let value = written(call, at)?;
        let value = match (specifier.kind, value) {
            ('s', value) => value.unwrap_or_default(),
            ('I', Some(value)) => quote_identifier(&value).into_owned(),
            ('I', None) => {
                let message = "null values cannot be formatted as an SQL identifier";
                return Err(Refusal::error("22004", message));
            }
            (_, Some(value)) => quote_literal(&value),
            (_, None) => "NULL".to_owned(),
        };
        let padding = " ".repeat(specifier.width.saturating_sub(value.chars().count()));
        let (first, second) = if specifier.left { (&value, &padding) } else { (&padding, &value) };
        text.push_str(first);
        text.push_str(second);
    }
    text.push_str(rest);
    Ok(Datum::text(text))
}

fn specifier(text: &str) -> Computed<(Specifier, &str)> {
    let mut found = Specifier { position: None, left: false, width: 0, kind: 's' };
    let mut rest = text;
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, after) = text.split_at(digits(text));
    if let (Ok(position), Some(after)) = (number.parse::<usize>(), after.strip_prefix('$')) {
        if position == 0 {
            let message = "format specifies argument 0, but arguments are numbered from 1";
            return Err(Refusal::error("22023", message));
        }
        found.position = Some(position);
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('-') {
        found.left = true;
        rest = after;
    }
    let (width, after) = rest.split_at(digits(rest));
    if after.starts_with(['*', '-']) || width.len() > 4 {
        return Err(Refusal::unknown("a width of format()"));
    }
    found.width = width.parse().unwrap_or(0);
    let mut chars = after.chars();
    match chars.next() {
        Some(kind @ ('s' | 'I' | 'L')) => found.kind = kind,
        Some(kind) => {
            let message = format!("unrecognized format() type specifier \"{kind}\"");
            return Err(Refusal::error("22023", message));
        }
        None => return Err(Refusal::error("22023", "unterminated format() type specifier")),
    }
    Ok((found, chars.as_str()))
}

pub(super) const LINES: &[Line] = &[
    line("concat(variadic any) -> text", concat).called_on_null().stable(),
    line("concat_ws(text, variadic any) -> text", concat_ws)
        .called_on_null()
        .stable()
        .facts(Facts::NULLABLE),
    line("format(text) -> text", format).called_on_null().stable(),
    line("format(text, variadic any) -> text", format).called_on_null().stable(),
];
