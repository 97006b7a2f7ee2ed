//! Binary fractions: <https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT>.

use std::cmp::Ordering;

use bigdecimal::{BigDecimal, RoundingMode};

use super::types::Type;
use super::{Computed, Refusal};

/// Reads a number.
pub(super) fn input(data_type: &Type, text: &str) -> Computed<f64> {
    let word = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word).to_ascii_lowercase();
    let sign = if word.starts_with('-') { -1.0 } else { 1.0 };
    match unsigned.as_str() {
        "nan" if !word.starts_with(['-', '+']) => return Ok(f64::NAN),
        "inf" | "infinity" => return Ok(sign * f64::INFINITY),
        _ => {}
    }
    let plain = !unsigned.is_empty()
        && unsigned.bytes().all(|b| b.is_ascii_digit() || b".e+-".contains(&b))
        && !unsigned.starts_with('e');
    // strtod also reads hexadecimal digits, of which there may be more words than are known here.
    if unsigned.starts_with("0x") || unsigned.starts_with("nan") {
        return Err(Refusal::unknown("a number that is not decimal"));
    }
    let number = if plain { word.parse::<f64>().ok() } else { None };
    let Some(number) = number else {
        let message = format!("invalid input syntax for type {data_type}: \"{text}\"");
        return Err(Refusal::error("22P02", message));
    };
    let single = *data_type == Type::Float4;
    let number = if single { f64::from(word.parse::<f32>().unwrap_or(f32::NAN)) } else { number };
    let zero = unsigned.split('e').next().unwrap_or("").bytes().all(|b| matches!(b, b'0' | b'.'));
    if number.is_infinite() || (number == 0.0 && !zero) {
        let message = format!("\"{word}\" is out of range for type {data_type}");
        return Err(Refusal::error("22003", message));
    }
    Ok(number)
}

/// Writes a number with the fewest digits that tell it apart.
pub(super) fn output(data_type: &Type, number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let single = *data_type == Type::Float4;
    if number == 0.0 {
        return if number.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let (digits, exponent) = shortest(number.abs(), single);
    let sign = if number < 0.0 { "-" } else { "" };
    let count = i32::try_from(digits.len()).unwrap_or(0);
    let fixed = -4..if single { 6 } else { 15 };
    if !fixed.contains(&exponent) {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let direction = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{direction}{:02}", exponent.abs());
    }
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", zeros(-exponent - 1));
    }
    if count <= exponent + 1 {
        return format!("{sign}{digits}{}", zeros(exponent + 1 - count));
    }
    let (whole, fraction) = digits.split_at(usize::try_from(exponent).unwrap_or(0) + 1);
    format!("{sign}{whole}.{fraction}")
}

/// The digits of a positive number and the power of ten of the first of them. PostgreSQL takes no digits that are just half
/// way to the next number, and of two that are equally near the even one.
fn shortest(number: f64, single: bool) -> (String, i32) {
    let narrow = number as f32;
    let written = if single { format!("{narrow:e}") } else { format!("{number:e}") };
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let exact = |number: f64| BigDecimal::try_from(number).unwrap_or_default();
    let (below, above) = if single {
        (f64::from(narrow.next_down()), f64::from(narrow.next_up()))
    } else {
        (number.next_down(), number.next_up())
    };
    let digits = mantissa.replace('.', "");
    if above.is_infinite() {
        return (digits, exponent);
    }
    let value = exact(number);
    let (low, high) = ((exact(below) + &value).half(), (exact(above) + &value).half());
    for length in digits.len()..=17 {
        let scale = i64::try_from(length).unwrap_or(0) - 1 - i64::from(exponent);
        let nearest = value.with_scale_round(scale, RoundingMode::HalfEven);
        if nearest > low && nearest < high {
            let digits = nearest.as_bigint_and_exponent().0.to_string();
            let exponent =
                exponent + i32::try_from(digits.len().saturating_sub(length)).unwrap_or(0);
            return (digits.trim_end_matches('0').to_owned(), exponent);
        }
    }
    (digits, exponent)
}

/// The order of floats, in which NaN is the greatest and equal to itself.
pub(super) fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// A result of single or double precision, which may not have become infinite or zero on the way.
pub(super) fn checked(data_type: &Type, result: f64, operands: &[f64]) -> Computed<f64> {
    let single = *data_type == Type::Float4;
    let result = if single { f64::from(result as f32) } else { result };
    if result.is_infinite() && !operands.iter().any(|o| o.is_infinite()) {
        return Err(Refusal::error("22003", "value out of range: overflow"));
    }
    Ok(result)
}

/// The nearest whole number, halves to the even one.
pub(super) fn to_int(number: f64, type_name: &str) -> Computed<i64> {
    let rounded = number.round_ties_even();
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded) {
        Ok(rounded as i64)
    } else {
        Err(Refusal::error("22003", format!("{type_name} out of range")))
    }
}
