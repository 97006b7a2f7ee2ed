//! Functions of times that are not computed, and what is known of their values.
//! <https://www.postgresql.org/docs/current/functions-datetime.html>

use chrono::{DateTime, Datelike};

use super::constant;
use super::evaluator::Evaluator;
use super::order::Term;
use super::path_search::Stop;
use super::sort::{Grain, Range, Sort};
use super::value::{DAY, Origin, Symbol, Value};
use crate::datum::{Type, Typed};

const HOUR: i128 = DAY / 24;

impl Evaluator<'_> {
    /// `time::date`
    pub(super) fn date_of(&mut self, time: Value) -> Result<Value, Stop> {
        match &time {
            Value::Unknown(Symbol { sort: Sort::Time(range), offset: 0, .. })
                if range.grain == Grain::Step(DAY) =>
            {
                Ok(time)
            }
            _ => self.shortly_before("cast date", &[time], Range::DATES, Some(DAY + HOUR)),
        }
    }

    /// `date_trunc`
    pub(super) fn truncate_time(&mut self, unit: &str, time: Value) -> Result<Value, Stop> {
        let longest = match unit.to_lowercase().trim_end_matches('s') {
            "second" | "millisecond" | "microsecond" => Some(HOUR / 3600),
            "minute" => Some(HOUR / 60),
            "hour" => Some(HOUR),
            "day" => Some(DAY + HOUR),
            "week" => Some(8 * DAY),
            "month" => Some(32 * DAY),
            "quarter" => Some(93 * DAY),
            "year" => Some(367 * DAY),
            _ => None,
        };
        let unit = Value::text(unit);
        self.shortly_before("date_trunc", &[time, unit], Range::TIMES, longest)
    }

    /// A time that is not after the first of the values, and at most so long before it.
    fn shortly_before(
        &mut self,
        name: &str,
        values: &[Value],
        range: Range,
        longest: Option<i128>,
    ) -> Result<Value, Stop> {
        let sort = match values.first() {
            Some(value) if is_moment(value) => Sort::Time(range),
            _ if name == "cast date" => Sort::Time(range),
            _ => Sort::Other,
        };
        let value = self.uninterpreted(name, values, sort, false)?;
        let (Value::Unknown(result), Some(Value::Unknown(symbol))) = (&value, values.first())
        else {
            return Ok(value);
        };
        let Sort::Time(of_symbol) = symbol.sort else { return Ok(value) };
        let result = Term { variable: self.variable(result, range), offset: 0 };
        let base = Term { variable: self.variable(symbol, of_symbol), offset: symbol.offset };
        self.assume_at_most(result, base)?;
        if let Some(longest) = longest {
            self.assume_at_most(Term { offset: base.offset - longest, ..base }, result)?;
        }
        Ok(value)
    }

    /// `AT TIME ZONE`: another zone is less than a day away.
    pub(super) fn at_time_zone(&mut self, time: Value, zone: Value) -> Result<Value, Stop> {
        let (time, zone) = (self.known(time)?, self.known(zone)?);
        if let Value::Text(zone) = &zone
            && matches!(zone.to_lowercase().as_str(), "utc" | "gmt" | "etc/utc")
            && is_moment(&time)
        {
            return Ok(shifted_by_nothing(time));
        }
        let sort = Sort::Time(Range::TIMES);
        let value = self.uninterpreted("at time zone", &[time.clone(), zone], sort, false)?;
        if let (Value::Unknown(result), Value::Unknown(symbol)) = (&value, &time)
            && let Sort::Time(range) = symbol.sort
        {
            let result = Term { variable: self.variable(result, Range::TIMES), offset: 0 };
            let base = Term { variable: self.variable(symbol, range), offset: symbol.offset };
            self.assume_at_most(result, Term { offset: base.offset + DAY, ..base })?;
            self.assume_at_most(Term { offset: base.offset - DAY, ..base }, result)?;
        }
        Ok(value)
    }

    /// `extract(field FROM time)`
    pub(super) fn extract(&mut self, field: &str, time: Value) -> Result<Value, Stop> {
        let time = self.known(time)?;
        let field = field.to_lowercase();
        if let Some(value) = constant::call("extract", &[Value::text(field.as_str()), time.clone()])
        {
            return Ok(value);
        }
        let is_time = is_moment(&time);
        let finite = matches!(&time, Value::Unknown(Symbol { origin: Origin::Present, .. }));
        let range = match &*field {
            _ if !is_time => Range::ALL,
            "year" => self.years(&time).unwrap_or(Range::ALL),
            "month" => Range::between(1, 12),
            "day" => Range::between(1, 31),
            "hour" => Range::between(0, 23),
            "minute" => Range::between(0, 59),
            "dow" => Range::between(0, 6),
            "isodow" => Range::between(1, 7),
            "doy" => Range::between(1, 366),
            "week" => Range::between(1, 53),
            "quarter" => Range::between(1, 4),
            _ => Range::ALL,
        };
        let free = matches!(&*field, "month" | "day" | "hour" | "minute" | "dow" | "isodow");
        let date = matches!(&time, Value::Unknown(Symbol { sort: Sort::Time(range), .. })
            if range.grain == Grain::Step(DAY));
        if free && is_time && !(date && matches!(&*field, "hour" | "minute")) {
            let name = format!("extract {field}");
            let sort = Sort::Number(range);
            if let Some(value) = self.free_view(&name, &time, sort, true) {
                return self.known(value);
            }
        }
        // The month of infinity is NULL, its year is infinity.
        let nullable = !finite && field != "year";
        self.uninterpreted(&format!("extract {field}"), &[time], Sort::Number(range), nullable)
    }

    /// The years that a time may be in.
    fn years(&mut self, time: &Value) -> Option<Range> {
        let Value::Unknown(symbol) = time else { return None };
        let Sort::Time(range) = symbol.sort else { return None };
        let variable = self.variable(symbol, range);
        let [Some(low), Some(high)] = self.facts.order.range(variable) else { return None };
        let year = |at: i128| {
            let micros = i64::try_from(at + symbol.offset).ok()?;
            Some(i64::from(DateTime::from_timestamp_micros(micros)?.year()))
        };
        Some(Range::between(year(low)? - 1, year(high)? + 1))
    }
}

fn is_moment(value: &Value) -> bool {
    match value {
        Value::Unknown(symbol) => matches!(symbol.sort, Sort::Time(_)),
        Value::Constant(Typed { data_type, .. }) => {
            matches!(data_type, Type::Date | Type::Timestamp(_) | Type::TimestampTz(_))
        }
        _ => false,
    }
}

/// `AT TIME ZONE 'UTC'`: a moment with a time zone becomes one without, and the other way round.
fn shifted_by_nothing(time: Value) -> Value {
    let Value::Constant(typed) = &time else { return time };
    let to = match typed.data_type {
        Type::Timestamp(digits) => Type::TimestampTz(digits),
        _ => Type::Timestamp(None),
    };
    constant::cast(typed, &to).map_or(time, Value::constant)
}
