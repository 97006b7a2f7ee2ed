//! Values as far as they are known.

use std::fmt;
use std::sync::Arc;

/// What an expression is worth: a constant, or a symbol for what is not known.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Number(f64),
    /// Text, and whatever is compared as text: uuids, names, literals of no type yet.
    Text(Arc<str>),
    /// A label of an enum by its position.
    Label(Arc<[String]>, usize),
    /// A point in time in seconds since 1970, infinities included.
    Time(f64),
    /// A span of time in seconds.
    Interval(f64),
    Json(Arc<serde_json::Value>),
    Array(Arc<[Value]>),
    Row(Arc<[Value]>),
    Unknown(Symbol),
}

/// Something whose value is not known. Two symbols of one key have the same value.
#[derive(Debug, Clone)]
pub(super) struct Symbol {
    /// Names it: a column, or an expression over other symbols.
    pub(super) key: Arc<str>,
    /// What its values may be.
    pub(super) kind: Kind,
    /// It may be NULL.
    pub(super) nullable: bool,
    /// A constant added to it, for numbers and times.
    pub(super) shift: f64,
    /// It is one constant that cannot be computed here, rather than data that may be anything.
    pub(super) secret: bool,
    /// It may be the identity of the visitor.
    pub(super) may_be_visitor: bool,
}

/// What the values of a symbol may be.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Boolean,
    Number(Range),
    Time(Range),
    Enum(Arc<[String]>),
    Text,
    Json,
    Other,
}

/// An interval of numbers, both ends included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) integer: bool,
}

impl Range {
    /// Every number.
    pub(super) const ALL: Self =
        Self { low: f64::NEG_INFINITY, high: f64::INFINITY, integer: false };
    /// 0, 1, 2, …
    pub(super) const COUNT: Self = Self { low: 0.0, high: f64::INFINITY, integer: true };

    /// The integers of so many bits.
    fn bits(bits: i32) -> Self {
        let high = 2f64.powi(bits - 1);
        Self { low: -high, high: high - 1.0, integer: true }
    }
}

impl Kind {
    /// The kind of a type, as `format_type` spells it.
    pub(super) fn of(data_type: &str) -> Self {
        match data_type.split('(').next().unwrap_or_default().trim() {
            _ if data_type.ends_with("[]") => Self::Other,
            "boolean" => Self::Boolean,
            "smallint" => Self::Number(Range::bits(16)),
            "integer" => Self::Number(Range::bits(32)),
            "bigint" => Self::Number(Range::bits(64)),
            // NaN is a value of numeric, but the greatest one, so that comparisons are as usual.
            "numeric" | "real" | "double precision" => Self::Number(Range::ALL),
            "date" | "timestamp" => Self::Time(Range::ALL),
            "json" | "jsonb" => Self::Json,
            "text" | "character varying" | "character" | "uuid" | "name" => Self::Text,
            other if other.starts_with("timestamp") => Self::Time(Range::ALL),
            _ => Self::Other,
        }
    }
}

impl Symbol {
    /// Data of which nothing is known but its kind; it is not NULL.
    pub(super) fn new(key: impl Into<Arc<str>>, kind: Kind) -> Self {
        Self {
            key: key.into(),
            kind,
            nullable: false,
            shift: 0.0,
            secret: false,
            may_be_visitor: false,
        }
    }

    /// The same, perhaps NULL.
    pub(super) fn nullable(key: impl Into<Arc<str>>, kind: Kind) -> Self {
        Self { nullable: true, ..Self::new(key, kind) }
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

    /// Whether no symbol is in it.
    pub(super) fn is_constant(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::Array(items) | Self::Row(items) => items.iter().all(Self::is_constant),
            _ => true,
        }
    }

    /// Whether it is made of constants alone, those included that cannot be computed here.
    pub(super) fn is_fixed(&self) -> bool {
        match self {
            Self::Unknown(symbol) => symbol.secret,
            Self::Array(items) | Self::Row(items) => items.iter().all(Self::is_fixed),
            _ => true,
        }
    }

    /// As PostgreSQL writes it, where it is a constant.
    pub(super) fn written(&self) -> Option<String> {
        Some(match self {
            Self::Boolean(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(text) => text.to_string(),
            Self::Label(labels, at) => labels.get(*at)?.clone(),
            Self::Json(json) => json.to_string(),
            Self::Array(items) => {
                let items: Option<Vec<String>> = items.iter().map(Self::written).collect();
                format!("{{{}}}", items?.join(","))
            }
            Self::Null | Self::Time(_) | Self::Interval(_) | Self::Row(_) | Self::Unknown(_) => {
                return None;
            }
        })
    }
}

/// Names a value, so that equal names are equal values.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Time(at) => write!(f, "time {at}"),
            Self::Interval(length) => write!(f, "interval {length}"),
            Self::Unknown(symbol) if symbol.shift == 0.0 => f.write_str(&symbol.key),
            Self::Unknown(symbol) => write!(f, "({} + {})", symbol.key, symbol.shift),
            Self::Array(items) | Self::Row(items) => {
                f.write_str("[")?;
                for item in items.iter() {
                    write!(f, "{item}, ")?;
                }
                f.write_str("]")
            }
            Self::Boolean(_) | Self::Number(_) | Self::Label(..) | Self::Json(_) => {
                f.write_str(&self.written().unwrap_or_default())
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
