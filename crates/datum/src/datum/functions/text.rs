//! Functions of texts.

use std::sync::Arc;

use crate::datum::signature::Length::{AtMostNumber, AtMostOf, Exactly, Of};
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::{Array, Computed, Datum, Refusal, quote_identifier, quote_literal};

/// No longer text is made.
const MAX_TEXT: usize = 1 << 20;

fn text(text: impl Into<Arc<str>>) -> Computed {
    Ok(Datum::text(text))
}

fn count(number: usize) -> Computed {
    i64::try_from(number).map(Datum::Int).map_err(|_| too_long())
}

fn too_long() -> Refusal {
    Refusal::unknown("a very long text")
}

/// Whether the case of its letters is certain, which beyond ASCII it is only of characters that have none.
pub(in crate::datum) fn has_certain_case(text: &str) -> Computed<()> {
    let cased = |c: char| {
        !c.is_ascii()
            && (c.is_alphabetic() && (c.is_lowercase() || c.is_uppercase())
                || c.to_lowercase().ne([c])
                || c.to_uppercase().ne([c]))
    };
    if text.contains(cased) {
        return Err(Refusal::unknown("the case of a letter in the locale"));
    }
    Ok(())
}

fn lower(call: &Call<'_>) -> Computed {
    let subject = call.text(0)?;
    has_certain_case(subject)?;
    text(subject.to_ascii_lowercase())
}

fn upper(call: &Call<'_>) -> Computed {
    let subject = call.text(0)?;
    has_certain_case(subject)?;
    text(subject.to_ascii_uppercase())
}

fn initcap(call: &Call<'_>) -> Computed {
    let subject = call.text(0)?;
    // Where a word ends is another matter in each locale, but for blanks.
    if !subject.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ') {
        return Err(Refusal::unknown("the words of the locale"));
    }
    let mut inside = false;
    let mut result = String::new();
    for c in subject.chars() {
        result.push(if inside { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() });
        inside = c.is_ascii_alphanumeric();
    }
    text(result)
}

fn trim(call: &Call<'_>, start: bool, end: bool) -> Computed {
    let set = if call.count() > 1 { call.text(1)?.as_ref() } else { " " };
    let mut rest = call.text(0)?.as_ref();
    if start {
        rest = rest.trim_start_matches(|c| set.contains(c));
    }
    if end {
        rest = rest.trim_end_matches(|c| set.contains(c));
    }
    text(rest)
}

fn replace(call: &Call<'_>) -> Computed {
    let (subject, from, to) = (call.text(0)?, call.text(1)?, call.text(2)?);
    if from.is_empty() {
        return text(subject.clone());
    }
    let length = subject.matches(&**from).count().saturating_mul(to.len());
    if length > MAX_TEXT {
        return Err(too_long());
    }
    text(subject.replace(&**from, to))
}

fn strpos(call: &Call<'_>) -> Computed {
    let (subject, part) = (call.text(0)?, call.text(1)?);
    let place = subject.find(&**part);
    count(place.map_or(0, |at| subject.get(..at).unwrap_or("").chars().count() + 1))
}

fn repeat(call: &Call<'_>) -> Computed {
    let subject = call.text(0)?;
    let times = usize::try_from(call.int(1)?.max(0)).unwrap_or(usize::MAX);
    match subject.len().checked_mul(times) {
        Some(length) if length <= MAX_TEXT => text(subject.repeat(times)),
        _ => Err(too_long()),
    }
}

/// `left` and `right`; a negative number says how many characters go at the other end.
fn end(call: &Call<'_>, left: bool) -> Computed {
    let (subject, number) = (call.text(0)?, call.int(1)?);
    let length = subject.chars().count();
    let size = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
    let kept = if number < 0 { length.saturating_sub(size) } else { size.min(length) };
    let skipped = if left { 0 } else { length - kept };
    text(subject.chars().skip(skipped).take(kept).collect::<String>())
}

fn pad(call: &Call<'_>, left: bool) -> Computed {
    let subject = call.text(0)?;
    let fill = if call.count() > 2 { call.text(2)?.as_ref() } else { " " };
    let size = usize::try_from(call.int(1)?.max(0)).map_err(|_| too_long())?;
    if size > MAX_TEXT {
        return Err(too_long());
    }
    let length = subject.chars().count();
    if length >= size {
        return text(subject.chars().take(size).collect::<String>());
    }
    let padding: String = fill.chars().cycle().take(size - length).collect();
    text(if left { format!("{padding}{subject}") } else { format!("{subject}{padding}") })
}

fn substring(call: &Call<'_>) -> Computed {
    let (subject, from) = (call.text(0)?, call.int(1)?);
    let end = if call.count() > 2 {
        let size = call.int(2)?;
        if size < 0 {
            return Err(Refusal::error("22011", "negative substring length not allowed"));
        }
        from.saturating_add(size)
    } else {
        i64::MAX
    };
    let numbered = subject.chars().zip(1_i64..);
    text(numbered.filter(|(_, at)| (from..end).contains(at)).map(|(c, _)| c).collect::<String>())
}

fn overlay(call: &Call<'_>) -> Computed {
    let (subject, with, from) = (call.text(0)?, call.text(1)?, call.int(2)?);
    let size = if call.count() > 3 {
        call.int(3)?
    } else {
        i64::try_from(with.chars().count()).map_err(|_| too_long())?
    };
    if from <= 0 {
        return Err(Refusal::error("22011", "negative substring length not allowed"));
    }
    let after = from.saturating_add(size);
    let part = |keep: &dyn Fn(i64) -> bool| -> String {
        subject.chars().zip(1_i64..).filter(|(_, at)| keep(*at)).map(|(c, _)| c).collect()
    };
    text(format!("{}{with}{}", part(&|at| at < from), part(&|at| at >= after)))
}

fn split_part(call: &Call<'_>) -> Computed {
    let (subject, separator, number) = (call.text(0)?, call.text(1)?, call.int(2)?);
    if number == 0 {
        return Err(Refusal::error("22023", "field position must not be zero"));
    }
    let parts: Vec<&str> =
        if separator.is_empty() { vec![subject] } else { subject.split(&**separator).collect() };
    let at = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
    let part = if number > 0 { parts.get(at - 1) } else { parts.iter().rev().nth(at - 1) };
    text(part.copied().unwrap_or(""))
}

fn translate(call: &Call<'_>) -> Computed {
    let (from, to) = (call.text(1)?, call.text(2)?);
    let to: Vec<char> = to.chars().collect();
    let result: String = call
        .text(0)?
        .chars()
        .filter_map(|c| match from.chars().position(|f| f == c) {
            Some(at) => to.get(at).copied(),
            None => Some(c),
        })
        .collect();
    text(result)
}

fn string_to_array(call: &Call<'_>) -> Computed {
    if call.is_null(0) {
        return Ok(Datum::Null);
    }
    let subject = call.text(0)?;
    let null = if call.count() > 2 && !call.is_null(2) { Some(call.text(2)?) } else { None };
    let item = |part: &str| match null {
        Some(null) if **null == *part => Datum::Null,
        _ => Datum::text(part),
    };
    let items = if subject.is_empty() {
        Vec::new()
    } else if call.is_null(1) {
        subject.chars().map(|c| item(c.encode_utf8(&mut [0; 4]))).collect()
    } else {
        match call.text(1)?.as_ref() {
            "" => vec![item(subject)],
            separator => subject.split(separator).map(item).collect(),
        }
    };
    Ok(Datum::Array(Array::new(items).into()))
}

fn chr(call: &Call<'_>) -> Computed {
    match call.int(0)? {
        0 => Err(Refusal::error("54000", "null character not permitted")),
        code => match u32::try_from(code).ok().and_then(char::from_u32) {
            Some(c) => text(c.to_string()),
            None => Err(Refusal::unknown("a character that is none")),
        },
    }
}

const COUNT: Facts = Facts::COUNT.free(0);
const SHORTER: Facts = Facts::NONE.length(AtMostOf(0));
const CASED: Facts = Facts::NONE;
const SHARE: Facts = Facts::NONE.length(AtMostOf(0));

pub(super) const LINES: &[Line] = &[
    line("length(text) -> int4", |c| count(c.text(0)?.chars().count())).facts(COUNT),
    line("char_length(text) -> int4", |c| count(c.text(0)?.chars().count())).facts(COUNT),
    line("character_length(text) -> int4", |c| count(c.text(0)?.chars().count())).facts(COUNT),
    line("length(bpchar) -> int4", |c| count(c.text(0)?.trim_end_matches(' ').chars().count()))
        .facts(COUNT),
    line("char_length(bpchar) -> int4", |c| {
        count(c.text(0)?.trim_end_matches(' ').chars().count())
    })
    .facts(COUNT),
    line("octet_length(text) -> int4", |c| count(c.text(0)?.len())).facts(COUNT),
    line("octet_length(bpchar) -> int4", |c| count(c.text(0)?.len())).facts(COUNT),
    line("bit_length(text) -> int4", |c| count(c.text(0)?.len().saturating_mul(8)))
        .facts(Facts::COUNT),
    line("lower(text) -> text", lower).facts(CASED),
    line("upper(text) -> text", upper).facts(CASED),
    line("initcap(text) -> text", initcap).facts(CASED),
    line("btrim(text) -> text", |c| trim(c, true, true)).facts(SHORTER),
    line("btrim(text, text) -> text", |c| trim(c, true, true)).facts(SHORTER),
    line("ltrim(text) -> text", |c| trim(c, true, false)).facts(SHORTER),
    line("ltrim(text, text) -> text", |c| trim(c, true, false)).facts(SHORTER),
    line("rtrim(text) -> text", |c| trim(c, false, true)).facts(SHORTER),
    line("rtrim(text, text) -> text", |c| trim(c, false, true)).facts(SHORTER),
    line("replace(text, text, text) -> text", replace),
    line("starts_with(text, text) -> bool", |c| {
        Ok(Datum::Bool(c.text(0)?.starts_with(&**c.text(1)?)))
    }),
    line("strpos(text, text) -> int4", strpos).facts(Facts::COUNT),
    line("position(text, text) -> int4", strpos).facts(Facts::COUNT),
    line("repeat(text, int4) -> text", repeat),
    line("reverse(text) -> text", |c| text(c.text(0)?.chars().rev().collect::<String>()))
        .facts(Facts::NONE.length(Of(0)).injective(0).free(0)),
    line("left(text, int4) -> text", |c| end(c, true)).facts(SHARE),
    line("right(text, int4) -> text", |c| end(c, false)).facts(SHARE),
    line("lpad(text, int4) -> text", |c| pad(c, true)).facts(Facts::NONE.length(AtMostNumber(1))),
    line("lpad(text, int4, text) -> text", |c| pad(c, true))
        .facts(Facts::NONE.length(AtMostNumber(1))),
    line("rpad(text, int4) -> text", |c| pad(c, false)).facts(Facts::NONE.length(AtMostNumber(1))),
    line("rpad(text, int4, text) -> text", |c| pad(c, false))
        .facts(Facts::NONE.length(AtMostNumber(1))),
    line("substr(text, int4) -> text", substring).facts(SHARE),
    line("substr(text, int4, int4) -> text", substring).facts(SHARE),
    line("substring(text, int4) -> text", substring).facts(SHARE),
    line("substring(text, int4, int4) -> text", substring).facts(SHARE),
    line("overlay(text, text, int4) -> text", overlay),
    line("overlay(text, text, int4, int4) -> text", overlay),
    line("split_part(text, text, int4) -> text", split_part).facts(SHARE),
    line("translate(text, text, text) -> text", translate).facts(SHORTER),
    line("string_to_array(text, text) -> text[]", string_to_array).called_on_null().nullable(),
    line("string_to_array(text, text, text) -> text[]", string_to_array)
        .called_on_null()
        .nullable(),
    line("ascii(text) -> int4", |c| {
        Ok(Datum::Int(c.text(0)?.chars().next().map_or(0, |c| u32::from(c).into())))
    })
    .facts(Facts::COUNT),
    line("chr(int4) -> text", chr).facts(Facts::NONE.length(Exactly(1)).injective(0)),
    line("quote_ident(text) -> text", |c| text(&*quote_identifier(c.text(0)?)))
        .facts(Facts::NONE.injective(0)),
    line("quote_literal(text) -> text", |c| text(quote_literal(c.text(0)?)))
        .facts(Facts::NONE.injective(0)),
    line("quote_nullable(text) -> text", |c| {
        if c.is_null(0) { text("NULL") } else { text(quote_literal(c.text(0)?)) }
    })
    .called_on_null()
    .facts(Facts::NONE.injective(0)),
    line("md5(text) -> text", |c| {
        use md5::Digest;
        text(hex::encode(md5::Md5::digest(c.text(0)?.as_bytes())))
    })
    .facts(Facts::NONE.length(Exactly(32))),
    line("to_hex(int4) -> text", |c| text(format!("{:x}", c.int(0)? as i32)))
        .facts(Facts::NONE.injective(0)),
    line("to_hex(int8) -> text", |c| text(format!("{:x}", c.int(0)?)))
        .facts(Facts::NONE.injective(0)),
];
