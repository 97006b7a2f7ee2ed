//! Renames of tables, columns and constraints, and moves to another schema.

use std::sync::Arc;

use sqlparser::ast::ObjectName as WrittenName;

use crate::catalog::ChangeKind;
use crate::engine::interpreter::model::{
    Address, Constraint, Dependency, Link, Oid, Relation, RelationKind,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// `RENAME TO` of a table, view, index, sequence or composite type.
    pub(crate) fn rename_relation(&mut self, oid: Oid, name: &Arc<str>) -> Result<(), Problem> {
        let relation = self.model.relation(oid)?;
        let constraint = relation.index.as_ref().and_then(|index| index.constraint);
        if relation.kind.is_index() || relation.kind == RelationKind::Sequence {
            self.check_relation_free(relation.schema, name)?;
        } else {
            self.check_new_relation(relation.schema, name)?;
        }
        if let Some(constraint) = constraint {
            let table = self.model.constraint(constraint)?.owner;
            self.check_constraint_free(table, name)?;
            self.rename_recorded(constraint, name)?;
        }
        self.rename_recorded(oid, name)
    }

    /// Gives an object another name and tells its history.
    fn rename_recorded(&mut self, oid: Oid, name: &Arc<str>) -> Result<(), Problem> {
        let old = self.model.name_of(oid.into()).unwrap_or_default();
        self.leave_name(oid, &format!("to {name}"));
        self.model.rename(oid, name)?;
        self.record(oid, ChangeKind::Renamed, format!("from {old} to {name}"));
        Ok(())
    }

    /// `RENAME COLUMN`
    pub(crate) fn rename_column(
        &mut self,
        table: Oid,
        old: &str,
        new: &str,
    ) -> Result<(), Problem> {
        let relation = self.model.relation(table)?;
        if relation.opaque {
            return Ok(());
        }
        if relation.kind.is_index() {
            return Ok(());
        }
        let Some(column) = relation.column(old) else {
            return Err(Problem::error("42703", format!("column \"{old}\" does not exist")));
        };
        if column.inherited > 0 {
            return Err(Problem::error(
                "42P16",
                format!("cannot rename inherited column \"{old}\""),
            ));
        }
        self.rename_column_below(table, old, new)
    }

    fn rename_column_below(&mut self, table: Oid, old: &str, new: &str) -> Result<(), Problem> {
        for table in self.model.descendants(table) {
            let relation = self.model.relation(table)?;
            if relation.column(new).is_some() {
                let table = &relation.name;
                return Err(Problem::error(
                    "42701",
                    format!("column \"{new}\" of relation \"{table}\" already exists"),
                ));
            }
            let Some(number) = relation.column(old).map(|c| c.number) else { continue };
            self.leave_name(Address::column(table, number), &format!("to {new}"));
            if let Some(column) = self.model.relation_mut(table)?.column_at_mut(number) {
                column.name = new.into();
            }
            let detail = format!("from {old} to {new}");
            self.record(Address::column(table, number), ChangeKind::Renamed, detail);
            self.record(table, ChangeKind::Changed, format!("column {old} renamed to {new}"));
        }
        Ok(())
    }

    pub(super) fn rename_constraint(
        &mut self,
        table: Oid,
        old: &str,
        new: &str,
    ) -> Result<(), Problem> {
        let Some(constraint) = self.model.find_constraint(table, old) else {
            let table = &self.model.relation(table)?.name;
            return Err(Problem::error(
                "42704",
                format!("constraint \"{old}\" for table \"{table}\" does not exist"),
            ));
        };
        let found = self.model.constraint(constraint)?;
        if self.is_check(constraint) && found.inherited > 0 {
            return Err(Problem::error(
                "42P16",
                format!("cannot rename inherited constraint \"{old}\""),
            ));
        }
        let new: Arc<str> = new.into();
        if let Some(index) = found.kind.index() {
            return self.rename_relation(index, &new);
        }
        let tables =
            if self.is_check(constraint) { self.model.descendants(table) } else { vec![table] };
        for table in tables {
            let Some(constraint) = self.model.find_constraint(table, old) else { continue };
            self.check_constraint_free(table, &new)?;
            self.rename_recorded(constraint, &new)?;
        }
        Ok(())
    }

    /// `SET SCHEMA`: a table takes its indexes, constraints and sequences along.
    pub(crate) fn move_relation(&mut self, oid: Oid, schema: Oid) -> Result<(), Problem> {
        let relation = self.model.relation(oid)?;
        if relation.schema == schema {
            return Ok(());
        }
        let is_owned =
            |sequence: &Relation| sequence.sequence.as_ref().is_some_and(|s| s.owned_by.is_some());
        if is_owned(relation) {
            return Err(Problem::error(
                "0A000",
                "cannot move an owned sequence into another schema",
            ));
        }
        self.check_new_relation(schema, &relation.name)?;
        let mut companions: Vec<Oid> = self.model.indexes(oid).map(|(index, _)| index).collect();
        companions.extend(self.owned_sequences(oid));
        for companion in &companions {
            let name = self.model.relation(*companion)?.name.clone();
            self.check_relation_free(schema, &name)?;
        }
        companions.extend(self.model.parts::<Constraint>(oid).map(|(constraint, _)| constraint));
        for companion in companions {
            self.model.set_schema(companion, schema)?;
        }
        let detail = format!("into schema {}", self.model.schema(schema)?.name);
        self.leave_name(oid, &detail);
        self.model.set_schema(oid, schema)?;
        self.record(oid, ChangeKind::Renamed, detail);
        Ok(())
    }

    fn owned_sequences(&self, table: Oid) -> Vec<Oid> {
        self.model
            .links_to(table)
            .filter(|l| l.referenced.column != 0)
            .filter(|l| {
                let relation = self.model.relation(l.dependent.object);
                relation.is_ok_and(|r| r.kind == RelationKind::Sequence)
            })
            .map(|l| l.dependent.object)
            .collect()
    }

    /// `OWNED BY`
    pub(crate) fn set_sequence_owner(
        &mut self,
        sequence: Oid,
        owner: Option<&WrittenName>,
    ) -> Result<(), Problem> {
        let column = match owner {
            None => None,
            Some(owner) => {
                let Some((column, table)) = owner.0.split_last() else { return Ok(()) };
                let table = self.relation(&WrittenName(table.to_vec()))?;
                let (_, column) = Self::split_name(&WrittenName(vec![column.clone()]))?;
                if self.model.relation(table)?.schema != self.model.relation(sequence)?.schema {
                    return Err(Problem::error(
                        "55000",
                        "sequence must be in same schema as table it is linked to",
                    ));
                }
                Some(self.column(table, &column)?)
            }
        };
        let links: Vec<Link> =
            (self.model.links_of(sequence)).filter(|l| l.referenced.column != 0).collect();
        if links.iter().any(|l| l.dependency == Dependency::Internal) {
            return Err(Problem::error("0A000", "cannot change ownership of identity sequence"));
        }
        for link in links {
            self.model.forget(link);
        }
        if let Some(column) = column {
            self.model.depend(sequence, column, Dependency::Auto);
        }
        if let Some(sequence) = &mut self.model.relation_mut(sequence)?.sequence {
            sequence.owned_by = column;
        }
        Ok(())
    }
}
