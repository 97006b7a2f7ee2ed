//! The types of expressions (`parse_expr.c`).

use sqlparser::ast::{
    BinaryOperator, CaseWhen, DataType, Expr, InTarget, ObjectName, Query, TrimWhereField,
    UnaryOperator, Value,
};

use super::routine::{Called, Given};
use super::scope::{Found, Scopes, Source};
use super::{Context, Typed};
use crate::engine::interpreter::model::{Oid, TypeKind, TypeRef};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::SqlError;
use crate::pg_catalog::CastContext;

/// A type without a modifier, as a result.
#[expect(clippy::unnecessary_wraps, reason = "the callers' arms are results of options")]
pub(super) fn plain(oid: Oid) -> Typed {
    Ok(Some(TypeRef::plain(oid)))
}

/// An expression among others, with its type.
pub(super) struct Operand<'e> {
    pub(super) expr: Option<&'e Expr>,
    pub(super) data_type: Option<TypeRef>,
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
                self.doubt();
                plain(Oid::INTERVAL)
            }
            Expr::Tuple(items) => {
                items.iter().try_for_each(|item| inner(item).map(drop))?;
                plain(Oid::RECORD)
            }
            Expr::IsJson { .. } | Expr::IsNormalized { .. } | Expr::SimilarTo { .. } => {
                self.doubt();
                plain(Oid::BOOL)
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

    /// A type as written, where it is one for certain.
    pub(super) fn written(&self, data_type: &DataType) -> Option<TypeRef> {
        self.session.resolve_type(data_type).ok()
    }

    /// Gives a literal a type: an error where it is no value of it.
    pub(super) fn give(&self, expr: &Expr, target: Oid) -> Result<(), SqlError> {
        if !self.check_input(expr, target)? {
            self.doubt();
        }
        Ok(())
    }

    /// Gives operands the types that an operator or function takes them as.
    fn give_all(&self, operands: &[Operand<'_>], targets: &[Option<Oid>]) -> Result<(), SqlError> {
        for (operand, target) in operands.iter().zip(targets) {
            let is_literal = operand.data_type.as_ref().is_some_and(|t| t.oid == Oid::UNKNOWN);
            match (operand.expr, target) {
                (_, None) if is_literal => {
                    let message =
                        "could not determine polymorphic type because input has type unknown";
                    return Err(SqlError::new("42804", message));
                }
                (Some(expr), Some(target)) if is_literal => self.give(expr, *target)?,
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn operand<'e>(
        &self,
        scopes: &Scopes,
        expr: &'e Expr,
    ) -> Result<Operand<'e>, SqlError> {
        let data_type = self.value_type(scopes, expr)?;
        Ok(Operand { expr: Some(expr), data_type })
    }

    /// `x::type`
    fn cast(&self, scopes: &Scopes, expr: &Expr, data_type: &DataType) -> Typed {
        let Some(target) = self.written(data_type) else {
            self.value_type(scopes, expr)?;
            return Ok(None);
        };
        // The elements of an array are cast one by one.
        if let (Expr::Array(array), Some(element)) = (unwrapped(expr), self.element(target.oid)) {
            for item in &array.elem {
                if matches!(unwrapped(item), Expr::Array(_)) {
                    self.value_type(scopes, item).or_else(empty)?;
                    self.doubt();
                } else {
                    let found = self.value_type(scopes, item)?;
                    self.check_cast(item, found.as_ref(), element)?;
                }
            }
            return Ok(Some(target));
        }
        let found = self.value_type(scopes, expr)?;
        self.check_cast(expr, found.as_ref(), target.oid)?;
        Ok(Some(target))
    }

    fn check_cast(&self, expr: &Expr, from: Option<&TypeRef>, to: Oid) -> Result<(), SqlError> {
        let Some(from) = from.map(|found| found.oid) else { return Ok(()) };
        if from == Oid::UNKNOWN {
            return self.give(expr, to);
        }
        if from == Oid::RECORD
            || self.is_opaque(from)
            || self.is_opaque(to)
            || self.is_cast_in_doubt(from, to)
            || self.kind(to) == Some(&TypeKind::Pseudo)
        {
            self.doubt();
            return Ok(());
        }
        if self.can_coerce(from, to, CastContext::Explicit) {
            return Ok(());
        }
        let (from, to) = (self.spelled(from), self.spelled(to));
        Err(SqlError::new("42846", format!("cannot cast type {from} to {to}")))
    }

    /// An expression that has to be a boolean (`coerce_to_boolean`).
    pub(super) fn condition(
        &self,
        scopes: &Scopes,
        expr: &Expr,
        construct: &str,
    ) -> Result<(), SqlError> {
        let found = self.value_type(scopes, expr)?;
        self.check_boolean(expr, found.as_ref(), construct)
    }

    pub(super) fn check_boolean(
        &self,
        expr: &Expr,
        found: Option<&TypeRef>,
        construct: &str,
    ) -> Result<(), SqlError> {
        let Some(found) = found.map(|found| found.oid) else { return Ok(()) };
        if found == Oid::UNKNOWN {
            return self.give(expr, Oid::BOOL);
        }
        if self.is_opaque(found)
            || self.can_coerce(found, Oid::BOOL, CastContext::Assignment)
            || self.session.has_user_casts()
        {
            return Ok(());
        }
        let message = format!(
            "argument of {construct} must be type boolean, not type {}",
            self.spelled(found)
        );
        Err(SqlError::new("42804", message))
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
            BinaryOperator::PGCustomBinaryOperator(_)
            | BinaryOperator::Overlaps
            | BinaryOperator::Xor => {
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
    fn compare(&self, scopes: &Scopes, name: &str, left: &Expr, right: &Expr) -> Typed {
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
            self.value_type(scopes, escape)?;
            self.value_type(scopes, pattern)?;
            self.value_type(scopes, expr)?;
            self.doubt();
            return plain(Oid::BOOL);
        }
        self.compare(scopes, name, expr, pattern)
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

    /// The type that operands have in common, which the literals among them get.
    pub(super) fn common(&self, operands: &[Operand<'_>], construct: &str) -> Typed {
        let types: Vec<_> = operands.iter().map(|o| o.data_type.clone()).collect();
        let common = self.common_type(&types, construct)?;
        if let Some(common) = &common {
            self.give_all(operands, &vec![Some(common.oid); operands.len()])?;
        }
        Ok(common)
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

    fn membership(&self, scopes: &Scopes, expr: &Expr, target: &InTarget, negated: bool) -> Typed {
        let name = if negated { "<>" } else { "=" };
        match target {
            InTarget::List(items) => {
                if is_row(expr) || items.iter().any(is_row) {
                    for item in items {
                        self.compare(scopes, name, expr, item)?;
                    }
                    return plain(Oid::BOOL);
                }
                self.member_of_list(scopes, expr, name, items)
            }
            InTarget::Subquery(query) => {
                let columns = self.subquery(scopes, query)?;
                if let Expr::Tuple(items) = unwrapped(expr) {
                    return self.rows_of_query(scopes, "=", items, columns.as_deref());
                }
                self.rows_of_query(scopes, "=", std::slice::from_ref(expr), columns.as_deref())
            }
            _ => Ok(None),
        }
    }

    fn member_of_list(&self, scopes: &Scopes, expr: &Expr, name: &str, items: &[Expr]) -> Typed {
        let left = self.operand(scopes, expr)?;
        let mut operands = Vec::with_capacity(items.len());
        for item in items {
            operands.push((self.operand(scopes, item)?, names_column(item)));
        }
        // Several that are no columns are one array, if they and the left side have a type in common.
        if operands.iter().filter(|(_, is_column)| !is_column).count() > 1 {
            let constants = || operands.iter().filter(|(_, is_column)| !is_column).map(|(o, _)| o);
            let types: Option<Vec<Oid>> =
                constants().map(|o| Some(o.data_type.as_ref()?.oid)).collect();
            let (Some(mut all), Some(left_type)) = (types, left.data_type.clone()) else {
                return Ok(None);
            };
            all.insert(0, left_type.oid);
            if all.iter().any(|oid| self.is_opaque(*oid)) {
                return Ok(None);
            }
            let common = self.common_oid(&all).filter(|common| {
                *common != Oid::RECORD
                    && self.array(*common).is_some()
                    && all.iter().all(|oid| self.can_coerce(*oid, *common, CastContext::Implicit))
            });
            if let Some(common) = common {
                for constant in constants() {
                    self.give_all(std::slice::from_ref(constant), &[Some(common)])?;
                }
                let item = Operand { expr: None, data_type: Some(TypeRef::plain(common)) };
                let left = Operand { expr: left.expr, data_type: left.data_type.clone() };
                self.operation(name, &[left, item])?;
                operands.retain(|(_, is_column)| *is_column);
            }
        }
        for (item, _) in operands {
            let left = Operand { expr: left.expr, data_type: left.data_type.clone() };
            let found = self.operation(name, &[left, item])?;
            if found.is_none() {
                return Ok(None);
            }
        }
        plain(Oid::BOOL)
    }

    /// Expressions against the columns of a sub-query.
    fn rows_of_query(
        &self,
        scopes: &Scopes,
        name: &str,
        items: &[Expr],
        columns: Option<&[super::OutputColumn]>,
    ) -> Typed {
        let operands =
            items.iter().map(|item| self.operand(scopes, item)).collect::<Result<Vec<_>, _>>()?;
        let Some(columns) = columns else { return plain(Oid::BOOL) };
        if columns.len() != items.len() {
            let many = if columns.len() > items.len() { "many" } else { "few" };
            return Err(SqlError::new("42601", format!("subquery has too {many} columns")));
        }
        for (operand, column) in operands.into_iter().zip(columns) {
            let column = Operand { expr: None, data_type: column.data_type.clone() };
            self.operation(name, &[operand, column])?;
        }
        plain(Oid::BOOL)
    }

    /// `x op ANY (…)` and ALL.
    fn quantified(&self, scopes: &Scopes, left: &Expr, op: &BinaryOperator, right: &Expr) -> Typed {
        let name = op.to_string();
        if let Expr::Subquery(query) = unwrapped(right) {
            let columns = self.subquery(scopes, query)?;
            let items = match unwrapped(left) {
                Expr::Tuple(items) => items.as_slice(),
                one => std::slice::from_ref(one),
            };
            return self.rows_of_query(scopes, &name, items, columns.as_deref());
        }
        let (left, right) = (self.operand(scopes, left)?, self.operand(scopes, right)?);
        let (Some(given), Some(array)) = (&left.data_type, &right.data_type) else {
            return Ok(None);
        };
        if self.is_opaque(given.oid) || self.is_opaque(array.oid) {
            return Ok(None);
        }
        let element = match array.oid {
            Oid::UNKNOWN => Oid::UNKNOWN,
            array => match self.element(self.base(array)) {
                Some(element) => element,
                None => {
                    let message = "op ANY/ALL (array) requires array on right side";
                    return Err(SqlError::new("42809", message));
                }
            },
        };
        let name = if name == "!=" { "<>" } else { name.as_str() };
        let Some(found) = self.operator(name, &[given.oid, element])? else { return Ok(None) };
        match found.result {
            Some(Oid::BOOL) => {}
            Some(_) => {
                let message = "op ANY/ALL (array) requires operator to yield boolean";
                return Err(SqlError::new("42809", message));
            }
            None => return Ok(None),
        }
        let left_target = found.operands.first().copied().flatten();
        let right_target = match found.operands.get(1).copied().flatten() {
            None => None,
            Some(element) => match self.array(element) {
                None if !element.is_user() => {
                    let element = self.spelled(element);
                    let message = format!("could not find array type for data type {element}");
                    return Err(SqlError::new("42704", message));
                }
                array => array,
            },
        };
        self.give_all(&[left], &[left_target])?;
        if right_target.is_some() {
            self.give_all(&[right], &[right_target])?;
        }
        plain(Oid::BOOL)
    }

    /// The columns of a sub-query.
    pub(super) fn subquery(
        &self,
        scopes: &Scopes,
        query: &Query,
    ) -> Result<super::scope::Columns, SqlError> {
        self.place.check_subquery()?;
        self.inside().analyzed(scopes, query)
    }

    fn scalar(&self, scopes: &Scopes, query: &Query) -> Typed {
        match self.subquery(scopes, query)?.as_deref() {
            None => Ok(None),
            Some([only]) => Ok(only.data_type.clone()),
            Some(_) => Err(SqlError::new("42601", "subquery must return only one column")),
        }
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

    /// What a call gives its literal arguments.
    pub(super) fn give_arguments(
        &self,
        operands: &[Operand<'_>],
        targets: &[Option<Oid>],
    ) -> Result<(), SqlError> {
        self.give_all(operands, targets)
    }

    /// The type of an expression in its place, with what has to be true of it there.
    pub(super) fn placed_type(&self, scopes: &Scopes, expr: &Expr) -> Typed {
        let found = self.value_type(scopes, expr)?;
        if let Some(construct) = self.place.condition() {
            self.check_boolean(expr, found.as_ref(), construct)?;
        }
        Ok(found)
    }
}

/// Drops what an empty array in an array is refused for.
fn empty(error: SqlError) -> Typed {
    if error.sqlstate == "42P18" { Ok(None) } else { Err(error) }
}

/// The oids of the operands, if all are known.
pub(super) fn oids(operands: &[Operand<'_>]) -> Option<Vec<Oid>> {
    operands.iter().map(|operand| Some(operand.data_type.as_ref()?.oid)).collect()
}

/// An output column or a compared value that is a bare literal is text.
pub(super) fn literal_as_text(found: TypeRef) -> TypeRef {
    if found.oid == Oid::UNKNOWN { TypeRef::plain(Oid::TEXT) } else { found }
}

/// An expression without the parentheses around it.
pub(super) fn unwrapped(mut expr: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

fn is_row(expr: &Expr) -> bool {
    matches!(unwrapped(expr), Expr::Tuple(_))
}

/// Whether an expression names a column of the query that it is in.
fn names_column(expr: &Expr) -> bool {
    use std::ops::ControlFlow;
    let found = sqlparser::ast::visit_expressions(expr, |expr| match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
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
