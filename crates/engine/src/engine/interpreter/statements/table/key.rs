//! PRIMARY KEY, UNIQUE and EXCLUDE constraints with the indexes behind them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::spec::{Deferral, KeyKind, KeySpec, UsingIndexSpec, column_name};
use crate::catalog::{ChangeKind, History};
use crate::engine::interpreter::model::{
    Address, Constraint, ConstraintKind, Dependency, Index, IndexKey, Oid, Relation, RelationKind,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// A unique index that a foreign key can refer to.
#[derive(Debug, Clone)]
pub(crate) struct UniqueIndex {
    pub(crate) index: Oid,
    pub(crate) columns: Vec<i16>,
    pub(crate) primary: bool,
}

impl Session {
    /// Adds a constraint that an index enforces, on partitions too unless they are spared.
    pub(super) fn add_key(
        &mut self,
        table: Oid,
        spec: &KeySpec,
        only: bool,
    ) -> Result<Oid, Problem> {
        let relation = self.model.relation(table)?;
        let mut keys = Vec::with_capacity(spec.columns.len());
        for column in &spec.columns {
            if spec.kind != KeyKind::Exclude
                && let Some(name) = column_name(column)
                && relation.column(&name).is_none()
            {
                return Err(Problem::error(
                    "42703",
                    format!("column \"{name}\" named in key does not exist"),
                ));
            }
            keys.push(self.index_key(table, column)?);
        }
        let mut included = Vec::with_capacity(spec.include.len());
        for name in &spec.include {
            included.push(self.column(table, name)?.column);
        }
        let index = Index {
            table,
            unique: spec.kind != KeyKind::Exclude,
            primary: spec.kind == KeyKind::Primary,
            nulls_not_distinct: spec.nulls_not_distinct,
            method: spec.method.clone(),
            keys,
            included,
            column_names: Vec::new(),
            predicate: None,
            valid: true,
            constraint: None,
            parent: None,
        };
        let numbers: Vec<i16> = index.keys.iter().filter_map(IndexKey::column).collect();
        if spec.kind != KeyKind::Exclude {
            self.check_no_column_twice(table, spec.kind, &numbers)?;
            if spec.kind == KeyKind::Primary && self.primary_key(table).is_some() {
                let name = &relation.name;
                let message = format!("multiple primary keys for table \"{name}\" are not allowed");
                return Err(Problem::error("42P16", message));
            }
            self.check_partition_key(table, &numbers)?;
        }
        let name = match &spec.name {
            Some(name) => {
                self.check_constraint_free(table, name)?;
                name.clone()
            }
            None => self.key_name(table, spec.kind, &index)?,
        };
        // A column that was NOT NULL before holds no NULL.
        let relation = self.model.relation(table)?;
        let may_hold_null = |number: &i16| {
            relation.columns.iter().any(|column| column.number == *number && !column.not_null)
        };
        let nullable: Vec<i16> = numbers.iter().copied().filter(may_hold_null).collect();
        if spec.kind == KeyKind::Primary {
            for column in &numbers {
                self.set_not_null(table, *column)?;
            }
        }
        let index = self.add_index(name.clone(), index, spec.predicate.as_ref())?;
        if spec.kind == KeyKind::Primary {
            // The rows are looked through for NULLs once the index is there.
            for column in &nullable {
                if let Some(name) = self.model.name_of(Address::column(table, *column)) {
                    self.check_no_null(table, &name)?;
                }
            }
        }
        let constraint = self.add_key_constraint(table, name, spec.kind, index, spec.deferral)?;
        match &mut self.model.relation_mut(index)?.index {
            // Partitions have to attach their parts first.
            Some(index) if only => index.valid = false,
            _ => self.clone_index_to_partitions(table, index)?,
        }
        Ok(constraint)
    }

    /// The constraint of an index that is there.
    pub(crate) fn add_key_constraint(
        &mut self,
        table: Oid,
        name: Arc<str>,
        kind: KeyKind,
        index: Oid,
        deferral: Deferral,
    ) -> Result<Oid, Problem> {
        let Some(enforcing) = self.model.relation(index)?.index.clone() else {
            return Err(Problem::gap_everywhere("the index of a constraint is no index"));
        };
        let columns = enforcing.keys.iter().map(|k| k.column().unwrap_or(0)).collect();
        let constraint = self.model.insert(Constraint {
            schema: self.model.relation(table)?.schema,
            name,
            owner: table,
            kind: match kind {
                KeyKind::Primary => ConstraintKind::Primary { index },
                KeyKind::Unique => ConstraintKind::Unique { index },
                KeyKind::Exclude => ConstraintKind::Exclude { index },
            },
            columns,
            deferrable: deferral.deferrable,
            initially_deferred: deferral.initially_deferred,
            validated: true,
            parent: None,
            is_local: true,
            inherited: 0,
            history: History::created(Some(self.span)),
        });
        let plain = enforcing.plain_columns();
        self.depend_on_columns(constraint, table, &plain);
        // The constraint stands between the index and its columns, but not those of expressions.
        let computed = enforcing.computed_columns();
        for link in self.model.links_of(index).collect::<Vec<_>>() {
            let Address { object, column } = link.referenced;
            if object == table && !computed.contains(&column) {
                self.model.forget(link);
            }
        }
        self.model.depend(index, constraint, Dependency::Internal);
        if let Some(index) = &mut self.model.relation_mut(index)?.index {
            index.constraint = Some(constraint);
            index.primary = kind == KeyKind::Primary;
        }
        Ok(constraint)
    }

    /// The name of a constraint that was given none.
    pub(crate) fn key_name(
        &self,
        table: Oid,
        kind: KeyKind,
        index: &Index,
    ) -> Result<Arc<str>, Problem> {
        let relation = self.model.relation(table)?;
        let columns = self.index_column_names(relation, index);
        let columns = names::addition(columns.iter().map(|c| &**c));
        let (columns, label) = match kind {
            KeyKind::Primary => (None, "pkey"),
            KeyKind::Unique => (Some(columns.as_str()), "key"),
            KeyKind::Exclude => (Some(columns.as_str()), "excl"),
        };
        let schema = relation.schema;
        Ok(names::choose(&relation.name, columns, label, |name| {
            self.model.find_relation(schema, name).is_some()
                || self.model.has_constraint_name(schema, name)
        }))
    }

    /// The primary key of a table.
    pub(crate) fn primary_key(&self, table: Oid) -> Option<Oid> {
        self.model
            .parts::<Constraint>(table)
            .find(|(_, c)| matches!(c.kind, ConstraintKind::Primary { .. }))
            .map(|(oid, _)| oid)
    }

    /// The unique indexes of a table that a foreign key can refer to, the oldest first.
    pub(crate) fn unique_indexes(&self, table: Oid) -> Vec<UniqueIndex> {
        let usable = |(oid, relation): (Oid, &Relation)| {
            let index = relation.index.as_ref()?;
            let columns: Option<Vec<i16>> = index.keys.iter().map(IndexKey::column).collect();
            let deferrable = index
                .constraint
                .and_then(|c| self.model.constraint(c).ok())
                .is_some_and(|c| c.deferrable);
            (index.unique && index.valid && index.predicate.is_none() && !deferrable)
                .then_some(UniqueIndex { index: oid, columns: columns?, primary: index.primary })
        };
        self.model.indexes(table).filter_map(usable).collect()
    }

    /// Fails where a constraint of that name exists on the table.
    pub(super) fn check_constraint_free(&self, table: Oid, name: &str) -> Result<(), Problem> {
        let relation = self.model.relation(table)?;
        if self.model.find_constraint(table, name).is_some() {
            return Err(Problem::error(
                "42710",
                format!("constraint \"{name}\" for relation \"{}\" already exists", relation.name),
            ));
        }
        Ok(())
    }

    fn check_no_column_twice(
        &self,
        table: Oid,
        kind: KeyKind,
        columns: &[i16],
    ) -> Result<(), Problem> {
        let mut seen = BTreeSet::new();
        let Some(twice) = columns.iter().find(|column| !seen.insert(**column)) else {
            return Ok(());
        };
        let name = self.model.relation(table)?.column_at(*twice).map_or("", |column| &column.name);
        let kind = if kind == KeyKind::Primary { "primary key" } else { "unique" };
        let message = format!("column \"{name}\" appears twice in {kind} constraint");
        Err(Problem::error("42701", message))
    }

    /// A key of a partitioned table must have all columns that it is partitioned by.
    pub(crate) fn check_partition_key(&self, table: Oid, columns: &[i16]) -> Result<(), Problem> {
        let relation = self.model.relation(table)?;
        let Some(key) = &relation.partition_key else { return Ok(()) };
        let complete = key.columns.iter().all(|c| c.is_some_and(|c| columns.contains(&c)));
        if complete {
            return Ok(());
        }
        Err(Problem::error(
            "0A000",
            "unique constraint on partitioned table must include all partitioning columns",
        ))
    }

    /// `ADD CONSTRAINT … USING INDEX`: the index becomes the constraint's and takes its name.
    pub(super) fn add_using_index(
        &mut self,
        table: Oid,
        spec: &UsingIndexSpec,
    ) -> Result<(), Problem> {
        let relation = self.model.relation(table)?;
        let (schema, table_name) = (relation.schema, relation.name.clone());
        let (index_oid, index) = self
            .model
            .find_relation(schema, &spec.index)
            .and_then(|oid| Some((oid, self.model.relation(oid).ok()?.index.clone()?)))
            .ok_or_else(|| {
                Problem::error("42704", format!("index \"{}\" does not exist", spec.index))
            })?;
        let refuse = |sqlstate, why: String| Err(Problem::error(sqlstate, why));
        let index_name = &spec.index;
        if relation.kind == RelationKind::Partitioned {
            return refuse(
                "0A000",
                "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables"
                    .to_owned(),
            );
        }
        if index.constraint.is_some() {
            return refuse(
                "55000",
                format!("index \"{index_name}\" is already associated with a constraint"),
            );
        }
        if index.table != table {
            return refuse(
                "55000",
                format!("index \"{index_name}\" does not belong to table \"{table_name}\""),
            );
        }
        if !index.valid {
            return refuse("55000", format!("index \"{index_name}\" is not valid"));
        }
        if !index.unique {
            return refuse("42809", format!("\"{index_name}\" is not a unique index"));
        }
        if index.predicate.is_some() {
            return refuse("42809", format!("\"{index_name}\" is a partial index"));
        }
        let columns: Option<Vec<i16>> = index.keys.iter().map(IndexKey::column).collect();
        let Some(columns) = columns else {
            return refuse("42809", format!("index \"{index_name}\" contains expressions"));
        };
        if spec.primary {
            if self.primary_key(table).is_some() {
                return refuse(
                    "42P16",
                    format!("multiple primary keys for table \"{table_name}\" are not allowed"),
                );
            }
            for column in columns {
                self.set_not_null(table, column)?;
            }
        }
        let name = spec.name.clone().unwrap_or_else(|| spec.index.clone());
        self.check_constraint_free(table, &name)?;
        if name != spec.index {
            self.check_relation_free(schema, &name)?;
            self.model.rename(index_oid, &name)?;
            self.record(index_oid, ChangeKind::Renamed, format!("as {name}"));
        }
        let kind = if spec.primary { KeyKind::Primary } else { KeyKind::Unique };
        self.add_key_constraint(table, name, kind, index_oid, spec.deferral)?;
        Ok(())
    }

    /// Makes a column NOT NULL, on children too.
    pub(crate) fn set_not_null(&mut self, table: Oid, column: i16) -> Result<(), Problem> {
        let Some(name) = self.model.relation(table)?.column_at(column).map(|c| c.name.clone())
        else {
            return Ok(());
        };
        let tables = self.model.descendants(table);
        self.set_not_null_on(&tables, &name);
        Ok(())
    }

    /// Makes the columns of that name NOT NULL.
    pub(super) fn set_not_null_on(&mut self, tables: &[Oid], name: &str) {
        let span = self.span;
        for table in tables {
            let Ok(relation) = self.model.relation_mut(*table) else { continue };
            let found = relation.columns.iter_mut().find(|c| &*c.name == name && !c.not_null);
            if let Some(found) = found {
                found.not_null = true;
                found.history.push(ChangeKind::Changed, Some(span), "set not null");
            }
        }
    }
}
