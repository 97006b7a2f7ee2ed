//! Types, as <https://www.postgresql.org/docs/current/datatype.html> lists them.

use std::fmt;
use std::sync::Arc;

use super::value::EnumLabels;

/// A type with its modifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// A literal without a type, which takes the type that its place asks for.
    Unknown,
    /// `boolean`
    Bool,
    /// `smallint`
    Int2,
    /// `integer`
    Int4,
    /// `bigint`
    Int8,
    /// `numeric`, with precision and scale where they are declared.
    Numeric(Option<(u16, i16)>),
    /// `real`
    Float4,
    /// `double precision`
    Float8,
    /// `text`
    Text,
    /// `character varying`, with its greatest length where it is declared.
    Varchar(Option<u32>),
    /// `character` with its length; `None` is `bpchar` without one.
    Char(Option<u32>),
    /// `name`
    Name,
    /// `oid`
    Oid,
    /// `uuid`
    Uuid,
    /// `bytea`
    Bytea,
    /// `date`
    Date,
    /// `time without time zone` with the digits of its seconds.
    Time(Option<u8>),
    /// `timestamp without time zone` with the digits of its seconds.
    Timestamp(Option<u8>),
    /// `timestamp with time zone` with the digits of its seconds.
    TimestampTz(Option<u8>),
    /// `interval` without a restriction of its fields.
    Interval,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// An enum.
    Enum(Arc<EnumLabels>),
    /// An array of elements of a type.
    Array(Arc<Type>),
    /// A row of any types.
    Record,
}

/// The categories by which PostgreSQL chooses among functions (`pg_type.typcategory`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Array,
    Boolean,
    DateTime,
    Enum,
    Number,
    Composite,
    Text,
    Timespan,
    User,
    Unknown,
}

impl Type {
    /// The type that a name stands for, as `format_type` and declarations spell it; `None` for a type that is not
    /// modelled, such as an enum or a domain.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        if let Some(element) = name.strip_suffix("[]") {
            return Some(Self::Array(Arc::new(Self::named(element)?)));
        }
        let name = name.strip_prefix("pg_catalog.").unwrap_or(&name);
        let (base, numbers) = match name.split_once('(') {
            Some((base, rest)) => {
                let (inside, after) = rest.split_once(')')?;
                let numbers: Option<Vec<i32>> =
                    inside.split(',').map(|n| n.trim().parse().ok()).collect();
                (format!("{}{after}", base.trim_end()), numbers?)
            }
            None => (name.to_owned(), Vec::new()),
        };
        let length = || numbers.first().and_then(|n| u32::try_from(*n).ok());
        let digits = || numbers.first().and_then(|n| u8::try_from(*n).ok()).map(|d| d.min(6));
        let found = match base.as_str() {
            "unknown" => Self::Unknown,
            "bool" | "boolean" => Self::Bool,
            "int2" | "smallint" | "smallserial" => Self::Int2,
            "int" | "int4" | "integer" | "serial" => Self::Int4,
            "int8" | "bigint" | "bigserial" => Self::Int8,
            "numeric" | "decimal" | "dec" => Self::Numeric(match numbers[..] {
                [] => None,
                [precision] => Some((u16::try_from(precision).ok()?, 0)),
                [precision, scale] => {
                    Some((u16::try_from(precision).ok()?, i16::try_from(scale).ok()?))
                }
                _ => return None,
            }),
            "float4" | "real" => Self::Float4,
            "float8" | "double precision" => Self::Float8,
            "float" => match numbers[..] {
                [] | [25..=53] => Self::Float8,
                [1..=24] => Self::Float4,
                _ => return None,
            },
            "text" => Self::Text,
            "varchar" | "character varying" => Self::Varchar(length()),
            "char" | "character" => Self::Char(Some(length().unwrap_or(1))),
            "bpchar" => Self::Char(length()),
            "name" => Self::Name,
            "oid" => Self::Oid,
            "uuid" => Self::Uuid,
            "bytea" => Self::Bytea,
            "date" => Self::Date,
            "time" | "time without time zone" => Self::Time(digits()),
            "timestamp" | "timestamp without time zone" => Self::Timestamp(digits()),
            "timestamptz" | "timestamp with time zone" => Self::TimestampTz(digits()),
            "interval" if numbers.is_empty() => Self::Interval,
            "json" => Self::Json,
            "jsonb" => Self::Jsonb,
            "record" => Self::Record,
            _ => return None,
        };
        let modified = matches!(
            found,
            Self::Numeric(_)
                | Self::Varchar(_)
                | Self::Char(_)
                | Self::Time(_)
                | Self::Timestamp(_)
                | Self::TimestampTz(_)
        ) || base == "float";
        (numbers.is_empty() || modified).then_some(found)
    }

    /// The type of an array of this type.
    #[must_use]
    pub fn array(self) -> Self {
        Self::Array(Arc::new(self))
    }

    /// The type without its modifier.
    #[must_use]
    pub fn base(&self) -> Self {
        match self {
            Self::Numeric(_) => Self::Numeric(None),
            Self::Varchar(_) => Self::Varchar(None),
            Self::Char(_) => Self::Char(None),
            Self::Time(_) => Self::Time(None),
            Self::Timestamp(_) => Self::Timestamp(None),
            Self::TimestampTz(_) => Self::TimestampTz(None),
            Self::Array(element) => element.base().array(),
            other => other.clone(),
        }
    }

    /// Whether its values are texts.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Varchar(_) | Self::Char(_) | Self::Name)
    }

    /// Whether its values are whole numbers.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::Int2 | Self::Int4 | Self::Int8 | Self::Oid)
    }

    /// Whether its values are numbers.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.category() == Category::Number
    }

    pub(super) fn category(&self) -> Category {
        match self {
            Self::Unknown => Category::Unknown,
            Self::Bool => Category::Boolean,
            Self::Int2
            | Self::Int4
            | Self::Int8
            | Self::Numeric(_)
            | Self::Float4
            | Self::Float8
            | Self::Oid => Category::Number,
            Self::Text | Self::Varchar(_) | Self::Char(_) | Self::Name => Category::Text,
            Self::Date | Self::Time(_) | Self::Timestamp(_) | Self::TimestampTz(_) => {
                Category::DateTime
            }
            Self::Interval => Category::Timespan,
            Self::Enum(_) => Category::Enum,
            Self::Array(_) => Category::Array,
            Self::Record => Category::Composite,
            Self::Uuid | Self::Bytea | Self::Json | Self::Jsonb => Category::User,
        }
    }

    /// Whether PostgreSQL prefers it in its category (`pg_type.typispreferred`).
    pub(super) fn is_preferred(&self) -> bool {
        matches!(
            self,
            Self::Bool
                | Self::Float8
                | Self::Oid
                | Self::Text
                | Self::TimestampTz(_)
                | Self::Interval
        )
    }
}

/// As `format_type` spells it.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = |digits: &Option<u8>| digits.map_or_else(String::new, |d| format!("({d})"));
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Bool => f.write_str("boolean"),
            Self::Int2 => f.write_str("smallint"),
            Self::Int4 => f.write_str("integer"),
            Self::Int8 => f.write_str("bigint"),
            Self::Numeric(None) => f.write_str("numeric"),
            Self::Numeric(Some((precision, scale))) => write!(f, "numeric({precision},{scale})"),
            Self::Float4 => f.write_str("real"),
            Self::Float8 => f.write_str("double precision"),
            Self::Text => f.write_str("text"),
            Self::Varchar(None) => f.write_str("character varying"),
            Self::Varchar(Some(length)) => write!(f, "character varying({length})"),
            Self::Char(None) => f.write_str("bpchar"),
            Self::Char(Some(length)) => write!(f, "character({length})"),
            Self::Name => f.write_str("name"),
            Self::Oid => f.write_str("oid"),
            Self::Uuid => f.write_str("uuid"),
            Self::Bytea => f.write_str("bytea"),
            Self::Date => f.write_str("date"),
            Self::Time(d) => write!(f, "time{} without time zone", digits(d)),
            Self::Timestamp(d) => write!(f, "timestamp{} without time zone", digits(d)),
            Self::TimestampTz(d) => write!(f, "timestamp{} with time zone", digits(d)),
            Self::Interval => f.write_str("interval"),
            Self::Json => f.write_str("json"),
            Self::Jsonb => f.write_str("jsonb"),
            Self::Enum(labels) => f.write_str(&labels.name),
            Self::Array(element) => write!(f, "{element}[]"),
            Self::Record => f.write_str("record"),
        }
    }
}
