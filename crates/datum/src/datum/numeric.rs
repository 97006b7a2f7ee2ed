//! Exact decimal numbers: <https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL>.

use std::cmp::Ordering;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode, Signed, ToPrimitive, Zero};

use super::{Computed, Refusal};

/// The most digits that are computed with here; PostgreSQL has room for many more.
const MAX_DIGITS: i64 = 1_000;

/// A value of `numeric`, which keeps the digits after its point, zeros included.
#[derive(Debug, Clone, PartialEq)]
pub enum Numeric {
    /// A number.
    Finite(BigDecimal),
    /// Beyond every number.
    Infinity,
    /// Below every number.
    NegativeInfinity,
    /// Not a number; greater than every number, and equal to itself.
    NaN,
}

impl Numeric {
    /// Reads a number; `None` where it is not certain how PostgreSQL reads it.
    pub(crate) fn parse(text: &str) -> Option<Result<Self, Refusal>> {
        let word = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
        let invalid = || {
            let message = format!("invalid input syntax for type numeric: \"{text}\"");
            Some(Err(Refusal::error("22P02", message)))
        };
        match word.to_ascii_lowercase().as_str() {
            "nan" => return Some(Ok(Self::NaN)),
            "inf" | "+inf" | "infinity" | "+infinity" => return Some(Ok(Self::Infinity)),
            "-inf" | "-infinity" => return Some(Ok(Self::NegativeInfinity)),
            _ => {}
        }
        let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (unsigned, None),
        };
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if unsigned.contains('_') || whole.starts_with("0x") || whole.starts_with("0X") {
            return None;
        }
        if ["0o", "0O", "0b", "0B"].iter().any(|prefix| whole.starts_with(prefix)) {
            return None;
        }
        if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
            return invalid();
        }
        let exponent: i64 = match exponent {
            None => 0,
            Some(written) => {
                let unsigned = written.strip_prefix(['-', '+']).unwrap_or(written);
                if unsigned.is_empty() || !digits(unsigned) {
                    return invalid();
                }
                written.parse().ok()?
            }
        };
        let length = i64::try_from(whole.len() + fraction.len()).ok()?;
        if length > MAX_DIGITS || exponent.abs() > MAX_DIGITS {
            return None;
        }
        let number: BigInt = format!("{whole}{fraction}").parse().ok()?;
        let number = if word.starts_with('-') { -number } else { number };
        let scale = i64::try_from(fraction.len()).ok()? - exponent;
        Some(Ok(Self::Finite(BigDecimal::new(number, scale).with_scale(scale.max(0)))))
    }

    /// How many digits stand after the point.
    fn scale(number: &BigDecimal) -> i64 {
        number.fractional_digit_count().max(0)
    }

    /// As PostgreSQL writes it.
    #[must_use]
    pub fn output(&self) -> String {
        match self {
            Self::Finite(number) => number.to_plain_string(),
            Self::Infinity => "Infinity".to_owned(),
            Self::NegativeInfinity => "-Infinity".to_owned(),
            Self::NaN => "NaN".to_owned(),
        }
    }

    /// Rounds to so many digits after the point, halves away from zero.
    pub(crate) fn round(&self, scale: i64) -> Self {
        self.cut(scale, RoundingMode::HalfUp)
    }

    /// Cuts to so many digits after the point.
    pub(crate) fn truncate(&self, scale: i64) -> Self {
        self.cut(scale, RoundingMode::Down)
    }

    pub(crate) fn floor(&self) -> Self {
        self.cut(0, RoundingMode::Floor)
    }

    pub(crate) fn ceil(&self) -> Self {
        self.cut(0, RoundingMode::Ceiling)
    }

    fn cut(&self, scale: i64, mode: RoundingMode) -> Self {
        match self {
            Self::Finite(number) => {
                let scale = scale.clamp(-MAX_DIGITS, MAX_DIGITS);
                Self::Finite(number.with_scale_round(scale, mode).with_scale(scale.max(0)))
            }
            other => other.clone(),
        }
    }

    /// The number where a precision and a scale are declared for it.
    pub(crate) fn fit(&self, precision: u16, scale: i16) -> Computed<Self> {
        let overflow = || Refusal::error("22003", "numeric field overflow");
        match self {
            Self::Finite(_) => {
                let Self::Finite(number) = self.round(scale.into()) else {
                    return Err(overflow());
                };
                let limit = BigDecimal::new(1.into(), i64::from(scale) - i64::from(precision));
                if number.abs() >= limit { Err(overflow()) } else { Ok(Self::Finite(number)) }
            }
            Self::NaN => Ok(Self::NaN),
            Self::Infinity | Self::NegativeInfinity => Err(overflow()),
        }
    }

    /// The nearest whole number, halves away from zero, where it has 64 bits.
    pub(crate) fn to_int(&self, type_name: &str) -> Computed<i64> {
        let out_of_range = || Refusal::error("22003", format!("{type_name} out of range"));
        match self.round(0) {
            Self::Finite(number) => number.to_i64().ok_or_else(out_of_range),
            Self::NaN => Err(Refusal::error("0A000", format!("cannot convert NaN to {type_name}"))),
            _ => Err(Refusal::error("0A000", format!("cannot convert infinity to {type_name}"))),
        }
    }

    /// The nearest binary fraction.
    #[must_use]
    pub fn to_float(&self) -> f64 {
        match self {
            Self::Finite(_) => self.output().parse().unwrap_or(f64::NAN),
            Self::Infinity => f64::INFINITY,
            Self::NegativeInfinity => f64::NEG_INFINITY,
            Self::NaN => f64::NAN,
        }
    }

    /// The order of numeric, in which NaN is the greatest.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        let rank = |number: &Self| match number {
            Self::NegativeInfinity => 0,
            Self::Finite(_) => 1,
            Self::Infinity => 2,
            Self::NaN => 3,
        };
        match (self, other) {
            (Self::Finite(a), Self::Finite(b)) => a.cmp(b),
            _ => rank(self).cmp(&rank(other)),
        }
    }

    /// `a + b`, `a - b`, `a * b`, `a / b` and `a % b`; infinities and NaN are not computed.
    pub(crate) fn calculate(&self, operator: char, other: &Self) -> Computed<Self> {
        let (Self::Finite(a), Self::Finite(b)) = (self, other) else {
            if matches!((self, other), (Self::NaN, _) | (_, Self::NaN)) {
                return Ok(Self::NaN);
            }
            return Err(Refusal::unknown("arithmetic with infinity"));
        };
        if matches!(operator, '/' | '%') && b.is_zero() {
            return Err(Refusal::error("22012", "division by zero"));
        }
        let scale = Self::scale(a).max(Self::scale(b));
        let result = match operator {
            '+' => a + b,
            '-' => a - b,
            '*' => a * b,
            '/' => return divide(a, b),
            // The sign is that of the dividend, as it is in PostgreSQL.
            _ => a % b,
        };
        let scale = if operator == '*' { Self::scale(a) + Self::scale(b) } else { scale };
        if result.digits() > MAX_DIGITS.unsigned_abs() {
            return Err(Refusal::unknown("a number of more than a thousand digits"));
        }
        Ok(Self::Finite(result.with_scale(scale)))
    }

    pub(crate) fn negate(&self) -> Self {
        match self {
            Self::Finite(number) => Self::Finite(-number),
            Self::Infinity => Self::NegativeInfinity,
            Self::NegativeInfinity => Self::Infinity,
            Self::NaN => Self::NaN,
        }
    }

    pub(crate) fn abs(&self) -> Self {
        match self {
            Self::Finite(number) => Self::Finite(number.abs()),
            Self::NaN => Self::NaN,
            _ => Self::Infinity,
        }
    }

    /// -1, 0 or 1.
    pub(crate) fn sign(&self) -> Self {
        match self {
            Self::Finite(number) if number.is_zero() => Self::from(0),
            Self::Finite(number) if number.is_positive() => Self::from(1),
            Self::Infinity => Self::from(1),
            Self::NaN => Self::NaN,
            _ => Self::from(-1),
        }
    }

    /// The number without zeros at its end.
    pub(crate) fn trim_scale(&self) -> Self {
        match self {
            Self::Finite(number) => {
                let number = number.normalized();
                let scale = Self::scale(&number);
                Self::Finite(number.with_scale(scale))
            }
            other => other.clone(),
        }
    }

    /// The number times a power of ten, where that is a whole number of 128 bits.
    pub(crate) fn scaled(&self, power: i64) -> Option<i128> {
        let Self::Finite(number) = self else { return None };
        let scaled = number.with_scale(power);
        (scaled == *number).then(|| scaled.into_bigint_and_exponent().0.to_i128())?
    }

    /// How many digits stand after the point, where it is a number.
    pub(crate) fn digits_after_point(&self) -> Option<i64> {
        match self {
            Self::Finite(number) => Some(Self::scale(number)),
            _ => None,
        }
    }
}

impl From<i64> for Numeric {
    fn from(number: i64) -> Self {
        Self::Finite(number.into())
    }
}

impl Numeric {
    /// So many millionths, with six digits after the point.
    pub(crate) fn millionths(number: i128) -> Self {
        Self::Finite(BigDecimal::new(BigInt::from(number), 6))
    }
}

/// The digits of a number in groups of four, as PostgreSQL keeps them: the first that is not zero, and its weight.
fn first_group(number: &BigDecimal) -> (i64, i64) {
    let plain = number.abs().to_plain_string();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let padding = (4 - whole.len() % 4) % 4;
    let digits = format!("{}{whole}{fraction}000", "0".repeat(padding));
    let top = i64::try_from((whole.len() + padding) / 4).unwrap_or(0) - 1;
    let groups = digits.as_bytes().chunks_exact(4);
    for (group, below) in groups.zip(0_i64..) {
        let value = group.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        if value != 0 {
            return (value, top - below);
        }
    }
    (0, 0)
}

/// Division with as many digits as PostgreSQL gives it (`select_div_scale` of `numeric.c`).
fn divide(a: &BigDecimal, b: &BigDecimal) -> Computed<Numeric> {
    let ((first_a, weight_a), (first_b, weight_b)) = (first_group(a), first_group(b));
    let weight = weight_a - weight_b - i64::from(first_a <= first_b);
    let scale =
        (16 - weight * 4).max(Numeric::scale(a)).max(Numeric::scale(b)).clamp(0, MAX_DIGITS);
    let ((digits_a, scale_a), (digits_b, scale_b)) =
        (a.as_bigint_and_exponent(), b.as_bigint_and_exponent());
    // The quotient with one digit more than needed, which rounding half up looks at alone.
    let shift = scale + 1 - scale_a + scale_b;
    let ten = |power: i64| {
        u32::try_from(power)
            .map(|power| BigInt::from(10).pow(power))
            .map_err(|_| Refusal::unknown("a division of numbers with very many digits"))
    };
    let quotient = if shift >= 0 {
        digits_a * ten(shift)? / digits_b
    } else {
        digits_a / (digits_b * ten(-shift)?)
    };
    Ok(Numeric::Finite(BigDecimal::new(quotient, scale + 1)).round(scale))
}
