//! Expressions among others, and the types that these give each other.

use sqlparser::ast::{DataType, Expr};

use super::scope::Scopes;
use super::{Context, Typed};
use crate::engine::interpreter::model::{Oid, TypeRef};
use crate::engine::interpreter::problem::SqlError;
use crate::pg_catalog::CastContext;

/// An expression among others, with its type.
pub(super) struct Operand<'e> {
    pub(super) expr: Option<&'e Expr>,
    pub(super) data_type: Option<TypeRef>,
}

impl Context<'_> {
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
    pub(super) fn give_all(
        &self,
        operands: &[Operand<'_>],
        targets: &[Option<Oid>],
    ) -> Result<(), SqlError> {
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
            || self.session.has_user_casts
        {
            return Ok(());
        }
        let message = format!(
            "argument of {construct} must be type boolean, not type {}",
            self.spelled(found)
        );
        Err(SqlError::new("42804", message))
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

    /// The type of an expression in its place, with what has to be true of it there.
    pub(super) fn placed_type(&self, scopes: &Scopes, expr: &Expr) -> Typed {
        let found = self.value_type(scopes, expr)?;
        if let Some(construct) = self.place.condition() {
            self.check_boolean(expr, found.as_ref(), construct)?;
        }
        Ok(found)
    }
}

/// The oids of the operands, if all are known.
pub(super) fn oids(operands: &[Operand<'_>]) -> Option<Vec<Oid>> {
    operands.iter().map(|operand| Some(operand.data_type.as_ref()?.oid)).collect()
}

/// An output column or a compared value that is a bare literal is text.
pub(super) fn literal_as_text(found: TypeRef) -> TypeRef {
    if found.oid == Oid::UNKNOWN { TypeRef::plain(Oid::TEXT) } else { found }
}
