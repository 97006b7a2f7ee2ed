//! Casts, and the texts of numbers, times and arrays.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::evaluator::Evaluator;
use super::trail::Stop;
use super::value::{Kind, Range, Value, parse_boolean};

/// What a type means to the evaluator.
enum Target {
    Boolean,
    Integer,
    Number,
    Text,
    Time,
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
        let plain = name.split('(').next().unwrap_or_default().trim();
        match plain.strip_prefix("pg_catalog.").unwrap_or(plain) {
            "bool" | "boolean" => Self::Boolean,
            "smallint" | "int2" | "int" | "int4" | "integer" | "bigint" | "int8" => Self::Integer,
            "numeric" | "decimal" | "dec" | "real" | "float" | "float4" | "float8"
            | "double precision" | "double" => Self::Number,
            "text" | "varchar" | "character varying" | "char" | "character" | "bpchar"
            | "citext" | "name" | "uuid" => Self::Text,
            "date"
            | "timestamptz"
            | "timestamp"
            | "timestamp with time zone"
            | "timestamp without time zone" => Self::Time,
            "interval" => Self::Interval,
            "json" | "jsonb" => Self::Json,
            other if other.starts_with("timestamp") => Self::Time,
            _ => Self::Named(name),
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
            (Target::Boolean, Value::Number(number)) => Some(Value::Boolean(*number != 0.0)),
            (Target::Boolean, Value::Json(json)) => json.as_bool().map(Value::Boolean),
            (Target::Boolean, Value::Boolean(_)) => Some(value.clone()),
            (Target::Integer, Value::Number(number)) => {
                // PostgreSQL rounds halves of numeric away from zero.
                Some(Value::Number(number.round()))
            }
            (Target::Integer | Target::Number, Value::Boolean(truth)) => {
                Some(Value::Number(f64::from(u8::from(*truth))))
            }
            (Target::Integer | Target::Number, Value::Text(text)) => {
                parse_number(text).map(Value::Number)
            }
            (Target::Integer | Target::Number, Value::Json(json)) => {
                json.as_f64().map(Value::Number)
            }
            (Target::Number, Value::Number(_)) => Some(value.clone()),
            (Target::Text, Value::Text(text)) if data_type.eq_ignore_ascii_case("uuid") => {
                Some(Value::text(text.trim().to_lowercase()))
            }
            (Target::Text, _) => value.written().map(Value::text),
            (Target::Time, Value::Text(text)) => match text.trim().to_lowercase().as_str() {
                "now" => return Ok(self.now()),
                _ => parse_time(text).map(Value::Time),
            },
            (Target::Time, Value::Time(_)) | (Target::Interval, Value::Interval(_)) => {
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
        let kind = match target {
            Target::Boolean => Kind::Boolean,
            Target::Integer => Kind::Number(Range { integer: true, ..Range::ALL }),
            Target::Number => Kind::Number(Range::ALL),
            Target::Time => Kind::Time(Range::ALL),
            Target::Text => Kind::Text,
            Target::Json => Kind::Json,
            Target::Interval | Target::Array(_) | Target::Named(_) => Kind::Other,
        };
        if let Value::Unknown(symbol) = &value {
            let keeps = match (target, &symbol.kind) {
                (Target::Integer, Kind::Number(range)) => range.integer,
                (Target::Number, Kind::Number(_)) | (Target::Text, Kind::Text) => true,
                (Target::Json, Kind::Json) => true,
                (Target::Time, Kind::Time(_)) => !data_type.eq_ignore_ascii_case("date"),
                (Target::Named(_), Kind::Text) => data_type.eq_ignore_ascii_case("uuid"),
                _ => false,
            };
            if keeps {
                return Ok(value);
            }
        }
        self.derived(&format!("cast {data_type}"), &[value], kind, false)
    }

    fn cast_items(&mut self, items: Vec<Value>, element: &str) -> Result<Value, Stop> {
        let items = items.into_iter().map(|item| self.cast(item, element));
        Ok(Value::Array(items.collect::<Result<_, _>>()?))
    }

    /// A label of an enum, by the name of its type.
    fn label(&self, type_name: &str, label: &str) -> Option<Value> {
        let plain = type_name.replace('"', "");
        let enumeration = self.surroundings.catalog.enums.iter().find(|enumeration| {
            enumeration.name.name == plain || enumeration.name.to_string() == plain
        })?;
        let at = enumeration.labels.iter().position(|known| known == label)?;
        Some(Value::Label(enumeration.labels.as_slice().into(), at))
    }
}

/// A number as PostgreSQL reads it.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// A point in time as PostgreSQL reads the common ways of writing one; without a time zone, UTC.
pub(super) fn parse_time(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.to_lowercase().as_str() {
        "infinity" => return Some(f64::INFINITY),
        "-infinity" => return Some(f64::NEG_INFINITY),
        "epoch" => return Some(0.0),
        _ => {}
    }
    let seconds = |time: DateTime<chrono::Utc>| time.timestamp_micros() as f64 / 1e6;
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    let local = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    zoned
        .iter()
        .find_map(|format| DateTime::parse_from_str(text, format).ok())
        .map(|time| seconds(time.to_utc()))
        .or_else(|| {
            local
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
                .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
                .map(|time| seconds(time.and_utc()))
        })
}

/// A span of time of the form `1 day`, `-2 hours`, `1 year 6 months`.
pub(super) fn parse_interval(text: &str) -> Option<f64> {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() || !words.len().is_multiple_of(2) {
        return None;
    }
    words.chunks(2).try_fold(0.0, |total, pair| {
        let &[number, unit] = pair else { return None };
        let unit = match unit.trim_end_matches('s') {
            "second" | "sec" => 1.0,
            "minute" | "min" => 60.0,
            "hour" | "hr" => 3_600.0,
            "day" => 86_400.0,
            "week" => 604_800.0,
            "month" | "mon" => 2_592_000.0,
            "year" | "yr" => 31_557_600.0,
            _ => return None,
        };
        Some(total + number.parse::<f64>().ok()? * unit)
    })
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
