//! Predicates: what is true, false or NULL.

use sqlparser::ast::{BinaryOperator, Expr, InTarget};

use super::evaluator::Evaluator;
use super::path_search::Stop;
use super::sort::Sort;
use super::value::Value;

impl Evaluator<'_> {
    /// The value of a predicate; nothing, where the expression is something else.
    pub(super) fn predicate(&mut self, expression: &Expr) -> Result<Option<Value>, Stop> {
        Ok(Some(match expression {
            Expr::IsNull(inner) => Value::Boolean(self.is_null(inner)?),
            Expr::IsNotNull(inner) => Value::Boolean(self.is_not_null(inner)?),
            Expr::IsTrue(inner) => Value::Boolean(self.condition(inner)? == Some(true)),
            Expr::IsNotTrue(inner) => Value::Boolean(self.condition(inner)? != Some(true)),
            Expr::IsFalse(inner) => Value::Boolean(self.condition(inner)? == Some(false)),
            Expr::IsNotFalse(inner) => Value::Boolean(self.condition(inner)? != Some(false)),
            Expr::IsUnknown(inner) => Value::Boolean(self.condition(inner)?.is_none()),
            Expr::IsNotUnknown(inner) => Value::Boolean(self.condition(inner)?.is_some()),
            Expr::IsDistinctFrom(left, right) => Value::Boolean(!self.same(left, right)?),
            Expr::IsNotDistinctFrom(left, right) => Value::Boolean(self.same(left, right)?),
            Expr::Between { expr, negated, low, high } => {
                let (value, low, high) =
                    (self.evaluate(expr)?, self.evaluate(low)?, self.evaluate(high)?);
                let above = self.compare(&BinaryOperator::GtEq, value.clone(), low)?;
                let below = self.compare(&BinaryOperator::LtEq, value, high)?;
                Value::truth(negate_if(*negated, and(above, below)))
            }
            Expr::In { expr, target, negated, .. } => {
                let value = self.evaluate(expr)?;
                let found = self.is_in(value, target)?;
                Value::truth(negate_if(*negated, found))
            }
            Expr::AnyOp { left, compare_op, right, .. } => {
                let left = self.evaluate(left)?;
                let found = self.any(left, compare_op, right)?;
                Value::truth(found)
            }
            Expr::AllOp { left, compare_op, right } => {
                let left = self.evaluate(left)?;
                let found = self.all(left, compare_op, right)?;
                Value::truth(found)
            }
            Expr::Like { .. }
            | Expr::ILike { .. }
            | Expr::SimilarTo { .. }
            | Expr::RLike { .. } => self.like(expression)?,
            Expr::Exists { subquery, negated } => {
                Value::Boolean(self.exists(subquery)? != *negated)
            }
            _ => return Ok(None),
        }))
    }

    fn is_null(&mut self, inner: &Expr) -> Result<bool, Stop> {
        let value = self.evaluate(inner)?;
        self.null_test(value, true)
    }

    fn is_not_null(&mut self, inner: &Expr) -> Result<bool, Stop> {
        let value = self.evaluate(inner)?;
        self.null_test(value, false)
    }

    /// `IS [NOT] NULL`; a row passes either only if each of its fields does.
    fn null_test(&mut self, value: Value, null: bool) -> Result<bool, Stop> {
        if let Value::Row(items) = &value {
            for item in items.iter() {
                if matches!(self.known(item.clone())?, Value::Null) != null {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        Ok(matches!(self.known(value)?, Value::Null) == null)
    }

    /// `IS NOT DISTINCT FROM`.
    fn same(&mut self, left: &Expr, right: &Expr) -> Result<bool, Stop> {
        let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
        let (left, right) = (self.known(left)?, self.known(right)?);
        Ok(match (&left, &right) {
            (Value::Null, Value::Null) => true,
            (Value::Null, _) | (_, Value::Null) => false,
            // Rows are the same where their fields are.
            (Value::Row(a), Value::Row(b)) if a.len() == b.len() => {
                let (a, b) = (Value::Array(a.clone()), Value::Array(b.clone()));
                self.equal(a, b)? == Some(true)
            }
            _ => self.equal(left, right)? == Some(true),
        })
    }

    fn is_in(&mut self, value: Value, target: &InTarget) -> Result<Option<bool>, Stop> {
        let candidates = match target {
            InTarget::List(items) => {
                // Later items need not be known where an earlier one is equal.
                let mut found = Some(false);
                for item in items {
                    let item = self.evaluate(item)?;
                    found = or(found, self.compare(&BinaryOperator::Eq, value.clone(), item)?);
                    if found == Some(true) {
                        break;
                    }
                }
                return Ok(found);
            }
            InTarget::Subquery(query) => self.column_of_query(query)?,
            other => {
                let other = self.fresh(other);
                return self.truth_of(other);
            }
        };
        self.among(value, &BinaryOperator::Eq, &candidates)
    }

    fn any(
        &mut self,
        left: Value,
        op: &BinaryOperator,
        right: &Expr,
    ) -> Result<Option<bool>, Stop> {
        match self.candidates(right)? {
            Ok(items) => self.among(left, op, &items),
            Err(Value::Null) => Ok(None),
            Err(array) => {
                if *op == BinaryOperator::Eq && left.is_constant() {
                    let visitor = super::visitor::is_id(&left);
                    let name = if visitor { "holds the visitor" } else { "holds" };
                    let question = format!("{name}: {array} ? {left}");
                    if let Some(found) = self.free_test(&question, &array, [true, false])? {
                        // Nobody's row does not hold the stranger's id.
                        return Ok(if visitor && found { None } else { Some(found) });
                    }
                }
                let found =
                    self.uninterpreted(&format!("any {op}"), &[left, array], Sort::Boolean, true)?;
                self.truth_of(found)
            }
        }
    }

    fn all(
        &mut self,
        left: Value,
        op: &BinaryOperator,
        right: &Expr,
    ) -> Result<Option<bool>, Stop> {
        match self.candidates(right)? {
            Ok(items) => {
                let mut all = Some(true);
                for item in items {
                    let holds = self.operate(left.clone(), op, item)?;
                    all = and(all, self.truth_of(holds)?);
                }
                Ok(all)
            }
            Err(Value::Null) => Ok(None),
            Err(array) => {
                let holds =
                    self.uninterpreted(&format!("all {op}"), &[left, array], Sort::Boolean, true)?;
                self.truth_of(holds)
            }
        }
    }

    /// Whether the operator holds of the value and one of the candidates.
    pub(super) fn among(
        &mut self,
        value: Value,
        op: &BinaryOperator,
        candidates: &[Value],
    ) -> Result<Option<bool>, Stop> {
        let mut found = Some(false);
        for candidate in candidates {
            let holds = self.operate(value.clone(), op, candidate.clone())?;
            found = or(found, self.truth_of(holds)?);
            if found == Some(true) {
                break;
            }
        }
        Ok(found)
    }

    /// What ANY and ALL range over: the elements of an array or the rows of a query. An array that
    /// is not known is handed back.
    fn candidates(&mut self, right: &Expr) -> Result<Result<Vec<Value>, Value>, Stop> {
        let mut right = right;
        while let Expr::Nested(inner) = right {
            right = inner;
        }
        if let Expr::Subquery(query) = right {
            return Ok(Ok(self.column_of_query(query)?));
        }
        let array = self.evaluate(right)?;
        Ok(match self.known(array)? {
            Value::Array(items) => Ok(items.to_vec()),
            Value::Text(text) => match self.cast(Value::Text(text), "text[]")? {
                Value::Array(items) => Ok(items.to_vec()),
                other => Err(other),
            },
            other => Err(other),
        })
    }
}

/// Three-valued AND.
pub(super) fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// Three-valued OR.
pub(super) fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    and(a.map(|a| !a), b.map(|b| !b)).map(|truth| !truth)
}

fn negate_if(negated: bool, truth: Option<bool>) -> Option<bool> {
    truth.map(|truth| truth != negated)
}
