//! Evaluates an expression along one way.

use sqlparser::ast::{
    AccessExpr, BinaryOperator, Expr, Ident, ObjectName, ObjectNamePart, Subscript, UnaryOperator,
    Value as Literal,
};

use super::constant;
use super::evaluator::Evaluator;
use super::path_search::Stop;
use super::sort::{Lengths, Range, Sort};
use super::value::{Symbol, Value};
use crate::datum::Typed;

impl Evaluator<'_> {
    /// The value of an expression, one level down.
    pub(super) fn evaluate_here(&mut self, expression: &Expr) -> Result<Value, Stop> {
        Ok(match expression {
            Expr::Nested(inner) => self.evaluate(inner)?,
            // Another collation may find other texts equal.
            Expr::Collate { expr, .. } => {
                let value = self.evaluate(expr)?;
                match value.is_constant() {
                    true => value,
                    false => self.uninterpreted("collate", &[value], Sort::Other, false)?,
                }
            }
            Expr::Value(literal) => self.literal(&literal.value),
            Expr::Identifier(name) => self.identifier(name)?,
            Expr::CompoundIdentifier(names) => self.compound(names),
            Expr::QualifiedWildcard(name, _) => self.row(name),
            Expr::UnaryOp { op, expr } => self.unary(op, expr)?,
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right)?,
            Expr::Case { operand, conditions, else_result, .. } => {
                let operand = operand.as_ref().map(|operand| self.evaluate(operand)).transpose()?;
                for when in conditions {
                    let meets = match &operand {
                        Some(operand) => {
                            let value = self.evaluate(&when.condition)?;
                            self.compare(&BinaryOperator::Eq, operand.clone(), value)?
                        }
                        None => self.condition(&when.condition)?,
                    };
                    if meets == Some(true) {
                        return self.evaluate(&when.result);
                    }
                }
                match else_result {
                    Some(result) => self.evaluate(result)?,
                    None => Value::Null,
                }
            }
            Expr::Cast { expr, data_type, .. } => {
                let value = self.evaluate(expr)?;
                self.cast(value, &data_type.to_string())?
            }
            Expr::TypedString(typed) => {
                let value = self.literal(&typed.value.value);
                self.cast(value, &typed.data_type.to_string())?
            }
            Expr::Interval(interval) => {
                let value = self.evaluate(&interval.value)?;
                match &interval.leading_field {
                    Some(field) => match &value {
                        Value::Text(text) => {
                            self.cast(Value::text(format!("{text} {field}")), "interval")?
                        }
                        _ => self.fresh(expression),
                    },
                    None => self.cast(value, "interval")?,
                }
            }
            Expr::Array(array) => Value::Array(self.evaluate_all(&array.elem)?.into()),
            Expr::Tuple(items) => Value::Row(self.evaluate_all(items)?.into()),
            Expr::Subquery(query) => self.scalar(query)?,
            Expr::Function(function) => self.function(function)?,
            Expr::Extract { field, expr, .. } => {
                let value = self.evaluate(expr)?;
                self.extract(&field.to_string(), value)?
            }
            Expr::AtTimeZone { timestamp, time_zone } => {
                let (value, zone) = (self.evaluate(timestamp)?, self.evaluate(time_zone)?);
                self.at_time_zone(value, zone)?
            }
            Expr::Ceil { expr, .. } | Expr::Floor { expr, .. } => {
                let function =
                    if matches!(expression, Expr::Ceil { .. }) { "ceil" } else { "floor" };
                let value = self.evaluate(expr)?;
                self.builtin(function, &[value])?.unwrap_or_else(|| self.fresh(expression))
            }
            Expr::Position { expr, r#in } => {
                let values = [self.evaluate(r#in)?, self.evaluate(expr)?];
                self.builtin("strpos", &values)?.unwrap_or_else(|| self.fresh(expression))
            }
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let mut values = vec![self.evaluate(expr)?];
                for part in [substring_from, substring_for].into_iter().flatten() {
                    values.push(self.evaluate(part)?);
                }
                match self.builtin("substring", &values)? {
                    Some(value) => value,
                    None => {
                        self.uninterpreted("substring", &values, Sort::Text(Lengths::ANY), true)?
                    }
                }
            }
            Expr::Trim { expr, trim_what: None, trim_characters: None, .. } => {
                let value = self.evaluate(expr)?;
                self.builtin("btrim", &[value])?.unwrap_or_else(|| self.fresh(expression))
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                let mut value = self.evaluate(root)?;
                for access in access_chain {
                    value = self.access(value, access, expression)?;
                }
                value
            }
            _ => match self.predicate(expression)? {
                Some(value) => value,
                None => self.fresh(expression),
            },
        })
    }

    fn literal(&self, literal: &Literal) -> Value {
        match literal {
            Literal::Null => Value::Null,
            Literal::Boolean(value) => Value::Boolean(*value),
            Literal::Number(digits, _) => match Typed::number(digits) {
                Some(number) => Value::constant(number),
                None => {
                    let sort = Sort::Number(Range::ALL);
                    Value::Unknown(Symbol::opaque(format!("number {digits}"), sort))
                }
            },
            Literal::Placeholder(name) => {
                self.scopes.column(name).unwrap_or_else(|| self.fresh(name))
            }
            Literal::DollarQuotedString(text) => Value::text(text.value.as_str()),
            other => match other.clone().into_string() {
                Some(text) => Value::text(text),
                None => match other {
                    Literal::EscapedStringLiteral(text)
                    | Literal::UnicodeStringLiteral(text)
                    | Literal::NationalStringLiteral(text) => Value::text(text.as_str()),
                    _ => self.fresh(other),
                },
            },
        }
    }

    fn identifier(&mut self, name: &Ident) -> Result<Value, Stop> {
        let folded = fold(name);
        if let Some(value) = self.scopes.column(&folded) {
            return Ok(value);
        }
        if let Some(value) = self.builtin(&folded, &[])?.filter(|_| name.quote_style.is_none()) {
            return Ok(value);
        }
        Ok(self.scopes.whole_row(&folded).unwrap_or_else(|| self.fresh(&folded)))
    }

    /// The row of `t.*`.
    fn row(&self, name: &ObjectName) -> Value {
        let row = match &name.0[..] {
            [ObjectNamePart::Identifier(alias)] => self.scopes.whole_row(&fold(alias)),
            _ => None,
        };
        row.unwrap_or_else(|| self.fresh(&format!("{name}.*")))
    }

    fn compound(&self, names: &[Ident]) -> Value {
        let value = match names {
            [.., relation, column] => self.scopes.column_of(&fold(relation), &fold(column)),
            _ => None,
        };
        let written = || names.iter().map(fold).collect::<Vec<_>>().join(".");
        value.unwrap_or_else(|| self.fresh(&written()))
    }

    fn access(&mut self, value: Value, access: &AccessExpr, whole: &Expr) -> Result<Value, Stop> {
        let AccessExpr::Subscript(Subscript::Index { index }) = access else {
            return Ok(self.fresh(whole));
        };
        let index = self.evaluate(index)?;
        Ok(match (&value, &index) {
            (Value::Null, _) | (_, Value::Null) => Value::Null,
            (Value::Constant(_), _) if value.is_json() => self.arrow(value, index, false)?,
            (Value::Array(items), Value::Constant(_)) => {
                let at = index.as_int().and_then(|at| usize::try_from(at).ok()?.checked_sub(1));
                at.and_then(|at| items.get(at)).cloned().unwrap_or(Value::Null)
            }
            _ => self.uninterpreted("element", &[value, index], Sort::Other, true)?,
        })
    }

    fn unary(&mut self, op: &UnaryOperator, operand: &Expr) -> Result<Value, Stop> {
        if matches!(op, UnaryOperator::Not) {
            return Ok(Value::truth(self.condition(operand)?.map(|truth| !truth)));
        }
        let value = self.evaluate(operand)?;
        Ok(match (op, value) {
            (UnaryOperator::Plus, value) => value,
            (_, value) => match constant::operate(None, &op.to_string(), &value) {
                Some(value) => value,
                None => {
                    let sort = Sort::Number(Range::ALL);
                    self.uninterpreted(&op.to_string(), &[value], sort, false)?
                }
            },
        })
    }

    fn binary(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Value, Stop> {
        match op {
            BinaryOperator::And | BinaryOperator::Or => self.chain(left, op, right),
            _ => {
                let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
                self.operate(left, op, right)
            }
        }
    }

    /// A chain of AND or of OR, which nests to the left, from its first operand on. One operand may
    /// decide, so that the others need not be known.
    fn chain(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Value, Stop> {
        let decisive = *op == BinaryOperator::Or;
        let mut truth = Some(!decisive);
        for operand in operands(left, op, right) {
            match self.condition(operand)? {
                Some(value) if value == decisive => return Ok(Value::Boolean(decisive)),
                None => truth = None,
                Some(_) => {}
            }
        }
        Ok(Value::truth(truth))
    }
}

/// The operands of a chain of AND or of OR, which nests to the left.
pub(super) fn operands<'e>(
    left: &'e Expr,
    op: &BinaryOperator,
    right: &'e Expr,
) -> impl Iterator<Item = &'e Expr> + use<'e> {
    let mut operands = vec![right];
    let mut rest = left;
    while let Expr::BinaryOp { left, op: inner, right } = rest
        && inner == op
    {
        operands.push(right);
        rest = left;
    }
    operands.push(rest);
    operands.into_iter().rev()
}

/// A name as PostgreSQL folds it.
pub(super) fn fold(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_ascii_lowercase(),
    }
}
