//! The texts of dates and times: <https://www.postgresql.org/docs/current/datatype-datetime.html>.
//!
//! Texts of the form `2024-01-31 12:30:00.5+02` are read, which mean the same under every `DateStyle`.

use chrono::{Datelike, NaiveDate};

use super::timestamp::{
    DATE_INFINITY, DAY, INFINITY, SECOND, date, date_number, timestamp, too_far,
};
use super::types::Type;
use super::{Computed, Refusal};

/// What a text says of a moment.
struct Parts {
    date: Option<i32>,
    /// Microseconds since midnight, which may be a whole day.
    time: Option<i64>,
    /// Microseconds east of UTC.
    offset: Option<i64>,
}

fn unread(text: &str, data_type: &Type) -> Refusal {
    if text.trim().is_empty() {
        let message = format!("invalid input syntax for type {data_type}: \"{text}\"");
        return Refusal::error("22007", message);
    }
    Refusal::unknown(format!("the {data_type} '{text}'"))
}

fn field_out_of_range(text: &str) -> Refusal {
    Refusal::error("22008", format!("date/time field value out of range: \"{text}\""))
}

/// Reads a moment; `None` where its form is not one of those that are read here.
fn parts(text: &str) -> Option<Computed<Parts>> {
    let text = text.trim();
    let wrong = || Some(Err(field_out_of_range(text)));
    let mut rest = text;
    let mut found = Parts { date: None, time: None, offset: None };
    if let Some((year, after)) = digits(rest, 4, 6)
        && let Some(after) = after.strip_prefix('-')
    {
        let (month, after) = digits(after, 1, 2)?;
        let (day, after) = digits(after.strip_prefix('-')?, 1, 2)?;
        if year == 0 {
            return wrong();
        }
        let year = i32::try_from(year).ok()?;
        let Some(day) = NaiveDate::from_ymd_opt(year, month, day) else { return wrong() };
        match date_number(day) {
            Ok(number) => found.date = Some(number),
            Err(far) => return Some(Err(far)),
        }
        rest = after;
        if rest.is_empty() {
            return Some(Ok(found));
        }
        rest = match rest.strip_prefix(['T', 't']) {
            Some(after) => after,
            None => rest.strip_prefix(' ')?.trim_start_matches(' '),
        };
    }
    let (hour, after) = digits(rest, 1, 2)?;
    let (minute, mut after) = digits(after.strip_prefix(':')?, 2, 2)?;
    let (mut second, mut micros) = (0, 0);
    if let Some(seconds) = after.strip_prefix(':') {
        (second, after) = digits(seconds, 2, 2)?;
        if let Some(fraction) = after.strip_prefix('.') {
            let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
            let (fraction, unread) = fraction.split_at(end);
            if fraction.is_empty() || fraction.len() > 6 {
                return None;
            }
            micros = format!("{fraction:0<6}").parse::<i64>().ok()?;
            after = unread;
        }
    }
    if second == 60 {
        return None;
    }
    let last = hour == 24 && (minute, second, micros) == (0, 0, 0);
    if (hour > 23 && !last) || minute > 59 || second > 59 {
        return wrong();
    }
    let seconds = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
    found.time = Some(seconds * SECOND + micros);
    found.offset = match after.trim_start_matches(' ') {
        "" if after.is_empty() => None,
        "Z" | "z" | "UTC" | "utc" => Some(0),
        zone => Some(offset(zone)?),
    };
    Some(Ok(found))
}

/// `+02`, `-03:30`
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, after) = digits(zone.get(1..)?, 2, 2)?;
    let minutes = match after.strip_prefix(':') {
        Some(minutes) => match digits(minutes, 2, 2)? {
            (minutes, "") => minutes,
            _ => return None,
        },
        None if after.is_empty() => 0,
        None => return None,
    };
    (hours <= 14 && minutes <= 59)
        .then(|| sign * (i64::from(hours) * 60 + i64::from(minutes)) * 60 * SECOND)
}

/// A number of so many digits, and what comes after it.
fn digits(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if !(least..=most).contains(&end) {
        return None;
    }
    let (number, rest) = text.split_at(end);
    Some((number.parse().ok()?, rest))
}

/// The place of a text among the infinities.
fn infinity(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "infinity" | "+infinity" => Some(true),
        "-infinity" => Some(false),
        _ => None,
    }
}

/// Reads a date.
pub(super) fn input_date(text: &str) -> Computed<i32> {
    match infinity(text) {
        Some(true) => return Ok(DATE_INFINITY.1),
        Some(false) => return Ok(DATE_INFINITY.0),
        None => {}
    }
    if text.trim().eq_ignore_ascii_case("epoch") {
        return Ok(-10_957);
    }
    let parts = parts(text).ok_or_else(|| unread(text, &Type::Date))??;
    parts.date.ok_or_else(|| unread(text, &Type::Date))
}

/// Reads a time of day.
pub(super) fn input_time(text: &str) -> Computed<i64> {
    let parts = parts(text).ok_or_else(|| unread(text, &Type::Time(None)))??;
    match parts {
        Parts { date: None, time: Some(time), offset: None } => Ok(time),
        _ => Err(unread(text, &Type::Time(None))),
    }
}

/// Reads a timestamp, in which a time zone counts for nothing, or a timestamp with a time zone, which needs one here.
pub(super) fn input_timestamp(text: &str, data_type: &Type) -> Computed<i64> {
    match infinity(text) {
        Some(true) => return Ok(INFINITY.1),
        Some(false) => return Ok(INFINITY.0),
        None => {}
    }
    if text.trim().eq_ignore_ascii_case("epoch") {
        return Ok(-EPOCH_MICROS);
    }
    let unread = || unread(text, data_type);
    let parts = parts(text).ok_or_else(unread)??;
    let day = parts.date.ok_or_else(unread)?;
    let has_zone = matches!(data_type, Type::TimestampTz(_));
    let offset = match parts.offset {
        Some(offset) if has_zone => offset,
        None if has_zone => return Err(Refusal::unknown("the session's time zone")),
        _ => 0,
    };
    let at = i64::from(day) * DAY + parts.time.unwrap_or(0) - offset;
    timestamp(at)?;
    Ok(at)
}

const EPOCH_MICROS: i64 = 10_957 * DAY;

/// Writes a date.
pub(super) fn output_date(number: i32) -> Computed<String> {
    if number == DATE_INFINITY.0 || number == DATE_INFINITY.1 {
        return Ok(if number > 0 { "infinity" } else { "-infinity" }.to_owned());
    }
    let date = date(number)?;
    let (year, era) = written_year(&date);
    Ok(format!("{year}-{:02}-{:02}{era}", date.month(), date.day()))
}

fn written_year(date: &NaiveDate) -> (String, &'static str) {
    let year = date.year();
    if year > 0 { (format!("{year:04}"), "") } else { (format!("{:04}", 1 - year), " BC") }
}

/// Writes a time of day.
pub(super) fn output_time(micros: i64) -> String {
    let seconds = micros / SECOND;
    let fraction = fraction(micros % SECOND);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}{fraction}", seconds % 60)
}

/// The digits after the seconds, without zeros at their end.
pub(super) fn fraction(micros: i64) -> String {
    if micros == 0 {
        return String::new();
    }
    format!(".{micros:06}").trim_end_matches('0').to_owned()
}

/// Writes a timestamp; one with a time zone is written in that of the session.
pub(super) fn output_timestamp(number: i64, has_zone: bool) -> Computed<String> {
    if number == INFINITY.0 || number == INFINITY.1 {
        return Ok(if number > 0 { "infinity" } else { "-infinity" }.to_owned());
    }
    if has_zone {
        return Err(Refusal::unknown("the session's time zone"));
    }
    let date = timestamp(number)?.date();
    let (year, era) = written_year(&date);
    let (month, day) = (date.month(), date.day());
    let time = output_time(number.rem_euclid(DAY));
    Ok(format!("{year}-{month:02}-{day:02} {time}{era}"))
}

/// The timestamp at which a date begins.
pub(super) fn midnight(number: i32) -> Computed<i64> {
    if number == DATE_INFINITY.0 {
        return Ok(INFINITY.0);
    }
    if number == DATE_INFINITY.1 {
        return Ok(INFINITY.1);
    }
    date(number)?;
    i64::from(number).checked_mul(DAY).ok_or_else(too_far)
}

/// The date of a timestamp.
pub(super) fn day(number: i64) -> Computed<i32> {
    if number == INFINITY.0 {
        return Ok(DATE_INFINITY.0);
    }
    if number == INFINITY.1 {
        return Ok(DATE_INFINITY.1);
    }
    i32::try_from(number.div_euclid(DAY)).map_err(|_| too_far())
}
