//! Sorts: what the values of a symbol may be.

use std::sync::Arc;

use super::value::{DAY, FOREVER};
use crate::datum::EnumLabels;

/// What the values of a symbol may be.
#[derive(Debug, Clone)]
pub(super) enum Sort {
    Boolean,
    Number(Range),
    Time(Range),
    Enum(Arc<EnumLabels>),
    Text(Lengths),
    Uuid,
    Json,
    /// A type of PostgreSQL that has more values than anybody names, such as an array.
    Vast,
    /// Any other type, perhaps a domain.
    Other,
}

/// How many characters a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lengths {
    pub(super) least: u32,
    pub(super) most: Option<u32>,
    /// It is the text of a uuid.
    pub(super) uuid: bool,
}

impl Lengths {
    /// Any text.
    pub(super) const ANY: Self = Self { least: 0, most: None, uuid: false };

    /// Texts of so many characters at most.
    pub(super) const fn up_to(most: u32) -> Self {
        Self { least: 0, most: Some(most), uuid: false }
    }

    /// Texts of just so many characters.
    pub(super) const fn exactly(length: u32) -> Self {
        Self { least: length, most: Some(length), uuid: false }
    }
}

/// An interval of numbers (in billionths) or times (in microseconds), both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) low: Option<i128>,
    pub(super) high: Option<i128>,
    pub(super) grain: Grain,
}

/// Which values of a range there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    /// Every multiple of it.
    Step(i128),
    /// Decimals of any length, NaN (the greatest) and infinities.
    Dense,
    /// Multiples of a step below a limit, and NaN.
    Decimal { step: i128, limit: i128 },
    /// Binary fractions, of which it is not certain that one is equal to a decimal.
    Float,
}

/// An integer in billionths.
pub(super) const fn whole(number: i64) -> i128 {
    number as i128 * 1_000_000_000
}

/// One, in billionths.
const ONE: i128 = whole(1);

impl Range {
    /// Decimals.
    pub(super) const DENSE: Self = Self { low: None, high: None, grain: Grain::Dense };
    /// Any number, integer or not.
    pub(super) const ALL: Self = Self { low: None, high: None, grain: Grain::Float };
    /// 0, 1, 2, …
    pub(super) const COUNT: Self = Self { low: Some(0), high: None, grain: Grain::Step(ONE) };
    /// 1, 2, 3, …
    pub(super) const POSITIVE: Self = Self { low: Some(ONE), ..Self::COUNT };
    /// Points in time.
    pub(super) const TIMES: Self =
        Self { low: Some(-FOREVER), high: Some(FOREVER), grain: Grain::Step(1) };
    /// Dates.
    pub(super) const DATES: Self = Self { grain: Grain::Step(DAY), ..Self::TIMES };
    /// Integers.
    pub(super) const INTEGERS: Self = Self { low: None, high: None, grain: Grain::Step(ONE) };

    /// The integers of so many bits.
    pub(super) const fn bits(bits: u32) -> Self {
        let half = 1i128 << (bits - 1);
        Self { low: Some(-half * ONE), high: Some((half - 1) * ONE), grain: Grain::Step(ONE) }
    }

    /// Integers from one to another.
    pub(super) const fn between(low: i64, high: i64) -> Self {
        Self { low: Some(whole(low)), high: Some(whole(high)), grain: Grain::Step(ONE) }
    }

    /// The decimals of `numeric(precision, scale)`.
    fn decimal(modifiers: &[u32]) -> Self {
        let (precision, scale) = match *modifiers {
            [precision] => (precision, 0),
            [precision, scale] => (precision, scale),
            _ => return Self::ALL,
        };
        if scale > 9 || precision < scale || precision - scale > 18 {
            return Self::ALL;
        }
        let step = 10i128.pow(9 - scale);
        let limit = 10i128.pow(precision - scale) * ONE;
        Self { grain: Grain::Decimal { step, limit }, ..Self::DENSE }
    }

    /// Whether it is integers.
    pub(super) fn is_integer(self) -> bool {
        self.grain == Grain::Step(ONE)
    }

    /// Whether it is decimals of a given precision.
    pub(super) fn is_decimal(self) -> bool {
        matches!(self.grain, Grain::Decimal { .. })
    }

    /// Whether it is all integers of a type.
    pub(super) fn is_integer_type(self) -> bool {
        [16, 32, 64].map(Self::bits).contains(&self)
    }

    /// Whether it is integers of a type that reaches so far.
    pub(super) fn is_bounded_integer(self) -> bool {
        self.is_integer() && self.low.is_some() && self.high.is_some()
    }
}

/// Types that have more values than anybody names, and whose equality is plain.
/// <https://www.postgresql.org/docs/current/datatype.html>
const VAST: &[&str] = &[
    "name",
    "bytea",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
    "interval",
    "time without time zone",
    "time with time zone",
    "money",
    "bit varying",
    "tsvector",
    "int4range",
    "int8range",
    "numrange",
    "tsrange",
    "tstzrange",
    "daterange",
    "character",
    "citext",
];

impl Sort {
    /// The sort of a type, as `format_type` spells it.
    pub(super) fn of(data_type: &str) -> Self {
        let modifiers: Vec<u32> = data_type
            .split_once('(')
            .and_then(|(_, rest)| rest.split(')').next())
            .map(|list| list.split(',').map_while(|item| item.trim().parse().ok()).collect())
            .unwrap_or_default();
        let modifier = modifiers.first().copied();
        let plain = data_type.split('(').next().unwrap_or_default().trim();
        match plain {
            _ if data_type.ends_with("[]") => Self::Vast,
            "boolean" => Self::Boolean,
            "smallint" => Self::Number(Range::bits(16)),
            "integer" => Self::Number(Range::bits(32)),
            "bigint" => Self::Number(Range::bits(64)),
            "numeric" if modifier.is_none() => Self::Number(Range::DENSE),
            "numeric" => Self::Number(Range::decimal(&modifiers)),
            "real" | "double precision" => Self::Number(Range::ALL),
            "date" => Self::Time(Range::DATES),
            "timestamp without time zone" | "timestamp with time zone" => Self::Time(Range::TIMES),
            // With a modifier fractions are left out.
            "timestamp" => Self::Time(Range { grain: Grain::Float, ..Range::TIMES }),
            "json" | "jsonb" => Self::Json,
            "uuid" => Self::Uuid,
            "text" => Self::Text(Lengths::ANY),
            "character varying" => Self::Text(Lengths { most: modifier, ..Lengths::ANY }),
            plain if VAST.contains(&plain.trim_start_matches("extensions.")) => Self::Vast,
            _ => Self::Other,
        }
    }

    /// Whether it is the sort of a type that PostgreSQL defines, which forbids no NULL by itself.
    pub(super) fn is_of_postgresql(&self) -> bool {
        !matches!(self, Self::Other)
    }
}
