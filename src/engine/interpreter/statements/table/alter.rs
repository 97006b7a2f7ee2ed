//! ALTER TABLE and its kin: the actions of a statement, in the order in which PostgreSQL takes them.

use std::collections::BTreeMap;

use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef, DropBehavior, ObjectName as WrittenName,
    RenameTableNameKind,
};

use super::column::ColumnSpec;
use super::spec::{ConstraintSpec, Constraints};
use crate::catalog::{History, Verb};
use crate::engine::interpreter::model::{
    Address, Behavior, Column, Oid, Relation, RelationKind, Trigger,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::extra::{AlterAction, AlterTable, ObjectKind};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// The phases of an ALTER TABLE: actions of an earlier one come first, whatever their order in the
/// statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pass {
    Drop,
    AlterType,
    AddColumn,
    ColumnAttributes,
    AddUsingIndex,
    AddKey,
    AddOther,
    Miscellaneous,
}

/// One thing to do.
enum Step<'a> {
    Action(&'a AlterAction),
    Constraint(ConstraintSpec),
}

/// What is still to be done, by phase.
#[derive(Default)]
struct Plan<'a>(BTreeMap<Pass, Vec<Step<'a>>>);

impl<'a> Plan<'a> {
    fn add(&mut self, pass: Pass, step: Step<'a>) {
        self.0.entry(pass).or_default().push(step);
    }

    fn add_constraint(&mut self, constraint: ConstraintSpec) {
        let pass = match constraint {
            ConstraintSpec::UsingIndex(_) => Pass::AddUsingIndex,
            ConstraintSpec::Key(_) => Pass::AddKey,
            ConstraintSpec::Check(_) | ConstraintSpec::ForeignKey(_) => Pass::AddOther,
        };
        self.add(pass, Step::Constraint(constraint));
    }

    fn add_constraints(&mut self, mut constraints: Constraints) {
        for key in constraints.take_keys() {
            self.add_constraint(ConstraintSpec::Key(key));
        }
        for check in constraints.checks {
            self.add_constraint(ConstraintSpec::Check(check));
        }
        for key in constraints.foreign_keys {
            self.add_constraint(ConstraintSpec::ForeignKey(key));
        }
    }

    fn next(&mut self) -> Option<(Pass, Vec<Step<'a>>)> {
        self.0.pop_first()
    }
}

fn pass_of(action: &AlterAction) -> Pass {
    match action {
        AlterAction::AddColumn { .. } => Pass::AddColumn,
        AlterAction::DropExpression { .. } | AlterAction::DropIdentity { .. } => Pass::Drop,
        AlterAction::SetExpression { .. } => Pass::AlterType,
        AlterAction::Sql(operation) => match &**operation {
            AlterTableOperation::DropColumn { .. } | AlterTableOperation::DropConstraint { .. } => {
                Pass::Drop
            }
            AlterTableOperation::AddColumn { .. } => Pass::AddColumn,
            AlterTableOperation::AlterColumn { op, .. } => match op {
                AlterColumnOperation::DropNotNull | AlterColumnOperation::DropDefault => Pass::Drop,
                AlterColumnOperation::SetDataType { .. } => Pass::AlterType,
                AlterColumnOperation::SetNotNull => Pass::ColumnAttributes,
                AlterColumnOperation::SetDefault { .. }
                | AlterColumnOperation::AddGenerated { .. } => Pass::AddOther,
                _ => Pass::Miscellaneous,
            },
            _ => Pass::Miscellaneous,
        },
        _ => Pass::Miscellaneous,
    }
}

impl Session {
    /// `ALTER TABLE`, `VIEW`, `INDEX`, `SEQUENCE` and so on.
    pub(crate) fn alter_table(&mut self, written: &AlterTable) -> Result<(), Problem> {
        let Some(oid) = self.find_relation(&written.name)? else {
            return if written.if_exists { Ok(()) } else { self.relation(&written.name).map(drop) };
        };
        let relation = self.model.relation(oid)?;
        check_kind(relation, written.kind)?;
        let mut plan = Plan::default();
        for action in &written.actions {
            match action {
                AlterAction::Sql(operation) => match &**operation {
                    AlterTableOperation::AddConstraint { constraint, not_valid } => {
                        plan.add_constraint(ConstraintSpec::of_table(constraint, *not_valid)?);
                    }
                    _ => plan.add(pass_of(action), Step::Action(action)),
                },
                _ => plan.add(pass_of(action), Step::Action(action)),
            }
        }
        while let Some((_, steps)) = plan.next() {
            for step in steps {
                match step {
                    Step::Action(action) => self.alter(oid, action, &written.name, &mut plan)?,
                    Step::Constraint(constraint) => {
                        let mut one = Constraints::default();
                        one.push(constraint);
                        self.add_constraints(oid, one)?;
                        self.record(oid, Verb::Changed, "constraint added");
                    }
                }
            }
        }
        Ok(())
    }

    fn alter(
        &mut self,
        table: Oid,
        action: &AlterAction,
        name: &WrittenName,
        plan: &mut Plan<'_>,
    ) -> Result<(), Problem> {
        match action {
            AlterAction::Sql(operation) => self.alter_sql(table, operation, name, plan),
            AlterAction::AddColumn { if_not_exists, column } => {
                self.add_column(table, column, *if_not_exists, plan)
            }
            AlterAction::SetSchema(schema) => {
                let schema = self.schema(&names::stored(schema))?;
                self.move_relation(table, schema)
            }
            AlterAction::OwnedBy(owner) => self.set_sequence_owner(table, owner.as_ref()),
            AlterAction::AttachIndex(child) => {
                let child = self.relation(child)?;
                self.attach_index_of_partition(table, child)
            }
            AlterAction::OfType(_) | AlterAction::NotOf | AlterAction::NoEffect => Ok(()),
            AlterAction::SetExpression { column, expression } => {
                let column = self.column(table, &names::stored(column))?;
                self.set_generation(column, expression)
            }
            AlterAction::DropExpression { column, if_exists } => {
                let column = self.column(table, &names::stored(column))?;
                self.drop_expression(column, *if_exists)
            }
            AlterAction::DropIdentity { column, if_exists } => {
                let column = self.column(table, &names::stored(column))?;
                self.alter_drop_identity(column, *if_exists)
            }
            AlterAction::AlterConstraint(constraint) => {
                self.constraint_of(table, &names::stored(constraint)).map(drop)
            }
            AlterAction::TouchColumn(column) => {
                if self.model.relation(table)?.kind.is_table() {
                    self.column(table, &names::stored(column))?;
                }
                Ok(())
            }
            AlterAction::Unread(text) => {
                Err(self
                    .gap_on(format!("this action of ALTER TABLE is not understood: {text}"), name))
            }
        }
    }

    fn alter_sql(
        &mut self,
        table: Oid,
        operation: &AlterTableOperation,
        name: &WrittenName,
        plan: &mut Plan<'_>,
    ) -> Result<(), Problem> {
        match operation {
            AlterTableOperation::AddColumn { if_not_exists, column_def, .. } => {
                self.add_column(table, column_def, *if_not_exists, plan)
            }
            AlterTableOperation::DropColumn { column_names, if_exists, drop_behavior, .. } => {
                for column in column_names {
                    let column = names::stored(column);
                    self.drop_column(table, &column, *if_exists, behavior(*drop_behavior))?;
                }
                Ok(())
            }
            AlterTableOperation::DropConstraint { if_exists, name, drop_behavior } => {
                let name = names::stored(name);
                self.alter_drop_constraint(table, &name, *if_exists, behavior(*drop_behavior))
            }
            AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
                let (old, new) = (names::stored(old_column_name), names::stored(new_column_name));
                self.rename_column(table, &old, &new)
            }
            AlterTableOperation::RenameConstraint { old_name, new_name } => {
                let (old, new) = (names::stored(old_name), names::stored(new_name));
                self.rename_constraint(table, &old, &new)
            }
            AlterTableOperation::RenameTable { table_name: RenameTableNameKind::To(new) } => {
                let (_, new) = Self::split_name(new)?;
                self.rename_relation(table, &new)
            }
            AlterTableOperation::AlterColumn { column_name, op } => {
                self.alter_column(table, &names::stored(column_name), op, name)
            }
            AlterTableOperation::EnableRowLevelSecurity => {
                self.switch_rls(table, "enabled", |t| t.rls_enabled = true)
            }
            AlterTableOperation::DisableRowLevelSecurity => {
                self.switch_rls(table, "disabled", |t| t.rls_enabled = false)
            }
            AlterTableOperation::ForceRowLevelSecurity => {
                self.switch_rls(table, "forced", |t| t.rls_forced = true)
            }
            AlterTableOperation::NoForceRowLevelSecurity => {
                self.switch_rls(table, "no longer forced", |t| t.rls_forced = false)
            }
            AlterTableOperation::EnableTrigger { name } => {
                self.switch_triggers(table, &name.value, "O")
            }
            AlterTableOperation::DisableTrigger { name } => {
                self.switch_triggers(table, &name.value, "D")
            }
            AlterTableOperation::EnableAlwaysTrigger { name } => {
                self.switch_triggers(table, &name.value, "A")
            }
            AlterTableOperation::EnableReplicaTrigger { name } => {
                self.switch_triggers(table, &name.value, "R")
            }
            AlterTableOperation::ValidateConstraint { name } => {
                let constraint = self.constraint_of(table, &names::stored(name))?;
                self.model.constraint_mut(constraint)?.validated = true;
                Ok(())
            }
            AlterTableOperation::Inherit { parent } => {
                let parent = self.relation(parent)?;
                self.check_can_be_parent(parent)?;
                self.add_parent(table, parent)
            }
            AlterTableOperation::NoInherit { parent } => {
                let parent = self.relation(parent)?;
                self.remove_parent(table, parent)?;
                self.record(table, Verb::Changed, "inherits no longer");
                Ok(())
            }
            AlterTableOperation::AttachPartitionOf { partition, .. } => {
                if self.model.relation(table)?.kind.is_index() {
                    let child = self.relation(partition)?;
                    return self.attach_index_of_partition(table, child);
                }
                let partition = self.relation(partition)?;
                self.attach_partition(table, partition)
            }
            AlterTableOperation::DetachPartitionOf { partition, .. } => {
                let partition = self.relation(partition)?;
                self.detach_partition(table, partition)
            }
            AlterTableOperation::OwnerTo { .. }
            | AlterTableOperation::ReplicaIdentity { .. }
            | AlterTableOperation::SetLogged
            | AlterTableOperation::SetUnlogged
            | AlterTableOperation::SetOptionsParens { .. }
            | AlterTableOperation::ResetOptions { .. }
            | AlterTableOperation::GenericOptions { .. }
            | AlterTableOperation::DisableRule { .. }
            | AlterTableOperation::EnableRule { .. }
            | AlterTableOperation::EnableAlwaysRule { .. }
            | AlterTableOperation::EnableReplicaRule { .. } => Ok(()),
            // What is left belongs to other databases.
            other => Err(Problem::error("42601", format!("syntax error in ALTER TABLE: {other}"))),
        }
    }

    fn add_column(
        &mut self,
        table: Oid,
        written: &ColumnDef,
        if_not_exists: bool,
        plan: &mut Plan<'_>,
    ) -> Result<(), Problem> {
        let spec = ColumnSpec::of(self, written)?;
        if if_not_exists && self.model.relation(table)?.column(&spec.name).is_some() {
            return Ok(());
        }
        if self.model.relation(table)?.is_partition {
            return Err(Problem::error("42809", "cannot add column to a partition"));
        }
        let column = self.push_column(table, &spec)?;
        self.record(table, Verb::Changed, format!("column {} added", spec.name));
        if let Some(source) = &spec.source {
            self.add_source(column, source)?;
        }
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
            self.add_column_to_children(child, copy, spec)?;
        }
        Ok(())
    }

    fn drop_column(
        &mut self,
        table: Oid,
        name: &str,
        if_exists: bool,
        behavior: Behavior,
    ) -> Result<(), Problem> {
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
        let doomed = self.columns_to_drop(table, name)?;
        self.drop_objects(&doomed, behavior)
    }

    fn alter_drop_constraint(
        &mut self,
        table: Oid,
        name: &str,
        if_exists: bool,
        behavior: Behavior,
    ) -> Result<(), Problem> {
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
        self.drop_constraint(table, name, behavior)?;
        self.record(table, Verb::Changed, format!("constraint {name} dropped"));
        Ok(())
    }

    /// The constraint of that name, which must exist.
    pub(super) fn constraint_of(&self, table: Oid, name: &str) -> Result<Oid, Problem> {
        self.model.find_constraint(table, name).map_or_else(
            || {
                let table = &self.model.relation(table)?.name;
                Err(Problem::error(
                    "42704",
                    format!("constraint \"{name}\" of relation \"{table}\" does not exist"),
                ))
            },
            Ok,
        )
    }

    fn switch_rls(
        &mut self,
        table: Oid,
        detail: &str,
        switch: impl FnOnce(&mut Relation),
    ) -> Result<(), Problem> {
        let span = self.span;
        let relation = self.model.relation_mut(table)?;
        if !matches!(relation.kind, RelationKind::Table | RelationKind::Partitioned) {
            let name = &relation.name;
            return Err(Problem::error(
                "42809",
                format!("ALTER action ROW SECURITY cannot be performed on relation \"{name}\""),
            ));
        }
        switch(relation);
        relation.rls_history.push(Verb::Changed, Some(span), detail);
        Ok(())
    }

    fn switch_triggers(
        &mut self,
        table: Oid,
        name: &str,
        state: &'static str,
    ) -> Result<(), Problem> {
        let every = name.eq_ignore_ascii_case("all") || name.eq_ignore_ascii_case("user");
        let triggers: Vec<Oid> = self
            .model
            .parts::<Trigger>(table)
            .filter(|(_, t)| every || &*t.name == name)
            .map(|(oid, _)| oid)
            .collect();
        if triggers.is_empty() && !every {
            let table = &self.model.relation(table)?.name;
            return Err(Problem::error(
                "42704",
                format!("trigger \"{name}\" for table \"{table}\" does not exist"),
            ));
        }
        for trigger in triggers {
            self.model.trigger_mut(trigger)?.enabled = state;
        }
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

/// `ALTER VIEW` takes views only, and so on; `ALTER TABLE` takes anything.
fn check_kind(relation: &Relation, kind: ObjectKind) -> Result<(), Problem> {
    let (fits, word) = match kind {
        ObjectKind::View => (relation.kind == RelationKind::View, "a view"),
        ObjectKind::MaterializedView => {
            (relation.kind == RelationKind::MaterializedView, "a materialized view")
        }
        ObjectKind::Sequence => (relation.kind == RelationKind::Sequence, "a sequence"),
        ObjectKind::ForeignTable => (relation.kind == RelationKind::Foreign, "a foreign table"),
        ObjectKind::Index => (relation.kind.is_index(), "an index"),
        _ => (true, ""),
    };
    if fits {
        return Ok(());
    }
    Err(Problem::error("42809", format!("\"{}\" is not {word}", relation.name)))
}

fn behavior(written: Option<DropBehavior>) -> Behavior {
    match written {
        Some(DropBehavior::Cascade) => Behavior::Cascade,
        Some(DropBehavior::Restrict) | None => Behavior::Restrict,
    }
}
