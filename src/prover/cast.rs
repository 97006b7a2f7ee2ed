//! Casts, and the texts of times and arrays.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::equality::is_uuid;
use super::evaluator::Evaluator;
use super::number::Number;
use super::path_search::Stop;
use super::sort::{Grain, Lengths, Range, Sort};
use super::value::{FOREVER, Interval, Symbol, Value, parse_boolean};

/// What a type means to the evaluator.
enum Target {
    Boolean,
    /// Of so many bits.
    Integer(u32),
    /// Decimals of any length.
    Numeric,
    /// Binary fractions, and decimals of a length.
    Float,
    /// Of so many characters, where it says.
    Text(Option<u32>),
    Uuid,
    Date,
    /// With a time zone or without.
    Time {
        zoned: bool,
    },
    Interval,
    Json,
    Array(String),
    /// Any other type by its name.
    Named(String),
}

impl Target {
    fn of(name: &str) -> Self {
        let name = name.trim().to_lowercase();
        if let Some(element) = name.strip_suffix("[]") {
            return Self::Array(element.to_owned());
        }
        let (plain, modifier) = match name.split_once('(') {
            None => (name.as_str(), None),
            Some((plain, rest)) => {
                (plain, Some(rest.split(')').next().unwrap_or_default().trim().to_owned()))
            }
        };
        let plain = plain.trim();
        match (plain.strip_prefix("pg_catalog.").unwrap_or(plain), &modifier) {
            ("bool" | "boolean", _) => Self::Boolean,
            ("smallint" | "int2", _) => Self::Integer(16),
            ("int" | "int4" | "integer", _) => Self::Integer(32),
            ("bigint" | "int8", _) => Self::Integer(64),
            ("numeric" | "decimal" | "dec", None) => Self::Numeric,
            (
                "numeric" | "decimal" | "dec" | "real" | "float" | "float4" | "float8"
                | "double precision" | "double",
                _,
            ) => Self::Float,
            ("text", _) | ("varchar" | "character varying", None) => Self::Text(None),
            ("varchar" | "character varying", Some(length)) => match length.parse() {
                Ok(length) => Self::Text(Some(length)),
                Err(_) => Self::Named(name),
            },
            ("uuid", _) => Self::Uuid,
            ("date", _) => Self::Date,
            ("timestamptz", None) => Self::Time { zoned: true },
            ("timestamp", None) => Self::Time { zoned: name.contains("with time zone") },
            ("timestamp with time zone", None) => Self::Time { zoned: true },
            ("timestamp without time zone", None) => Self::Time { zoned: false },
            ("interval", None) => Self::Interval,
            ("json" | "jsonb", _) => Self::Json,
            _ => Self::Named(name),
        }
    }

    /// The sort of what is cast to it.
    fn sort(&self) -> Sort {
        match self {
            Self::Boolean => Sort::Boolean,
            Self::Integer(bits) => Sort::Number(Range::bits(*bits)),
            Self::Numeric => Sort::Number(Range::DENSE),
            Self::Float => Sort::Number(Range::ALL),
            Self::Date => Sort::Time(Range::DATES),
            Self::Time { .. } => Sort::Time(Range::TIMES),
            Self::Text(length) => Sort::Text(length.map_or(Lengths::ANY, Lengths::up_to)),
            Self::Uuid => Sort::Uuid,
            Self::Json => Sort::Json,
            Self::Interval | Self::Array(_) | Self::Named(_) => Sort::Other,
        }
    }
}

impl Evaluator<'_> {
    /// `value::type`
    pub(super) fn cast(&mut self, value: Value, data_type: &str) -> Result<Value, Stop> {
        let target = Target::of(data_type);
        let value = self.known(value)?;
        let converted = match (&target, &value) {
            (_, Value::Null) => Some(Value::Null),
            (Target::Boolean, Value::Text(text)) => parse_boolean(text).map(Value::Boolean),
            (Target::Boolean, Value::Number(number)) => {
                number.as_integer().map(|number| Value::Boolean(number != 0))
            }
            (Target::Boolean, Value::Json(json)) => json.as_bool().map(Value::Boolean),
            (Target::Boolean, Value::Boolean(_)) => Some(value.clone()),
            (Target::Integer(bits), Value::Number(number)) => {
                // PostgreSQL rounds halves of numeric away from zero.
                within(number.round(), *bits).map(Value::Number)
            }
            (Target::Integer(_), Value::Boolean(truth)) => Some(Value::count(usize::from(*truth))),
            (Target::Integer(bits), Value::Text(text)) => Number::parse(text)
                .filter(|number| number.as_integer().is_some() && !text.contains('.'))
                .and_then(|number| within(number, *bits))
                .map(Value::Number),
            (Target::Integer(bits), Value::Json(json)) => {
                json.as_i64().and_then(|n| within(Number::integer(n), *bits)).map(Value::Number)
            }
            (Target::Numeric, Value::Text(text)) => Number::parse(text).map(Value::Number),
            (Target::Numeric, Value::Json(json)) => {
                json.as_i64().map(|number| Value::Number(Number::integer(number)))
            }
            (Target::Numeric, Value::Number(_)) => Some(value.clone()),
            (Target::Float, Value::Number(number)) => {
                number.as_integer().filter(|n| n.abs() <= 1 << 24).map(|_| value.clone())
            }
            (Target::Uuid, Value::Text(text)) => {
                let text = text.trim().to_lowercase();
                is_uuid(&text).then(|| Value::text(text))
            }
            (Target::Text(length), Value::Text(text)) => length
                .is_none_or(|most| text.chars().count() <= most as usize)
                .then(|| value.clone()),
            (Target::Text(None), _) => value.written().map(Value::text),
            (Target::Date, Value::Text(text)) => parse_date(text).map(Value::Time),
            (Target::Date, Value::Time(_)) => return self.date_of(value),
            (Target::Date, Value::Unknown(Symbol { sort: Sort::Time(_), .. })) => {
                return self.date_of(value);
            }
            (Target::Time { zoned: true }, Value::Text(text))
                if text.trim().eq_ignore_ascii_case("now") =>
            {
                return Ok(self.now());
            }
            (Target::Time { .. }, Value::Text(text)) => parse_time(text).map(Value::Time),
            (Target::Time { .. }, Value::Time(_)) | (Target::Interval, Value::Interval(_)) => {
                Some(value.clone())
            }
            (Target::Interval, Value::Text(text)) => parse_interval(text).map(Value::Interval),
            (Target::Json, Value::Json(_)) => Some(value.clone()),
            (Target::Json, Value::Text(text)) => {
                serde_json::from_str(text).ok().map(|json| Value::Json(Arc::new(json)))
            }
            (Target::Array(element), Value::Text(text)) => match parse_array(text) {
                Some(items) => Some(self.cast_items(items, element)?),
                None => None,
            },
            (Target::Array(element), Value::Array(items)) => {
                Some(self.cast_items(items.to_vec(), element)?)
            }
            (Target::Named(name), Value::Text(text)) => self.label(name, text),
            (Target::Named(_), Value::Label(..)) => Some(value.clone()),
            _ => None,
        };
        match converted {
            Some(converted) => Ok(converted),
            None => self.cast_unknown(value, &target, data_type),
        }
    }

    /// A symbol keeps its name in a cast that keeps its value.
    fn cast_unknown(
        &mut self,
        value: Value,
        target: &Target,
        data_type: &str,
    ) -> Result<Value, Stop> {
        let sort = match target {
            Target::Named(name) => self.labels(name).map_or(Sort::Other, Sort::Enum),
            target => target.sort(),
        };
        if let Value::Unknown(symbol) = &value {
            let small = |range: &Range| Some(Range::bits(32).high) >= Some(range.high);
            let keeps = match (target, &symbol.sort) {
                (Target::Integer(_) | Target::Numeric, Sort::Number(range)) => range.is_integer(),
                (Target::Float, Sort::Number(range)) => range.is_bounded_integer() && small(range),
                (Target::Text(None), Sort::Text(_)) | (Target::Uuid, Sort::Uuid) => true,
                (Target::Json, Sort::Json) => true,
                (Target::Time { .. }, Sort::Time(range)) => matches!(range.grain, Grain::Step(_)),
                _ => false,
            };
            if keeps
                || matches!((target, &symbol.sort), (Target::Numeric, Sort::Number(range))
                    if range.grain == Grain::Dense)
            {
                return Ok(value);
            }
            if let (Target::Text(None), Sort::Uuid) = (target, &symbol.sort) {
                let sort = Sort::Text(Lengths { uuid: true, ..Lengths::exactly(36) });
                return Ok(Value::Unknown(Symbol { sort, ..symbol.clone() }));
            }
            if let (Target::Uuid, Sort::Text(Lengths { uuid: true, .. })) = (target, &symbol.sort) {
                return Ok(Value::Unknown(Symbol { sort: Sort::Uuid, ..symbol.clone() }));
            }
            if let Some(cast) = self.free_cast(&value, &sort, data_type) {
                return self.known(cast);
            }
        }
        if matches!(target, Target::Date) {
            return self.date_of(value);
        }
        let nullable = matches!(target, Target::Named(_));
        let name = format!("cast {}", data_type.to_lowercase());
        let cast = self.uninterpreted(&name, &[value], sort, nullable)?;
        Ok(cast)
    }

    fn cast_items(&mut self, items: Vec<Value>, element: &str) -> Result<Value, Stop> {
        let items = items.into_iter().map(|item| self.cast(item, element));
        Ok(Value::Array(items.collect::<Result<_, _>>()?))
    }

    /// The labels of an enum, by its name.
    fn labels(&self, type_name: &str) -> Option<Arc<[String]>> {
        let plain = type_name.replace('"', "");
        let enumeration = self.context.catalog.enums.iter().find(|enumeration| {
            enumeration.name.name == plain || enumeration.name.to_string() == plain
        })?;
        (enumeration.labels.len() <= 60).then(|| enumeration.labels.as_slice().into())
    }

    /// A label of an enum, by the name of its type.
    fn label(&self, type_name: &str, label: &str) -> Option<Value> {
        let labels = self.labels(type_name)?;
        let at = labels.iter().position(|known| known == label)?;
        Some(Value::Label(labels, at))
    }
}

/// An integer, where a type of so many bits holds it.
fn within(number: Number, bits: u32) -> Option<Number> {
    let range = Range::bits(bits);
    let at = Some(number.billionths());
    (range.low <= at && at <= range.high).then_some(number)
}

/// A date in microseconds. What follows the date is passed over, as PostgreSQL does.
fn parse_date(text: &str) -> Option<i128> {
    let text = text.trim();
    match text.to_lowercase().as_str() {
        "infinity" | "-infinity" | "epoch" => return parse_time(text),
        _ => {}
    }
    let date = text.split([' ', 'T', 't']).next()?;
    parse_time(date)
}

/// A point in time in microseconds, as PostgreSQL reads the common ways of writing one: in UTC, or
/// without a time zone.
pub(super) fn parse_time(text: &str) -> Option<i128> {
    let text = text.trim();
    match text.to_lowercase().as_str() {
        "infinity" => return Some(FOREVER),
        "-infinity" => return Some(-FOREVER),
        "epoch" => return Some(0),
        _ => {}
    }
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    let local = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let found = zoned.iter().find_map(|format| DateTime::parse_from_str(text, format).ok());
    if let Some(time) = found {
        // A time without a zone passes over another zone than UTC, one with a zone does not.
        let utc = time.offset().local_minus_utc() == 0;
        return utc.then(|| i128::from(time.timestamp_micros()));
    }
    local
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
        .map(|time| i128::from(time.and_utc().timestamp_micros()))
}

/// A span of time of the form `1 day`, `-2 hours`, `1 year 6 months`.
pub(super) fn parse_interval(text: &str) -> Option<Interval> {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() || !words.len().is_multiple_of(2) {
        return None;
    }
    let mut span = Interval { months: 0, days: 0, micros: 0 };
    for pair in words.chunks(2) {
        let &[number, unit] = pair else { return None };
        let number: i64 = number.parse().ok()?;
        let (months, days, micros) = match unit.trim_end_matches('s') {
            "second" | "sec" => (0, 0, 1_000_000),
            "minute" | "min" => (0, 0, 60_000_000),
            "hour" | "hr" => (0, 0, 3_600_000_000),
            "day" => (0, 1, 0),
            "week" => (0, 7, 0),
            "month" | "mon" => (1, 0, 0),
            "year" | "yr" => (12, 0, 0),
            _ => return None,
        };
        span = span.plus(Interval {
            months: number.checked_mul(months)?,
            days: number.checked_mul(days)?,
            micros: number.checked_mul(micros)?,
        })?;
    }
    Some(span)
}

/// The elements of an array literal of one dimension, quotes and escapes resolved.
fn parse_array(text: &str) -> Option<Vec<Value>> {
    let body = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    if body.trim().is_empty() {
        return Some(Vec::new());
    }
    let mut items = Vec::new();
    let (mut item, mut quoted, mut was_quoted) = (String::new(), false, false);
    let mut chars = body.chars();
    let finish = |item: &mut String, was_quoted: &mut bool| {
        let text = std::mem::take(item);
        let quoted = std::mem::take(was_quoted);
        match text.trim() {
            plain if !quoted && plain.eq_ignore_ascii_case("null") => Value::Null,
            plain if !quoted => Value::text(plain),
            _ => Value::text(text),
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            '\\' => item.extend(chars.next()),
            '{' | '}' if !quoted => return None,
            ',' if !quoted => items.push(finish(&mut item, &mut was_quoted)),
            other => item.push(other),
        }
    }
    items.push(finish(&mut item, &mut was_quoted));
    Some(items)
}
