//! The type that several expressions have in common.
//! <https://www.postgresql.org/docs/current/typeconv-union-case.html>

use super::{Context, Typed};
use crate::engine::interpreter::model::{Oid, TypeRef};
use crate::engine::interpreter::problem::SqlError;
use crate::pg_catalog::CastContext;

impl Context<'_> {
    /// `select_common_type`: the words are those that its error names the construct with.
    pub(super) fn common_type(&self, types: &[Option<TypeRef>], construct: &str) -> Typed {
        let Some(types) = types.iter().cloned().collect::<Option<Vec<TypeRef>>>() else {
            return Ok(None);
        };
        let Some(first) = types.first() else { return Ok(None) };
        if types.iter().all(|other| other == first) && first.oid != Oid::UNKNOWN {
            return Ok(Some(first.clone()));
        }
        let oids: Vec<Oid> = types.iter().map(|found| found.oid).collect();
        if oids.iter().all(|oid| *oid == first.oid) && first.oid != Oid::UNKNOWN {
            return Ok(Some(TypeRef::plain(first.oid)));
        }
        if oids.iter().any(|oid| self.is_opaque(*oid)) {
            return Ok(None);
        }
        let common = match self.common_or_clash(&oids) {
            Ok(common) => common,
            Err((one, other)) => {
                let (one, other) = (self.spelled(one), self.spelled(other));
                let message = format!("{construct} types {one} and {other} cannot be matched");
                return Err(SqlError::new("42804", message));
            }
        };
        let fits = |oid: &Oid| self.can_coerce(*oid, common, CastContext::Implicit);
        match oids.iter().find(|oid| !fits(oid)) {
            None => Ok(Some(TypeRef::plain(common))),
            Some(_) if self.session.has_user_casts => Ok(None),
            Some(from) => {
                let (from, common) = (self.spelled(*from), self.spelled(common));
                let message = format!("{construct} could not convert type {from} to {common}");
                Err(SqlError::new("42846", message))
            }
        }
    }

    /// The common type of types; `None` where there is none.
    pub(super) fn common_oid(&self, oids: &[Oid]) -> Option<Oid> {
        let first = *oids.first()?;
        if first != Oid::UNKNOWN && oids.iter().all(|oid| *oid == first) {
            return Some(first);
        }
        self.common_or_clash(oids).ok()
    }

    fn common_or_clash(&self, oids: &[Oid]) -> Result<Oid, (Oid, Oid)> {
        let mut common = Oid::UNKNOWN;
        for next in oids.iter().map(|oid| self.base(*oid)) {
            if next == Oid::UNKNOWN || next == common {
                continue;
            }
            if common == Oid::UNKNOWN {
                common = next;
            } else if self.category(next) != self.category(common) {
                return Err((common, next));
            } else if !self.is_preferred(common)
                && self.can_coerce(common, next, CastContext::Implicit)
                && !self.can_coerce(next, common, CastContext::Implicit)
            {
                common = next;
            }
        }
        Ok(if common == Oid::UNKNOWN { Oid::TEXT } else { common })
    }

    /// A type as messages name it.
    pub(super) fn spelled(&self, oid: Oid) -> String {
        self.session.type_name(&TypeRef::plain(oid))
    }
}
