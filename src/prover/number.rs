//! Exact decimals, as far as they are needed: so many billionths.
//!
//! A number that does not fit has no value here, so that nothing is computed from a rounded one.

use std::fmt;

/// A decimal with at most nine digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Number(i128);

/// One, in billionths.
const ONE: i128 = 1_000_000_000;

/// Greater numbers, in billionths, are not computed with; every bigint is smaller.
const GREATEST: i128 = ONE * ONE * ONE * 100;

impl Number {
    /// Zero.
    pub(super) const ZERO: Self = Self(0);

    /// An integer.
    pub(super) const fn integer(value: i64) -> Self {
        Self(value as i128 * ONE)
    }

    /// The count of something in memory.
    pub(super) fn count(value: usize) -> Self {
        Self(i128::try_from(value).unwrap_or(0) * ONE)
    }

    /// So many billionths.
    pub(super) fn of_billionths(value: i128) -> Option<Self> {
        (value.abs() <= GREATEST).then_some(Self(value))
    }

    /// So many billionths.
    pub(super) const fn billionths(self) -> i128 {
        self.0
    }

    /// Digits with or without a sign and a point; nothing, where it is written in another way or is
    /// not exact here.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fraction = fraction.trim_end_matches('0');
        if (whole.is_empty() && fraction.is_empty())
            || !plain(whole)
            || !plain(fraction)
            || whole.len() > 28
            || fraction.len() > 9
        {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
        let value = whole.checked_mul(ONE)?.checked_add(fraction)?;
        Self::of_billionths(if negative { -value } else { value })
    }

    /// The same as an integer, where it is one.
    pub(super) fn as_integer(self) -> Option<i128> {
        (self.0 % ONE == 0).then_some(self.0 / ONE)
    }

    /// The same as an index.
    pub(super) fn as_index(self) -> Option<usize> {
        usize::try_from(self.as_integer()?).ok()
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        Self::of_billionths(self.0.checked_add(other.0)?)
    }

    pub(super) fn minus(self, other: Self) -> Option<Self> {
        Self::of_billionths(self.0.checked_sub(other.0)?)
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        let product = self.0.checked_mul(other.0)?;
        (product % ONE == 0).then(|| Self::of_billionths(product / ONE)).flatten()
    }

    /// The quotient where it is an integer, which is the same for every type of number.
    pub(super) fn over(self, other: Self) -> Option<Self> {
        (other.0 != 0 && self.0 % other.0 == 0)
            .then(|| Self::of_billionths((self.0 / other.0).checked_mul(ONE)?))
            .flatten()
    }

    /// The remainder, which has the sign of the dividend.
    pub(super) fn modulo(self, other: Self) -> Option<Self> {
        (other.0 != 0).then(|| Self(self.0 % other.0))
    }

    pub(super) fn negated(self) -> Self {
        Self(-self.0)
    }

    pub(super) fn floor(self) -> Self {
        Self(self.0.div_euclid(ONE) * ONE)
    }

    /// Halves are rounded away from zero, as PostgreSQL rounds a numeric.
    pub(super) fn round(self) -> Self {
        let away = if self.0 < 0 { -ONE / 2 } else { ONE / 2 };
        Self((self.0 + away) / ONE * ONE)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0.abs() / ONE, self.0.abs() % ONE);
        let sign = if self.0 < 0 { "-" } else { "" };
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:09}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}
