//! Values against lists, arrays and sub-queries (`transformAExprIn`, `transformSubLink`).

use sqlparser::ast::{BinaryOperator, Expr, InTarget, Query};

use super::expression::{is_row, plain, unwrapped};
use super::operand::Operand;
use super::scope::{Columns, Scopes};
use super::{Context, OutputColumn, Typed};
use crate::engine::interpreter::model::{Oid, TypeRef};
use crate::engine::interpreter::problem::SqlError;
use crate::pg_catalog::CastContext;

impl Context<'_> {
    /// `x IN (…)`
    pub(super) fn membership(
        &self,
        scopes: &Scopes,
        expr: &Expr,
        target: &InTarget,
        negated: bool,
    ) -> Typed {
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
        columns: Option<&[OutputColumn]>,
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
    pub(super) fn quantified(
        &self,
        scopes: &Scopes,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
    ) -> Typed {
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
    pub(super) fn subquery(&self, scopes: &Scopes, query: &Query) -> Result<Columns, SqlError> {
        self.inside().analyzed(scopes, query)
    }

    /// A sub-query for its one value.
    pub(super) fn scalar(&self, scopes: &Scopes, query: &Query) -> Typed {
        match self.subquery(scopes, query)?.as_deref() {
            None => Ok(None),
            Some([only]) => Ok(only.data_type.clone()),
            Some(_) => Err(SqlError::new("42601", "subquery must return only one column")),
        }
    }
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
