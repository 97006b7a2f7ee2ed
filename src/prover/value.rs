//! Values as far as they are known.

use std::fmt;
use std::sync::Arc;

use super::number::Number;
use super::sort::Sort;

/// What an expression is worth: a constant, or a symbol for what is not known.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Number(Number),
    /// Text, and whatever is compared as text: uuids, names, literals of no type yet.
    Text(Arc<str>),
    /// A label of an enum by its position.
    Label(Arc<[String]>, usize),
    /// A point in time in microseconds since 1970, [`FOREVER`] and `-FOREVER` included.
    Time(i128),
    /// A span of time.
    Interval(Interval),
    Json(Arc<serde_json::Value>),
    Array(Arc<[Value]>),
    Row(Arc<[Value]>),
    Unknown(Symbol),
}

/// The time `infinity`, in microseconds.
pub(super) const FOREVER: i128 = 1 << 80;

/// A span of time as PostgreSQL keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) months: i64,
    pub(super) days: i64,
    pub(super) micros: i64,
}

impl Interval {
    /// What PostgreSQL compares intervals by: a month is 30 days, a day is 24 hours.
    pub(super) fn estimate(self) -> i128 {
        let days = i128::from(self.months) * 30 + i128::from(self.days);
        days * DAY + i128::from(self.micros)
    }

    /// Its length in microseconds, where it has no months, whose length differs.
    pub(super) fn length(self) -> Option<i128> {
        (self.months == 0).then(|| self.estimate())
    }

    pub(super) fn negated(self) -> Self {
        Self { months: -self.months, days: -self.days, micros: -self.micros }
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            months: self.months.checked_add(other.months)?,
            days: self.days.checked_add(other.days)?,
            micros: self.micros.checked_add(other.micros)?,
        })
    }
}

/// A day in microseconds.
pub(super) const DAY: i128 = 86_400_000_000;

/// Something whose value is not known. Two symbols of one key have the same value.
#[derive(Debug, Clone)]
pub(super) struct Symbol {
    /// Names it: a column, or an expression over other symbols.
    pub(super) key: Arc<str>,
    /// What its values may be.
    pub(super) sort: Sort,
    /// It may be NULL.
    pub(super) nullable: bool,
    /// A constant added to it: billionths of a number, microseconds of a time.
    pub(super) offset: i128,
    /// Where its value comes from.
    pub(super) origin: Origin,
    /// It may be the identity of the visitor.
    pub(super) may_be_visitor: bool,
}

/// Where the value of a symbol comes from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// Data that may be anything of its sort: a column of a row, or a field of a json column.
    Data(Arc<str>),
    /// It is computed in a way that is not known from these data; an opaque constant, where there are none.
    Uninterpreted(Arc<[Arc<str>]>),
    /// It is computed in a way that is not known from whatever the database holds.
    Fresh,
    /// The present moment.
    Present,
}

impl Symbol {
    /// Data of which nothing is known but its sort; it is not NULL.
    pub(super) fn data(atom: impl Into<Arc<str>>, sort: Sort) -> Self {
        let atom = atom.into();
        Self {
            key: Arc::clone(&atom),
            sort,
            nullable: false,
            offset: 0,
            origin: Origin::Data(atom),
            may_be_visitor: false,
        }
    }

    /// Something that is not computed; it is not NULL.
    pub(super) fn uninterpreted(
        key: impl Into<Arc<str>>,
        sort: Sort,
        from: impl Into<Arc<[Arc<str>]>>,
    ) -> Self {
        let origin = Origin::Uninterpreted(from.into());
        Self { origin, ..Self::data(key, sort) }
    }

    /// A constant that is not computed here; it is not NULL.
    pub(super) fn opaque(key: impl Into<Arc<str>>, sort: Sort) -> Self {
        Self::uninterpreted(key, sort, [])
    }

    /// Something of which nothing is known at all.
    pub(super) fn fresh(key: impl Into<Arc<str>>) -> Self {
        Self {
            nullable: true,
            may_be_visitor: true,
            origin: Origin::Fresh,
            ..Self::data(key, Sort::Other)
        }
    }

    /// The same, perhaps NULL.
    pub(super) fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }
}

impl Value {
    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// TRUE, FALSE, or NULL where it is not known.
    pub(super) fn truth(truth: Option<bool>) -> Self {
        truth.map_or(Self::Null, Self::Boolean)
    }

    /// An integer.
    pub(super) fn count(count: usize) -> Self {
        Self::Number(Number::count(count))
    }

    /// Whether no symbol is in it.
    pub(super) fn is_constant(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::Array(items) | Self::Row(items) => items.iter().all(Self::is_constant),
            _ => true,
        }
    }

    /// As PostgreSQL writes it, where it is a constant that is written in one way alone.
    pub(super) fn written(&self) -> Option<String> {
        Some(match self {
            Self::Boolean(value) => value.to_string(),
            Self::Text(text) => text.to_string(),
            Self::Label(labels, at) => labels.get(*at)?.clone(),
            Self::Json(json) if json.is_boolean() || json.is_null() => json.to_string(),
            _ => return None,
        })
    }
}

/// Names a value, so that equal names are equal values.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Label(labels, at) => write!(f, "label {:?}", labels.get(*at)),
            Self::Json(json) => write!(f, "json {json}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Time(at) => write!(f, "time {at}"),
            Self::Interval(Interval { months, days, micros }) => {
                write!(f, "interval {months} {days} {micros}")
            }
            Self::Unknown(symbol) if symbol.offset == 0 => f.write_str(&symbol.key),
            Self::Unknown(symbol) => write!(f, "({} + {})", symbol.key, symbol.offset),
            Self::Array(items) | Self::Row(items) => {
                f.write_str(if matches!(self, Self::Row(_)) { "row [" } else { "[" })?;
                for item in items.iter() {
                    write!(f, "{item}, ")?;
                }
                f.write_str("]")
            }
        }
    }
}

/// The boolean that a text stands for.
pub(super) fn parse_boolean(text: &str) -> Option<bool> {
    let text = text.trim().to_lowercase();
    let begins = |word: &str, least: usize| text.len() >= least && word.starts_with(&text);
    if begins("true", 1) || begins("yes", 1) || begins("on", 2) || text == "1" {
        Some(true)
    } else if begins("false", 1) || begins("no", 1) || begins("off", 2) || text == "0" {
        Some(false)
    } else {
        None
    }
}
