//! ALTER TABLE and its kin: what each action does.

use sqlparser::ast::{
    AlterTableOperation, DetachPartitionMode, DropBehavior, ObjectName as WrittenName,
    RenameTableNameKind,
};

use super::applicable::check_kind;
use super::column::identity;
use super::plan::{Pass, Plan, Step};
use super::spec::{ConstraintSpec, Constraints};
use crate::catalog::ChangeKind;
use crate::engine::interpreter::model::{Behavior, Oid, Relation, RelationKind};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{AlterAction, AlterTable};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// The relation that a statement alters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) oid: Oid,
    /// As the statement names it.
    pub(super) name: &'a WrittenName,
    /// `ONLY`, and there are children that it spares.
    pub(super) only: bool,
}

impl Session {
    /// `ALTER TABLE`, `VIEW`, `INDEX`, `SEQUENCE` and so on.
    pub(crate) fn alter_table(&mut self, written: &AlterTable) -> Result<(), Problem> {
        let Some(oid) = self.find_relation(&written.name)? else {
            return if written.if_exists { Ok(()) } else { self.relation(&written.name).map(drop) };
        };
        check_kind(self.model.relation(oid)?, written.kind)?;
        let only = written.only && self.model.children(oid).next().is_some();
        let target = Target { oid, name: &written.name, only };
        let mut plan = Plan::of(&written.actions)?;
        while let Some((pass, steps)) = plan.next() {
            for step in steps {
                match step {
                    Step::Action(action) => {
                        self.check_action(target, action)?;
                        self.alter(target, action, &mut plan)?;
                    }
                    Step::Constraint(constraint) => {
                        self.check_added_constraint(target, &constraint)?;
                        if let ConstraintSpec::Check(check) = &*constraint
                            && check.validated
                        {
                            self.execute_functions_in_doubt(&check.expression)?;
                        }
                        self.add_constraint(target, *constraint)?;
                        self.record(oid, ChangeKind::Changed, "constraint added");
                    }
                }
            }
            if pass == Pass::AlterType {
                self.check_foreign_keys_of(oid)?;
            }
        }
        Ok(())
    }

    fn alter(
        &mut self,
        target: Target<'_>,
        action: &AlterAction,
        plan: &mut Plan<'_>,
    ) -> Result<(), Problem> {
        let table = target.oid;
        match action {
            AlterAction::Sql(operation) => self.alter_sql(target, operation, plan),
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
            AlterAction::OfType(_) | AlterAction::NotOf => Ok(()),
            AlterAction::NoEffect => {
                self.ownership_changed = true;
                Ok(())
            }
            AlterAction::SetExpression { column, expression } => {
                let column = self.column(table, &names::stored(column))?;
                self.set_generation(column, expression)
            }
            AlterAction::DropExpression { column, if_exists } => {
                let column = self.column(table, &names::stored(column))?;
                self.drop_expression(column, *if_exists)
            }
            AlterAction::AddIdentity { column, identity: written } => {
                let column = self.column(table, &names::stored(column))?;
                let generation = identity(&written.generated_as);
                self.alter_add_identity(column, generation, written.sequence.as_ref())
            }
            AlterAction::SetIdentity { column, generated_as } => {
                let relation = self.model.relation(table)?;
                if !relation.kind.is_table() || relation.opaque {
                    return Ok(());
                }
                let column = self.column(table, &names::stored(column))?;
                self.alter_set_identity(column, generated_as.as_ref().map(identity))
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
                let reason = format!("this action of ALTER TABLE is not understood: {text}");
                Err(self.gap_on(reason, target.name))
            }
        }
    }

    fn alter_sql(
        &mut self,
        target: Target<'_>,
        operation: &AlterTableOperation,
        plan: &mut Plan<'_>,
    ) -> Result<(), Problem> {
        let table = target.oid;
        match operation {
            AlterTableOperation::AddColumn { if_not_exists, column_def, .. } => {
                self.add_column(table, column_def, *if_not_exists, plan)
            }
            AlterTableOperation::DropColumn { column_names, if_exists, drop_behavior, .. } => {
                for column in column_names {
                    let column = names::stored(column);
                    self.drop_column(target, &column, *if_exists, behavior(*drop_behavior))?;
                }
                Ok(())
            }
            AlterTableOperation::DropConstraint { if_exists, name, drop_behavior } => {
                let name = names::stored(name);
                self.alter_drop_constraint(target, &name, *if_exists, behavior(*drop_behavior))
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
                self.alter_column(target, &names::stored(column_name), op)
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
            AlterTableOperation::EnableTrigger { name } => self.set_trigger_state(table, name, "O"),
            AlterTableOperation::DisableTrigger { name } => {
                self.set_trigger_state(table, name, "D")
            }
            AlterTableOperation::EnableAlwaysTrigger { name } => {
                self.set_trigger_state(table, name, "A")
            }
            AlterTableOperation::EnableReplicaTrigger { name } => {
                self.set_trigger_state(table, name, "R")
            }
            AlterTableOperation::ValidateConstraint { name } => {
                let constraint = self.constraint_of(table, &names::stored(name))?;
                self.check_rows_against(constraint)?;
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
                self.record(table, ChangeKind::Changed, "inherits no longer");
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
            AlterTableOperation::DetachPartitionOf { partition, mode } => {
                if *mode == Some(DetachPartitionMode::Concurrently) {
                    self.refuse_in_transaction("ALTER TABLE ... DETACH CONCURRENTLY")?;
                }
                let partition = self.relation(partition)?;
                self.detach_partition(table, partition)
            }
            AlterTableOperation::OwnerTo { .. } => {
                self.ownership_changed = true;
                Ok(())
            }
            AlterTableOperation::ReplicaIdentity { .. }
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

    fn add_constraint(
        &mut self,
        target: Target<'_>,
        constraint: ConstraintSpec,
    ) -> Result<(), Problem> {
        if let ConstraintSpec::Key(key) = &constraint {
            return self.add_key(target.oid, key, target.only).map(drop);
        }
        let mut one = Constraints::default();
        one.push(constraint);
        self.add_constraints(target.oid, one)
    }

    /// The tables that an action on columns reaches.
    pub(super) fn reached(&self, target: Target<'_>) -> Vec<Oid> {
        if target.only { vec![target.oid] } else { self.model.descendants(target.oid) }
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
        relation.rls_history.push(ChangeKind::Changed, Some(span), detail);
        Ok(())
    }
}

fn behavior(written: Option<DropBehavior>) -> Behavior {
    match written {
        Some(DropBehavior::Cascade) => Behavior::Cascade,
        Some(DropBehavior::Restrict) | None => Behavior::Restrict,
    }
}
