//! Columns that come and go, and constraints that go.

use sqlparser::ast::ColumnDef;

use super::alter::Target;
use super::column::{ColumnSpec, Source};
use super::plan::Plan;
use super::spec::Constraints;
use crate::catalog::{ChangeKind, History};
use crate::engine::interpreter::model::{Address, Behavior, Column, Oid, Relation, RelationKind};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// `ADD COLUMN`
    pub(super) fn add_column(
        &mut self,
        table: Oid,
        written: &ColumnDef,
        if_not_exists: bool,
        plan: &mut Plan<'_>,
    ) -> Result<(), Problem> {
        let spec = ColumnSpec::of(self, written)?;
        // Since PostgreSQL 17 partitions may take it over.
        if matches!(spec.source, Some(Source::Identity(..)))
            && self.model.relation(table)?.kind != RelationKind::Partitioned
            && self.model.children(table).next().is_some()
        {
            let message = "cannot recursively add identity column to table that has child tables";
            return Err(Problem::error("42P16", message));
        }
        if if_not_exists && self.model.relation(table)?.column(&spec.name).is_some() {
            return Ok(());
        }
        if self.model.relation(table)?.is_partition {
            return Err(Problem::error("42809", "cannot add column to a partition"));
        }
        let column = self.push_column(table, &spec)?;
        self.record(table, ChangeKind::Changed, format!("column {} added", spec.name));
        if let Some(source) = &spec.source {
            self.add_source(column, source)?;
            if let Source::Default(expr) | Source::Generated(expr) = source {
                self.execute_functions_in_doubt(expr)?;
            }
        }
        self.fill_column(table, column.column)?;
        self.add_column_to_children(table, column, &spec)?;
        let mut constraints = Constraints::default();
        for constraint in spec.constraints {
            constraints.push(constraint);
        }
        plan.add_constraints(constraints);
        Ok(())
    }

    /// Gives all children a column that their parent got.
    fn add_column_to_children(
        &mut self,
        table: Oid,
        column: Address,
        spec: &ColumnSpec,
    ) -> Result<(), Problem> {
        let Some(added) = self.model.column(column).cloned() else { return Ok(()) };
        for child in self.model.children(table).collect::<Vec<_>>() {
            let existing = self.model.relation(child)?.column(&spec.name).map(|c| c.number);
            if let Some(number) = existing {
                self.merge_inherited(Address::column(child, number), &added)?;
                continue;
            }
            let mut own = Column::new(spec.name.clone(), spec.data_type.clone());
            own.not_null = added.not_null;
            own.is_local = false;
            own.inherited = 1;
            own.history = History::created(Some(self.span));
            let copy = self.add_column_to(child, own)?;
            self.copy_default(copy, column)?;
            self.fill_column(child, copy.column)?;
            self.add_column_to_children(child, copy, spec)?;
        }
        Ok(())
    }

    /// `DROP COLUMN`
    pub(super) fn drop_column(
        &mut self,
        target: Target<'_>,
        name: &str,
        if_exists: bool,
        behavior: Behavior,
    ) -> Result<(), Problem> {
        let table = target.oid;
        let relation = self.model.relation(table)?;
        let Some(column) = relation.column(name) else {
            return if if_exists { Ok(()) } else { self.column(table, name).map(drop) };
        };
        if column.inherited > 0 {
            return Err(Problem::error(
                "42P16",
                format!("cannot drop inherited column \"{name}\""),
            ));
        }
        check_not_partition_key(relation, column, "drop")?;
        let doomed = self.columns_to_drop(table, name, target.only)?;
        self.drop_objects(&doomed, behavior)
    }

    /// `DROP CONSTRAINT`
    pub(super) fn alter_drop_constraint(
        &mut self,
        target: Target<'_>,
        name: &str,
        if_exists: bool,
        behavior: Behavior,
    ) -> Result<(), Problem> {
        let table = target.oid;
        if if_exists && self.model.find_constraint(table, name).is_none() {
            return Ok(());
        }
        let constraint = self.constraint_of(table, name)?;
        if self.model.constraint(constraint)?.inherited > 0 {
            let table = &self.model.relation(table)?.name;
            return Err(Problem::error(
                "42P16",
                format!("cannot drop inherited constraint \"{name}\" of relation \"{table}\""),
            ));
        }
        self.drop_constraint(target, name, behavior)?;
        self.record(table, ChangeKind::Changed, format!("constraint {name} dropped"));
        Ok(())
    }
}

/// Fails where a column is one that its table is partitioned by.
pub(super) fn check_not_partition_key(
    relation: &Relation,
    column: &Column,
    verb: &str,
) -> Result<(), Problem> {
    let is_key = relation
        .partition_key
        .as_ref()
        .is_some_and(|key| key.columns.contains(&Some(column.number)));
    if !is_key {
        return Ok(());
    }
    let (column, relation) = (&column.name, &relation.name);
    Err(Problem::error(
        "42P16",
        format!(
            "cannot {verb} column \"{column}\" because it is part of the partition key of relation \"{relation}\""
        ),
    ))
}
