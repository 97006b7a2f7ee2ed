//! Operators of numbers.

use crate::datum::io::in_range;
use crate::datum::signature::Order::{Decreasing, Increasing};
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::types::Type;
use crate::datum::{Computed, Datum, Numeric, Refusal, float};

/// Reads the operator from the place of the call in the table.
fn integer(call: &Call<'_>, compute: fn(i64, i64) -> Option<i64>) -> Computed {
    let result = compute(call.int(0)?, call.int(1)?);
    fitting(result, call.result)
}

fn fitting(result: Option<i64>, data_type: &Type) -> Computed {
    match result {
        Some(number) if in_range(data_type, number) => Ok(Datum::Int(number)),
        _ => Err(Refusal::out_of_range(&data_type.to_string())),
    }
}

fn nonzero(call: &Call<'_>) -> Computed<()> {
    if call.int(1)? == 0 {
        return Err(division_by_zero());
    }
    Ok(())
}

fn division_by_zero() -> Refusal {
    Refusal::error("22012", "division by zero")
}

fn int_add(call: &Call<'_>) -> Computed {
    integer(call, i64::checked_add)
}

fn int_subtract(call: &Call<'_>) -> Computed {
    integer(call, i64::checked_sub)
}

fn int_multiply(call: &Call<'_>) -> Computed {
    integer(call, i64::checked_mul)
}

fn int_divide(call: &Call<'_>) -> Computed {
    nonzero(call)?;
    integer(call, i64::checked_div)
}

fn int_modulo(call: &Call<'_>) -> Computed {
    nonzero(call)?;
    integer(call, |a, b| Some(a.wrapping_rem(b)))
}

fn int_negate(call: &Call<'_>) -> Computed {
    fitting(call.int(0)?.checked_neg(), call.result)
}

fn int_abs(call: &Call<'_>) -> Computed {
    fitting(call.int(0)?.checked_abs(), call.result)
}

fn same(call: &Call<'_>) -> Computed {
    call.datum(0).cloned()
}

fn numeric(call: &Call<'_>, operator: char) -> Computed {
    call.numeric(0)?.calculate(operator, call.numeric(1)?).map(Datum::Numeric)
}

fn floating(call: &Call<'_>, compute: fn(f64, f64) -> f64) -> Computed {
    let (a, b) = (call.float(0)?, call.float(1)?);
    float::checked(call.result, compute(a, b), &[a, b]).map(Datum::Float)
}

fn float_multiply(call: &Call<'_>) -> Computed {
    let result = floating(call, |a, b| a * b)?;
    let zero = call.float(0)? == 0.0 || call.float(1)? == 0.0;
    underflow(result, zero)
}

fn float_divide(call: &Call<'_>) -> Computed {
    let (a, b) = (call.float(0)?, call.float(1)?);
    if b == 0.0 && !a.is_nan() {
        return Err(division_by_zero());
    }
    let result = floating(call, |a, b| a / b)?;
    underflow(result, a == 0.0 || b.is_infinite())
}

fn underflow(result: Datum, zero: bool) -> Computed {
    if result == Datum::Float(0.0) && !zero {
        return Err(Refusal::error("22003", "value out of range: underflow"));
    }
    Ok(result)
}

fn float_negate(call: &Call<'_>) -> Computed {
    Ok(Datum::Float(-call.float(0)?))
}

fn bits(call: &Call<'_>, compute: fn(i64, i64) -> i64) -> Computed {
    Ok(Datum::Int(compute(call.int(0)?, call.int(1)?)))
}

macro_rules! integers {
    ($($t:literal),*) => {
        &[$(
            line(concat!($t, " + ", $t, " -> ", $t), int_add).facts(SUM),
            line(concat!($t, " - ", $t, " -> ", $t), int_subtract).facts(DIFFERENCE),
            line(concat!($t, " * ", $t, " -> ", $t), int_multiply),
            line(concat!($t, " / ", $t, " -> ", $t), int_divide),
            line(concat!($t, " % ", $t, " -> ", $t), int_modulo),
            line(concat!("- ", $t, " -> ", $t), int_negate).facts(NEGATION),
            line(concat!("+ ", $t, " -> ", $t), same).facts(IDENTITY),
            line(concat!("@ ", $t, " -> ", $t), int_abs).facts(Facts::COUNT),
            line(concat!($t, " & ", $t, " -> ", $t), |c| bits(c, |a, b| a & b)),
            line(concat!($t, " | ", $t, " -> ", $t), |c| bits(c, |a, b| a | b)),
            line(concat!($t, " # ", $t, " -> ", $t), |c| bits(c, |a, b| a ^ b)),
        )*
            line("numeric + numeric -> numeric", |c| numeric(c, '+')).facts(SUM),
            line("numeric - numeric -> numeric", |c| numeric(c, '-')).facts(NUMERIC_DIFFERENCE),
            line("numeric * numeric -> numeric", |c| numeric(c, '*')),
            line("numeric / numeric -> numeric", |c| numeric(c, '/')),
            line("numeric % numeric -> numeric", |c| numeric(c, '%')),
            line("- numeric -> numeric", |c| Ok(Datum::Numeric(c.numeric(0)?.negate())))
                .facts(Facts::NONE.injective(0).free(0)),
            line("+ numeric -> numeric", same).facts(IDENTITY),
            line("@ numeric -> numeric", numeric_abs).facts(Facts::COUNT),
            line("float4 + float4 -> float4", |c| floating(c, |a, b| a + b)),
            line("float4 - float4 -> float4", |c| floating(c, |a, b| a - b)),
            line("float4 * float4 -> float4", float_multiply),
            line("float4 / float4 -> float4", float_divide),
            line("- float4 -> float4", float_negate),
            line("float8 + float8 -> float8", |c| floating(c, |a, b| a + b)),
            line("float8 - float8 -> float8", |c| floating(c, |a, b| a - b)),
            line("float8 * float8 -> float8", float_multiply),
            line("float8 / float8 -> float8", float_divide),
            line("- float8 -> float8", float_negate),
        ]
    };
}

/// Overflow aside, which is an error.
const SUM: Facts = Facts::NONE.order(&[(0, Increasing), (1, Increasing)]).free(0);
const DIFFERENCE: Facts = Facts::NONE.order(&[(0, Increasing), (1, Decreasing)]).free(0);
/// NaN is the greatest number, and so is the difference from it.
const NUMERIC_DIFFERENCE: Facts = Facts::NONE.order(&[(0, Increasing)]).free(0);
const NEGATION: Facts = Facts::NONE.order(&[(0, Decreasing)]).injective(0).free(0);
const IDENTITY: Facts =
    Facts::NONE.order(&[(0, Increasing)]).injective(0).free(0).at_most(0).at_least(0);

fn numeric_abs(call: &Call<'_>) -> Computed<Datum> {
    Ok(Datum::Numeric(Numeric::abs(call.numeric(0)?)))
}

pub(super) const LINES: &[Line] = integers!["int2", "int4", "int8"];
