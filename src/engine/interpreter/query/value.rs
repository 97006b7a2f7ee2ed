//! Values of SQL, and what is known of a value that is not.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::engine::interpreter::model::Oid;

/// A value of SQL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that is no 64-bit integer, as it is written.
    Decimal(Arc<str>),
    Text(Arc<str>),
    /// An object identifier of no certain kind.
    Oid(u32),
    /// An object identifier that is shown by name.
    Reg(RegKind, u32),
    Array(Arc<Array>),
    Record(Arc<Record>),
    Json(Arc<serde_json::Value>),
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
    let word = text.trim().to_ascii_lowercase();
    let starts = |of: &str| !word.is_empty() && of.starts_with(&word);
    match word.as_str() {
        "1" | "on" => Some(true),
        "0" | "off" | "of" => Some(false),
        _ if starts("true") || starts("yes") => Some(true),
        _ if starts("false") || starts("no") => Some(false),
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

/// How two values that are neither NULL nor unknown compare; `None` where that cannot be told.
pub(crate) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Text(b)) => parse_bool(b).map(|b| a.cmp(&b)),
        (Value::Text(a), Value::Bool(b)) => parse_bool(a).map(|a| a.cmp(b)),
        (Value::Array(a), Value::Array(b)) => compare_all(&a.items, &b.items),
        (Value::Record(a), Value::Record(b)) => {
            let values = |r: &Record| r.fields.iter().map(|(_, v)| v.clone()).collect::<Vec<_>>();
            compare_all(&values(a), &values(b))
        }
        (Value::Json(a), Value::Json(b)) => (a == b).then_some(Ordering::Equal),
        (Value::Decimal(_), _) | (_, Value::Decimal(_)) => compare_decimals(left, right),
        _ => Some(left.as_int()?.cmp(&right.as_int()?)),
    }
}

fn compare_all(left: &[Value], right: &[Value]) -> Option<Ordering> {
    for (a, b) in left.iter().zip(right) {
        match (a.is_null(), b.is_null()) {
            (true, true) => {}
            (true, false) => return Some(Ordering::Greater),
            (false, true) => return Some(Ordering::Less),
            (false, false) => match compare(a, b)? {
                Ordering::Equal => {}
                different => return Some(different),
            },
        }
    }
    Some(left.len().cmp(&right.len()))
}

fn compare_decimals(left: &Value, right: &Value) -> Option<Ordering> {
    let number = |value: &Value| match value {
        Value::Decimal(text) | Value::Text(text) => text.trim().parse::<f64>().ok(),
        Value::Int(n) if n.unsigned_abs() < 1 << 52 => Some(*n as f64),
        _ => None,
    };
    let (a, b) = (number(left)?, number(right)?);
    // Numbers that differ as binary fractions differ as decimals too, equal ones may not.
    match a.partial_cmp(&b)? {
        Ordering::Equal => (left == right).then_some(Ordering::Equal),
        different => Some(different),
    }
}

/// An order in which any two values have a place, as sorting needs: values of one type stand as
/// [`compare`] says, those that are not known beside each other, and NULL last.
pub(super) fn place(left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Bool(_) => 0,
        Value::Int(_) | Value::Decimal(_) | Value::Oid(_) | Value::Reg(..) => 1,
        Value::Text(_) => 2,
        Value::Array(_) => 3,
        Value::Record(_) => 4,
        Value::Json(_) => 5,
        Value::Unknown(_) => 6,
        Value::Null => 7,
    };
    // Integers that a binary fraction cannot tell apart are told apart by themselves.
    let number = |value: &Value| match value {
        Value::Decimal(text) => (text.trim().parse().unwrap_or(f64::NAN), None),
        value => (value.as_int().unwrap_or_default() as f64, value.as_int()),
    };
    rank(left).cmp(&rank(right)).then_with(|| match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => place_all(a.items.iter(), b.items.iter()),
        (Value::Record(a), Value::Record(b)) => {
            place_all(a.fields.iter().map(|(_, v)| v), b.fields.iter().map(|(_, v)| v))
        }
        _ if rank(left) == 1 => {
            let ((a, exact_a), (b, exact_b)) = (number(left), number(right));
            a.total_cmp(&b).then(exact_a.cmp(&exact_b))
        }
        _ => Ordering::Equal,
    })
}

fn place_all<'v>(
    left: impl ExactSizeIterator<Item = &'v Value>,
    right: impl ExactSizeIterator<Item = &'v Value>,
) -> Ordering {
    let lengths = left.len().cmp(&right.len());
    left.zip(right).map(|(a, b)| place(a, b)).find(|o| o.is_ne()).unwrap_or(lengths)
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
