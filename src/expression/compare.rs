//! Comparisons, of constants as PostgreSQL makes them and of symbols by choosing how they turn out.

use std::cmp::Ordering;
use std::sync::Arc;

use sqlparser::ast::BinaryOperator;

use super::cast::{parse_number, parse_time};
use super::evaluator::Evaluator;
use super::trail::Stop;
use super::value::{Kind, Symbol, Value, parse_boolean};
use super::visitor;

impl Evaluator<'_> {
    /// A comparison by one of `= <> < <= > >=`; NULL where it is not known which way it goes.
    pub(super) fn compare(
        &mut self,
        op: &BinaryOperator,
        left: Value,
        right: Value,
    ) -> Result<Option<bool>, Stop> {
        let Some(ordering) = self.order(left, right)? else { return Ok(None) };
        Ok(Some(match op {
            BinaryOperator::Eq => ordering.is_eq(),
            BinaryOperator::NotEq => ordering.is_ne(),
            BinaryOperator::Lt => ordering.is_lt(),
            BinaryOperator::LtEq => ordering.is_le(),
            BinaryOperator::Gt => ordering.is_gt(),
            BinaryOperator::GtEq => ordering.is_ge(),
            _ => return Ok(None),
        }))
    }

    /// How two values stand to each other; `None` where one is NULL.
    pub(super) fn order(&mut self, left: Value, right: Value) -> Result<Option<Ordering>, Stop> {
        let (left, right) = (self.known(left)?, self.known(right)?);
        Ok(Some(match (left, right) {
            (Value::Null, _) | (_, Value::Null) => return Ok(None),
            (Value::Row(a), Value::Row(b)) | (Value::Array(a), Value::Array(b)) => {
                return self.order_lists(&a, &b);
            }
            (Value::Unknown(a), Value::Unknown(b)) => self.order_symbols(&a, &b)?,
            (Value::Unknown(symbol), constant) => self.order_symbol(&symbol, &constant)?,
            (constant, Value::Unknown(symbol)) => self.order_symbol(&symbol, &constant)?.reverse(),
            (left, right) => match order_constants(&left, &right) {
                Some(ordering) => ordering,
                None if matches!((&left, &right), (Value::Text(_), Value::Text(_))) => {
                    self.guess_unequal(&left, &right, true)?
                }
                None => self.guess(&left, &right, left.is_fixed() && right.is_fixed())?,
            },
        }))
    }

    fn order_lists(&mut self, a: &[Value], b: &[Value]) -> Result<Option<Ordering>, Stop> {
        for (a, b) in a.iter().zip(b) {
            match self.order(a.clone(), b.clone())? {
                Some(Ordering::Equal) => {}
                decided => return Ok(decided),
            }
        }
        Ok(Some(a.len().cmp(&b.len())))
    }

    fn order_symbols(&mut self, a: &Symbol, b: &Symbol) -> Result<Ordering, Stop> {
        if a.key == b.key {
            return Ok(a.shift.total_cmp(&b.shift));
        }
        let (left, right) = (Value::Unknown(a.clone()), Value::Unknown(b.clone()));
        let secret = a.secret && b.secret;
        if left.to_string() <= right.to_string() {
            self.guess(&left, &right, secret)
        } else {
            Ok(self.guess(&right, &left, secret)?.reverse())
        }
    }

    fn order_symbol(&mut self, symbol: &Symbol, constant: &Value) -> Result<Ordering, Stop> {
        let ranged = match (&symbol.kind, constant) {
            (Kind::Number(range), Value::Number(at)) => Some((*range, *at)),
            (Kind::Number(range), Value::Text(text)) => parse_number(text).map(|at| (*range, at)),
            (Kind::Time(range), Value::Time(at)) => Some((*range, *at)),
            (Kind::Time(range), Value::Text(text)) => parse_time(text).map(|at| (*range, at)),
            _ => None,
        };
        if let Some((range, at)) = ranged
            && !symbol.secret
        {
            return Ok(self.trail.locate(&symbol.key, range, at - symbol.shift));
        }
        let value = Value::Unknown(symbol.clone());
        match constant {
            // Nobody's row does not hold the stranger's id, wherever it is looked for.
            Value::Text(text) if **text == *visitor::ID && !symbol.may_be_visitor => {
                self.guess_unequal(&value, constant, symbol.secret)
            }
            // No text comes before the empty one.
            Value::Text(text) if text.is_empty() && matches!(symbol.kind, Kind::Text) => {
                let ordering = self.guess(&value, constant, symbol.secret)?;
                Ok(if ordering.is_lt() { Ordering::Greater } else { ordering })
            }
            _ => {
                let ordering = self.guess(&value, constant, symbol.secret)?;
                if ordering.is_eq() && symbol.shift == 0.0 && !symbol.secret {
                    self.trail.set_equal(Arc::clone(&symbol.key), constant.clone());
                }
                Ok(ordering)
            }
        }
    }

    /// Chooses how two values stand to each other.
    fn guess(&mut self, left: &Value, right: &Value, secret: bool) -> Result<Ordering, Stop> {
        let choice = self.trail.decide(format!("order: {left} ? {right}"), 3, secret)?;
        Ok([Ordering::Less, Ordering::Greater, Ordering::Equal][choice])
    }

    fn guess_unequal(
        &mut self,
        left: &Value,
        right: &Value,
        secret: bool,
    ) -> Result<Ordering, Stop> {
        let choice = self.trail.decide(format!("order: {left} ? {right}"), 2, secret)?;
        Ok([Ordering::Less, Ordering::Greater][choice])
    }
}

/// How two constants stand to each other, a literal of no type taking the type of the other;
/// `None` where that cannot be computed here.
fn order_constants(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b))
        | (Value::Time(a), Value::Time(b))
        | (Value::Interval(a), Value::Interval(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => order_texts(a, b),
        (Value::Label(_, a), Value::Label(_, b)) => Some(a.cmp(b)),
        (Value::Json(a), Value::Json(b)) => (a == b).then_some(Ordering::Equal).or(
            // jsonb has an order, but nobody relies on it: unequal is what matters.
            Some(Ordering::Less),
        ),
        (Value::Text(_), _) => order_constants(right, left).map(Ordering::reverse),
        (Value::Boolean(a), Value::Text(b)) => Some(a.cmp(&parse_boolean(b)?)),
        (Value::Number(a), Value::Text(b)) => a.partial_cmp(&parse_number(b)?),
        (Value::Time(a), Value::Text(b)) => a.partial_cmp(&parse_time(b)?),
        (Value::Label(labels, a), Value::Text(b)) => {
            Some(a.cmp(&labels.iter().position(|label| **label == **b)?))
        }
        (Value::Json(a), Value::Text(b)) => {
            let b: serde_json::Value = serde_json::from_str(b).ok()?;
            Some(if **a == b { Ordering::Equal } else { Ordering::Less })
        }
        _ => None,
    }
}

/// Texts are compared by the collation of the database, which is not known: equality is certain,
/// order only where every collation has it alike.
fn order_texts(a: &str, b: &str) -> Option<Ordering> {
    let same_case = |text: &str| {
        text.bytes().all(|b| b.is_ascii_lowercase()) || text.bytes().all(|b| b.is_ascii_digit())
    };
    if a == b || a.is_empty() || b.is_empty() || same_case(a) && same_case(b) {
        return Some(a.cmp(b));
    }
    // Unequal, one way or the other.
    None
}
