//! `ALTER … OWNER TO` and `REASSIGN OWNED`.

use sqlparser::ast::Ident;

use super::role::missing_role;
use crate::engine::interpreter::model::{
    Function, Oid, Relation, RelationKind, Schema, Type, TypeKind,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    fn new_owner(&self, written: &Ident) -> Result<Oid, Problem> {
        self.role_named(written)?.ok_or_else(|| missing_role("public"))
    }

    /// Hands an object other than a relation to a role.
    pub(super) fn change_owner(&mut self, oid: Oid, owner: &Ident) -> Result<(), Problem> {
        let owner = self.new_owner(owner)?;
        self.model.set_owner(oid, owner);
        Ok(())
    }

    /// Hands a relation to a role.
    pub(super) fn change_owner_of_relation(
        &mut self,
        oid: Oid,
        owner: &Ident,
    ) -> Result<(), Problem> {
        let owner = self.new_owner(owner)?;
        if self.model.owner_of(oid) == Some(owner) {
            return Ok(());
        }
        let relation = self.model.relation(oid)?;
        let name = &relation.name;
        match relation.kind {
            RelationKind::Sequence
                if relation.sequence.as_ref().is_some_and(|s| s.owned_by.is_some()) =>
            {
                let message = format!("cannot change owner of sequence \"{name}\"");
                Err(Problem::error("0A000", message))
            }
            RelationKind::Composite => {
                Err(Problem::error("42809", format!("\"{name}\" is a composite type")))
            }
            // An index belongs to whom its table belongs.
            RelationKind::Index | RelationKind::PartitionedIndex => Ok(()),
            _ => {
                self.hand_over(oid, owner);
                Ok(())
            }
        }
    }

    /// Hands a relation with its indexes, sequences and row type to a role.
    fn hand_over(&mut self, oid: Oid, owner: Oid) {
        let mut all: Vec<Oid> = vec![oid];
        all.extend(self.model.relation(oid).ok().and_then(|relation| relation.row_type));
        all.extend(self.model.indexes(oid).map(|(index, _)| index));
        let of_columns = self.model.links_to(oid).map(|link| link.dependent.object);
        let is_owned = |sequence: &Oid| {
            self.model.relation(*sequence).is_ok_and(|r| {
                r.sequence.as_ref().and_then(|s| s.owned_by).is_some_and(|c| c.object == oid)
            })
        };
        all.extend(of_columns.filter(is_owned));
        for oid in all {
            self.model.set_owner(oid, owner);
        }
    }

    /// Executes REASSIGN OWNED.
    pub(super) fn reassign_owned(
        &mut self,
        former: &[Ident],
        owner: &Ident,
    ) -> Result<(), Problem> {
        let former: Result<Vec<Oid>, Problem> =
            former.iter().map(|role| self.new_owner(role)).collect();
        let former = former?;
        let owner = self.new_owner(owner)?;
        for role in former {
            for oid in self.owned_by(role) {
                if self.model.relation(oid).is_ok() {
                    self.hand_over(oid, owner);
                } else {
                    self.model.set_owner(oid, owner);
                }
            }
        }
        Ok(())
    }

    /// The objects that belong to a role, without those that are a part of another.
    pub(super) fn owned_by(&self, role: Oid) -> Vec<Oid> {
        let model = &self.model;
        let is_whole = |relation: &Relation| match relation.kind {
            RelationKind::Index | RelationKind::PartitionedIndex => false,
            RelationKind::Sequence => {
                relation.sequence.as_ref().is_none_or(|sequence| sequence.owned_by.is_none())
            }
            RelationKind::Composite => false,
            _ => true,
        };
        let is_own_type = |data_type: &Type| match data_type.kind {
            TypeKind::Array { .. } | TypeKind::Multirange { .. } => false,
            TypeKind::Composite { relation } => {
                model.relation(relation).is_ok_and(|r| r.kind == RelationKind::Composite)
            }
            _ => true,
        };
        let relations = model.all::<Relation>().filter(|(_, o)| is_whole(o)).map(|(oid, _)| oid);
        let types = model.all::<Type>().filter(|(_, o)| is_own_type(o)).map(|(oid, _)| oid);
        relations
            .chain(types)
            .chain(model.all::<Function>().map(|(oid, _)| oid))
            .chain(model.all::<Schema>().map(|(oid, _)| oid))
            .filter(|oid| oid.is_user() && model.owner_of(*oid) == Some(role))
            .collect()
    }
}
