//! Values of SQL, and what is known of a value that is not.

use std::sync::Arc;

use crate::datum::{self, Datum, Json, Type, Typed};
use crate::engine::interpreter::model::Oid;

/// A value of SQL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// A constant of a type that has no variant of its own here, such as numeric or a date.
    Typed(Arc<Typed>),
    Text(Arc<str>),
    /// An object identifier of no certain kind.
    Oid(u32),
    /// An object identifier that is shown by name.
    Reg(RegKind, u32),
    Array(Arc<Array>),
    Record(Arc<Record>),
    Json(Arc<Json>),
    /// One of several values, which it is cannot be told.
    Unknown(Unknown),
}

/// The types of object identifiers that are shown by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegKind {
    Class,
    Type,
    Procedure,
    ProcedureWithArguments,
    Namespace,
    Role,
}

/// An array of one dimension; more are arrays of arrays.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array {
    pub(crate) items: Vec<Value>,
    /// The subscript of the first element: 1, but 0 for `int2vector`.
    pub(crate) lower: i64,
}

/// A row with named fields.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Record {
    pub(crate) fields: Vec<(Arc<str>, Value)>,
}

impl Record {
    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(n, _)| &**n == name).map(|(_, v)| v)
    }
}

/// Why a value is not known, and what is known of its text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unknown {
    /// What it depends on, after "depends on".
    pub(crate) why: Arc<str>,
    /// Its text with holes, where some of it is known.
    pub(crate) pieces: Option<Arc<[Piece]>>,
}

/// A part of a text that is known in part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    Text(Arc<str>),
    /// Unknown text.
    Hole,
    /// An unknown name, quoted where it needs to be.
    Identifier,
    /// An unknown value as a quoted literal.
    Literal,
}

impl Unknown {
    /// The pieces of its text.
    pub(crate) fn pieces(&self) -> Vec<Piece> {
        self.pieces.as_ref().map_or_else(|| vec![Piece::Hole], |p| p.to_vec())
    }
}

/// Text is cut at this size, beyond which it is unknown.
const MAX_TEXT: usize = 1 << 20;

/// An array of more elements is unknown.
const MAX_ITEMS: usize = 1 << 15;

/// Of a text in more pieces than this nothing is known.
const MAX_PIECES: usize = 1 << 10;

impl Value {
    /// A value that depends on what the interpreter does not know.
    pub(crate) fn unknown(why: impl Into<Arc<str>>) -> Self {
        Self::Unknown(Unknown { why: why.into(), pieces: None })
    }

    /// A text that is known in part.
    pub(crate) fn from_pieces(pieces: Vec<Piece>, why: &Arc<str>) -> Self {
        let length =
            pieces.iter().map(|piece| if let Piece::Text(t) = piece { t.len() } else { 0 });
        if pieces.len() > MAX_PIECES || length.sum::<usize>() > MAX_TEXT {
            return Self::unknown(why.clone());
        }
        Self::Unknown(Unknown { why: why.clone(), pieces: Some(pieces.into()) })
    }

    /// A text; one beyond all measure is not kept.
    pub(crate) fn text(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        if text.len() > MAX_TEXT {
            Self::unknown("a text of more than a megabyte")
        } else {
            Self::Text(text)
        }
    }

    /// An array whose first subscript is 1; one beyond all measure is not kept.
    pub(crate) fn array(items: Vec<Self>) -> Self {
        if items.len() > MAX_ITEMS {
            Self::unknown(format!("an array of more than {MAX_ITEMS} elements"))
        } else {
            Self::Array(Arc::new(Array { items, lower: 1 }))
        }
    }

    /// A text, or NULL.
    pub(crate) fn optional_text(text: Option<impl Into<Arc<str>>>) -> Self {
        text.map_or(Self::Null, |t| Self::Text(t.into()))
    }

    /// An object identifier, or 0 as the catalog has it for none.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Why it is not known, in whole or in part.
    pub(crate) fn doubt(&self) -> Option<&Unknown> {
        match self {
            Self::Unknown(unknown) => Some(unknown),
            Self::Array(array) => array.items.iter().find_map(Self::doubt),
            Self::Record(record) => record.fields.iter().find_map(|(_, v)| v.doubt()),
            _ => None,
        }
    }

    /// Its text where it has one.
    pub(crate) fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its number where it is an integer, or text that reads as one.
    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            Self::Oid(n) | Self::Reg(_, n) => Some(i64::from(*n)),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// What it means as a condition.
    pub(crate) fn truth(&self) -> Truth {
        match self {
            Self::Null => Truth::Null,
            Self::Bool(true) => Truth::True,
            Self::Bool(false) => Truth::False,
            Self::Text(text) => parse_bool(text).map_or(Truth::Unknown, Truth::from),
            Self::Int(n) => Truth::from(*n != 0),
            _ => Truth::Unknown,
        }
    }
}

/// What boolean input accepts.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match datum::input(&Type::Bool, text) {
        Ok(Datum::Bool(value)) => Some(value),
        _ => None,
    }
}

/// A truth value of SQL, or that it cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    Null,
    Unknown,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Truth {
    /// NOT.
    pub(crate) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            other => other,
        }
    }

    /// AND.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, x) | (x, Self::True) => x,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Null, Self::Null) => Self::Null,
        }
    }

    /// OR.
    pub(crate) fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// As a value; `why` says what an unknown one depends on.
    pub(crate) fn value(self, why: impl FnOnce() -> Arc<str>) -> Value {
        match self {
            Self::True => Value::Bool(true),
            Self::False => Value::Bool(false),
            Self::Null => Value::Null,
            Self::Unknown => Value::unknown(why()),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i16> for Value {
    fn from(value: i16) -> Self {
        Self::Int(value.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&Arc<str>> for Value {
    fn from(text: &Arc<str>) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Oid> for Value {
    fn from(oid: Oid) -> Self {
        Self::Oid(oid.0)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<Vec<i16>> for Value {
    fn from(numbers: Vec<i16>) -> Self {
        Self::array(numbers.into_iter().map(Self::from).collect())
    }
}
