//! Operators of dates, times and spans.

use crate::datum::date_time::midnight;
use crate::datum::interval::Interval;
use crate::datum::signature::Order::{Decreasing, Increasing};
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::timestamp::{DATE_INFINITY, DAY, INFINITY, date, moved};
use crate::datum::types::Type;
use crate::datum::{Computed, Datum, Refusal};

fn negated(span: Interval) -> Computed<Interval> {
    span.checked_mul(-1)
}

/// A date moved by days.
fn shifted(call: &Call<'_>, day: usize, days: usize, sign: i64) -> Computed {
    let day = call.date(day)?;
    if day == DATE_INFINITY.0 || day == DATE_INFINITY.1 {
        return Ok(Datum::Date(day));
    }
    let days = call.int(days)?.saturating_mul(sign);
    let number = i64::from(day).saturating_add(days);
    let number =
        i32::try_from(number).map_err(|_| Refusal::unknown("a date beyond the calendar"))?;
    date(number)?;
    Ok(Datum::Date(number))
}

fn date_difference(call: &Call<'_>) -> Computed {
    let (a, b) = (call.date(0)?, call.date(1)?);
    let infinite = |day| day == DATE_INFINITY.0 || day == DATE_INFINITY.1;
    if infinite(a) || infinite(b) {
        return Err(Refusal::error("22008", "cannot subtract infinite dates"));
    }
    Ok(Datum::Int(i64::from(a) - i64::from(b)))
}

/// A date, a timestamp or a time of day moved by a span.
fn added(call: &Call<'_>, moment: usize, span: usize, backwards: bool) -> Computed {
    let span = call.interval(span)?;
    let span = if backwards { negated(span)? } else { span };
    match (call.datum(moment)?, call.type_of(moment)?) {
        (Datum::Date(day), _) => Ok(Datum::Timestamp(moved(midnight(*day)?, span, false)?)),
        (Datum::Time(micros), _) => {
            Ok(Datum::Time(micros.wrapping_add(span.micros % DAY).rem_euclid(DAY)))
        }
        (Datum::Timestamp(number), data_type) => {
            let has_zone = matches!(data_type, Type::TimestampTz(_));
            Ok(Datum::Timestamp(moved(*number, span, has_zone)?))
        }
        _ => Err(Refusal::unknown("a moment of another type")),
    }
}

fn timestamp_difference(call: &Call<'_>) -> Computed {
    let (a, b) = (call.micros(0)?, call.micros(1)?);
    let infinite = |number| number == INFINITY.0 || number == INFINITY.1;
    if infinite(a) || infinite(b) {
        // An error before PostgreSQL 17, and an infinite span since.
        return Err(Refusal::unknown("the span to an infinite timestamp"));
    }
    let micros = a.checked_sub(b).ok_or_else(|| Refusal::unknown("a very long span"))?;
    let days = i32::try_from(micros / DAY).map_err(|_| Refusal::unknown("a very long span"))?;
    Ok(Datum::Interval(Interval { months: 0, days, micros: micros % DAY }))
}

fn time_difference(call: &Call<'_>) -> Computed {
    let micros = call.micros(0)? - call.micros(1)?;
    Ok(Datum::Interval(Interval { micros, ..Interval::default() }))
}

fn date_and_time(call: &Call<'_>, day: usize, time: usize) -> Computed {
    let day = midnight(call.date(day)?)?;
    if day == INFINITY.0 || day == INFINITY.1 {
        return Ok(Datum::Timestamp(day));
    }
    Ok(Datum::Timestamp(day + call.micros(time)?))
}

fn scaled(call: &Call<'_>, span: usize, factor: usize) -> Computed {
    let factor = call.float(factor)?;
    if factor.fract() != 0.0 || factor.abs() >= 2_147_483_648.0 {
        return Err(Refusal::unknown("a part of an interval"));
    }
    let span = call.interval(span)?;
    // Long spans are multiplied as binary fractions there.
    if span.micros.unsigned_abs() as f64 * factor.abs() >= 4_503_599_627_370_496.0 {
        return Err(Refusal::unknown("a very long interval"));
    }
    span.checked_mul(factor as i64).map(Datum::Interval)
}

fn sum(call: &Call<'_>) -> Computed {
    call.interval(0)?.checked_add(call.interval(1)?).map(Datum::Interval)
}

fn difference(call: &Call<'_>) -> Computed {
    call.interval(0)?.checked_add(negated(call.interval(1)?)?).map(Datum::Interval)
}

const FOLLOWS_BOTH: Facts = Facts::NONE.order(&[(0, Increasing), (1, Increasing)]);
const FOLLOWS_FIRST: Facts = Facts::NONE.order(&[(0, Increasing), (1, Decreasing)]);
/// Spans of equal length may move a moment differently, so that only the moment is followed.
const FOLLOWS_MOMENT: Facts = Facts::NONE.order(&[(0, Increasing)]);

pub(super) const LINES: &[Line] = &[
    line("date + int4 -> date", |c| shifted(c, 0, 1, 1)).facts(FOLLOWS_BOTH),
    line("int4 + date -> date", |c| shifted(c, 1, 0, 1)).facts(FOLLOWS_BOTH),
    line("date - int4 -> date", |c| shifted(c, 0, 1, -1)).facts(FOLLOWS_FIRST),
    line("date - date -> int4", date_difference).facts(FOLLOWS_FIRST),
    line("date + interval -> timestamp", |c| added(c, 0, 1, false)).facts(FOLLOWS_MOMENT),
    line("interval + date -> timestamp", |c| added(c, 1, 0, false)),
    line("date - interval -> timestamp", |c| added(c, 0, 1, true)).facts(FOLLOWS_MOMENT),
    line("timestamp + interval -> timestamp", |c| added(c, 0, 1, false)).facts(FOLLOWS_MOMENT),
    line("interval + timestamp -> timestamp", |c| added(c, 1, 0, false)),
    line("timestamp - interval -> timestamp", |c| added(c, 0, 1, true)).facts(FOLLOWS_MOMENT),
    // A day of the session's time zone may have 23 hours, so that these follow nothing for certain.
    line("timestamptz + interval -> timestamptz", |c| added(c, 0, 1, false)).stable(),
    line("interval + timestamptz -> timestamptz", |c| added(c, 1, 0, false)).stable(),
    line("timestamptz - interval -> timestamptz", |c| added(c, 0, 1, true)).stable(),
    line("timestamp - timestamp -> interval", timestamp_difference),
    line("timestamptz - timestamptz -> interval", timestamp_difference),
    line("time + interval -> time", |c| added(c, 0, 1, false)),
    line("interval + time -> time", |c| added(c, 1, 0, false)),
    line("time - interval -> time", |c| added(c, 0, 1, true)),
    line("time - time -> interval", time_difference).facts(FOLLOWS_FIRST),
    line("date + time -> timestamp", |c| date_and_time(c, 0, 1)).facts(FOLLOWS_BOTH),
    line("time + date -> timestamp", |c| date_and_time(c, 1, 0)).facts(FOLLOWS_BOTH),
    line("interval + interval -> interval", sum).facts(FOLLOWS_BOTH),
    line("interval - interval -> interval", difference).facts(FOLLOWS_FIRST),
    line("- interval -> interval", |c| negated(c.interval(0)?).map(Datum::Interval)),
    line("interval * float8 -> interval", |c| scaled(c, 0, 1)),
    line("float8 * interval -> interval", |c| scaled(c, 1, 0)),
];
