//! Foreign keys, and what partitions make of them.

use std::sync::Arc;

use super::key::UniqueIndex;
use super::spec::ForeignKeySpec;
use crate::catalog::History;
use crate::engine::interpreter::model::{
    Address, Constraint, ConstraintKind, Dependency, ForeignKey, Oid, RelationKind,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Adds a foreign key to a table and its partitions.
    pub(super) fn add_foreign_key(
        &mut self,
        table: Oid,
        spec: &ForeignKeySpec,
    ) -> Result<(), Problem> {
        if let Some(name) = &spec.name {
            self.check_constraint_free(table, name)?;
        }
        let referenced = self.relation(&spec.table)?;
        let target = self.model.relation(referenced)?;
        if !matches!(target.kind, RelationKind::Table | RelationKind::Partitioned) {
            return Err(Problem::error(
                "42809",
                format!("referenced relation \"{}\" is not a table", target.name),
            ));
        }
        let columns = self.key_columns(table, &spec.columns)?;
        let is_assumed = self.model.is_assumed(referenced);
        let referenced_columns = if is_assumed {
            self.assumed_columns(referenced, &spec.referenced)
        } else {
            let named = self.key_columns(referenced, &spec.referenced)?;
            self.referenced_key(referenced, named)?.columns
        };
        if columns.len() != referenced_columns.len() && !is_assumed {
            return Err(Problem::error(
                "42830",
                "number of referencing and referenced columns for foreign key disagree",
            ));
        }
        let name = match &spec.name {
            Some(name) => name.clone(),
            None => self.foreign_key_name(table, &columns)?,
        };
        self.check_comparable(&name, (table, &columns), (referenced, &referenced_columns))?;
        let constraint = Constraint {
            schema: self.model.relation(table)?.schema,
            name,
            owner: table,
            kind: ConstraintKind::ForeignKey(ForeignKey {
                table: referenced,
                columns: referenced_columns,
                actions: spec.actions.clone(),
            }),
            columns,
            deferrable: spec.deferral.deferrable,
            initially_deferred: spec.deferral.initially_deferred,
            validated: spec.validated,
            parent: None,
            is_local: true,
            inherited: 0,
            history: History::created(Some(self.span)),
        };
        let constraint = self.insert_foreign_key(constraint)?;
        if spec.validated {
            self.check_rows_against(constraint)?;
        }
        self.refer_to_partitions(constraint)?;
        for partition in self.model.children(table).collect::<Vec<_>>() {
            if self.model.relation(partition)?.is_partition {
                self.clone_foreign_key(constraint, partition)?;
            }
        }
        Ok(())
    }

    fn key_columns(&self, table: Oid, columns: &[Arc<str>]) -> Result<Vec<i16>, Problem> {
        let relation = self.model.relation(table)?;
        let number = |name: &Arc<str>| {
            relation.column(name).map(|c| c.number).ok_or_else(|| {
                Problem::error(
                    "42703",
                    format!(
                        "column \"{name}\" referenced in foreign key constraint does not exist"
                    ),
                )
            })
        };
        columns.iter().map(number).collect()
    }

    /// The unique index that the columns are those of, the columns in the order given.
    fn referenced_key(&self, table: Oid, columns: Vec<i16>) -> Result<UniqueIndex, Problem> {
        let name = &self.model.relation(table)?.name;
        if columns.is_empty() {
            let primary = self.unique_indexes(table).into_iter().find(|key| key.primary);
            return primary.ok_or_else(|| {
                Problem::error(
                    "42704",
                    format!("there is no primary key for referenced table \"{name}\""),
                )
            });
        }
        let found = self.unique_index_on(table, &columns);
        found.map(|key| UniqueIndex { columns, ..key }).ok_or_else(|| {
            Problem::error(
                "42830",
                format!(
                    "there is no unique constraint matching given keys for referenced table \"{name}\""
                ),
            )
        })
    }

    fn foreign_key_name(&self, table: Oid, columns: &[i16]) -> Result<Arc<str>, Problem> {
        let relation = self.model.relation(table)?;
        let columns = relation.column_names(columns);
        let columns = names::addition(columns.iter().map(|c| &**c));
        let schema = relation.schema;
        Ok(names::choose(&relation.name, Some(&columns), "fkey", |name| {
            self.model.has_constraint_name(schema, name)
        }))
    }

    fn insert_foreign_key(&mut self, constraint: Constraint) -> Result<Oid, Problem> {
        let table = constraint.owner;
        let columns = constraint.columns.clone();
        let kind = constraint.kind.clone();
        let parent = constraint.parent;
        let oid = self.model.insert(constraint);
        self.depend_on_columns(oid, table, &columns);
        if let Some(parent) = parent {
            self.model.depend(oid, parent, Dependency::Partition);
            self.model.depend(oid, table, Dependency::Partition);
        }
        if let ConstraintKind::ForeignKey(key) = kind {
            let referenced = key.columns.iter().map(|c| Address::column(key.table, *c));
            self.model.depend_on_all(oid, referenced);
            if let Some(used) = self.unique_index_on(key.table, &key.columns) {
                self.model.depend(oid, used.index, Dependency::Normal);
            }
        }
        Ok(oid)
    }

    /// A foreign key to a partitioned table has a row of its own for each of the partitions.
    pub(super) fn refer_to_partitions(&mut self, constraint: Oid) -> Result<(), Problem> {
        let ConstraintKind::ForeignKey(key) = self.model.constraint(constraint)?.kind.clone()
        else {
            return Ok(());
        };
        for partition in self.model.children(key.table).collect::<Vec<_>>() {
            if self.model.relation(partition)?.is_partition {
                self.refer_to_partition(constraint, partition)?;
            }
        }
        Ok(())
    }

    /// The row of a foreign key for one partition of the table that it refers to.
    pub(super) fn refer_to_partition(
        &mut self,
        constraint: Oid,
        partition: Oid,
    ) -> Result<(), Problem> {
        let parent = self.model.constraint(constraint)?.clone();
        let ConstraintKind::ForeignKey(key) = &parent.kind else { return Ok(()) };
        let columns = self.translate(key.table, &key.columns, partition)?;
        let name = self.foreign_key_name(parent.owner, &parent.columns)?;
        let child = self.insert_foreign_key(Constraint {
            name,
            kind: ConstraintKind::ForeignKey(ForeignKey {
                table: partition,
                columns,
                actions: key.actions.clone(),
            }),
            parent: Some(constraint),
            is_local: false,
            inherited: 1,
            history: History::created(Some(self.span)),
            ..parent
        })?;
        self.refer_to_partitions(child)
    }

    /// The foreign key of a partitioned table on one of its partitions, and those below.
    pub(super) fn clone_foreign_key(
        &mut self,
        constraint: Oid,
        partition: Oid,
    ) -> Result<(), Problem> {
        let parent = self.model.constraint(constraint)?.clone();
        let columns = self.translate(parent.owner, &parent.columns, partition)?;
        let name = match self.model.find_constraint(partition, &parent.name) {
            None => parent.name.clone(),
            Some(_) => self.foreign_key_name(partition, &columns)?,
        };
        let child = self.insert_foreign_key(Constraint {
            schema: self.model.relation(partition)?.schema,
            name,
            owner: partition,
            columns,
            parent: Some(constraint),
            is_local: false,
            inherited: 1,
            history: History::created(Some(self.span)),
            ..parent
        })?;
        for below in self.model.children(partition).collect::<Vec<_>>() {
            self.clone_foreign_key(child, below)?;
        }
        Ok(())
    }

    /// The numbers that columns of one table have in another, by name.
    pub(crate) fn translate(
        &self,
        from: Oid,
        columns: &[i16],
        to: Oid,
    ) -> Result<Vec<i16>, Problem> {
        let names = self.model.relation(from)?.column_names(columns);
        let to = self.model.relation(to)?;
        Ok(names.iter().filter_map(|name| to.column(name)).map(|c| c.number).collect())
    }
}
