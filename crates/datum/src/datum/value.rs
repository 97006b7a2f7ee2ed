//! Values.

use std::sync::Arc;

use super::array::Array;
use super::interval::Interval;
use super::json::Json;
use super::numeric::Numeric;
use super::types::Type;

/// A value without its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// A value of a type of whole numbers.
    Int(i64),
    /// A value of `numeric`.
    Numeric(Numeric),
    /// A value of `real` or `double precision`.
    Float(f64),
    /// A value of a type of texts, of `json`, or a literal without a type. `character(n)` has its blanks.
    Text(Arc<str>),
    /// A value of `uuid`.
    Uuid([u8; 16]),
    /// A value of `bytea`.
    Bytes(Arc<[u8]>),
    /// Days since 2000-01-01; the least and the greatest number are the infinities.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 2000-01-01 00:00, of UTC where the type has a time zone; the least and the greatest number are
    /// the infinities.
    Timestamp(i64),
    /// A span of time.
    Interval(Interval),
    /// A value of `jsonb`.
    Json(Arc<Json>),
    /// A label of an enum, by its place.
    Label(u32),
    /// An array.
    Array(Arc<Array>),
    /// A row.
    Record(Arc<[Typed]>),
}

/// A value with its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// The type.
    pub data_type: Type,
    /// The value.
    pub datum: Datum,
}

/// The labels of an enum in their order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EnumLabels {
    /// The name of the type, for messages.
    pub name: Arc<str>,
    /// The labels.
    pub labels: Vec<Arc<str>>,
}

impl Typed {
    /// A value of a type.
    #[must_use]
    pub fn new(data_type: Type, datum: Datum) -> Self {
        Self { data_type, datum }
    }

    /// NULL of a type.
    #[must_use]
    pub fn null(data_type: Type) -> Self {
        Self { data_type, datum: Datum::Null }
    }

    /// A literal without a type.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self { data_type: Type::Unknown, datum: Datum::text(text) }
    }

    /// A number of a query, which is the narrowest of `integer`, `bigint` and `numeric` that holds it.
    #[must_use]
    pub fn number(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse::<i64>() {
            let narrow = i32::try_from(number).is_ok();
            let data_type = if narrow { Type::Int4 } else { Type::Int8 };
            return Some(Self { data_type, datum: Datum::Int(number) });
        }
        let number = Numeric::parse(text)?.ok()?;
        Some(Self { data_type: Type::Numeric(None), datum: Datum::Numeric(number) })
    }
}

impl Datum {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A text, or NULL.
    #[must_use]
    pub fn optional_text(text: Option<impl Into<Arc<str>>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    /// Whether it is NULL.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Its text, where it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its whole number, where it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }
}
