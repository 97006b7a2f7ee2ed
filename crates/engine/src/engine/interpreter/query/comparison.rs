//! Tests and comparisons: IS, IN, BETWEEN, LIKE, ANY, ALL.

use std::sync::Arc;

use sqlparser::ast::{BinaryOperator, Expr, InTarget, Query};

use super::compare::equal;
use super::eval::{Evaluator, why, why_any};
use super::operators;
use super::rows::Presence;
use super::scope::Scope;
use super::value::{Record, Truth, Value};
use crate::datum::{self, Refusal};
use crate::engine::interpreter::problem::Problem;

/// Whether all values are known, or what it depends on that there may be more.
type Complete = Result<(), Arc<str>>;

impl Evaluator<'_> {
    pub(super) fn null_test(
        &mut self,
        expr: &Expr,
        negated: bool,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let value = self.eval(expr, scope)?;
        Ok(match &value {
            Value::Unknown(unknown) => Value::unknown(unknown.why.clone()),
            // A row is null if all its fields are, and not null if none is.
            Value::Record(record) => {
                if let Some(unknown) = value.doubt() {
                    return Ok(Value::unknown(unknown.why.clone()));
                }
                Value::Bool(record.fields.iter().all(|(_, v)| v.is_null() != negated))
            }
            value => Value::Bool(value.is_null() != negated),
        })
    }

    pub(super) fn truth_test(
        &mut self,
        expr: &Expr,
        wanted: &[Truth],
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let value = self.eval(expr, scope)?;
        Ok(match value.truth() {
            Truth::Unknown => Value::unknown(why(&[&value])),
            truth => Value::Bool(wanted.contains(&truth)),
        })
    }

    pub(super) fn distinct(
        &mut self,
        a: &Expr,
        b: &Expr,
        distinct: bool,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let (a, b) = (self.eval(a, scope)?, self.eval(b, scope)?);
        let equal = match (a.doubt().is_some() || b.doubt().is_some(), a.is_null(), b.is_null()) {
            (true, _, _) => None,
            (_, true, true) => Some(true),
            (_, true, false) | (_, false, true) => Some(false),
            _ => equal(&a, &b),
        };
        Ok(equal.map_or_else(|| Value::unknown(why(&[&a, &b])), |e| Value::Bool(e != distinct)))
    }

    pub(super) fn between(
        &mut self,
        expr: &Expr,
        low: &Expr,
        high: &Expr,
        negated: bool,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let value = self.eval(expr, scope)?;
        let (low, high) = (self.eval(low, scope)?, self.eval(high, scope)?);
        let above = operators::apply(&BinaryOperator::GtEq, &value, &low)?.truth();
        let below = operators::apply(&BinaryOperator::LtEq, &value, &high)?.truth();
        let inside = above.and(below);
        let truth = if negated { inside.not() } else { inside };
        Ok(truth.value(|| why(&[&value, &low, &high])))
    }

    pub(super) fn like(
        &mut self,
        expr: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
        negated: bool,
        ignore_case: bool,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        if let Expr::AnyOp { .. } | Expr::AllOp { .. } = pattern {
            return Ok(Value::unknown("LIKE ANY"));
        }
        let value = self.eval(expr, scope)?;
        let pattern = self.eval(pattern, scope)?;
        let escape = match escape {
            Some(escape) => Some(self.eval(escape, scope)?),
            None => None,
        };
        let (value, like) = (self.text_of(&value), self.text_of(&pattern));
        let truth = liked(&value, &like, escape.as_ref(), ignore_case)?;
        let truth = if negated { truth.not() } else { truth };
        Ok(truth.value(|| why(&[&value, &like])))
    }

    pub(super) fn contained(
        &mut self,
        expr: &Expr,
        target: &InTarget,
        negated: bool,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let value = self.eval(expr, scope)?;
        let (items, complete) = match target {
            InTarget::List(list) => (self.eval_all(list, scope)?, Ok(())),
            InTarget::Subquery(query) => self.column_of(query, scope)?,
            _ => (Vec::new(), Err(Arc::from("an IN that is not interpreted"))),
        };
        let found =
            self.compare_each(&value, &BinaryOperator::Eq, &items, &complete, Quantifier::Any)?;
        let truth = if negated { found.truth().not() } else { found.truth() };
        Ok(truth.value(|| complete.err().unwrap_or_else(|| why_any(&value, &items))))
    }

    /// The first column of a subquery, and what it depends on that more rows may be there.
    pub(super) fn column_of(
        &mut self,
        query: &Query,
        scope: &Scope<'_>,
    ) -> Result<(Vec<Value>, Complete), Problem> {
        let rows = self.subquery(query, scope)?;
        let complete = if rows.is_certain() { Ok(()) } else { Err(rows.why()) };
        let width = rows.columns.len();
        let items =
            rows.rows.into_iter().filter(|r| r.presence == Presence::Certain).filter_map(|row| {
                if width == 1 {
                    return row.values.into_iter().next();
                }
                let fields = row.values.into_iter().map(|v| (Arc::from(""), v)).collect();
                Some(Value::Record(Arc::new(Record { fields })))
            });
        Ok((items.collect(), complete))
    }

    pub(super) fn quantified(
        &mut self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        quantifier: Quantifier,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let value = self.eval(left, scope)?;
        let inner = unnested(right);
        let (items, complete) = if let Expr::Subquery(query) = inner {
            self.column_of(query, scope)?
        } else {
            match self.eval(inner, scope)? {
                Value::Null => return Ok(Value::Null),
                Value::Array(array) => (array.items.clone(), Ok(())),
                Value::Text(text) => match super::cast::array_of(&text) {
                    Some(items) => (items, Ok(())),
                    None => (Vec::new(), Err(Arc::from("an array that cannot be read"))),
                },
                other => (Vec::new(), Err(why(&[&other]))),
            }
        };
        self.compare_each(&value, op, &items, &complete, quantifier)
    }

    pub(super) fn compare_each(
        &mut self,
        value: &Value,
        op: &BinaryOperator,
        items: &[Value],
        complete: &Complete,
        quantifier: Quantifier,
    ) -> Result<Value, Problem> {
        let mut truth = Truth::from(quantifier == Quantifier::All);
        for item in items {
            let this = self.apply(op, value, item)?.truth();
            truth = if quantifier == Quantifier::Any { truth.or(this) } else { truth.and(this) };
        }
        if complete.is_err() {
            truth = match quantifier {
                Quantifier::Any => truth.or(Truth::Unknown),
                Quantifier::All => truth.and(Truth::Unknown),
            };
        }
        Ok(truth.value(|| complete.clone().err().unwrap_or_else(|| why_any(value, items))))
    }

    pub(super) fn exists(
        &mut self,
        query: &Query,
        negated: bool,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let rows = self.subquery(query, scope)?;
        let truth = if rows.rows.iter().any(|r| r.presence == Presence::Certain) {
            Truth::True
        } else if rows.rows.is_empty() {
            Truth::False
        } else {
            Truth::Unknown
        };
        let truth = if negated { truth.not() } else { truth };
        Ok(truth.value(|| rows.why()))
    }

    pub(super) fn scalar_subquery(
        &mut self,
        query: &Query,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let rows = self.subquery(query, scope)?;
        let why = rows.why();
        let certain = rows.is_certain();
        let mut rows = rows.rows.into_iter();
        let first = rows.next().and_then(|r| r.values.into_iter().next());
        match (first, rows.next(), certain) {
            (_, _, false) => Ok(Value::unknown(why)),
            (None, _, _) => Ok(Value::Null),
            (Some(value), None, _) => Ok(value),
            (Some(_), Some(_), _) => Err(Problem::error(
                "21000",
                "more than one row returned by a subquery used as an expression",
            )),
        }
    }
}

/// LIKE and ILIKE of texts, with an escape character where one is written.
fn liked(
    value: &Value,
    pattern: &Value,
    escape: Option<&Value>,
    ignore_case: bool,
) -> Result<Truth, Problem> {
    let matched = match (value, pattern, escape) {
        (Value::Null, _, _) | (_, Value::Null, _) | (_, _, Some(Value::Null)) => {
            return Ok(Truth::Null);
        }
        (Value::Text(value), Value::Text(pattern), None) => {
            datum::like(value, pattern, ignore_case)
        }
        (Value::Text(value), Value::Text(pattern), Some(Value::Text(escape))) => {
            datum::like_escape(pattern, escape)
                .and_then(|pattern| datum::like(value, &pattern, ignore_case))
        }
        _ => return Ok(Truth::Unknown),
    };
    match matched {
        Ok(matched) => Ok(matched.into()),
        Err(Refusal::Error { sqlstate, message }) => Err(Problem::error(sqlstate, message)),
        Err(Refusal::Unknown(_)) => Ok(Truth::Unknown),
    }
}

/// How an expression is compared with each of several values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    Any,
    All,
}

pub(super) fn unnested(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => unnested(inner),
        other => other,
    }
}
