//! Expressions.

use std::cmp::Ordering;
use std::sync::Arc;

use sqlparser::ast::{
    AccessExpr, BinaryOperator, CaseWhen, Expr, Ident, InTarget, Query, Subscript, UnaryOperator,
    Value as Literal,
};

use super::operators;
use super::rows::Presence;
use super::scope::{Ctes, Layout, Scope, Variables, ambiguous};
use super::value::{Array, Record, Truth, Value, compare};
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

/// How an expression is compared with each of several values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    Any,
    All,
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
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let mut arguments = vec![self.eval(expr, scope)?];
                for part in [substring_from, substring_for].into_iter().flatten() {
                    arguments.push(self.eval(part, scope)?);
                }
                self.builtin_or_unknown("substring", arguments)
            }
            Expr::Position { expr, r#in } => {
                let arguments = vec![self.eval(r#in, scope)?, self.eval(expr, scope)?];
                self.builtin_or_unknown("strpos", arguments)
            }
            Expr::Trim { expr, trim_what, trim_where, trim_characters } => {
                use sqlparser::ast::TrimWhereField;
                let mut arguments = vec![self.eval(expr, scope)?];
                for what in trim_what.as_deref().into_iter().chain(trim_characters.iter().flatten())
                {
                    arguments.push(self.eval(what, scope)?);
                }
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    _ => "btrim",
                };
                self.builtin_or_unknown(name, arguments)
            }
            other => {
                self.reach_into(other, scope)?;
                Ok(Value::unknown(format!(
                    "an expression that is not interpreted: {}",
                    brief(other)
                )))
            }
        }
    }

    /// Evaluates what an expression that is not interpreted is made of, for the functions it calls.
    fn reach_into(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<(), Problem> {
        match expr {
            Expr::AtTimeZone { timestamp: e, .. }
            | Expr::Extract { expr: e, .. }
            | Expr::Ceil { expr: e, .. }
            | Expr::Floor { expr: e, .. } => self.eval(e, scope).map(drop),
            Expr::SimilarTo { expr, pattern, .. } => {
                self.eval(expr, scope)?;
                self.eval(pattern, scope).map(drop)
            }
            _ => Ok(()),
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
                Err(_) => Value::Decimal(text.as_str().into()),
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

    fn access(
        &mut self,
        root: &Expr,
        chain: &[AccessExpr],
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let mut value = self.eval(root, scope)?;
        for access in chain {
            value = match access {
                AccessExpr::Dot(Expr::Identifier(ident)) => {
                    field_of(&value, &names::stored(ident))?
                }
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    let index = self.eval(index, scope)?;
                    element(&value, &index)
                }
                AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, .. }) => {
                    let mut bounds = [None, None];
                    for (bound, expr) in bounds.iter_mut().zip([lower_bound, upper_bound]) {
                        if let Some(expr) = expr {
                            *bound = Some(self.eval(expr, scope)?);
                        }
                    }
                    slice(&value, &bounds)
                }
                AccessExpr::Dot(_) => Value::unknown("a field of a row"),
            };
        }
        Ok(value)
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
                (Value::Array(_), _) | (_, Value::Array(_)) | (Value::Json(_), Value::Json(_))
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
            (UnaryOperator::Minus, Value::Decimal(text)) => {
                Value::Decimal(format!("-{text}").into())
            }
            (UnaryOperator::Plus, value) => value,
            (_, value) => Value::unknown(why(&[&value])),
        })
    }

    fn null_test(
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

    fn truth_test(
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

    fn distinct(
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
            _ => compare(&a, &b).map(|o| o == Ordering::Equal),
        };
        Ok(equal.map_or_else(|| Value::unknown(why(&[&a, &b])), |e| Value::Bool(e != distinct)))
    }

    fn between(
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

    fn like(
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
            Some(escape) => self.eval(escape, scope)?.as_text().and_then(|t| t.chars().next()),
            None => Some('\\'),
        };
        let (value, pattern) = (self.text_of(&value), self.text_of(&pattern));
        let truth = operators::like(&value, &pattern, escape, ignore_case);
        let truth = if negated { truth.not() } else { truth };
        Ok(truth.value(|| why(&[&value, &pattern])))
    }

    fn contained(
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
    fn column_of(
        &mut self,
        query: &Query,
        scope: &Scope<'_>,
    ) -> Result<(Vec<Value>, Result<(), Arc<str>>), Problem> {
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

    fn quantified(
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
                Value::Text(text) => match super::cast::parse_array(&text) {
                    Some(items) => (items, Ok(())),
                    None => (Vec::new(), Err(Arc::from("an array that cannot be read"))),
                },
                other => (Vec::new(), Err(why(&[&other]))),
            }
        };
        self.compare_each(&value, op, &items, &complete, quantifier)
    }

    fn compare_each(
        &mut self,
        value: &Value,
        op: &BinaryOperator,
        items: &[Value],
        complete: &Result<(), Arc<str>>,
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

    fn exists(
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

    fn scalar_subquery(&mut self, query: &Query, scope: &Scope<'_>) -> Result<Value, Problem> {
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

fn unnested(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => unnested(inner),
        other => other,
    }
}

fn field_of(value: &Value, field: &str) -> Result<Value, Problem> {
    match value {
        Value::Record(record) => record.field(field).cloned().ok_or_else(|| {
            Problem::error("42703", format!("column \"{field}\" not found in data type record"))
        }),
        Value::Null => Ok(Value::Null),
        Value::Unknown(unknown) => Ok(Value::unknown(unknown.why.clone())),
        _ => Ok(Value::unknown(format!("field {field}"))),
    }
}

/// `array[index]`: NULL outside the bounds.
pub(crate) fn element(value: &Value, index: &Value) -> Value {
    match (value, index) {
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::Array(array), index) => match index.as_int() {
            Some(at) => usize::try_from(at - array.lower)
                .ok()
                .and_then(|i| array.items.get(i).cloned())
                .unwrap_or(Value::Null),
            None => Value::unknown(why(&[index])),
        },
        (value, index) => Value::unknown(why(&[value, index])),
    }
}

fn slice(value: &Value, bounds: &[Option<Value>; 2]) -> Value {
    let Value::Array(array) = value else {
        return if value.is_null() { Value::Null } else { Value::unknown(why(&[value])) };
    };
    let bound = |at: usize, open: i64| match bounds.get(at) {
        Some(Some(bound)) => bound.as_int(),
        _ => Some(open),
    };
    let last = array.lower + i64::try_from(array.items.len()).unwrap_or(i64::MAX) - 1;
    let (Some(from), Some(to)) = (bound(0, array.lower), bound(1, last)) else {
        return Value::unknown("the bounds of an array");
    };
    let items = array.items.iter().zip(array.lower..).filter(|(_, at)| (from..=to).contains(at));
    Value::Array(Arc::new(Array { items: items.map(|(v, _)| v.clone()).collect(), lower: 1 }))
}

/// What the first unknown of these values depends on.
pub(crate) fn why(values: &[&Value]) -> Arc<str> {
    values
        .iter()
        .find_map(|v| v.doubt())
        .map_or_else(|| Arc::from("an operation that is not interpreted"), |u| u.why.clone())
}

fn why_any(value: &Value, items: &[Value]) -> Arc<str> {
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
