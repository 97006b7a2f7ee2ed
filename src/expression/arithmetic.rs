//! Operators other than AND and OR, over values.

use sqlparser::ast::BinaryOperator as Op;

use super::evaluator::Evaluator;
use super::trail::Stop;
use super::value::{Kind, Range, Symbol, Value};

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
                    _ => self.derived(&op.to_string(), &[left, right], Kind::Other, true),
                }
            }
            _ => self.derived(&op.to_string(), &[left, right], Kind::Other, true),
        }
    }

    fn calculate(&mut self, left: Value, op: &Op, right: Value) -> Result<Value, Stop> {
        let (left, right) = (self.known(left)?, self.known(right)?);
        let (left, right) = (numeric_like(left, &right), right);
        let right = numeric_like(right, &left);
        Ok(match (left, op, right) {
            (Value::Null, _, _) | (_, _, Value::Null) => Value::Null,
            (Value::Number(a), op, Value::Number(b)) => {
                return self.calculate_numbers(a, op, b);
            }
            (Value::Time(a), Op::Plus, Value::Interval(b) | Value::Number(b))
            | (Value::Interval(b), Op::Plus, Value::Time(a)) => Value::Time(a + b),
            (Value::Time(a), Op::Minus, Value::Interval(b)) => Value::Time(a - b),
            (Value::Time(a), Op::Minus, Value::Time(b)) => Value::Interval(a - b),
            (Value::Interval(a), Op::Plus, Value::Interval(b)) => Value::Interval(a + b),
            (Value::Interval(a), Op::Minus, Value::Interval(b)) => Value::Interval(a - b),
            (Value::Interval(a), Op::Multiply, Value::Number(b))
            | (Value::Number(b), Op::Multiply, Value::Interval(a)) => Value::Interval(a * b),
            // A constant that is added to a symbol stays beside it: x + 1 > x.
            (Value::Unknown(s), Op::Plus, Value::Number(by)) if is_number(&s) => shifted(s, by),
            (Value::Number(by), Op::Plus, Value::Unknown(s)) if is_number(&s) => shifted(s, by),
            (Value::Unknown(s), Op::Minus, Value::Number(by)) if is_number(&s) => shifted(s, -by),
            (Value::Unknown(s), Op::Plus, Value::Interval(by)) if is_time(&s) => shifted(s, by),
            (Value::Interval(by), Op::Plus, Value::Unknown(s)) if is_time(&s) => shifted(s, by),
            (Value::Unknown(s), Op::Minus, Value::Interval(by)) if is_time(&s) => shifted(s, -by),
            (Value::Unknown(a), Op::Minus, Value::Unknown(b))
                if a.key == b.key && is_number(&a) =>
            {
                Value::Number(a.shift - b.shift)
            }
            (Value::Unknown(a), Op::Minus, Value::Unknown(b)) if a.key == b.key && is_time(&a) => {
                Value::Interval(a.shift - b.shift)
            }
            (left, op, right) => {
                let number = |value: &Value| match value {
                    Value::Number(_) => true,
                    Value::Unknown(symbol) => is_number(symbol),
                    _ => false,
                };
                let numbers = number(&left) && number(&right);
                let kind = if numbers { Kind::Number(Range::ALL) } else { Kind::Other };
                self.derived(&op.to_string(), &[left, right], kind, false)?
            }
        })
    }

    fn calculate_numbers(&mut self, a: f64, op: &Op, b: f64) -> Result<Value, Stop> {
        let value = match op {
            Op::Plus => a + b,
            Op::Minus => a - b,
            Op::Multiply => a * b,
            Op::Modulo => a % b,
            // Integers divide to integers, but a number does not tell here whether it is one.
            Op::Divide if (a / b).fract() == 0.0 => a / b,
            _ => f64::NAN,
        };
        if value.is_finite() {
            return Ok(Value::Number(value));
        }
        let operands = [Value::Number(a), Value::Number(b)];
        self.derived(&op.to_string(), &operands, Kind::Number(Range::ALL), false)
    }

    fn concatenate(&mut self, left: Value, right: Value) -> Result<Value, Stop> {
        let (left, right) = (self.known(left)?, self.known(right)?);
        if let (Value::Array(a), Value::Array(b)) = (&left, &right) {
            return Ok(Value::Array(a.iter().chain(b.iter()).cloned().collect()));
        }
        match (left.written(), right.written()) {
            (Some(a), Some(b)) => Ok(Value::text(a + &b)),
            _ => self.derived("||", &[left, right], Kind::Text, false),
        }
    }

    /// `&&` of arrays.
    fn overlaps(&mut self, left: Value, right: Value) -> Result<Value, Stop> {
        match (self.known(left)?, self.known(right)?) {
            (Value::Array(a), Value::Array(b)) => {
                for item in a.iter() {
                    for other in b.iter() {
                        if self.compare(&Op::Eq, item.clone(), other.clone())? == Some(true) {
                            return Ok(Value::Boolean(true));
                        }
                    }
                }
                Ok(Value::Boolean(false))
            }
            (left, right) => self.derived("&&", &[left, right], Kind::Boolean, false),
        }
    }
}

/// A literal of no type beside a number or a time is one too.
fn numeric_like(value: Value, beside: &Value) -> Value {
    let Value::Text(text) = &value else { return value };
    let number = match beside {
        Value::Number(_) => super::cast::parse_number(text).map(Value::Number),
        Value::Unknown(symbol) if is_number(symbol) => {
            super::cast::parse_number(text).map(Value::Number)
        }
        Value::Time(_) => super::cast::parse_interval(text).map(Value::Interval),
        Value::Unknown(symbol) if is_time(symbol) => {
            super::cast::parse_interval(text).map(Value::Interval)
        }
        _ => None,
    };
    number.unwrap_or(value)
}

fn is_number(symbol: &Symbol) -> bool {
    matches!(symbol.kind, Kind::Number(_))
}

fn is_time(symbol: &Symbol) -> bool {
    matches!(symbol.kind, Kind::Time(_))
}

fn shifted(symbol: Symbol, by: f64) -> Value {
    Value::Unknown(Symbol { shift: symbol.shift + by, ..symbol })
}
