//! Whether the input function of a type takes a literal.

use sqlparser::ast::{Expr, Value};

use super::Context;
use crate::engine::interpreter::model::{Oid, TypeKind, TypeRef};
use crate::engine::interpreter::problem::{Problem, SqlError};
use crate::engine::interpreter::query::parse_bool;
use serde::de::IgnoredAny;

/// What is known of a text and the input function of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// It takes it, in every version.
    Taken,
    /// It cannot be told.
    Perhaps,
    /// It refuses it with this SQLSTATE.
    Refused(&'static str),
    /// It cannot be used yet in the transaction under way.
    Unusable(Problem),
}

/// The text of a bare literal.
pub(super) fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Nested(inner) => text_of(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Some(text),
            Value::DollarQuotedString(quoted) => Some(&quoted.value),
            _ => None,
        },
        _ => None,
    }
}

impl Context<'_> {
    /// Refuses a literal that is certainly no value of the type that it gets; false where that cannot be told.
    pub(super) fn check_input(&self, expr: &Expr, target: Oid) -> Result<bool, SqlError> {
        let Some(text) = text_of(expr) else { return Ok(true) };
        match self.input(text, target) {
            Input::Taken => Ok(true),
            Input::Perhaps => Ok(false),
            Input::Unusable(Problem::Error(error)) => Err(error),
            Input::Unusable(gap) => {
                if let Some(notes) = self.notes {
                    notes.gap.replace(Some(gap));
                }
                Ok(false)
            }
            Input::Refused(sqlstate) => {
                let base = self.base(target);
                let name = self.session.type_name(&TypeRef::plain(base));
                let message = match (self.kind(base), sqlstate) {
                    (Some(TypeKind::Enum { .. }), _) => {
                        format!("invalid input value for enum {name}: \"{text}\"")
                    }
                    (Some(TypeKind::Range { .. } | TypeKind::Multirange { .. }), _) => {
                        format!("malformed range literal: \"{text}\"")
                    }
                    (Some(TypeKind::Array { .. }), _) => {
                        format!("malformed array literal: \"{text}\"")
                    }
                    (_, "22003") => format!("value \"{text}\" is out of range for type {name}"),
                    _ => format!("invalid input syntax for type {name}: \"{text}\""),
                };
                Err(SqlError::new(sqlstate, message))
            }
        }
    }

    fn input(&self, text: &str, target: Oid) -> Input {
        let base = self.base(target);
        let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
        match self.kind(base) {
            Some(TypeKind::Enum { labels }) => {
                if !labels.iter().any(|label| **label == *text) {
                    return Input::Refused("22P02");
                }
                return match self.session.check_label(base, text) {
                    Ok(()) => Input::Taken,
                    Err(problem) => Input::Unusable(problem),
                };
            }
            Some(TypeKind::Array { element }) if !self.is_opaque(base) => {
                return self.array_input(trimmed, *element);
            }
            // What takes values of any type takes a literal as it is.
            Some(TypeKind::Pseudo) if base != Oid::RECORD => return Input::Taken,
            Some(TypeKind::Range { .. }) if !self.is_opaque(base) => {
                let may_be = trimmed.starts_with(['(', '['])
                    || trimmed.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("empty"));
                return if may_be { Input::Perhaps } else { Input::Refused("22P02") };
            }
            Some(TypeKind::Multirange { .. }) if !self.is_opaque(base) => {
                let may_be = trimmed.starts_with('{');
                return if may_be { Input::Perhaps } else { Input::Refused("22P02") };
            }
            _ => {}
        }
        match base {
            Oid::TEXT | Oid::VARCHAR | Oid::BPCHAR | Oid::NAME | Oid::UNKNOWN => Input::Taken,
            Oid::BOOL => known(parse_bool(text).is_some()),
            Oid::INT2 => integer(trimmed, i16::MIN.into(), i16::MAX.into()),
            Oid::INT4 => integer(trimmed, i32::MIN.into(), i32::MAX.into()),
            Oid::INT8 => integer(trimmed, i64::MIN.into(), i64::MAX.into()),
            Oid::NUMERIC | Oid::FLOAT4 | Oid::FLOAT8 => number(trimmed),
            Oid::UUID => uuid(text),
            Oid::JSON | Oid::JSONB => match serde_json::from_str::<IgnoredAny>(text) {
                Ok(_) if !text.contains(['\\', 'e', 'E']) || text.len() < 4 => Input::Taken,
                Ok(_) if !text.contains('\\') => Input::Taken,
                Ok(_) => Input::Perhaps,
                Err(error) if error.to_string().contains("recursion") => Input::Perhaps,
                Err(_) => Input::Refused("22P02"),
            },
            Oid::DATE | Oid::TIMESTAMP | Oid::TIMESTAMPTZ => moment(trimmed),
            Oid::BYTEA if !text.contains('\\') => Input::Taken,
            Oid::INTERVAL => interval(trimmed),
            _ => Input::Perhaps,
        }
    }

    fn array_input(&self, text: &str, element: Oid) -> Input {
        let Some(inner) = text.strip_prefix('{') else {
            let dimensions = text.starts_with('[');
            return if dimensions { Input::Perhaps } else { Input::Refused("22P02") };
        };
        let Some(inner) = inner.strip_suffix('}') else { return Input::Perhaps };
        if inner.trim().is_empty() {
            return Input::Taken;
        }
        let plain = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
                && !part.eq_ignore_ascii_case("null")
        };
        let mut parts = inner.split(',').map(str::trim);
        if !parts.clone().all(plain) {
            return Input::Perhaps;
        }
        let mut refused = parts.clone().map(|part| self.input(part, element));
        if let Some(refused) = refused.find(|i| matches!(i, Input::Refused(_) | Input::Unusable(_)))
        {
            return refused;
        }
        known_or_perhaps(parts.all(|part| self.input(part, element) == Input::Taken))
    }
}

fn known(taken: bool) -> Input {
    if taken { Input::Taken } else { Input::Refused("22P02") }
}

fn known_or_perhaps(taken: bool) -> Input {
    if taken { Input::Taken } else { Input::Perhaps }
}

/// Digits with a sign; PostgreSQL 16 added `0x1F`, `0o17`, `0b11` and `1_000`.
fn integer(text: &str, least: i128, most: i128) -> Input {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return match text.parse::<i128>() {
            Ok(value) if (least..=most).contains(&value) => Input::Taken,
            _ => Input::Refused("22003"),
        };
    }
    let newer = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && (digits.starts_with('0') || digits.contains('_'));
    if newer { Input::Perhaps } else { Input::Refused("22P02") }
}

fn number(text: &str) -> Input {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.len() < 30 && part.bytes().all(|b| b.is_ascii_digit());
    if digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) {
        return Input::Taken;
    }
    let is_word = ["nan", "inf", "infinity"].iter().any(|w| unsigned.eq_ignore_ascii_case(w));
    if is_word {
        Input::Perhaps
    } else if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        if unsigned.chars().any(|c| !c.is_ascii_alphanumeric() && !"._+-".contains(c)) {
            Input::Refused("22P02")
        } else {
            Input::Perhaps
        }
    } else {
        Input::Refused("22P02")
    }
}

fn uuid(text: &str) -> Input {
    let digits = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    let hexadecimal = digits.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        && digits.chars().filter(char::is_ascii_hexdigit).count() == 32;
    if !hexadecimal {
        return Input::Refused("22P02");
    }
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    known_or_perhaps(parts == [8, 4, 4, 4, 12] || parts == [32])
}

/// Words of moments that have no digit in them.
const MOMENTS: [&str; 9] = [
    "infinity",
    "-infinity",
    "+infinity",
    "epoch",
    "now",
    "today",
    "tomorrow",
    "yesterday",
    "allballs",
];

/// A date, or a moment in ISO's form.
fn moment(text: &str) -> Input {
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let numbers = |part: &str, separator: char| -> Option<Vec<u32>> {
        part.split(separator)
            .map(|n| n.bytes().all(|b| b.is_ascii_digit()).then(|| n.parse().ok())?)
            .collect()
    };
    if let (Some(date), Some(time)) = (numbers(date, '-'), numbers(time, ':'))
        && let [year @ 1000..=9999, 1..=12, day @ 1..=28] = date.as_slice()
        && let [0..=23, 0..=59] | [0..=23, 0..=59, 0..=59] = time.as_slice()
    {
        let _ = (year, day);
        return Input::Taken;
    }
    let words = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b' ');
    let special = |word: &str| MOMENTS.iter().any(|known| known.eq_ignore_ascii_case(word));
    if words && !text.split(' ').any(special) { Input::Refused("22007") } else { Input::Perhaps }
}

/// A number and a unit.
fn interval(text: &str) -> Input {
    const UNITS: [&str; 14] = [
        "second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks",
        "month", "months", "year", "years",
    ];
    let Some((number, unit)) = text.split_once(' ') else { return Input::Perhaps };
    let digits = number.strip_prefix('-').unwrap_or(number);
    let is_number = (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    known_or_perhaps(is_number && UNITS.contains(&unit))
}
