//! Functions of dates, times and spans.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use crate::datum::date_time::midnight;
use crate::datum::interval::Interval;
use crate::datum::numeric::Numeric;
use crate::datum::signature::Order::Increasing;
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::timestamp::{
    DATE_INFINITY, DAY, EPOCH_DAYS, INFINITY, SECOND, date_number, timestamp, timestamp_number,
};
use crate::datum::types::Type;
use crate::datum::{Computed, Datum, Refusal};

/// The field that a word names, without the other names that some have.
fn field(call: &Call<'_>, at: usize) -> Computed<String> {
    let word = call.text(at)?.to_ascii_lowercase();
    Ok(match word.as_str() {
        "years" => "year",
        "months" => "month",
        "days" => "day",
        "hours" => "hour",
        "minutes" => "minute",
        "seconds" => "second",
        "millisecond" => "milliseconds",
        "microsecond" => "microseconds",
        "weeks" => "week",
        _ => return Ok(word),
    }
    .to_owned())
}

fn other_field(field: &str) -> Refusal {
    Refusal::unknown(format!("the field {field} of a moment"))
}

/// The moment that an argument is.
fn moment(call: &Call<'_>, at: usize) -> Computed<i64> {
    match call.datum(at)? {
        Datum::Date(day) => midnight(*day),
        Datum::Timestamp(number) => Ok(*number),
        _ => Err(Refusal::unknown("a moment of another type")),
    }
}

fn extract(call: &Call<'_>) -> Computed<Numeric> {
    let field = field(call, 0)?;
    let number = moment(call, 1)?;
    if number == INFINITY.0 || number == INFINITY.1 {
        return Err(Refusal::unknown("a field of an infinite moment"));
    }
    let is_date = matches!(call.type_of(1)?, Type::Date);
    if field == "epoch" {
        let micros = i128::from(number) + i128::from(EPOCH_DAYS) * i128::from(DAY);
        return Ok(if is_date {
            Numeric::from(i64::try_from(micros / i128::from(SECOND)).unwrap_or(0))
        } else {
            Numeric::millionths(micros)
        });
    }
    if matches!(call.type_of(1)?, Type::TimestampTz(_)) {
        return Err(Refusal::unknown("the session's time zone"));
    }
    let at = timestamp(number)?;
    if let Some(of_day) = of_day(at.date(), &field) {
        return Ok(Numeric::from(of_day));
    }
    if is_date {
        return Err(other_field(&field));
    }
    let micros = i128::from(number.rem_euclid(60 * SECOND));
    Ok(match field.as_str() {
        "hour" => Numeric::from(i64::from(at.hour())),
        "minute" => Numeric::from(i64::from(at.minute())),
        "second" => Numeric::millionths(micros),
        "milliseconds" => Numeric::millionths(micros * 1_000).round(3),
        "microseconds" => Numeric::from(number.rem_euclid(60 * SECOND)),
        _ => return Err(other_field(&field)),
    })
}

/// The fields of the day of a moment.
fn of_day(day: NaiveDate, field: &str) -> Option<i64> {
    let year = i64::from(day.year());
    let week = day.iso_week();
    Some(match field {
        "day" => day.day().into(),
        "month" => day.month().into(),
        "quarter" => ((day.month() - 1) / 3 + 1).into(),
        "dow" => day.weekday().num_days_from_sunday().into(),
        "isodow" => day.weekday().number_from_monday().into(),
        "doy" => day.ordinal().into(),
        // There was no year 0.
        _ if year <= 0 || week.year() <= 0 => return None,
        "year" => year,
        "week" => week.week().into(),
        "isoyear" => week.year().into(),
        "decade" => year / 10,
        "century" => (year + 99) / 100,
        "millennium" => (year + 999) / 1_000,
        _ => return None,
    })
}

fn of_interval(call: &Call<'_>) -> Computed<Numeric> {
    let (field, span) = (field(call, 0)?, call.interval(1)?);
    let seconds = span.micros / SECOND;
    let within = |number: i64| Numeric::from(number);
    Ok(match field.as_str() {
        "year" => within((span.months / 12).into()),
        "month" => within((span.months % 12).into()),
        "day" => within(span.days.into()),
        "hour" => within(seconds / 3_600),
        "minute" => within(seconds / 60 % 60),
        "second" => Numeric::millionths((span.micros % (60 * SECOND)).into()),
        "epoch" => {
            // A year is of 365.25 days there, and a month beyond the years of 30.
            let (years, months) = (i128::from(span.months / 12), i128::from(span.months % 12));
            let quarter_days = years * 1_461 + (months * 30 + i128::from(span.days)) * 4;
            Numeric::millionths(quarter_days * i128::from(DAY / 4) + i128::from(span.micros))
        }
        _ => return Err(other_field(&field)),
    })
}

fn as_float(number: &Numeric) -> Datum {
    Datum::Float(number.to_float())
}

/// The beginning of the unit that a moment is in.
fn truncated(call: &Call<'_>) -> Computed {
    let field = field(call, 0)?;
    let number = moment(call, 1)?;
    if number == INFINITY.0 || number == INFINITY.1 {
        return Err(Refusal::unknown("a unit of an infinite moment"));
    }
    let unit = match field.as_str() {
        "microseconds" => Some(1),
        "milliseconds" => Some(1_000),
        "second" => Some(SECOND),
        "minute" => Some(60 * SECOND),
        "hour" => Some(3_600 * SECOND),
        "day" => Some(DAY),
        _ => None,
    };
    let has_zone = matches!(call.type_of(1)?, Type::TimestampTz(_));
    if has_zone && unit.is_none_or(|unit| unit > SECOND) {
        return Err(Refusal::unknown("the session's time zone"));
    }
    let at = timestamp(number)?;
    if let Some(unit) = unit {
        return Ok(Datum::Timestamp(number - number.rem_euclid(unit)));
    }
    let (year, month) = (at.year(), at.month());
    if year <= 0 {
        return Err(Refusal::unknown("a moment before our era"));
    }
    let first = |year: i32, month: u32| NaiveDate::from_ymd_opt(year, month, 1);
    let day = match field.as_str() {
        "week" => at
            .date()
            .checked_sub_days(chrono::Days::new(at.weekday().num_days_from_monday().into())),
        "month" => first(year, month),
        "quarter" => first(year, (month - 1) / 3 * 3 + 1),
        "year" => first(year, 1),
        "decade" if year >= 10 => first(year / 10 * 10, 1),
        "century" => first((year - 1) / 100 * 100 + 1, 1),
        "millennium" => first((year - 1) / 1_000 * 1_000 + 1, 1),
        _ => return Err(other_field(&field)),
    };
    let day = day.and_then(|day| day.and_hms_opt(0, 0, 0)).ok_or_else(|| other_field(&field))?;
    Ok(Datum::Timestamp(timestamp_number(day)?))
}

fn make_date(call: &Call<'_>) -> Computed {
    let (year, month, day) = (call.int(0)?, call.int(1)?, call.int(2)?);
    if year < 0 {
        return Err(Refusal::unknown("a date before our era"));
    }
    let narrow = |number: i64| u32::try_from(number).ok();
    let date = i32::try_from(year)
        .ok()
        .filter(|year| (1..=9_999).contains(year))
        .zip(narrow(month))
        .zip(narrow(day))
        .and_then(|((year, month), day)| NaiveDate::from_ymd_opt(year, month, day));
    match date {
        Some(date) => Ok(Datum::Date(date_number(date)?)),
        None if year > 9_999 => Err(Refusal::unknown("a date far ahead")),
        None => Err(Refusal::error("22008", "date field value out of range")),
    }
}

/// `make_interval` with its arguments in order; the last ones may be left out.
fn make_interval(call: &Call<'_>) -> Computed {
    let number = |at: usize| if at < call.count() { call.int(at) } else { Ok(0) };
    let seconds = if call.count() > 6 { call.float(6)? } else { 0.0 };
    if seconds.fract() != 0.0 || seconds.abs() > 1e12 {
        return Err(Refusal::unknown("a part of a second"));
    }
    let narrow = |number: i64| {
        i32::try_from(number).map_err(|_| Refusal::error("22008", "interval out of range"))
    };
    let micros = (number(4)? * 3_600 + number(5)? * 60 + seconds as i64) * SECOND;
    Ok(Datum::Interval(Interval {
        months: narrow(number(0)? * 12 + number(1)?)?,
        days: narrow(number(2)? * 7 + number(3)?)?,
        micros,
    }))
}

/// The fields of a template that has nothing else but punctuation.
fn to_char(call: &Call<'_>) -> Computed {
    let number = call.micros(0)?;
    if number == INFINITY.0 || number == INFINITY.1 {
        return Err(Refusal::unknown("the text of an infinite moment"));
    }
    let at: NaiveDateTime = timestamp(number)?;
    if !(1..=9_999).contains(&at.year()) {
        return Err(Refusal::unknown("the text of a year far away"));
    }
    let mut rest: &str = call.text(1)?;
    if rest.is_empty() {
        return Ok(Datum::Null);
    }
    let mut text = String::new();
    while let Some(first) = rest.chars().next() {
        let fields = [
            ("YYYY", format!("{:04}", at.year())),
            ("HH24", format!("{:02}", at.hour())),
            ("MM", format!("{:02}", at.month())),
            ("DD", format!("{:02}", at.day())),
            ("MI", format!("{:02}", at.minute())),
            ("SS", format!("{:02}", at.second())),
        ];
        let known = fields.iter().find_map(|(name, value)| Some((rest.strip_prefix(name)?, value)));
        if let Some((after, value)) = known {
            text.push_str(value);
            rest = after;
        } else if matches!(first, '-' | ':' | ' ' | '.' | '/' | ',' | '_') {
            text.push(first);
            rest = rest.get(1..).unwrap_or("");
        } else {
            return Err(Refusal::unknown("a template of to_char"));
        }
        // Letters behind a field may change it, as TH does.
        if rest.starts_with(|c: char| c.is_alphabetic())
            && !["YYYY", "HH24", "MM", "DD", "MI", "SS"].iter().any(|f| rest.starts_with(f))
        {
            return Err(Refusal::unknown("a template of to_char"));
        }
    }
    Ok(Datum::text(text))
}

fn is_finite(call: &Call<'_>) -> Computed {
    Ok(Datum::Bool(match call.datum(0)? {
        Datum::Date(day) => *day != DATE_INFINITY.0 && *day != DATE_INFINITY.1,
        Datum::Timestamp(number) => *number != INFINITY.0 && *number != INFINITY.1,
        // Infinite since PostgreSQL 17.
        Datum::Interval(span) => {
            let end = |number: i64| number == i64::MIN || number == i64::MAX;
            if end(span.micros) {
                return Err(Refusal::unknown("a span without end"));
            }
            true
        }
        _ => return Err(Refusal::unknown("a moment of another type")),
    }))
}

/// Thirty days are a month, and 24 hours a day (`interval_justify_days`, `interval_justify_hours`).
fn justify_hours(span: Interval) -> Computed<Interval> {
    let whole = i32::try_from(span.micros / DAY).map_err(|_| Refusal::unknown("a long span"))?;
    let mut days = span.days.checked_add(whole).ok_or_else(|| Refusal::unknown("a long span"))?;
    let mut micros = span.micros % DAY;
    if days > 0 && micros < 0 {
        micros += DAY;
        days -= 1;
    } else if days < 0 && micros > 0 {
        micros -= DAY;
        days += 1;
    }
    Ok(Interval { months: span.months, days, micros })
}

const TRUNCATED: Facts = Facts::NONE.order(&[(1, Increasing)]).at_most(1);

pub(super) const LINES: &[Line] = &[
    line("extract(text, date) -> numeric", |c| extract(c).map(Datum::Numeric)),
    line("extract(text, timestamp) -> numeric", |c| extract(c).map(Datum::Numeric)),
    line("extract(text, timestamptz) -> numeric", |c| extract(c).map(Datum::Numeric)).stable(),
    line("extract(text, interval) -> numeric", |c| of_interval(c).map(Datum::Numeric)),
    line("date_part(text, date) -> float8", |c| Ok(as_float(&extract(c)?))),
    line("date_part(text, timestamp) -> float8", |c| Ok(as_float(&extract(c)?))),
    line("date_part(text, timestamptz) -> float8", |c| Ok(as_float(&extract(c)?))).stable(),
    line("date_part(text, interval) -> float8", |c| Ok(as_float(&of_interval(c)?))),
    line("date_trunc(text, timestamp) -> timestamp", truncated).facts(TRUNCATED),
    line("date_trunc(text, timestamptz) -> timestamptz", truncated).facts(TRUNCATED).stable(),
    line("make_date(int4, int4, int4) -> date", make_date),
    line("make_interval() -> interval", make_interval),
    line("make_interval(int4) -> interval", make_interval),
    line("make_interval(int4, int4) -> interval", make_interval),
    line("make_interval(int4, int4, int4) -> interval", make_interval),
    line("make_interval(int4, int4, int4, int4) -> interval", make_interval),
    line("make_interval(int4, int4, int4, int4, int4) -> interval", make_interval),
    line("make_interval(int4, int4, int4, int4, int4, int4) -> interval", make_interval),
    line("make_interval(int4, int4, int4, int4, int4, int4, float8) -> interval", make_interval),
    line("to_char(timestamp, text) -> text", to_char).nullable().stable(),
    line("isfinite(date) -> bool", is_finite),
    line("isfinite(timestamp) -> bool", is_finite),
    line("isfinite(timestamptz) -> bool", is_finite),
    line("isfinite(interval) -> bool", is_finite),
    line("justify_hours(interval) -> interval", |c| {
        justify_hours(c.interval(0)?).map(Datum::Interval)
    }),
];
