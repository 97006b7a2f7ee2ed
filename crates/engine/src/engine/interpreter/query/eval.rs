//! Expressions.

use std::sync::Arc;

use sqlparser::ast::{BinaryOperator, CaseWhen, Expr, Ident, UnaryOperator, Value as Literal};

use super::access::field_of;
use super::comparison::Quantifier;
use super::operators;
use super::scope::{Ctes, Layout, Scope, Variables, ambiguous};
use super::value::{Record, Truth, Value};
use crate::datum::{self, Typed};
use crate::engine::interpreter::names;
use crate::engine::interpreter::plpgsql::Run;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// Evaluates expressions and queries in a session.
pub(crate) struct Evaluator<'a> {
    pub(crate) session: &'a mut Session,
    pub(crate) run: &'a mut Run,
    pub(crate) variables: &'a dyn Variables,
}

impl Evaluator<'_> {
    /// An expression that stands by itself.
    pub(crate) fn expression(&mut self, expr: &Expr) -> Result<Value, Problem> {
        let (layout, ctes) = (Layout::default(), Ctes::new());
        let scope = Scope { layout: &layout, row: &[], group: None, outer: None, ctes: &ctes };
        self.eval(expr, &scope)
    }

    /// An expression in the scope of a row.
    pub(super) fn eval(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Value, Problem> {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.eval_here(expr, scope))
    }

    fn eval_here(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Value, Problem> {
        self.run.step()?;
        match expr {
            Expr::Nested(inner) => self.eval(inner, scope),
            Expr::Value(literal) => Ok(self.literal(&literal.value)),
            Expr::Identifier(ident) => self.identifier(ident, scope),
            Expr::CompoundIdentifier(parts) => self.compound(parts, scope),
            Expr::CompoundFieldAccess { root, access_chain } => {
                self.access(root, access_chain, scope)
            }
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, scope),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr, scope),
            Expr::IsNull(e) => self.null_test(e, false, scope),
            Expr::IsNotNull(e) => self.null_test(e, true, scope),
            Expr::IsTrue(e) => self.truth_test(e, &[Truth::True], scope),
            Expr::IsNotTrue(e) => self.truth_test(e, &[Truth::False, Truth::Null], scope),
            Expr::IsFalse(e) => self.truth_test(e, &[Truth::False], scope),
            Expr::IsNotFalse(e) => self.truth_test(e, &[Truth::True, Truth::Null], scope),
            Expr::IsUnknown(e) => self.truth_test(e, &[Truth::Null], scope),
            Expr::IsNotUnknown(e) => self.truth_test(e, &[Truth::True, Truth::False], scope),
            Expr::IsDistinctFrom(a, b) => self.distinct(a, b, true, scope),
            Expr::IsNotDistinctFrom(a, b) => self.distinct(a, b, false, scope),
            Expr::In { expr, target, negated, .. } => self.contained(expr, target, *negated, scope),
            Expr::Between { expr, negated, low, high } => {
                self.between(expr, low, high, *negated, scope)
            }
            Expr::Like { negated, expr, pattern, escape_char, .. } => {
                self.like(expr, pattern, escape_char.as_deref(), *negated, false, scope)
            }
            Expr::ILike { negated, expr, pattern, escape_char, .. } => {
                self.like(expr, pattern, escape_char.as_deref(), *negated, true, scope)
            }
            Expr::AnyOp { left, compare_op, right, .. } => {
                self.quantified(left, compare_op, right, Quantifier::Any, scope)
            }
            Expr::AllOp { left, compare_op, right } => {
                self.quantified(left, compare_op, right, Quantifier::All, scope)
            }
            Expr::Cast { expr, data_type, .. } => {
                let value = self.eval(expr, scope)?;
                self.cast(value, data_type)
            }
            Expr::TypedString(typed) => {
                let value = self.literal(&typed.value.value);
                self.cast(value, &typed.data_type)
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), scope)
            }
            Expr::Exists { subquery, negated } => self.exists(subquery, *negated, scope),
            Expr::Subquery(query) => self.scalar_subquery(query, scope),
            Expr::Array(array) => Ok(Value::array(self.eval_all(&array.elem, scope)?)),
            Expr::Tuple(items) => self.row_of(&items.iter().collect::<Vec<_>>(), scope),
            Expr::Function(function) => self.function(function, scope),
            Expr::Collate { expr, .. } => self.eval(expr, scope),
            other => match self.special(other, scope)? {
                Some(value) => Ok(value),
                None => Ok(Value::unknown(format!(
                    "an expression that is not interpreted: {}",
                    brief(other)
                ))),
            },
        }
    }

    pub(super) fn eval_all(
        &mut self,
        items: &[Expr],
        scope: &Scope<'_>,
    ) -> Result<Vec<Value>, Problem> {
        items.iter().map(|item| self.eval(item, scope)).collect()
    }

    fn literal(&self, literal: &Literal) -> Value {
        match literal {
            Literal::Null => Value::Null,
            Literal::Boolean(b) => Value::Bool(*b),
            Literal::Number(text, _) => match text.parse() {
                Ok(n) => Value::Int(n),
                Err(_) => Typed::number(text)
                    .map_or_else(|| Value::unknown(format!("the number {text}")), Value::constant),
            },
            Literal::SingleQuotedString(text)
            | Literal::EscapedStringLiteral(text)
            | Literal::UnicodeStringLiteral(text) => Value::text(text.as_str()),
            Literal::DollarQuotedString(quoted) => Value::text(quoted.value.as_str()),
            Literal::Placeholder(name) => name
                .strip_prefix('$')
                .and_then(|n| n.parse().ok())
                .and_then(|n| self.variables.parameter(n))
                .unwrap_or_else(|| Value::unknown(format!("parameter {name}"))),
            other => Value::unknown(format!("the literal {other}")),
        }
    }

    fn identifier(&mut self, ident: &Ident, scope: &Scope<'_>) -> Result<Value, Problem> {
        let name = names::stored(ident);
        let column = scope.column(None, &name)?;
        let variable = self.variables.variable(&[&name]);
        match (column, variable) {
            (Some(_), Some(_)) => Err(ambiguous(&name)),
            (Some(value), None) | (None, Some(value)) => Ok(value),
            (None, None) => {
                if let Some(row) = scope.whole_row(&name) {
                    return Ok(row);
                }
                if ident.quote_style.is_none()
                    && let Some(value) = self.special_word(&name)
                {
                    return Ok(value);
                }
                scope.hidden_column(None, &name).ok_or_else(|| {
                    Problem::error("42703", format!("column \"{name}\" does not exist"))
                })
            }
        }
    }

    fn compound(&mut self, parts: &[Ident], scope: &Scope<'_>) -> Result<Value, Problem> {
        let words: Vec<_> = parts.iter().map(names::stored).collect();
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        if let [.., qualifier, name] = words.as_slice()
            && let Some(value) = scope.column(Some(qualifier), name)?
        {
            return Ok(value);
        }
        if let Some(value) = self.variables.variable(&words) {
            return Ok(value);
        }
        if let [column, field] = words.as_slice()
            && let Some(value) = scope.column(None, column)?
        {
            return field_of(&value, field);
        }
        if let [.., qualifier, name] = words.as_slice()
            && let Some(value) = scope.hidden_column(Some(qualifier), name)
        {
            return Ok(value);
        }
        let (table, known) = match words.as_slice() {
            [.., table, _] => (*table, scope.whole_row(table).is_some()),
            _ => ("", false),
        };
        let name = words.join(".");
        Err(if known {
            Problem::error("42703", format!("column {name} does not exist"))
        } else {
            Problem::error("42P01", format!("missing FROM-clause entry for table \"{table}\""))
        })
    }

    fn binary(
        &mut self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let a = self.eval(left, scope)?;
        let decided = match op {
            BinaryOperator::And => Some(Truth::False),
            BinaryOperator::Or => Some(Truth::True),
            _ => None,
        };
        let Some(decided) = decided else {
            let b = self.eval(right, scope)?;
            return self.apply(op, &a, &b);
        };
        let a_truth = a.truth();
        if a_truth == decided {
            return Ok(Value::Bool(decided == Truth::True));
        }
        let b = self.eval_if(a_truth == Truth::Unknown, right, scope)?;
        let truth =
            if decided == Truth::False { a_truth.and(b.truth()) } else { a_truth.or(b.truth()) };
        Ok(truth.value(|| why(&[&a, &b])))
    }

    /// Whether two values are equal.
    pub(crate) fn equal(&mut self, a: &Value, b: &Value) -> Result<Value, Problem> {
        self.apply(&BinaryOperator::Eq, a, b)
    }

    /// Applies an operator to two values.
    pub(super) fn apply(
        &mut self,
        op: &BinaryOperator,
        a: &Value,
        b: &Value,
    ) -> Result<Value, Problem> {
        if let BinaryOperator::StringConcat = op
            && !matches!(
                (a, b),
                (Value::Array(_) | Value::Json(_), _) | (_, Value::Array(_) | Value::Json(_))
            )
        {
            let (a, b) = (self.text_of(a), self.text_of(b));
            return Ok(operators::concatenate(&[a, b]));
        }
        operators::apply(op, a, b)
    }

    fn unary(
        &mut self,
        op: UnaryOperator,
        expr: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let value = self.eval(expr, scope)?;
        Ok(match (op, value) {
            (_, Value::Null) => Value::Null,
            (UnaryOperator::Not, value) => value.truth().not().value(|| why(&[&value])),
            (UnaryOperator::Minus, Value::Int(n)) => {
                n.checked_neg().map_or(Value::Null, Value::Int)
            }
            (UnaryOperator::Minus, Value::Typed(typed)) => {
                Value::computed(datum::operator("-", None, &typed))?
            }
            (UnaryOperator::Plus, value) => value,
            (_, value) => Value::unknown(why(&[&value])),
        })
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let operand = operand.map(|o| self.eval(o, scope)).transpose()?;
        let mut doubt: Option<Arc<str>> = None;
        let mut results: Vec<Value> = Vec::new();
        let mut decided = false;
        for CaseWhen { condition, result } in conditions {
            let in_doubt = doubt.is_some();
            let condition = self.eval_if(in_doubt, condition, scope)?;
            let condition = match &operand {
                Some(operand) => operators::apply(&BinaryOperator::Eq, operand, &condition)?,
                None => condition,
            };
            match condition.truth() {
                Truth::False | Truth::Null => continue,
                Truth::True => decided = true,
                Truth::Unknown => drop(doubt.get_or_insert_with(|| why(&[&condition]))),
            }
            results.push(self.eval_if(doubt.is_some(), result, scope)?);
            if decided {
                break;
            }
        }
        if !decided {
            results.push(match otherwise {
                Some(otherwise) => self.eval_if(doubt.is_some(), otherwise, scope)?,
                None => Value::Null,
            });
        }
        Ok(match doubt {
            Some(why) => agreed(results, why),
            None => results.pop().unwrap_or(Value::Null),
        })
    }

    /// COALESCE: the first argument that is not null.
    pub(super) fn coalesce(
        &mut self,
        arguments: &[&Expr],
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let mut doubt: Option<Arc<str>> = None;
        let mut results = Vec::new();
        for argument in arguments {
            match self.eval_if(doubt.is_some(), argument, scope)? {
                Value::Null => {}
                Value::Unknown(unknown) => {
                    doubt.get_or_insert_with(|| unknown.why.clone());
                    results.push(Value::Unknown(unknown));
                }
                value => {
                    results.push(value);
                    break;
                }
            }
        }
        Ok(match doubt {
            Some(why) => agreed(results, why),
            None => results.pop().unwrap_or(Value::Null),
        })
    }

    pub(super) fn row_of(&mut self, items: &[&Expr], scope: &Scope<'_>) -> Result<Value, Problem> {
        let values: Vec<Value> =
            items.iter().map(|item| self.eval(item, scope)).collect::<Result<_, _>>()?;
        let fields = values
            .into_iter()
            .enumerate()
            .map(|(i, v)| (format!("f{}", i + 1).into(), v))
            .collect();
        Ok(Value::Record(Arc::new(Record { fields })))
    }

    /// An expression that, if `doubtful`, the server may not evaluate: an error in it is not certain.
    pub(super) fn eval_if(
        &mut self,
        doubtful: bool,
        expr: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        if !doubtful {
            return self.eval(expr, scope);
        }
        self.run.doubts += 1;
        let result = self.eval(expr, scope);
        self.run.doubts -= 1;
        match result {
            Err(Problem::Error(error)) => Ok(Value::unknown(error.message)),
            other => other,
        }
    }
}

/// One of several values: itself where all are the same.
fn agreed(mut results: Vec<Value>, why: Arc<str>) -> Value {
    match results.pop() {
        Some(last) if last.doubt().is_none() && results.iter().all(|r| *r == last) => last,
        _ => Value::unknown(why),
    }
}

/// What the first unknown of these values depends on.
pub(crate) fn why(values: &[&Value]) -> Arc<str> {
    values
        .iter()
        .find_map(|v| v.doubt())
        .map_or_else(|| Arc::from("an operation that is not interpreted"), |u| u.why.clone())
}

pub(super) fn why_any(value: &Value, items: &[Value]) -> Arc<str> {
    let unknown = value.doubt().or_else(|| items.iter().find_map(Value::doubt));
    unknown.map_or_else(|| Arc::from("an operation that is not interpreted"), |u| u.why.clone())
}

fn brief(expr: &Expr) -> String {
    let text = expr.to_string();
    match text.char_indices().nth(60) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}
