//! Evaluates an expression along one way.

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlparser::ast::{
    AccessExpr, BinaryOperator, Expr, Ident, InTarget, Subscript, UnaryOperator, Value as Literal,
};

use super::Surroundings;
use super::scope::{Relation, Scopes};
use super::trail::{Stop, Trail};
use super::value::{Kind, Symbol, Value, parse_boolean};
use crate::catalog::ObjectName;

/// How deep evaluation may nest, functions that call each other included.
const DEEPEST: usize = 400;

/// The room that a level of evaluation needs on the stack, and what is added when it runs out.
const RED_ZONE: usize = 256 * 1024;
const GROWTH: usize = 4 * 1024 * 1024;

/// Evaluates one expression, over and over, along every way that the unknown leaves open.
pub(super) struct Evaluator<'a> {
    pub(super) surroundings: Surroundings<'a>,
    pub(super) trail: Trail,
    pub(super) scopes: Scopes,
    /// What tells calls of one function apart: its name and arguments.
    pub(super) call: Arc<str>,
    /// How many rows an aggregate of the query at hand is over.
    pub(super) aggregated: Option<super::query::Aggregated>,
    /// The queries of WITH clauses that are at hand, with their rows.
    pub(super) named_queries: Vec<(String, super::query::Rows)>,
    consulted: BTreeSet<ObjectName>,
    depth: usize,
    /// How many volatile functions were called in this run.
    volatile: usize,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(surroundings: Surroundings<'a>) -> Self {
        Self {
            surroundings,
            trail: Trail::default(),
            scopes: Scopes::of(Relation::guarded(surroundings)),
            call: "".into(),
            aggregated: None,
            named_queries: Vec::new(),
            consulted: BTreeSet::new(),
            depth: 0,
            volatile: 0,
        }
    }

    /// The functions that were looked up.
    pub(super) fn consulted(self) -> Vec<ObjectName> {
        self.consulted.into_iter().collect()
    }

    /// Remembers that a function was looked up.
    pub(super) fn consult(&mut self, name: ObjectName) {
        self.consulted.insert(name);
    }

    /// Begins a run.
    pub(super) fn restart(&mut self) -> Result<(), Stop> {
        self.scopes = Scopes::of(Relation::guarded(self.surroundings));
        self.call = "".into();
        self.aggregated = None;
        self.named_queries.clear();
        self.depth = 0;
        self.volatile = 0;
        self.trail.restart()
    }

    /// A key that no other call has.
    pub(super) fn new_key(&mut self, name: &str) -> String {
        self.volatile += 1;
        format!("{name} #{}", self.volatile)
    }

    /// Runs one level deeper.
    pub(super) fn deeper<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        if self.depth >= DEEPEST {
            return Err(Stop::TooDeep);
        }
        self.depth += 1;
        let result = stacker::maybe_grow(RED_ZONE, GROWTH, || run(self));
        self.depth -= 1;
        result
    }

    /// A condition: true, false, or NULL.
    pub(super) fn condition(&mut self, expression: &Expr) -> Result<Option<bool>, Stop> {
        let value = self.evaluate(expression)?;
        self.truth_of(value)
    }

    /// A value as a condition.
    pub(super) fn truth_of(&mut self, value: Value) -> Result<Option<bool>, Stop> {
        Ok(match self.known(value)? {
            Value::Null => None,
            Value::Boolean(value) => Some(value),
            Value::Text(text) => parse_boolean(&text),
            Value::Unknown(symbol) => {
                let question = format!("true: {}", symbol.key);
                Some(self.trail.decide(question, 2, symbol.secret)? == 1)
            }
            _ => None,
        })
    }

    /// Decides of a symbol whether it is NULL, and its value where there are only so many.
    pub(super) fn known(&mut self, value: Value) -> Result<Value, Stop> {
        let Value::Unknown(symbol) = value else { return Ok(value) };
        if symbol.nullable
            && self.trail.decide(format!("null: {}", symbol.key), 2, symbol.secret)? == 0
        {
            return Ok(Value::Null);
        }
        if symbol.shift == 0.0
            && let Some(value) = self.trail.equal_of(&symbol.key)
        {
            return Ok(value.clone());
        }
        match &symbol.kind {
            Kind::Boolean => {
                let question = format!("true: {}", symbol.key);
                Ok(Value::Boolean(self.trail.decide(question, 2, symbol.secret)? == 1))
            }
            Kind::Enum(labels) if !labels.is_empty() => {
                let question = format!("label: {}", symbol.key);
                let at = self.trail.decide(question, labels.len(), symbol.secret)?;
                Ok(Value::Label(Arc::clone(labels), at))
            }
            _ => Ok(Value::Unknown(Symbol { nullable: false, ..symbol })),
        }
    }

    /// Something that is computed from values in a way that is not known here. It is NULL where one
    /// of them is; otherwise it is data, or a constant that cannot be computed.
    pub(super) fn derived(
        &mut self,
        name: &str,
        values: &[Value],
        kind: Kind,
        nullable: bool,
    ) -> Result<Value, Stop> {
        let mut key = format!("{name}(");
        let mut fixed = true;
        for value in values {
            let value = self.known(value.clone())?;
            if matches!(value, Value::Null) {
                return Ok(Value::Null);
            }
            fixed &= value.is_fixed();
            key.push_str(&format!("{value}, "));
        }
        key.push(')');
        Ok(Value::Unknown(Symbol { nullable, secret: fixed, ..Symbol::new(key, kind) }))
    }

    /// Something of which nothing is known.
    pub(super) fn anything(&self, what: &impl std::fmt::Display) -> Value {
        Value::Unknown(Symbol::nullable(format!("{}{what}", self.call), Kind::Other))
    }

    /// The value of an expression.
    pub(super) fn evaluate(&mut self, expression: &Expr) -> Result<Value, Stop> {
        self.deeper(|evaluator| evaluator.evaluate_here(expression))
    }

    /// The values of several expressions.
    pub(super) fn evaluate_all(&mut self, expressions: &[Expr]) -> Result<Vec<Value>, Stop> {
        expressions.iter().map(|expression| self.evaluate(expression)).collect()
    }

    fn evaluate_here(&mut self, expression: &Expr) -> Result<Value, Stop> {
        Ok(match expression {
            Expr::Nested(inner) => self.evaluate(inner)?,
            Expr::Collate { expr, .. } => self.evaluate(expr)?,
            Expr::Value(literal) => self.literal(&literal.value),
            Expr::Identifier(name) => self.identifier(name)?,
            Expr::CompoundIdentifier(names) => self.compound(names),
            Expr::UnaryOp { op, expr } => self.unary(op, expr)?,
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right)?,
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
                    Some(field) => {
                        let text = format!("{} {field}", value.written().unwrap_or_default());
                        self.cast(Value::text(text), "interval")?
                    }
                    None => self.cast(value, "interval")?,
                }
            }
            Expr::Array(array) => Value::Array(self.evaluate_all(&array.elem)?.into()),
            Expr::Tuple(items) => Value::Row(self.evaluate_all(items)?.into()),
            Expr::Exists { subquery, negated } => {
                Value::Boolean(self.exists(subquery)? != *negated)
            }
            Expr::Subquery(query) => self.scalar(query)?,
            Expr::Function(function) => self.function(function)?,
            Expr::Extract { expr, .. } => {
                let value = self.evaluate(expr)?;
                let name = expression.to_string();
                self.derived(&name, &[value], Kind::Number(super::value::Range::ALL), false)?
            }
            Expr::AtTimeZone { timestamp, .. } => self.evaluate(timestamp)?,
            Expr::Ceil { expr, .. } | Expr::Floor { expr, .. } => {
                let function =
                    if matches!(expression, Expr::Ceil { .. }) { "ceil" } else { "floor" };
                let value = self.evaluate(expr)?;
                self.builtin(function, &[value])?.unwrap_or_else(|| self.anything(expression))
            }
            Expr::Position { expr, r#in } => {
                let values = [self.evaluate(r#in)?, self.evaluate(expr)?];
                self.builtin("strpos", &values)?.unwrap_or_else(|| self.anything(expression))
            }
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let mut values = vec![self.evaluate(expr)?];
                for part in [substring_from, substring_for].into_iter().flatten() {
                    values.push(self.evaluate(part)?);
                }
                self.derived("substring", &values, Kind::Text, false)?
            }
            Expr::Trim { expr, trim_what: None, trim_characters: None, .. } => {
                let value = self.evaluate(expr)?;
                self.builtin("btrim", &[value])?.unwrap_or_else(|| self.anything(expression))
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                let mut value = self.evaluate(root)?;
                for access in access_chain {
                    value = self.access(value, access, expression)?;
                }
                value
            }
            _ => self.anything(expression),
        })
    }

    fn literal(&self, literal: &Literal) -> Value {
        match literal {
            Literal::Null => Value::Null,
            Literal::Boolean(value) => Value::Boolean(*value),
            Literal::Number(digits, _) => digits.parse().map_or(Value::Null, Value::Number),
            Literal::Placeholder(name) => {
                self.scopes.column(name).unwrap_or_else(|| self.anything(name))
            }
            Literal::DollarQuotedString(text) => Value::text(text.value.as_str()),
            other => match other.clone().into_string() {
                Some(text) => Value::text(text),
                None => match other {
                    Literal::EscapedStringLiteral(text)
                    | Literal::UnicodeStringLiteral(text)
                    | Literal::NationalStringLiteral(text) => Value::text(text.as_str()),
                    _ => self.anything(other),
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
        // The whole row of a relation is NULL only where each of its columns is.
        let nullable = !self.scopes.has_relation(&folded);
        let symbol = Symbol::new(format!("{}{folded}", self.call), Kind::Other);
        Ok(Value::Unknown(Symbol { nullable, ..symbol }))
    }

    fn compound(&self, names: &[Ident]) -> Value {
        let value = match names {
            [.., relation, column] => self.scopes.column_of(&fold(relation), &fold(column)),
            _ => None,
        };
        let written = || names.iter().map(fold).collect::<Vec<_>>().join(".");
        value.unwrap_or_else(|| self.anything(&written()))
    }

    fn access(&mut self, value: Value, access: &AccessExpr, whole: &Expr) -> Result<Value, Stop> {
        let AccessExpr::Subscript(Subscript::Index { index }) = access else {
            return Ok(self.anything(whole));
        };
        let index = self.evaluate(index)?;
        Ok(match (&value, &index) {
            (Value::Null, _) | (_, Value::Null) => Value::Null,
            (Value::Json(_), _) => self.arrow(value, index, false)?,
            (Value::Array(items), Value::Number(at)) => {
                let item = (*at >= 1.0).then(|| items.get(*at as usize - 1)).flatten();
                item.cloned().unwrap_or(Value::Null)
            }
            _ => self.derived("element", &[value, index], Kind::Other, true)?,
        })
    }

    fn unary(&mut self, op: &UnaryOperator, operand: &Expr) -> Result<Value, Stop> {
        if matches!(op, UnaryOperator::Not) {
            return Ok(Value::truth(self.condition(operand)?.map(|truth| !truth)));
        }
        let value = self.evaluate(operand)?;
        Ok(match (op, value) {
            (UnaryOperator::Plus, value) => value,
            (UnaryOperator::Minus, Value::Number(number)) => Value::Number(-number),
            (UnaryOperator::Minus, Value::Interval(length)) => Value::Interval(-length),
            (_, value) => {
                let kind = Kind::Number(super::value::Range::ALL);
                self.derived(&op.to_string(), &[value], kind, false)?
            }
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
        let mut operands = vec![right];
        let mut rest = left;
        while let Expr::BinaryOp { left, op: inner, right } = rest
            && inner == op
        {
            operands.push(right);
            rest = left;
        }
        operands.push(rest);
        let decisive = *op == BinaryOperator::Or;
        let mut truth = Some(!decisive);
        for operand in operands.into_iter().rev() {
            match self.condition(operand)? {
                Some(value) if value == decisive => return Ok(Value::Boolean(decisive)),
                None => truth = None,
                Some(_) => {}
            }
        }
        Ok(Value::truth(truth))
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
            _ => self.compare(&BinaryOperator::Eq, left, right)? == Some(true),
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
                let other = self.anything(other);
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
                let found =
                    self.derived(&format!("any {op}"), &[left, array], Kind::Boolean, true)?;
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
                    self.derived(&format!("all {op}"), &[left, array], Kind::Boolean, true)?;
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

/// A name as PostgreSQL folds it.
pub(super) fn fold(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_ascii_lowercase(),
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
