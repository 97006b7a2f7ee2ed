//! The calendar of dates and timestamps: days and microseconds since 2000-01-01.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::interval::Interval;
use super::{Computed, Refusal};

/// Microseconds of a second.
pub(super) const SECOND: i64 = 1_000_000;
/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400 * SECOND;
/// Days from 1970-01-01 to 2000-01-01.
pub(super) const EPOCH_DAYS: i64 = 10_957;
/// The infinities of a date.
pub(super) const DATE_INFINITY: (i32, i32) = (i32::MIN, i32::MAX);
/// The infinities of a timestamp.
pub(super) const INFINITY: (i64, i64) = (i64::MIN, i64::MAX);

/// The least and the greatest date that both the calendar of this crate and PostgreSQL have.
const YEARS: std::ops::RangeInclusive<i32> = -4_711..=262_000;

pub(super) fn too_far() -> Refusal {
    Refusal::unknown("a date beyond the calendar")
}

/// The number of a day.
pub(super) fn date_number(date: NaiveDate) -> Computed<i32> {
    if !YEARS.contains(&date.year()) {
        return Err(too_far());
    }
    Ok(date.num_days_from_ce() - 730_120)
}

/// The day of a number that is not infinite.
pub(super) fn date(number: i32) -> Computed<NaiveDate> {
    number
        .checked_add(730_120)
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .filter(|date| YEARS.contains(&date.year()))
        .ok_or_else(too_far)
}

/// The day and the time of a number that is not infinite.
pub(super) fn timestamp(number: i64) -> Computed<NaiveDateTime> {
    let day = i32::try_from(number.div_euclid(DAY)).map_err(|_| too_far())?;
    Ok(date(day)?.and_time(time(number.rem_euclid(DAY))))
}

/// The number of a day and a time.
pub(super) fn timestamp_number(timestamp: NaiveDateTime) -> Computed<i64> {
    let day = i64::from(date_number(timestamp.date())?);
    day.checked_mul(DAY)
        .and_then(|micros| micros.checked_add(time_number(timestamp.time())))
        .ok_or_else(too_far)
}

fn time(micros: i64) -> NaiveTime {
    let seconds = u32::try_from(micros / SECOND).unwrap_or(0);
    let nanos = u32::try_from(micros % SECOND * 1_000).unwrap_or(0);
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos).unwrap_or(NaiveTime::MIN)
}

fn time_number(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight()) * SECOND + i64::from(time.nanosecond() / 1_000)
}

/// A timestamp moved by a span of time: by its months, then by its days, then by the rest.
pub(super) fn moved(number: i64, by: Interval, has_zone: bool) -> Computed<i64> {
    if number == INFINITY.0 || number == INFINITY.1 {
        return Ok(number);
    }
    if has_zone && (by.months != 0 || by.days != 0) {
        return Err(Refusal::unknown("a day or a month of the session's time zone"));
    }
    let mut at = timestamp(number)?;
    let months = Months::new(by.months.unsigned_abs());
    at = if by.months >= 0 { at.checked_add_months(months) } else { at.checked_sub_months(months) }
        .ok_or_else(too_far)?;
    let days = Days::new(by.days.unsigned_abs().into());
    at = if by.days >= 0 { at.checked_add_days(days) } else { at.checked_sub_days(days) }
        .ok_or_else(too_far)?;
    timestamp_number(at)?.checked_add(by.micros).ok_or_else(too_far).and_then(|moved| {
        timestamp(moved)?;
        Ok(moved)
    })
}

/// Rounds to so many digits of the second, halves away from zero.
pub(super) fn rounded(number: i64, digits: Option<u8>) -> i64 {
    let Some(digits) = digits.filter(|d| *d < 6) else { return number };
    if number == INFINITY.0 || number == INFINITY.1 {
        return number;
    }
    let unit = 10_i64.pow(6 - u32::from(digits));
    let half = if number >= 0 { unit / 2 } else { -unit / 2 };
    number.checked_add(half).map_or(number, |number| number / unit * unit)
}
