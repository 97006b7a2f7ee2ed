//! Operators other than AND and OR, over values.

use sqlparser::ast::BinaryOperator as Op;

use super::constant;
use super::evaluator::Evaluator;
use super::order::{Order, Term};
use super::path_search::Stop;
use super::sort::{Grain, Lengths, Range, Sort, whole};
use super::value::{DAY, Origin, Symbol, Value};
use crate::datum::{Datum, Interval, Type, Typed};

impl Evaluator<'_> {
    /// The value of `left op right`.
    pub(super) fn operate(&mut self, left: Value, op: &Op, right: Value) -> Result<Value, Stop> {
        match op {
            Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
                Ok(Value::truth(self.compare(op, left, right)?))
            }
            Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo => {
                self.calculate(left, op, right)
            }
            Op::StringConcat => self.concatenate(left, right),
            Op::Arrow | Op::LongArrow => self.arrow(left, right, *op == Op::LongArrow),
            Op::HashArrow | Op::HashLongArrow => self.path(left, right, *op == Op::HashLongArrow),
            Op::Question => self.has_key(left, right),
            Op::AtArrow => self.contains(left, right),
            Op::ArrowAt => self.contains(right, left),
            Op::PGRegexMatch
            | Op::PGRegexIMatch
            | Op::PGRegexNotMatch
            | Op::PGRegexNotIMatch
            | Op::PGLikeMatch
            | Op::PGILikeMatch
            | Op::PGNotLikeMatch
            | Op::PGNotILikeMatch => self.match_operator(left, op, right),
            Op::PGOverlap => self.overlaps(left, right),
            Op::PGCustomBinaryOperator(names) => {
                // OPERATOR(pg_catalog.=) is how PostgreSQL writes an operator that is out of reach.
                match names.last().map(String::as_str) {
                    Some("=") => self.operate(left, &Op::Eq, right),
                    Some("<>") => self.operate(left, &Op::NotEq, right),
                    Some("->>") => self.operate(left, &Op::LongArrow, right),
                    Some("->") => self.operate(left, &Op::Arrow, right),
                    _ => self.uninterpreted(&op.to_string(), &[left, right], Sort::Other, true),
                }
            }
            _ => self.uninterpreted(&op.to_string(), &[left, right], Sort::Other, true),
        }
    }

    fn calculate(&mut self, left: Value, op: &Op, right: Value) -> Result<Value, Stop> {
        let (left, right) = (self.known(left)?, self.known(right)?);
        let (left, right) = (literal_like(left, &right), right);
        let right = literal_like(right, &left);
        if matches!(left, Value::Null) || matches!(right, Value::Null) {
            return Ok(Value::Null);
        }
        if let Some(value) = constant::operate(Some(&left), &op.to_string(), &right) {
            return Ok(value);
        }
        if let Some(value) = self.calculate_times(&left, op, &right)? {
            return Ok(value);
        }
        if let Some(value) = self.calculate_integers(&left, op, &right)? {
            return Ok(value);
        }
        let number = |value: &Value| match value {
            Value::Constant(typed) => typed.data_type.is_number(),
            Value::Unknown(symbol) => matches!(symbol.sort, Sort::Number(_)),
            _ => false,
        };
        let integer = |value: &Value| match value {
            Value::Constant(_) => value.as_int().is_some(),
            Value::Unknown(Symbol { sort: Sort::Number(range), .. }) => range.is_integer(),
            _ => false,
        };
        let sort = match (integer(&left) && integer(&right), number(&left) && number(&right)) {
            (true, _) => Sort::Number(Range::INTEGERS),
            (_, true) => Sort::Number(Range::ALL),
            _ => Sort::Other,
        };
        // The literal may be a numeric, of which an integer tells nothing here.
        let sort = if matches!(op, Op::Divide) { without_grain(sort) } else { sort };
        self.uninterpreted(&op.to_string(), &[left, right], sort, false)
    }

    /// A span that is added to a time stays beside it: x + 1 hour > x.
    fn calculate_times(
        &mut self,
        left: &Value,
        op: &Op,
        right: &Value,
    ) -> Result<Option<Value>, Stop> {
        let (symbol, span, negative) = match (left, op, right) {
            (Value::Unknown(a), Op::Minus, Value::Unknown(b)) if a.key == b.key => {
                return Ok(difference(a, b));
            }
            (Value::Unknown(symbol), Op::Plus, span) | (span, Op::Plus, Value::Unknown(symbol)) => {
                (symbol, span, false)
            }
            (Value::Unknown(symbol), Op::Minus, span) => (symbol, span, true),
            _ => return Ok(None),
        };
        let Sort::Time(range) = &symbol.sort else { return Ok(None) };
        let interval = match span {
            Value::Constant(Typed { datum: Datum::Interval(span), .. }) => Some(*span),
            _ => None,
        };
        let is_date = range.grain == Grain::Step(DAY);
        let length = match interval {
            // Months differ in length.
            Some(span) => (span.months == 0).then(|| span.length()),
            None if is_date => span.as_int().map(|days| i128::from(days) * DAY),
            None => None,
        };
        if length.is_none() && interval.is_none() {
            return Ok(None);
        }
        // What is added to infinity is infinity.
        if !matches!(symbol.origin, Origin::Present) {
            let whole = Value::Unknown(Symbol { offset: 0, ..symbol.clone() });
            for edge in [LAST, FIRST] {
                let beyond = self.order(whole.clone(), Value::moment(edge))?;
                if beyond.is_some_and(|ordering| ordering == edge.cmp(&0)) {
                    return Ok(Some(whole));
                }
            }
        }
        let Some(span) = length else {
            let Some(span) = interval else { return Ok(None) };
            return self.add_months(left, op, right, symbol, (span, negative)).map(Some);
        };
        let span = if negative { -span } else { span };
        let offset = symbol.offset + span;
        let variable = self.variable(symbol, *range);
        let term = Term { variable, offset };
        self.assume_between(term, FIRST, LAST)?;
        Ok(Some(Value::Unknown(Symbol { offset, ..symbol.clone() })))
    }

    /// Months have 28 to 31 days.
    fn add_months(
        &mut self,
        left: &Value,
        op: &Op,
        right: &Value,
        symbol: &Symbol,
        (span, negative): (Interval, bool),
    ) -> Result<Value, Stop> {
        let sort = Sort::Time(Range::TIMES);
        let moved =
            self.uninterpreted(&op.to_string(), &[left.clone(), right.clone()], sort, false)?;
        let Value::Unknown(result) = &moved else { return Ok(moved) };
        let sign = if negative { -1 } else { 1 };
        let length = |month: i128| {
            sign * ((i128::from(span.months) * month + i128::from(span.days)) * DAY
                + i128::from(span.micros))
        };
        let (Sort::Time(range), far) = (symbol.sort.clone(), [length(28), length(31)]) else {
            return Ok(moved);
        };
        let (variable, base) = (self.variable(result, Range::TIMES), self.variable(symbol, range));
        let term = |offset| Term { variable: base, offset: symbol.offset + offset };
        let (low, high) = (far[0].min(far[1]) - DAY, far[0].max(far[1]) + DAY);
        self.assume_at_most(term(low), Term { variable, offset: 0 })?;
        self.assume_at_most(Term { variable, offset: 0 }, term(high))?;
        Ok(moved)
    }

    /// Adds a fact.
    pub(super) fn assume_at_most(&mut self, low: Term, high: Term) -> Result<(), Stop> {
        match self.facts.order.add_at_most(low, high) {
            true => Ok(()),
            false => Err(Stop::Impossible),
        }
    }

    /// A constant that is added to an integer stays beside it: x + 1 > x.
    fn calculate_integers(
        &mut self,
        left: &Value,
        op: &Op,
        right: &Value,
    ) -> Result<Option<Value>, Stop> {
        let nought = |range: Range| {
            range.is_integer_type().then(|| Value::constant(Typed::new(Type::Int4, Datum::Int(0))))
        };
        let (symbol, by) = match (left, op, right) {
            (Value::Unknown(symbol), Op::Plus | Op::Minus | Op::Multiply, by)
            | (by, Op::Plus | Op::Multiply, Value::Unknown(symbol))
                if by.is_constant() =>
            {
                (symbol, by)
            }
            (Value::Unknown(a), Op::Minus, Value::Unknown(b)) if a.key == b.key => {
                return Ok(match a.sort {
                    Sort::Number(range) if a.offset == b.offset => nought(range),
                    _ => None,
                });
            }
            _ => return Ok(None),
        };
        let (Sort::Number(range), Some(by)) = (&symbol.sort, by.as_int()) else { return Ok(None) };
        if !range.is_integer() {
            return Ok(None);
        }
        if *op == Op::Multiply {
            return Ok(match by {
                0 => nought(*range),
                1 => Some(Value::Unknown(symbol.clone())),
                _ => None,
            });
        }
        let by = if *op == Op::Minus { -whole(by) } else { whole(by) };
        let offset = symbol.offset + by;
        let variable = self.variable(symbol, *range);
        // Beyond the type there is an error, and no value.
        let integer = Range::bits(32);
        let fits = |value: i128| integer.low <= Some(value) && Some(value) <= integer.high;
        let small = range.low.is_some_and(fits) && range.high.is_some_and(fits);
        let bounds = if small && fits(by) { integer } else { Range::bits(64) };
        if let (true, Some(low), Some(high)) = (range.is_bounded_integer(), bounds.low, bounds.high)
        {
            self.assume_between(Term { variable, offset }, low, high)?;
        }
        Ok(Some(Value::Unknown(Symbol { offset, ..symbol.clone() })))
    }

    /// Passes over data for which a value would be out of its bounds.
    fn assume_between(&mut self, term: Term, low: i128, high: i128) -> Result<(), Stop> {
        self.assume_at_most(term, Order::constant(high))?;
        self.assume_at_most(Order::constant(low), term)
    }

    fn concatenate(&mut self, left: Value, right: Value) -> Result<Value, Stop> {
        let (left, right) = (self.known(left)?, self.known(right)?);
        if let (Value::Array(a), Value::Array(b)) = (&left, &right) {
            return Ok(Value::Array(a.iter().chain(b.iter()).cloned().collect()));
        }
        let text = |value: &Value| match value {
            Value::Text(_) => true,
            Value::Unknown(symbol) => matches!(symbol.sort, Sort::Text(_)),
            _ => false,
        };
        match (&left, &right) {
            (Value::Text(empty), other) | (other, Value::Text(empty))
                if empty.is_empty() && text(other) =>
            {
                return Ok(other.clone());
            }
            _ => {}
        }
        match constant::operate(Some(&left), "||", &right) {
            Some(value) if !matches!(value, Value::Null) => Ok(value),
            _ if matches!(left, Value::Null) || matches!(right, Value::Null) => {
                // An array and NULL are the array.
                match text(&left) || text(&right) {
                    true => Ok(Value::Null),
                    false => Ok(self.fresh(&format!("{left} || {right}"))),
                }
            }
            _ => {
                let sort = match text(&left) || text(&right) {
                    true => Sort::Text(Lengths::ANY),
                    false => Sort::Other,
                };
                self.uninterpreted("||", &[left, right], sort, false)
            }
        }
    }

    /// `&&` of arrays.
    fn overlaps(&mut self, left: Value, right: Value) -> Result<Value, Stop> {
        match (self.known(left)?, self.known(right)?) {
            (Value::Array(a), Value::Array(b)) => {
                for item in a.iter() {
                    for other in b.iter() {
                        if self.equal(item.clone(), other.clone())? == Some(true) {
                            return Ok(Value::Boolean(true));
                        }
                    }
                }
                Ok(Value::Boolean(false))
            }
            (left, right) => {
                let (data, other) =
                    if left.is_constant() { (&right, &left) } else { (&left, &right) };
                if other.is_constant() {
                    let question = format!("overlaps: {data} ? {other}");
                    if let Some(overlaps) = self.free_test(&question, data, [true, false])? {
                        return Ok(Value::Boolean(overlaps));
                    }
                }
                self.uninterpreted("&&", &[left, right], Sort::Boolean, false)
            }
        }
    }
}

/// The first and the last time that is not infinite.
/// <https://www.postgresql.org/docs/current/datatype-datetime.html>
const FIRST: i128 = -210_866_803_200_000_000;
const LAST: i128 = 9_224_318_016_000_000_000;

/// The difference of a time and itself, moved.
fn difference(a: &Symbol, b: &Symbol) -> Option<Value> {
    let Sort::Time(range) = a.sort else { return None };
    let gap = a.offset.checked_sub(b.offset)?;
    match range.grain {
        Grain::Step(1) => {
            let days = i32::try_from(gap / DAY).ok()?;
            let micros = i64::try_from(gap % DAY).ok()?;
            let span = Interval { months: 0, days, micros };
            Some(Value::constant(Typed::new(Type::Interval, Datum::Interval(span))))
        }
        Grain::Step(DAY) if a.offset == 0 && b.offset == 0 => Some(Value::count(0)),
        _ => None,
    }
}

/// A literal of no type beside a number is one too, and beside a moment it is a span of time.
fn literal_like(value: Value, beside: &Value) -> Value {
    let Value::Text(text) = &value else { return value };
    let data_type = match beside {
        Value::Unknown(Symbol { sort: Sort::Number(range), .. }) if range.is_integer() => {
            Type::Int8
        }
        Value::Unknown(Symbol { sort: Sort::Number(_), .. }) => Type::Numeric(None),
        Value::Unknown(Symbol { sort: Sort::Time(range), .. }) if range.grain == Grain::Step(1) => {
            Type::Interval
        }
        _ => return value,
    };
    Value::read(&data_type, text).unwrap_or(value)
}

fn without_grain(sort: Sort) -> Sort {
    match sort {
        Sort::Number(_) => Sort::Number(Range::ALL),
        other => other,
    }
}
