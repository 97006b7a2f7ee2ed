//! Input and output functions: a value from its text, and the text of a value.

use super::date_time::{
    input_date, input_time, input_timestamp, output_date, output_time, output_timestamp,
};
use super::json::Json;
use super::numeric::Numeric;
use super::timestamp::rounded;
use super::types::Type;
use super::value::{Datum, Typed};
use super::{Computed, Refusal, array, cast, float, interval};

/// The longest name in bytes.
const MAX_NAME: usize = 63;

/// What the input function of a type reads from a text.
///
/// # Errors
/// Where PostgreSQL refuses the text, or it is not certain what it reads.
pub fn input(data_type: &Type, text: &str) -> Computed {
    let value = match data_type {
        Type::Unknown | Type::Text | Type::Varchar(_) | Type::Char(_) => Datum::text(text),
        Type::Name => Datum::text(text.get(..text.floor_char_boundary(MAX_NAME)).unwrap_or(text)),
        Type::Bool => Datum::Bool(boolean(text).ok_or_else(|| invalid(data_type, text))?),
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid => Datum::Int(integer(data_type, text)?),
        Type::Numeric(_) => match Numeric::parse(text) {
            Some(number) => Datum::Numeric(number?),
            None => return Err(Refusal::unknown(format!("the number {text}"))),
        },
        Type::Float4 | Type::Float8 => Datum::Float(float::input(data_type, text)?),
        Type::Uuid => Datum::Uuid(uuid(text).ok_or_else(|| invalid(data_type, text))?),
        Type::Bytea => Datum::Bytes(bytes(text)?.into()),
        Type::Date => Datum::Date(input_date(text)?),
        Type::Time(digits) => Datum::Time(rounded(input_time(text)?, *digits)),
        Type::Timestamp(_) | Type::TimestampTz(_) => {
            Datum::Timestamp(input_timestamp(text, data_type)?)
        }
        Type::Interval => Datum::Interval(interval::input(text)?),
        Type::Json => match Json::parse(text) {
            Ok(_) => Datum::text(text),
            // Only `jsonb` has no room for this character.
            Err(Refusal::Error { sqlstate: "22P05", .. }) => {
                return Err(Refusal::unknown("the character \\u0000 of JSON"));
            }
            Err(refusal) => return Err(refusal),
        },
        Type::Jsonb => Datum::Json(Json::parse(text)?.into()),
        Type::Enum(labels) => {
            let at = labels.labels.iter().position(|label| **label == *text);
            match at.and_then(|at| u32::try_from(at).ok()) {
                Some(at) => Datum::Label(at),
                None => {
                    let message =
                        format!("invalid input value for enum {}: \"{text}\"", labels.name);
                    return Err(Refusal::error("22P02", message));
                }
            }
        }
        Type::Array(element) => Datum::Array(array::input(element, text)?.into()),
        Type::Record => return Err(Refusal::unknown("the text of a row")),
    };
    cast::modified(data_type, value, cast::Context::Assignment)
}

fn invalid(data_type: &Type, text: &str) -> Refusal {
    let message = format!("invalid input syntax for type {data_type}: \"{text}\"");
    Refusal::error("22P02", message)
}

/// What boolean input accepts.
fn boolean(text: &str) -> Option<bool> {
    let word = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let word = word.to_ascii_lowercase();
    let starts = |of: &str, least: usize| word.len() >= least && of.starts_with(&word);
    if word == "1" || starts("true", 1) || starts("yes", 1) || word == "on" {
        Some(true)
    } else if word == "0" || starts("false", 1) || starts("no", 1) || starts("off", 2) {
        Some(false)
    } else {
        None
    }
}

fn integer(data_type: &Type, text: &str) -> Computed<i64> {
    let word = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    if digits.contains('_')
        || (digits.starts_with('0') && digits.get(1..2).is_some_and(|c| "xXoObB".contains(c)))
    {
        // Read since PostgreSQL 16.
        return Err(Refusal::unknown(format!("the number {text}")));
    }
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid(data_type, text));
    }
    let out_of_range = || {
        Refusal::error("22003", format!("value \"{text}\" is out of range for type {data_type}"))
    };
    let number: i64 = word.parse().map_err(|_| out_of_range())?;
    match data_type {
        Type::Oid if number < 0 => Err(Refusal::unknown("a negative oid")),
        _ if in_range(data_type, number) => Ok(number),
        _ => Err(out_of_range()),
    }
}

/// Whether a type of whole numbers has a number.
pub(super) fn in_range(data_type: &Type, number: i64) -> bool {
    match data_type {
        Type::Int2 => i16::try_from(number).is_ok(),
        Type::Int4 => i32::try_from(number).is_ok(),
        Type::Oid => u32::try_from(number).is_ok(),
        _ => true,
    }
}

/// 32 hexadecimal digits, with a hyphen after any four of them, perhaps in braces.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let inside = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let mut digits = String::new();
    for c in inside.chars() {
        match c {
            '-' if digits.len().is_multiple_of(4) && !digits.is_empty() && digits.len() < 32 => {}
            c if c.is_ascii_hexdigit() => digits.push(c),
            _ => return None,
        }
    }
    if inside.contains("--") || inside.ends_with('-') {
        return None;
    }
    hex::decode(digits).ok()?.try_into().ok()
}

fn bytes(text: &str) -> Computed<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("\\x") {
        return unhex(digits);
    }
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        if let Some(after) = after.strip_prefix('\\') {
            bytes.push(b'\\');
            rest = after;
            continue;
        }
        let octal = after.get(..3).filter(|o| o.starts_with(['0', '1', '2', '3']));
        match octal.and_then(|octal| u8::from_str_radix(octal, 8).ok()) {
            Some(byte) => bytes.push(byte),
            None => return Err(Refusal::error("22P02", "invalid input syntax for type bytea")),
        }
        rest = after.get(3..).unwrap_or("");
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

/// Bytes from pairs of hexadecimal digits, with blanks between them.
pub(super) fn unhex(digits: &str) -> Computed<Vec<u8>> {
    let blank = |c: char| matches!(c, ' ' | '\n' | '\t' | '\r');
    let mut bytes = Vec::new();
    let mut chars = digits.chars().filter(|c| !blank(*c)).peekable();
    if digits.split(blank).any(|group| group.len() % 2 != 0) && digits.contains(blank) {
        return Err(Refusal::unknown("hexadecimal digits with blanks inside"));
    }
    while let Some(high) = chars.next() {
        let digit = |c: char| {
            c.to_digit(16).ok_or_else(|| {
                Refusal::error("22023", format!("invalid hexadecimal digit: \"{c}\""))
            })
        };
        let high = digit(high)?;
        let low = chars.next().ok_or_else(|| {
            Refusal::error("22023", "invalid hexadecimal data: odd number of digits")
        })?;
        bytes.push(u8::try_from(high * 16 + digit(low)?).unwrap_or(0));
    }
    Ok(bytes)
}

/// What the output function of a type writes; nothing for NULL.
///
/// # Errors
/// Where the text is not known here.
pub fn output(data_type: &Type, value: &Datum) -> Computed<Option<String>> {
    Ok(Some(match value {
        Datum::Null => return Ok(None),
        Datum::Bool(value) => if *value { "t" } else { "f" }.to_owned(),
        Datum::Int(number) => number.to_string(),
        Datum::Numeric(number) => number.output(),
        Datum::Float(number) => float::output(data_type, *number),
        Datum::Text(text) => text.to_string(),
        Datum::Uuid(bytes) => {
            let digits = hex::encode(bytes);
            let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
            let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
            parts.join("-")
        }
        Datum::Bytes(bytes) => format!("\\x{}", hex::encode(bytes)),
        Datum::Date(number) => output_date(*number)?,
        Datum::Time(micros) => output_time(*micros),
        Datum::Timestamp(number) => {
            output_timestamp(*number, matches!(data_type, Type::TimestampTz(_)))?
        }
        Datum::Interval(span) => interval::output(*span),
        Datum::Json(json) => json.output(),
        Datum::Label(at) => match data_type {
            Type::Enum(labels) => match labels.labels.get(*at as usize) {
                Some(label) => label.to_string(),
                None => return Err(Refusal::unknown("a label of another enum")),
            },
            _ => return Err(Refusal::unknown("a label without its enum")),
        },
        Datum::Array(array) => match data_type {
            Type::Array(element) => array::output(element, array)?,
            _ => return Err(Refusal::unknown("an array without its type")),
        },
        Datum::Record(fields) => record(fields)?,
    }))
}

/// `(a,"b c",)`
fn record(fields: &[Typed]) -> Computed<String> {
    let mut text = String::from("(");
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        let Some(written) = output(&field.data_type, &field.datum)? else { continue };
        let special = |c: char| {
            matches!(c, '"' | '\\' | '(' | ')' | ',') || c.is_ascii_whitespace() || c == '\u{b}'
        };
        if written.is_empty() || written.contains(special) {
            let escaped = written.replace('\\', "\\\\").replace('"', "\"\"");
            text.push_str(&format!("\"{escaped}\""));
        } else {
            text.push_str(&written);
        }
    }
    text.push(')');
    Ok(text)
}
