//! Casts: <https://www.postgresql.org/docs/current/sql-createcast.html>.

use std::sync::Arc;

use super::array::Array;
use super::date_time::{day, midnight};
use super::interval::Interval;
use super::io::{in_range, input, output};
use super::json::Json;
use super::numeric::Numeric;
use super::timestamp::{DATE_INFINITY, DAY, INFINITY, rounded};
use super::types::{Category, Type};
use super::value::{Datum, Typed};
use super::{Computed, Refusal, float};

/// What asks for a cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// An operand or an argument of another type.
    Implicit,
    /// A value that is stored in a column or a variable.
    Assignment,
    /// `CAST` or `::`.
    Explicit,
}

/// The least context in which PostgreSQL casts from one type to another; `None` where it never does.
pub(super) fn context(from: &Type, to: &Type) -> Option<Context> {
    use Context::{Assignment, Explicit, Implicit};
    let (from, to) = (from.base(), to.base());
    if from == to || from == Type::Unknown {
        return Some(Implicit);
    }
    let own = match (&from, &to) {
        (Type::Int2, Type::Int4 | Type::Int8 | Type::Oid)
        | (Type::Int4, Type::Int8 | Type::Oid)
        | (Type::Int8, Type::Oid)
        | (Type::Int2 | Type::Int4 | Type::Int8, Type::Numeric(_) | Type::Float4 | Type::Float8)
        | (Type::Numeric(_), Type::Float4 | Type::Float8)
        | (Type::Float4, Type::Float8)
        | (Type::Text | Type::Varchar(_) | Type::Char(_), Type::Name)
        | (Type::Text, Type::Varchar(_) | Type::Char(_))
        | (Type::Varchar(_), Type::Text | Type::Char(_))
        | (Type::Char(_), Type::Text | Type::Varchar(_))
        | (Type::Name, Type::Text)
        | (Type::Date, Type::Timestamp(_) | Type::TimestampTz(_))
        | (Type::Timestamp(_), Type::TimestampTz(_))
        | (Type::Time(_), Type::Interval) => Some(Implicit),
        (Type::Int4 | Type::Int8, Type::Int2)
        | (Type::Int8, Type::Int4)
        | (Type::Numeric(_) | Type::Float4 | Type::Float8, Type::Int2 | Type::Int4 | Type::Int8)
        | (Type::Float4 | Type::Float8, Type::Numeric(_))
        | (Type::Float8, Type::Float4)
        | (Type::Oid, Type::Int4 | Type::Int8)
        | (Type::Timestamp(_), Type::Date | Type::Time(_))
        | (Type::TimestampTz(_), Type::Timestamp(_) | Type::Date | Type::Time(_))
        | (Type::Interval, Type::Time(_))
        | (Type::Json, Type::Jsonb)
        | (Type::Jsonb, Type::Json) => Some(Assignment),
        (Type::Bool, Type::Int4) | (Type::Int4, Type::Bool) => Some(Explicit),
        (Type::Jsonb, to) if *to == Type::Bool || (to.is_number() && *to != Type::Oid) => {
            Some(Explicit)
        }
        (Type::Array(from), Type::Array(to)) => context(from, to),
        _ => None,
    };
    own.or_else(|| {
        // Any value has a text, and any text may be read.
        if to.category() == Category::Text {
            Some(Assignment)
        } else if from.category() == Category::Text {
            Some(Explicit)
        } else {
            None
        }
    })
}

/// Casts a value.
///
/// # Errors
/// Where PostgreSQL refuses, or the result is not known here.
pub fn cast(value: &Typed, to: &Type, asked: Context) -> Computed<Typed> {
    let from = &value.data_type;
    if matches!(from, Type::Record) && *to != Type::Record && to.category() != Category::Text {
        return Err(Refusal::unknown("a cast of a row"));
    }
    if context(from, to).is_none_or(|least| asked < least) {
        return Err(Refusal::error("42846", format!("cannot cast type {from} to {to}")));
    }
    let datum = match &value.datum {
        Datum::Null => Datum::Null,
        datum => modified(to, convert(from, datum, &to.base(), asked)?, asked)?,
    };
    Ok(Typed { data_type: to.clone(), datum })
}

/// A value of a type as its modifier wants it.
pub(super) fn modified(data_type: &Type, value: Datum, asked: Context) -> Computed {
    Ok(match (data_type, value) {
        (Type::Numeric(Some((precision, scale))), Datum::Numeric(number)) => {
            Datum::Numeric(number.fit(*precision, *scale)?)
        }
        (Type::Varchar(Some(length)), Datum::Text(text)) => {
            Datum::Text(cut(&text, *length, data_type, asked)?)
        }
        (Type::Char(Some(length)), Datum::Text(text)) => {
            let text = cut(&text, *length, data_type, asked)?;
            let missing = (*length as usize).saturating_sub(text.chars().count());
            if missing > 1 << 16 {
                return Err(Refusal::unknown("a text of very many blanks"));
            }
            if missing == 0 { Datum::Text(text) } else { padded(&text, missing) }
        }
        (Type::Time(digits), Datum::Time(micros)) => Datum::Time(rounded(micros, *digits)),
        (Type::Timestamp(digits) | Type::TimestampTz(digits), Datum::Timestamp(number)) => {
            Datum::Timestamp(rounded(number, *digits))
        }
        (Type::Array(element), Datum::Array(array)) => {
            let items = array.items.iter().map(|item| modified(element, item.clone(), asked));
            let items = items.collect::<Computed<Vec<_>>>()?;
            Datum::Array(Array { items, lower: array.lower }.into())
        }
        (_, value) => value,
    })
}

fn padded(text: &str, blanks: usize) -> Datum {
    Datum::text(format!("{text}{}", " ".repeat(blanks)))
}

/// A text of at most so many characters. Blanks at its end go silently, others only where a cast is asked for.
fn cut(text: &Arc<str>, length: u32, data_type: &Type, asked: Context) -> Computed<Arc<str>> {
    let Some((end, _)) = text.char_indices().nth(length as usize) else { return Ok(text.clone()) };
    let (kept, lost) = text.split_at(end);
    if asked != Context::Explicit && lost.chars().any(|c| c != ' ') {
        return Err(Refusal::error("22001", format!("value too long for type {data_type}")));
    }
    Ok(kept.into())
}

#[expect(
    clippy::only_used_in_recursion,
    reason = "the elements of an array are cast as the array is"
)]
fn convert(from: &Type, value: &Datum, to: &Type, asked: Context) -> Computed {
    if from.base() == *to {
        return Ok(value.clone());
    }
    if let (Type::Unknown, Datum::Text(text)) = (from, value) {
        return input(to, text);
    }
    Ok(match (value, to) {
        (Datum::Bool(value), Type::Text | Type::Varchar(_) | Type::Char(_)) => {
            Datum::text(if *value { "true" } else { "false" })
        }
        (Datum::Bool(value), Type::Int4) => Datum::Int((*value).into()),
        (Datum::Int(number), Type::Bool) => Datum::Bool(*number != 0),
        (Datum::Int(number), Type::Oid) if *from != Type::Int8 => {
            // A number of 32 bits is taken as it stands.
            Datum::Int(number & 0xffff_ffff)
        }
        (Datum::Int(number), Type::Int4) if *from == Type::Oid => {
            Datum::Int(i64::from(*number as u32 as i32))
        }
        (Datum::Int(number), Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid) => {
            whole(*number, to)?
        }
        (Datum::Int(number), Type::Numeric(_)) => Datum::Numeric(Numeric::from(*number)),
        (Datum::Int(number), Type::Float8) => Datum::Float(*number as f64),
        (Datum::Int(number), Type::Float4) => Datum::Float(f64::from(*number as f32)),
        (Datum::Numeric(number), Type::Int2 | Type::Int4 | Type::Int8) => {
            whole(number.to_int(&to.to_string())?, to)?
        }
        (Datum::Numeric(number), Type::Float4 | Type::Float8) => {
            let text = number.output();
            Datum::Float(float::input(to, &text)?)
        }
        (Datum::Float(number), Type::Int2 | Type::Int4 | Type::Int8) => {
            whole(float::to_int(*number, &to.to_string())?, to)?
        }
        (Datum::Float(number), Type::Numeric(_)) => float_to_numeric(*number, from)?,
        (Datum::Float(number), Type::Float8) => Datum::Float(*number),
        (Datum::Float(number), Type::Float4) => {
            let narrow = *number as f32;
            if narrow.is_infinite() && number.is_finite() {
                return Err(Refusal::error("22003", "value out of range: overflow"));
            }
            if narrow == 0.0 && *number != 0.0 {
                return Err(Refusal::error("22003", "value out of range: underflow"));
            }
            Datum::Float(narrow.into())
        }
        (Datum::Text(text), _) if from.is_text() => {
            let text: Arc<str> = match (from, to) {
                // Blanks at the end are no part of the text.
                (Type::Char(_), to) if to.category() == Category::Text => {
                    text.trim_end_matches(' ').into()
                }
                _ => text.clone(),
            };
            match to {
                Type::Text | Type::Varchar(_) | Type::Char(_) => Datum::Text(text),
                _ => input(to, &text)?,
            }
        }
        (Datum::Text(text), Type::Jsonb) => Datum::Json(Json::parse(text)?.into()),
        (Datum::Json(json), Type::Json) => Datum::text(json.output()),
        (Datum::Json(json), _) if to.category() != Category::Text => from_json(json, to)?,
        (Datum::Array(array), Type::Array(element)) => {
            let Type::Array(inner) = from else {
                return Err(Refusal::unknown("an array without its type"));
            };
            let items = array.items.iter().map(|item| match item {
                Datum::Null => Ok(Datum::Null),
                item => convert(inner, item, element, asked),
            });
            let items = items.collect::<Computed<Vec<_>>>()?;
            Datum::Array(Array { items, lower: array.lower }.into())
        }
        (_, to) if to.category() == Category::Text => {
            let text = output(from, value)?.unwrap_or_default();
            if *to == Type::Name { input(to, &text)? } else { Datum::text(text) }
        }
        _ => moment(from, value, to)?,
    })
}

fn whole(number: i64, to: &Type) -> Computed {
    if in_range(to, number) {
        Ok(Datum::Int(number))
    } else {
        Err(Refusal::out_of_range(&to.to_string()))
    }
}

/// PostgreSQL takes 15 digits of double precision, and 6 of single precision.
fn float_to_numeric(number: f64, from: &Type) -> Computed {
    if number.is_nan() {
        return Ok(Datum::Numeric(Numeric::NaN));
    }
    if number.is_infinite() {
        let infinity = if number > 0.0 { Numeric::Infinity } else { Numeric::NegativeInfinity };
        return Ok(Datum::Numeric(infinity));
    }
    let digits = if *from == Type::Float4 { 6 } else { 15 };
    let text = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    match Numeric::parse(&format!("{mantissa}e{exponent}")) {
        Some(number) => Ok(Datum::Numeric(number?)),
        None => Err(Refusal::unknown("a number of very many digits")),
    }
}

/// The casts from `jsonb` to numbers and truth values.
fn from_json(json: &Json, to: &Type) -> Computed {
    match (json, to) {
        (Json::Bool(value), Type::Bool) => Ok(Datum::Bool(*value)),
        (Json::Number(number), to) if to.is_number() => {
            convert(&Type::Numeric(None), &Datum::Numeric(number.clone()), to, Context::Explicit)
        }
        // NULL since PostgreSQL 18, and an error before.
        (Json::Null, _) => Err(Refusal::unknown("a cast of the null of JSON")),
        _ => {
            let message = format!("cannot cast jsonb {} to type {to}", json.kind());
            Err(Refusal::error("22023", message))
        }
    }
}

/// The casts among dates, times and spans.
fn moment(from: &Type, value: &Datum, to: &Type) -> Computed {
    let zone = || Refusal::unknown("the session's time zone");
    Ok(match (value, to) {
        (Datum::Date(number), Type::Timestamp(_)) => Datum::Timestamp(midnight(*number)?),
        (Datum::Date(number), Type::TimestampTz(_)) => {
            let infinite = *number == DATE_INFINITY.0 || *number == DATE_INFINITY.1;
            if !infinite {
                return Err(zone());
            }
            Datum::Timestamp(midnight(*number)?)
        }
        (Datum::Timestamp(number), _) => {
            let infinite = *number == INFINITY.0 || *number == INFINITY.1;
            let has_zone = matches!(from, Type::TimestampTz(_));
            match to {
                Type::Time(_) if infinite => Datum::Null,
                Type::TimestampTz(_) | Type::Timestamp(_) if infinite => Datum::Timestamp(*number),
                Type::Date if infinite => Datum::Date(day(*number)?),
                _ if has_zone || matches!(to, Type::TimestampTz(_)) => return Err(zone()),
                Type::Date => Datum::Date(day(*number)?),
                Type::Time(_) => Datum::Time(number.rem_euclid(DAY)),
                _ => return Err(Refusal::unknown(format!("a cast from {from} to {to}"))),
            }
        }
        (Datum::Time(micros), Type::Interval) => {
            Datum::Interval(Interval { micros: *micros, ..Interval::default() })
        }
        (Datum::Interval(span), Type::Time(_)) => Datum::Time(span.micros.rem_euclid(DAY)),
        _ => return Err(Refusal::unknown(format!("a cast from {from} to {to}"))),
    })
}
