//! The types of expressions (`parse_expr.c`).

use sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, ObjectName, TrimWhereField, UnaryOperator, Value,
};

use super::literal::{is_digits, text_of};
use super::operand::{Operand, literal_as_text, oids};
use super::routine::{Called, Given};
use super::scope::{Found, Scopes, Source};
use super::{Context, Typed};
use crate::engine::interpreter::model::{Oid, TypeRef};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::SqlError;

/// A type without a modifier, as a result.
#[expect(clippy::unnecessary_wraps, reason = "the callers' arms are results of options")]
pub(super) fn plain(oid: Oid) -> Typed {
    Ok(Some(TypeRef::plain(oid)))
}

impl Context<'_> {
    /// The type of a value, `None` where it cannot be told; a bare literal is of the type `unknown`.
    pub(super) fn value_type(&self, scopes: &Scopes, expr: &Expr) -> Typed {
        let found = self.kind_of_value(scopes, expr);
        if matches!(found, Ok(None)) {
            self.doubt();
        }
        found
    }

    fn kind_of_value(&self, scopes: &Scopes, expr: &Expr) -> Typed {
        let inner = |expr: &Expr| self.value_type(scopes, expr);
        match expr {
            Expr::Identifier(ident) => Ok(self.found_type(scopes, &names::stored(ident))),
            Expr::CompoundIdentifier(parts) => {
                let [.., source, column] = parts.as_slice() else { return Ok(None) };
                Ok(match scopes.find_in(&names::stored(source), &names::stored(column)) {
                    Found::Column(column) => column.data_type.clone(),
                    _ => None,
                })
            }
            Expr::Nested(expr) => inner(expr),
            Expr::Collate { expr, .. } => {
                inner(expr).map(|found| found.filter(|found| self.category(found.oid) == 'S'))
            }
            Expr::Cast { expr, data_type, .. } => self.cast(scopes, expr, data_type),
            Expr::TypedString(typed) => {
                let Some(target) = self.written(&typed.data_type) else { return Ok(None) };
                let value = Expr::Value(typed.value.clone());
                self.give(&value, target.oid)?;
                Ok(Some(target))
            }
            Expr::Value(value) => Ok(literal_type(&value.value)),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                self.condition(scopes, expr, "NOT")?;
                plain(Oid::BOOL)
            }
            Expr::UnaryOp { op, expr } => self.prefix(scopes, op, expr),
            Expr::BinaryOp { left, op, right } => self.binary(scopes, left, op, right),
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(scopes, operand.as_deref(), conditions, else_result.as_deref())
            }
            Expr::Function(call) => self.call_type(scopes, call),
            Expr::Subquery(query) => self.scalar(scopes, query),
            Expr::Exists { subquery, .. } => {
                self.subquery(scopes, subquery)?;
                plain(Oid::BOOL)
            }
            Expr::Array(array) => self.array_type(scopes, &array.elem),
            Expr::CompoundFieldAccess { root, access_chain } => {
                self.access(scopes, root, access_chain)
            }
            Expr::IsNull(expr) | Expr::IsNotNull(expr) => {
                inner(expr)?;
                plain(Oid::BOOL)
            }
            Expr::IsTrue(expr) => self.truth(scopes, expr, "IS TRUE"),
            Expr::IsNotTrue(expr) => self.truth(scopes, expr, "IS NOT TRUE"),
            Expr::IsFalse(expr) => self.truth(scopes, expr, "IS FALSE"),
            Expr::IsNotFalse(expr) => self.truth(scopes, expr, "IS NOT FALSE"),
            Expr::IsUnknown(expr) => self.truth(scopes, expr, "IS UNKNOWN"),
            Expr::IsNotUnknown(expr) => self.truth(scopes, expr, "IS NOT UNKNOWN"),
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.compare(scopes, "=", left, right)
            }
            Expr::In { expr, target, negated, .. } => {
                self.membership(scopes, expr, target, *negated)
            }
            Expr::Between { expr, negated, low, high } => {
                let (lower, upper) = if *negated { ("<", ">") } else { (">=", "<=") };
                self.compare(scopes, lower, expr, low)?;
                self.compare(scopes, upper, expr, high)
            }
            Expr::Like { negated, expr, pattern, escape_char, any: false } => {
                let name = if *negated { "!~~" } else { "~~" };
                self.like(scopes, name, expr, pattern, escape_char.as_deref())
            }
            Expr::ILike { negated, expr, pattern, escape_char, any: false } => {
                let name = if *negated { "!~~*" } else { "~~*" };
                self.like(scopes, name, expr, pattern, escape_char.as_deref())
            }
            Expr::AnyOp { left, compare_op, right, .. }
            | Expr::AllOp { left, compare_op, right } => {
                self.quantified(scopes, left, compare_op, right)
            }
            Expr::AtTimeZone { timestamp, time_zone } => {
                self.call_of(scopes, "timezone", &[time_zone, timestamp])
            }
            Expr::Extract { expr, .. } => {
                let given = [Some(TypeRef::plain(Oid::TEXT)), inner(expr)?];
                let operands = given.map(|data_type| Operand { expr: None, data_type });
                self.routine_type("extract", &operands)
            }
            Expr::Position { expr, r#in } => self.call_of(scopes, "position", &[r#in, expr]),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                self.substring(scopes, expr, substring_from.as_deref(), substring_for.as_deref())
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    _ => "btrim",
                };
                let mut arguments: Vec<&Expr> = vec![expr];
                arguments.extend(trim_what.as_deref());
                arguments.extend(trim_characters.iter().flatten());
                self.call_of(scopes, name, &arguments)
            }
            Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                let mut arguments: Vec<&Expr> = vec![expr, overlay_what, overlay_from];
                arguments.extend(overlay_for.as_deref());
                self.call_of(scopes, "overlay", &arguments)
            }
            Expr::Ceil { expr, .. } => self.call_of(scopes, "ceil", &[expr]),
            Expr::Floor { expr, .. } => self.call_of(scopes, "floor", &[expr]),
            Expr::Interval(interval) => {
                inner(&interval.value)?;
                let has_fields = interval.leading_field.is_some()
                    || interval.fractional_seconds_precision.is_some();
                // A number alone counts in the field that is named.
                let is_number =
                    text_of(&interval.value).is_some_and(|text| text.len() < 9 && is_digits(text));
                match has_fields {
                    true if is_number => {}
                    true => self.doubt(),
                    false => self.give(&interval.value, Oid::INTERVAL)?,
                }
                plain(Oid::INTERVAL)
            }
            Expr::Tuple(items) => {
                items.iter().try_for_each(|item| inner(item).map(drop))?;
                plain(Oid::RECORD)
            }
            Expr::IsJson { expr, .. } | Expr::IsNormalized { expr, .. } => {
                inner(expr)?;
                self.doubt();
                plain(Oid::BOOL)
            }
            Expr::SimilarTo { expr, pattern, negated, escape_char } => {
                let name = if *negated { "!~" } else { "~" };
                let escape = escape_char.as_ref().map(|_| Oid::TEXT);
                let given = [self.operand(scopes, pattern)?.data_type, escape.map(TypeRef::plain)];
                let pattern = self.escaped("similar_to_escape", pattern, given)?;
                self.operation(name, &[self.operand(scopes, expr)?, pattern])
            }
            _ => Ok(None),
        }
    }

    /// The type of a bare name.
    fn found_type(&self, scopes: &Scopes, name: &str) -> Option<TypeRef> {
        match scopes.find(name) {
            Found::Column(column) => column.data_type.clone(),
            Found::Row(source) => self.row_type(source),
            Found::Nothing | Found::Perhaps => value_word(name).map(TypeRef::plain),
        }
    }

    /// The type of the rows of a FROM item.
    fn row_type(&self, source: &Source) -> Option<TypeRef> {
        let relation = self.session.model.relation(source.relation?).ok()?;
        relation.row_type.map(TypeRef::plain)
    }

    fn truth(&self, scopes: &Scopes, expr: &Expr, construct: &str) -> Typed {
        self.condition(scopes, expr, construct)?;
        plain(Oid::BOOL)
    }

    fn prefix(&self, scopes: &Scopes, op: &UnaryOperator, expr: &Expr) -> Typed {
        if let (UnaryOperator::Minus, Expr::Value(value)) = (op, expr)
            && let Value::Number(digits, _) = &value.value
        {
            // The sign is part of the number.
            let negative = Value::Number(format!("-{digits}"), false);
            return Ok(literal_type(&negative));
        }
        let operand = self.operand(scopes, expr)?;
        self.operation(&op.to_string(), &[operand])
    }

    fn binary(&self, scopes: &Scopes, left: &Expr, op: &BinaryOperator, right: &Expr) -> Typed {
        match op {
            BinaryOperator::And | BinaryOperator::Or => {
                let construct = if *op == BinaryOperator::And { "AND" } else { "OR" };
                self.condition(scopes, left, construct)?;
                self.condition(scopes, right, construct)?;
                plain(Oid::BOOL)
            }
            BinaryOperator::PGCustomBinaryOperator(name)
                if let [schema, own_name] = name.as_slice()
                    && schema == "pg_catalog" =>
            {
                self.compare(scopes, own_name, left, right)
            }
            BinaryOperator::PGCustomBinaryOperator(_)
            | BinaryOperator::Overlaps
            | BinaryOperator::Xor => {
                self.meet_foreign();
                self.value_type(scopes, left)?;
                self.value_type(scopes, right)?;
                Ok(None)
            }
            // The tokenizer takes `@@@` for two operators.
            BinaryOperator::AtAt
                if matches!(right, Expr::UnaryOp { op: UnaryOperator::PGAbs, .. }) =>
            {
                self.value_type(scopes, left)?;
                Ok(None)
            }
            op => self.compare(scopes, &op.to_string(), left, right),
        }
    }

    /// An operator between two expressions, or between rows of them.
    pub(super) fn compare(&self, scopes: &Scopes, name: &str, left: &Expr, right: &Expr) -> Typed {
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (unwrapped(left), unwrapped(right)) {
            if left.len() != right.len() {
                let message = "unequal number of entries in row expressions";
                return Err(SqlError::new("42601", message));
            }
            for (left, right) in left.iter().zip(right) {
                self.compare(scopes, name, left, right)?;
            }
            return plain(Oid::BOOL);
        }
        if let (Expr::Tuple(items), Expr::Subquery(query)) = (unwrapped(left), unwrapped(right)) {
            let columns = self.subquery(scopes, query)?;
            return self.rows_of_query(scopes, name, items, columns.as_deref());
        }
        if is_row(left) || is_row(right) {
            self.value_type(scopes, left)?;
            self.value_type(scopes, right)?;
            self.doubt();
            return plain(Oid::BOOL);
        }
        let operands = [self.operand(scopes, left)?, self.operand(scopes, right)?];
        self.operation(name, &operands)
    }

    /// What an operator makes of its operands.
    pub(super) fn operation(&self, name: &str, operands: &[Operand<'_>]) -> Typed {
        let Some(given) = oids(operands) else { return Ok(None) };
        let name = if name == "!=" { "<>" } else { name };
        let Some(operator) = self.operator(name, &given)? else {
            self.doubt();
            return Ok(None);
        };
        self.give_all(operands, &operator.operands)?;
        Ok(operator.result.map(TypeRef::plain))
    }

    fn like(
        &self,
        scopes: &Scopes,
        name: &str,
        expr: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
    ) -> Typed {
        if let Some(escape) = escape {
            let given = [pattern, escape].map(|expr| self.value_type(scopes, expr));
            let [pattern_type, escape_type] = given;
            let pattern = self.escaped("like_escape", pattern, [pattern_type?, escape_type?])?;
            return self.operation(name, &[self.operand(scopes, expr)?, pattern]);
        }
        self.compare(scopes, name, expr, pattern)
    }

    /// A pattern with an escape character, which the grammar makes a call of.
    fn escaped<'e>(
        &self,
        function: &str,
        pattern: &'e Expr,
        given: [Option<TypeRef>; 2],
    ) -> Result<Operand<'e>, SqlError> {
        let operands: Vec<_> = given
            .into_iter()
            .flatten()
            .map(|data_type| Operand { expr: None, data_type: Some(data_type) })
            .collect();
        let data_type = self.routine_type(function, &operands)?;
        Ok(Operand { expr: Some(pattern), data_type })
    }

    fn case(
        &self,
        scopes: &Scopes,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        else_result: Option<&Expr>,
    ) -> Typed {
        let operand = operand.map(|operand| self.operand(scopes, operand)).transpose()?;
        let mut results = Vec::with_capacity(conditions.len() + 1);
        for when in conditions {
            match &operand {
                None => self.condition(scopes, &when.condition, "CASE/WHEN")?,
                Some(operand) => {
                    let value = self.operand(scopes, &when.condition)?;
                    // A literal operand is text.
                    let data_type = operand.data_type.clone().map(literal_as_text);
                    self.operation("=", &[Operand { expr: None, data_type }, value])?;
                }
            }
            results.push(self.operand(scopes, &when.result)?);
        }
        // The default comes first where types are preferred, and is NULL without ELSE.
        let default = match else_result {
            Some(expr) => self.operand(scopes, expr)?,
            None => Operand { expr: None, data_type: Some(TypeRef::plain(Oid::UNKNOWN)) },
        };
        results.insert(0, default);
        self.common(&results, "CASE")
    }

    fn array_type(&self, scopes: &Scopes, items: &[Expr]) -> Typed {
        if items.is_empty() {
            return Err(SqlError::new("42P18", "cannot determine type of empty array"));
        }
        let operands =
            items.iter().map(|item| self.operand(scopes, item)).collect::<Result<Vec<_>, _>>()?;
        let Some(common) = self.common(&operands, "ARRAY")? else { return Ok(None) };
        if items.iter().any(|item| matches!(unwrapped(item), Expr::Array(_))) {
            return Ok(Some(TypeRef::plain(common.oid)));
        }
        // An array of arrays that are no expressions of their own is one of more dimensions, too.
        if self.element(common.oid).is_some() {
            return Ok(Some(TypeRef::plain(common.oid)));
        }
        Ok(self.array(common.oid).map(TypeRef::plain))
    }

    fn substring(
        &self,
        scopes: &Scopes,
        expr: &Expr,
        from: Option<&Expr>,
        length: Option<&Expr>,
    ) -> Typed {
        match (from, length) {
            (Some(from), Some(length)) => self.call_of(scopes, "substring", &[expr, from, length]),
            (Some(from), None) => self.call_of(scopes, "substring", &[expr, from]),
            _ => {
                self.value_type(scopes, expr)?;
                Ok(None)
            }
        }
    }

    /// A function of `pg_catalog` that the grammar calls.
    fn call_of(&self, scopes: &Scopes, name: &str, arguments: &[&Expr]) -> Typed {
        let operands = arguments
            .iter()
            .map(|argument| self.operand(scopes, argument))
            .collect::<Result<Vec<_>, _>>()?;
        self.routine_type(name, &operands)
    }

    fn routine_type(&self, name: &str, operands: &[Operand<'_>]) -> Typed {
        let Some(types) = oids(operands) else { return Ok(None) };
        let name = ObjectName::from(vec!["pg_catalog".into(), name.into()]);
        match self.routine(&name, &Given { types, names: Vec::new() })? {
            Called::Function { result, arguments, .. } => {
                self.give_all(operands, &arguments)?;
                Ok(result)
            }
            Called::Cast(oid) => plain(oid),
            Called::Unknown => Ok(None),
        }
    }
}

/// An expression without the parentheses around it.
pub(super) fn unwrapped(mut expr: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

pub(super) fn is_row(expr: &Expr) -> bool {
    matches!(unwrapped(expr), Expr::Tuple(_))
}

fn literal_type(value: &Value) -> Option<TypeRef> {
    let oid = match value {
        Value::Number(digits, _) => {
            let digits = digits.to_string();
            if digits.parse::<i32>().is_ok() {
                Oid::INT4
            } else if digits.parse::<i64>().is_ok() {
                Oid::INT8
            } else if digits.contains(['x', 'X', 'o', 'O', 'b', 'B', '_']) {
                return None;
            } else {
                Oid::NUMERIC
            }
        }
        Value::Boolean(_) => Oid::BOOL,
        Value::Placeholder(_) => return None,
        Value::HexStringLiteral(_) | Value::SingleQuotedByteStringLiteral(_) => Oid::BIT,
        _ => Oid::UNKNOWN,
    };
    Some(TypeRef::plain(oid))
}

/// The type of a word that reads like a column and is a function of the standard.
pub(super) fn value_word(name: &str) -> Option<Oid> {
    Some(match name {
        "current_date" => Oid::DATE,
        "current_time" => Oid::TIMETZ,
        "current_timestamp" => Oid::TIMESTAMPTZ,
        "localtime" => Oid::TIME,
        "localtimestamp" => Oid::TIMESTAMP,
        "current_catalog" | "current_role" | "current_schema" | "current_user" | "session_user"
        | "user" => Oid::NAME,
        "tableoid" => Oid::OID,
        _ => return None,
    })
}
