//! JSON: <https://www.postgresql.org/docs/current/datatype-json.html>.

use std::cmp::Ordering;
use std::sync::Arc;

use super::Computed;
use super::compare::{Collation, texts};
use super::numeric::Numeric;

mod parse;

/// A value of `jsonb`.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number with all of its digits.
    Number(Numeric),
    /// A text.
    String(Arc<str>),
    /// An array.
    Array(Vec<Json>),
    /// An object: each key once, the shorter ones first, and those of one length by their bytes.
    Object(Vec<(Arc<str>, Json)>),
}

impl Json {
    /// Reads a text.
    ///
    /// # Errors
    /// Where it is no JSON, or is deeper or longer than what is read here.
    pub fn parse(text: &str) -> Computed<Self> {
        parse::parse(text)
    }

    /// The text of a member of an object as it stands in a text; of equal keys the last one counts.
    pub(super) fn member_text<'t>(text: &'t str, key: &str) -> Computed<Option<&'t str>> {
        let mut parts = parse::parts(text)?.into_iter().rev();
        Ok(parts.find(|(found, _)| found.as_deref() == Some(key)).map(|(_, part)| part))
    }

    /// The text of an element of an array as it stands in a text.
    pub(super) fn item_text(text: &str, at: i64) -> Computed<Option<&str>> {
        let parts = parse::parts(text)?;
        let at = if at < 0 { at + i64::try_from(parts.len()).unwrap_or(0) } else { at };
        let part = usize::try_from(at).ok().and_then(|at| parts.get(at));
        Ok(part.filter(|(key, _)| key.is_none()).map(|(_, part)| *part))
    }

    /// An object of members, of which the last one of each key stays.
    #[must_use]
    pub fn object(members: Vec<(Arc<str>, Self)>) -> Self {
        let mut kept: Vec<(Arc<str>, Self)> = members;
        kept.reverse();
        kept.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        kept.dedup_by(|later, first| later.0 == first.0);
        Self::Object(kept)
    }

    /// The value of a key of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(k, _)| **k == *key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// An element of an array, counted from the end where the number is negative.
    #[must_use]
    pub fn item(&self, at: i64) -> Option<&Self> {
        let Self::Array(items) = self else { return None };
        let at = if at < 0 { at.checked_add(i64::try_from(items.len()).ok()?)? } else { at };
        items.get(usize::try_from(at).ok()?)
    }

    /// As PostgreSQL writes it.
    #[must_use]
    pub fn output(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        match self {
            Self::Null => text.push_str("null"),
            Self::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => text.push_str(&number.output()),
            Self::String(string) => push_string(text, string),
            Self::Array(items) => {
                text.push('[');
                for (at, item) in items.iter().enumerate() {
                    text.push_str(if at > 0 { ", " } else { "" });
                    item.write(text);
                }
                text.push(']');
            }
            Self::Object(members) => {
                text.push('{');
                for (at, (key, value)) in members.iter().enumerate() {
                    text.push_str(if at > 0 { ", " } else { "" });
                    push_string(text, key);
                    text.push_str(": ");
                    value.write(text);
                }
                text.push('}');
            }
        }
    }

    /// The name of its kind, as `jsonb_typeof` gives it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// Whether it is neither an array nor an object.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Self::Array(_) | Self::Object(_))
    }

    /// The order of `jsonb`; `None` where a collation decides.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            // A scalar by itself is kept as an array of one element, and comes before one that is written as such.
            (a, Self::Array(items)) if a.is_scalar() => {
                if items.is_empty() {
                    None
                } else {
                    Some(Ordering::Less)
                }
            }
            (Self::Array(items), b) if b.is_scalar() => {
                if items.is_empty() {
                    None
                } else {
                    Some(Ordering::Greater)
                }
            }
            _ => self.compare_inside(other),
        }
    }

    fn compare_inside(&self, other: &Self) -> Option<Ordering> {
        let rank = |value: &Self| match value {
            Self::Null => 0,
            Self::String(_) => 1,
            Self::Number(_) => 2,
            Self::Bool(_) => 3,
            Self::Array(_) => 4,
            Self::Object(_) => 5,
        };
        Some(match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.compare(b),
            (Self::String(a), Self::String(b)) => return texts(a, b, Collation::Unknown),
            (Self::Array(a), Self::Array(b)) => {
                if a.len() != b.len() {
                    return Some(a.len().cmp(&b.len()));
                }
                return first_difference(a.iter().zip(b).map(|(a, b)| a.compare_inside(b)));
            }
            (Self::Object(a), Self::Object(b)) => {
                if a.len() != b.len() {
                    return Some(a.len().cmp(&b.len()));
                }
                let pairs = a.iter().zip(b).flat_map(|(a, b)| {
                    [texts(&a.0, &b.0, Collation::Unknown), a.1.compare_inside(&b.1)]
                });
                return first_difference(pairs);
            }
            _ => rank(self).cmp(&rank(other)),
        })
    }

    /// Whether two values are equal, which never hangs on a collation.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.compare(b).is_eq(),
            (Self::Array(a), Self::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
            }
            (Self::Object(a), Self::Object(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && a.1.equals(&b.1))
            }
            (a, b) => a == b,
        }
    }

    /// `self @> other`
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            // An array contains a scalar that is one of its elements.
            (Self::Array(items), scalar) if scalar.is_scalar() => {
                items.iter().any(|item| item.equals(scalar))
            }
            _ => self.contains_inside(other),
        }
    }

    fn contains_inside(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Object(_), Self::Object(wanted)) => wanted.iter().all(|(key, wanted)| {
                self.get(key).is_some_and(|value| value.contains_inside(wanted))
            }),
            (Self::Array(items), Self::Array(wanted)) => {
                wanted.iter().all(|wanted| items.iter().any(|item| item.contains_inside(wanted)))
            }
            (a, b) => a.is_scalar() && a.equals(b),
        }
    }
}

fn first_difference(mut orders: impl Iterator<Item = Option<Ordering>>) -> Option<Ordering> {
    orders.find(|order| *order != Some(Ordering::Equal)).unwrap_or(Some(Ordering::Equal))
}

/// Writes a text with its quotes (`escape_json` of `json.c`).
pub(super) fn push_string(text: &mut String, string: &str) {
    text.push('"');
    for c in string.chars() {
        match c {
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            c if c < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
}
