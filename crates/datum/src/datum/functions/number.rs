//! Functions of numbers.

use crate::datum::io::in_range;
use crate::datum::numeric::Numeric;
use crate::datum::signature::Order::Increasing;
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::{Computed, Datum, Refusal};

fn int_abs(call: &Call<'_>) -> Computed {
    match call.int(0)?.checked_abs() {
        Some(number) if in_range(call.result, number) => Ok(Datum::Int(number)),
        _ => Err(Refusal::out_of_range(&call.result.to_string())),
    }
}

fn int_mod(call: &Call<'_>) -> Computed {
    match call.int(1)? {
        0 => Err(Refusal::error("22012", "division by zero")),
        b => Ok(Datum::Int(call.int(0)?.wrapping_rem(b))),
    }
}

fn numeric(call: &Call<'_>, compute: fn(&Numeric) -> Numeric) -> Computed {
    Ok(Datum::Numeric(compute(call.numeric(0)?)))
}

fn float(call: &Call<'_>, compute: fn(f64) -> f64) -> Computed {
    Ok(Datum::Float(compute(call.float(0)?)))
}

/// `div(a, b)`: the quotient cut to a whole number.
fn div(call: &Call<'_>) -> Computed {
    let (a, b) = (call.numeric(0)?, call.numeric(1)?);
    let rest = a.calculate('%', b)?;
    let quotient = a.calculate('-', &rest)?.calculate('/', b)?;
    Ok(Datum::Numeric(quotient.round(0)))
}

fn gcd(mut a: i64, mut b: i64) -> Option<i64> {
    while b != 0 {
        (a, b) = (b, a.wrapping_rem(b));
    }
    a.checked_abs()
}

fn int_gcd(call: &Call<'_>) -> Computed {
    match gcd(call.int(0)?, call.int(1)?) {
        Some(number) if in_range(call.result, number) => Ok(Datum::Int(number)),
        _ => Err(Refusal::out_of_range(&call.result.to_string())),
    }
}

fn sqrt(call: &Call<'_>) -> Computed {
    let number = call.float(0)?;
    if number < 0.0 {
        return Err(Refusal::error("2201F", "cannot take square root of a negative number"));
    }
    Ok(Datum::Float(number.sqrt()))
}

fn float_sign(number: f64) -> f64 {
    if number > 0.0 {
        1.0
    } else if number < 0.0 {
        -1.0
    } else {
        0.0
    }
}

const FOLLOWS: Facts = Facts::NONE.order(&[(0, Increasing)]);
const ROUNDED: Facts = FOLLOWS;
const POSITIVE: Facts = Facts::COUNT.free(0);

pub(super) const LINES: &[Line] = &[
    line("abs(int2) -> int2", int_abs).facts(POSITIVE),
    line("abs(int4) -> int4", int_abs).facts(POSITIVE),
    line("abs(int8) -> int8", int_abs).facts(POSITIVE),
    line("abs(numeric) -> numeric", |c| numeric(c, Numeric::abs)).facts(POSITIVE),
    line("abs(float4) -> float4", |c| float(c, f64::abs)).facts(POSITIVE),
    line("abs(float8) -> float8", |c| float(c, f64::abs)).facts(POSITIVE),
    line("mod(int2, int2) -> int2", int_mod),
    line("mod(int4, int4) -> int4", int_mod),
    line("mod(int8, int8) -> int8", int_mod),
    line("mod(numeric, numeric) -> numeric", |c| {
        c.numeric(0)?.calculate('%', c.numeric(1)?).map(Datum::Numeric)
    }),
    line("div(numeric, numeric) -> numeric", div),
    line("gcd(int4, int4) -> int4", int_gcd).facts(Facts::COUNT),
    line("gcd(int8, int8) -> int8", int_gcd).facts(Facts::COUNT),
    line("ceil(numeric) -> numeric", |c| numeric(c, Numeric::ceil)).facts(ROUNDED.at_least(0)),
    line("ceil(float8) -> float8", |c| float(c, f64::ceil)).facts(ROUNDED.at_least(0)),
    line("ceiling(numeric) -> numeric", |c| numeric(c, Numeric::ceil)).facts(ROUNDED.at_least(0)),
    line("ceiling(float8) -> float8", |c| float(c, f64::ceil)).facts(ROUNDED.at_least(0)),
    line("floor(numeric) -> numeric", |c| numeric(c, Numeric::floor)).facts(ROUNDED.at_most(0)),
    line("floor(float8) -> float8", |c| float(c, f64::floor)).facts(ROUNDED.at_most(0)),
    line("round(numeric) -> numeric", |c| numeric(c, |n| n.round(0))).facts(ROUNDED),
    line("round(float8) -> float8", |c| float(c, f64::round_ties_even)).facts(ROUNDED),
    line("round(numeric, int4) -> numeric", |c| Ok(Datum::Numeric(c.numeric(0)?.round(c.int(1)?))))
        .facts(ROUNDED),
    line("trunc(numeric) -> numeric", |c| numeric(c, |n| n.truncate(0))).facts(ROUNDED),
    line("trunc(float8) -> float8", |c| float(c, f64::trunc)).facts(ROUNDED),
    line("trunc(numeric, int4) -> numeric", |c| {
        Ok(Datum::Numeric(c.numeric(0)?.truncate(c.int(1)?)))
    })
    .facts(ROUNDED),
    line("sign(numeric) -> numeric", |c| numeric(c, Numeric::sign)).facts(FOLLOWS),
    line("sign(float8) -> float8", |c| float(c, float_sign)),
    line("sqrt(float8) -> float8", sqrt).facts(Facts::COUNT.order(&[(0, Increasing)])),
    line("scale(numeric) -> int4", |c| {
        Ok(c.numeric(0)?.digits_after_point().map_or(Datum::Null, Datum::Int))
    })
    .facts(Facts::COUNT)
    .nullable(),
    line("trim_scale(numeric) -> numeric", |c| numeric(c, Numeric::trim_scale))
        .facts(FOLLOWS.at_least(0).at_most(0)),
];
