//! Whether the input function of a type takes a literal.

use sqlparser::ast::{Expr, Value};

use super::Context;
use crate::datum::{self, Refusal, Type};
use crate::engine::interpreter::model::{Oid, TypeKind, TypeRef};
use crate::engine::interpreter::parse;
use crate::engine::interpreter::problem::{Problem, SqlError};

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
            Oid::REGCLASS => return self.relation_input(text),
            Oid::INET => return known_or_perhaps(is_address(text)),
            Oid::MONEY => return known_or_perhaps(is_digits(text)),
            _ => {}
        }
        match kept_type(base).map(|data_type| datum::input(&data_type, text)) {
            Some(Ok(_)) => Input::Taken,
            Some(Err(Refusal::Error { sqlstate, .. })) => Input::Refused(sqlstate),
            Some(Err(Refusal::Unknown(_))) if MOMENT_TYPES.contains(&base) => moment(trimmed),
            _ => Input::Perhaps,
        }
    }

    /// The name or number of a relation.
    fn relation_input(&self, text: &str) -> Input {
        if text == "-" || is_digits(text) {
            return Input::Perhaps;
        }
        let found = parse::qualified_name(text).map(|name| self.session.find_relation(&name));
        known_or_perhaps(matches!(found, Some(Ok(Some(_)))))
    }

    fn array_input(&self, text: &str, element: Oid) -> Input {
        // The elements of an array of boxes are told apart by semicolons.
        if element == BOX {
            return Input::Perhaps;
        }
        let items = match datum::array_elements(text) {
            Ok(items) => items,
            Err(Refusal::Error { sqlstate, .. }) => return Input::Refused(sqlstate),
            Err(Refusal::Unknown(_)) => return Input::Perhaps,
        };
        let mut taken = true;
        for item in items.iter().flatten() {
            match self.input(item, element) {
                Input::Taken => {}
                Input::Perhaps => taken = false,
                refused => return refused,
            }
        }
        known_or_perhaps(taken)
    }
}

/// `box`: <https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO>
const BOX: Oid = Oid(603);

/// Whether a text is a whole number without a sign that every type of numbers has room for.
pub(super) fn is_digits(text: &str) -> bool {
    (1..16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// An address of the internet, perhaps with the length of its prefix.
fn is_address(text: &str) -> bool {
    let (address, length) = text.split_once('/').unwrap_or((text, "0"));
    address.parse::<core::net::IpAddr>().is_ok_and(|address| {
        let most = if address.is_ipv4() { 32 } else { 128 };
        is_digits(length) && length.parse::<u8>().is_ok_and(|length| length <= most)
    })
}

fn known_or_perhaps(taken: bool) -> Input {
    if taken { Input::Taken } else { Input::Perhaps }
}

/// The type of values whose input is computed.
fn kept_type(base: Oid) -> Option<Type> {
    Some(match base {
        Oid::TEXT | Oid::VARCHAR | Oid::UNKNOWN => Type::Text,
        Oid::BPCHAR => Type::Char(None),
        Oid::NAME => Type::Name,
        Oid::BOOL => Type::Bool,
        Oid::INT2 => Type::Int2,
        Oid::INT4 => Type::Int4,
        Oid::INT8 => Type::Int8,
        Oid::OID => Type::Oid,
        Oid::NUMERIC => Type::Numeric(None),
        Oid::FLOAT4 => Type::Float4,
        Oid::FLOAT8 => Type::Float8,
        Oid::UUID => Type::Uuid,
        Oid::JSON => Type::Json,
        Oid::JSONB => Type::Jsonb,
        Oid::DATE => Type::Date,
        Oid::TIME => Type::Time(None),
        Oid::TIMESTAMP => Type::Timestamp(None),
        Oid::TIMESTAMPTZ => Type::TimestampTz(None),
        Oid::BYTEA => Type::Bytea,
        Oid::INTERVAL => Type::Interval,
        _ => return None,
    })
}

const MOMENT_TYPES: [Oid; 3] = [Oid::DATE, Oid::TIMESTAMP, Oid::TIMESTAMPTZ];

/// A moment whose value is not computed: one in ISO's form, or a word.
fn moment(text: &str) -> Input {
    // Which moment it is depends on the time zone; whether it is one does not.
    if MOMENTS.contains(&text) || datum::input(&Type::Timestamp(None), text).is_ok() {
        return Input::Taken;
    }
    let words = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b' ');
    let special = |word: &str| MOMENTS.iter().any(|known| known.eq_ignore_ascii_case(word));
    if words && !text.split(' ').any(special) { Input::Refused("22007") } else { Input::Perhaps }
}

/// Words of moments, which move with the clock.
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
