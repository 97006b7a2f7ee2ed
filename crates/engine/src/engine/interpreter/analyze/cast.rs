//! Casts that are written (`transformTypeCast`).

use sqlparser::ast::{DataType, Expr};

use super::expression::unwrapped;
use super::scope::Scopes;
use super::{Context, Typed};
use crate::engine::interpreter::model::{Oid, TypeKind, TypeRef};
use crate::engine::interpreter::problem::SqlError;
use crate::pg_catalog::CastContext;

impl Context<'_> {
    /// `x::type`
    pub(super) fn cast(&self, scopes: &Scopes, expr: &Expr, data_type: &DataType) -> Typed {
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
}

/// Drops what an empty array in an array is refused for.
fn empty(error: SqlError) -> Typed {
    if error.sqlstate == "42P18" { Ok(None) } else { Err(error) }
}
