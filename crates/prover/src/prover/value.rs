//! Values as far as they are known.

use std::fmt;
use std::sync::Arc;

use super::sort::Sort;
use crate::datum::{Datum, Type, Typed};

/// The value of an expression: a constant, or a symbol for what is not known.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    /// A text, or a literal that has no type yet.
    Text(Arc<str>),
    /// A constant of another type.
    Constant(Typed),
    Array(Arc<[Value]>),
    Row(Arc<[Value]>),
    Unknown(Symbol),
}

/// The moment `infinity` in the theory of order, in microseconds.
pub(super) const FOREVER: i128 = 1 << 80;

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

    /// A whole number that something comes to.
    pub(super) fn count(count: usize) -> Self {
        Self::Constant(Typed::new(Type::Int8, Datum::Int(i64::try_from(count).unwrap_or(i64::MAX))))
    }

    /// Whether no symbol is in it.
    pub(super) fn is_constant(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::Array(items) | Self::Row(items) => items.iter().all(Self::is_constant),
            _ => true,
        }
    }
}

/// Names a value, so that equal names are equal values.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Constant(Typed { data_type, datum }) => write!(f, "{data_type} {datum:?}"),
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
