//! Spans of time: <https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-INTERVAL-INPUT>.

use std::cmp::Ordering;
use std::fmt::Write;

use super::date_time::fraction;
use super::timestamp::{DAY, SECOND};
use super::{Computed, Refusal};

/// A span of time, whose months and days have no fixed length.
#[derive(Debug, Clone, Copy, Default)]
pub struct Interval {
    /// Months.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Microseconds.
    pub micros: i64,
}

/// As PostgreSQL finds them equal: a month is thirty days, and a day 24 hours.
impl PartialEq for Interval {
    fn eq(&self, other: &Self) -> bool {
        self.length() == other.length()
    }
}

impl Eq for Interval {}

impl Interval {
    /// Its length where a month is of thirty days and a day of 24 hours, by which spans are compared.
    #[must_use]
    pub fn length(self) -> i128 {
        (i128::from(self.months) * 30 + i128::from(self.days)) * i128::from(DAY)
            + i128::from(self.micros)
    }

    pub(super) fn checked_add(self, other: Self) -> Computed<Self> {
        let sum = || {
            Some(Self {
                months: self.months.checked_add(other.months)?,
                days: self.days.checked_add(other.days)?,
                micros: self.micros.checked_add(other.micros)?,
            })
        };
        sum().ok_or_else(out_of_range)
    }

    pub(super) fn checked_mul(self, factor: i64) -> Computed<Self> {
        let narrow = i32::try_from(factor).map_err(|_| Refusal::unknown("a very long interval"))?;
        let product = || {
            Some(Self {
                months: self.months.checked_mul(narrow)?,
                days: self.days.checked_mul(narrow)?,
                micros: self.micros.checked_mul(factor)?,
            })
        };
        product().ok_or_else(out_of_range)
    }
}

fn out_of_range() -> Refusal {
    Refusal::error("22008", "interval out of range")
}

/// The order of spans.
pub(super) fn compare(a: Interval, b: Interval) -> Ordering {
    a.length().cmp(&b.length())
}

/// One field of a span, and how much of it one unit is.
enum Unit {
    Months(i64),
    Days(i64),
    Micros(i64),
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "microsecond" | "microseconds" | "us" | "usec" | "usecs" | "usecond" | "useconds" => {
            Unit::Micros(1)
        }
        "millisecond" | "milliseconds" | "ms" | "msec" | "msecs" | "msecond" | "mseconds" => {
            Unit::Micros(1_000)
        }
        "second" | "seconds" | "sec" | "secs" | "s" => Unit::Micros(SECOND),
        "minute" | "minutes" | "min" | "mins" | "m" => Unit::Micros(60 * SECOND),
        "hour" | "hours" | "hr" | "hrs" | "h" => Unit::Micros(3_600 * SECOND),
        "day" | "days" | "d" => Unit::Days(1),
        "week" | "weeks" | "w" => Unit::Days(7),
        "month" | "months" | "mon" | "mons" => Unit::Months(1),
        "year" | "years" | "yr" | "yrs" | "y" => Unit::Months(12),
        "decade" | "decades" | "decs" => Unit::Months(120),
        "century" | "centuries" => Unit::Months(1_200),
        _ => return None,
    })
}

/// Reads a span of the forms `1 year 2 mons`, `-3 days`, `04:05:06.7`, `90`.
pub(super) fn input(text: &str) -> Computed<Interval> {
    let unread = || {
        if text.trim().is_empty() {
            let message = format!("invalid input syntax for type interval: \"{text}\"");
            return Refusal::error("22007", message);
        }
        Refusal::unknown(format!("the interval '{text}'"))
    };
    let text = text.trim().to_ascii_lowercase();
    let mut words = words(&text).into_iter().peekable();
    let mut total = Interval::default();
    if words.peek().is_none() {
        return Err(unread());
    }
    while let Some(word) = words.next() {
        if word.contains(':') {
            total = total.checked_add(clock(word).ok_or_else(unread)?)?;
            if words.peek().is_some() {
                return Err(unread());
            }
            break;
        }
        let unit = match words.next() {
            Some(word) => unit(word).ok_or_else(unread)?,
            // A number by itself is one of seconds.
            None if total.length() == 0 => Unit::Micros(SECOND),
            None => return Err(unread()),
        };
        total = total.checked_add(field(word, &unit).ok_or_else(unread)?)?;
    }
    Ok(total)
}

/// Numbers and words, which need no blank between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for part in text.split_ascii_whitespace() {
        match part.find(|c: char| c.is_ascii_alphabetic()) {
            Some(at) if at > 0 => words.extend([&part[..at], &part[at..]]),
            _ => words.push(part),
        }
    }
    words
}

fn field(number: &str, unit: &Unit) -> Option<Interval> {
    let (negative, unsigned) = sign(number);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.len() > 6 {
        return None;
    }
    if !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: i64 = format!("{fraction:0<6}").parse().ok()?;
    let signed = |n: i64| if negative { -n } else { n };
    let mut found = Interval::default();
    match unit {
        Unit::Months(months) => {
            // A part of a year is rounded to months, and one of a month goes on into days.
            if part != 0 {
                return None;
            }
            found.months = i32::try_from(signed(whole.checked_mul(*months)?)).ok()?;
        }
        Unit::Days(days) => {
            // A part of a week goes on into days.
            if part != 0 && *days != 1 {
                return None;
            }
            found.days = i32::try_from(signed(whole.checked_mul(*days)?)).ok()?;
            found.micros = signed(part * (DAY / SECOND));
        }
        Unit::Micros(micros) => {
            let part = part.checked_mul(*micros)?;
            if part % SECOND != 0 {
                return None;
            }
            found.micros = signed(whole.checked_mul(*micros)?.checked_add(part / SECOND)?);
        }
    }
    Some(found)
}

fn sign(number: &str) -> (bool, &str) {
    match number.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, number.strip_prefix('+').unwrap_or(number)),
    }
}

/// `04:05`, `-04:05:06.7`
fn clock(word: &str) -> Option<Interval> {
    let (negative, unsigned) = sign(word);
    let fields: Vec<&str> = unsigned.split(':').collect();
    let (hours, minutes, seconds) = match fields[..] {
        // Two fields are hours and minutes unless the second one has a fraction.
        [hours, minutes] if !minutes.contains('.') => (hours, minutes, "0"),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if plain { digits.parse::<i64>().ok() } else { None }
    };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    if fraction.len() > 6 {
        return None;
    }
    let (hours, minutes, whole) = (number(hours)?, number(minutes)?, number(whole)?);
    if minutes > 59 || whole > 59 || hours > 100_000_000 {
        return None;
    }
    let micros = number(&format!("{fraction:0<6}"))?;
    let micros = ((hours * 60 + minutes) * 60 + whole) * SECOND + micros;
    Some(Interval { micros: if negative { -micros } else { micros }, ..Interval::default() })
}

/// Writes a span in the style `postgres`.
pub(super) fn output(span: Interval) -> String {
    let mut text = String::new();
    let mut before = false;
    let fields = [(span.months / 12, "year"), (span.months % 12, "mon"), (span.days, "day")];
    for (value, name) in fields.into_iter().filter(|(value, _)| *value != 0) {
        let blank = if text.is_empty() { "" } else { " " };
        let sign = if before && value > 0 { "+" } else { "" };
        let plural = if value == 1 { "" } else { "s" };
        let _ = write!(text, "{blank}{sign}{value} {name}{plural}");
        before = value < 0;
    }
    if text.is_empty() || span.micros != 0 {
        let blank = if text.is_empty() { "" } else { " " };
        let sign = match span.micros < 0 {
            true => "-",
            false if before => "+",
            false => "",
        };
        let micros = span.micros.unsigned_abs();
        let (second, rest) = (1_000_000, micros % 1_000_000);
        let seconds = micros / second;
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        let fraction = fraction(i64::try_from(rest).unwrap_or(0));
        let _ = write!(text, "{blank}{sign}{hours:02}:{minutes:02}:{:02}{fraction}", seconds % 60);
    }
    text
}
