//! Elements of arrays and fields of rows (`parse_node.c`).

use sqlparser::ast::{AccessExpr, Expr, Subscript};

use super::scope::Scopes;
use super::{Context, Typed};
use crate::engine::interpreter::model::{Oid, TypeKind, TypeRef, builtin_type};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::SqlError;
use crate::pg_catalog::CastContext;

impl Context<'_> {
    /// The type of `root[…].field`.
    pub(super) fn access(&self, scopes: &Scopes, root: &Expr, chain: &[AccessExpr]) -> Typed {
        let Some(mut current) = self.value_type(scopes, root)? else { return Ok(None) };
        // Several subscripts in a row are those of one array.
        let mut in_array: Option<TypeRef> = None;
        for access in chain {
            if self.is_opaque(current.oid) {
                return Ok(None);
            }
            current = match access {
                AccessExpr::Subscript(subscript) => {
                    let container = in_array.clone().unwrap_or_else(|| current.clone());
                    let base = self.base(container.oid);
                    self.check_subscript(scopes, subscript, base)?;
                    let is_slice = matches!(subscript, Subscript::Slice { .. });
                    match self.part(base) {
                        _ if base == Oid::JSONB => TypeRef::plain(base),
                        Some(_) if is_slice => {
                            in_array = None;
                            TypeRef { oid: base, modifier: container.modifier }
                        }
                        Some(element) => {
                            let modifier = container.modifier.clone();
                            in_array = Some(container);
                            TypeRef { oid: element, modifier }
                        }
                        None => return Ok(None),
                    }
                }
                AccessExpr::Dot(Expr::Identifier(field)) => {
                    in_array = None;
                    match self.field(current.oid, &names::stored(field)) {
                        Some(found) => found,
                        None => return Ok(None),
                    }
                }
                AccessExpr::Dot(_) => return Ok(None),
            };
        }
        Ok(Some(current))
    }

    fn check_subscript(
        &self,
        scopes: &Scopes,
        subscript: &Subscript,
        container: Oid,
    ) -> Result<(), SqlError> {
        let is_array = self.part(container).is_some();
        if !is_array && container != Oid::JSONB {
            if container == Oid::UNKNOWN {
                return Ok(());
            }
            let message = format!(
                "cannot subscript type {} because it does not support subscripting",
                self.spelled(container)
            );
            return Err(SqlError::new("42804", message));
        }
        let indices: Vec<&Expr> = match subscript {
            Subscript::Index { index } => vec![index],
            Subscript::Slice { lower_bound, upper_bound, .. } => {
                lower_bound.iter().chain(upper_bound).collect()
            }
        };
        for index in indices {
            let Some(found) = self.value_type(scopes, index)? else { continue };
            if !is_array {
                self.check_json_subscript(index, &found)?;
            } else if found.oid == Oid::UNKNOWN {
                self.give(index, Oid::INT4)?;
            } else if !self.is_opaque(found.oid)
                && !self.can_coerce(found.oid, Oid::INT4, CastContext::Assignment)
                && !self.session.has_user_casts
            {
                return Err(SqlError::new("42804", "array subscript must have type integer"));
            }
        }
        Ok(())
    }

    /// The key or the number of a part of a `jsonb` (`jsonbsubs.c`): text or what becomes text or an integer, not
    /// both.
    fn check_json_subscript(&self, index: &Expr, found: &TypeRef) -> Result<(), SqlError> {
        if found.oid == Oid::UNKNOWN {
            self.give(index, Oid::TEXT)?;
            return Ok(());
        }
        let becomes = |target| self.can_coerce(found.oid, target, CastContext::Implicit);
        if self.is_opaque(found.oid) || becomes(Oid::INT4) == becomes(Oid::TEXT) {
            self.doubt();
        }
        Ok(())
    }

    /// What a subscript selects: an element of an array, or a part of a value of fixed length such as a point.
    fn part(&self, container: Oid) -> Option<Oid> {
        self.element(container).or_else(|| {
            builtin_type(container)
                .filter(|row| row.kind == 'b' && row.part != 0)
                .map(|row| Oid(row.part))
        })
    }

    fn field(&self, row: Oid, name: &str) -> Option<TypeRef> {
        let TypeKind::Composite { relation } = self.kind(self.base(row))? else { return None };
        let relation = self.session.model.relation(*relation).ok()?;
        Some(relation.column(name)?.data_type.clone())
    }
}
