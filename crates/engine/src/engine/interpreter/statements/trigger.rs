//! Triggers, and their clones on partitions.

use std::sync::Arc;

use sqlparser::ast::Ident;

use crate::catalog::{ChangeKind, History};
use crate::engine::interpreter::analyze::{Over, Place};
use crate::engine::interpreter::model::{
    Address, Constraint, ConstraintKind, Dependency, Oid, Relation, RelationKind, Trigger,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{
    AlterTrigger, CreateTrigger, DropTrigger, TriggerTime,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

use super::routine::behavior;

impl Session {
    /// Executes CREATE TRIGGER.
    pub(crate) fn create_trigger(&mut self, statement: &CreateTrigger) -> Result<(), Problem> {
        let table = self.relation(&statement.table)?;
        check_place(self.relation_at(table)?, statement)?;
        if let Some(from) = &statement.from {
            self.relation(from)?;
        }
        let function = self.trigger_function(&statement.function, Oid::TRIGGER)?;
        let name: Arc<str> = names::stored(&statement.name).into();
        let mut dependencies: Vec<Address> = Vec::new();
        for column in &statement.columns {
            dependencies.push(self.column(table, &names::stored(column))?);
        }
        let when = match &statement.when {
            Some(when) => {
                let resolved = self.analyze_expr(when, Over::TriggerRows(table), Place::When)?;
                dependencies.extend(resolved.dependencies);
                Some(resolved.value)
            }
            None => None,
        };
        self.make_room(table, &name, statement)?;
        let trigger = Trigger {
            table,
            name,
            function,
            timing: timing(statement.time).into(),
            events: statement.events.iter().map(|e| e.as_str().into()).collect(),
            for_each_row: statement.for_each_row,
            constraint: None,
            parent: None,
            when,
            enabled: "O",
            history: History::created(Some(self.span)),
        };
        let oid = self.add_trigger(trigger, &dependencies, statement.constraint)?;
        self.clone_to_partitions(table, oid)
    }

    /// Takes away the trigger that OR REPLACE replaces, or refuses.
    fn make_room(
        &mut self,
        table: Oid,
        name: &str,
        statement: &CreateTrigger,
    ) -> Result<(), Problem> {
        let Some(existing) = self.model.find_trigger(table, name) else { return Ok(()) };
        let old = self.model.trigger(existing)?;
        if !statement.or_replace {
            let table = &self.relation_at(table)?.name;
            let message = format!("trigger \"{name}\" for relation \"{table}\" already exists");
            return Err(Problem::error("42710", message));
        }
        if old.constraint.is_some() || statement.constraint || old.parent.is_some() {
            let message = format!("trigger \"{name}\" cannot be replaced");
            return Err(Problem::error("42710", message));
        }
        self.drop_objects(&[existing.into()], behavior(true))
    }

    fn add_trigger(
        &mut self,
        trigger: Trigger,
        dependencies: &[Address],
        constraint: bool,
    ) -> Result<Oid, Problem> {
        let (table, function, name) = (trigger.table, trigger.function, trigger.name.clone());
        let parent = trigger.parent;
        let schema = self.relation_at(table)?.schema;
        let oid = self.model.insert(trigger);
        match parent {
            Some(parent) => {
                self.model.depend(oid, parent, Dependency::Partition);
                self.model.depend(oid, table, Dependency::Partition);
            }
            None => self.model.depend(oid, table, Dependency::Auto),
        }
        self.model.depend(oid, function, Dependency::Normal);
        for dependency in dependencies {
            self.model.depend(oid, *dependency, Dependency::Normal);
        }
        if constraint {
            let constraint = self.model.insert(Constraint {
                schema,
                name,
                owner: table,
                kind: ConstraintKind::Trigger,
                columns: Vec::new(),
                deferrable: false,
                initially_deferred: false,
                validated: true,
                parent: None,
                is_local: true,
                inherited: 0,
                history: History::created(Some(self.span)),
            });
            self.model.depend(constraint, oid, Dependency::Internal);
            self.model.trigger_mut(oid)?.constraint = Some(constraint);
        }
        Ok(oid)
    }

    /// Gives the partitions of a table a clone of one of its row triggers.
    fn clone_to_partitions(&mut self, table: Oid, trigger: Oid) -> Result<(), Problem> {
        let partitioned = self.relation_at(table)?.kind == RelationKind::Partitioned;
        if !partitioned || !self.model.trigger(trigger)?.for_each_row {
            return Ok(());
        }
        let partitions: Vec<Oid> = self.model.children(table).collect();
        partitions.into_iter().try_for_each(|partition| self.clone_trigger(trigger, partition))
    }

    /// Gives a new partition clones of the row triggers of the table that it is a partition of.
    pub(crate) fn clone_triggers(&mut self, parent: Oid, partition: Oid) -> Result<(), Problem> {
        let triggers: Vec<Oid> = self
            .model
            .parts::<Trigger>(parent)
            .filter(|(_, trigger)| trigger.for_each_row)
            .map(|(oid, _)| oid)
            .collect();
        triggers.into_iter().try_for_each(|trigger| self.clone_trigger(trigger, partition))
    }

    fn clone_trigger(&mut self, original: Oid, partition: Oid) -> Result<(), Problem> {
        let trigger = self.model.trigger(original)?.clone();
        if self.model.find_trigger(partition, &trigger.name).is_some() {
            let table = &self.relation_at(partition)?.name;
            let message =
                format!("trigger \"{}\" for relation \"{table}\" already exists", trigger.name);
            return Err(Problem::error("42710", message));
        }
        let constraint = trigger.constraint.is_some();
        let when = trigger.when.as_ref().map(|when| when.current(&self.model));
        let resolved =
            when.map(|when| self.resolve_expr(&when, Over::TriggerRows(partition))).transpose()?;
        let dependencies = resolved.as_ref().map_or(Vec::new(), |r| r.dependencies.clone());
        let clone = Trigger {
            table: partition,
            parent: Some(original),
            when: resolved.map(|r| r.value),
            constraint: None,
            history: History::created(Some(self.span)),
            ..trigger
        };
        let oid = self.add_trigger(clone, &dependencies, constraint)?;
        self.clone_to_partitions(partition, oid)
    }

    /// Removes the clones that a partition had from its table, when it is detached.
    pub(crate) fn remove_cloned_triggers(&mut self, partition: Oid) -> Result<(), Problem> {
        let clones: Vec<Oid> = self
            .model
            .parts::<Trigger>(partition)
            .filter(|(_, trigger)| trigger.parent.is_some())
            .map(|(oid, _)| oid)
            .collect();
        for clone in clones {
            // No longer a part of its original, it can go by itself.
            self.model.forget_links_of(clone);
            self.drop_objects(&[clone.into()], behavior(true))?;
        }
        Ok(())
    }

    /// Executes ALTER TRIGGER.
    pub(crate) fn alter_trigger(&mut self, statement: &AlterTrigger) -> Result<(), Problem> {
        let table = self.relation(&statement.table)?;
        let trigger = self.trigger(table, &statement.name)?;
        let Some(new_name) = &statement.new_name else { return Ok(()) };
        let old = self.model.trigger(trigger)?;
        if old.parent.is_some() {
            let message = format!("cannot rename trigger \"{}\" of a partition", old.name);
            return Err(Problem::error("0A000", message));
        }
        self.rename_trigger(table, trigger, &names::stored(new_name).into())
    }

    fn rename_trigger(&mut self, table: Oid, trigger: Oid, name: &Arc<str>) -> Result<(), Problem> {
        if self.model.find_trigger(table, name).is_some() {
            let table = &self.relation_at(table)?.name;
            let message = format!("trigger \"{name}\" for relation \"{table}\" already exists");
            return Err(Problem::error("42710", message));
        }
        self.model.rename(trigger, name)?;
        if let Some(constraint) = self.model.trigger(trigger)?.constraint {
            self.model.rename(constraint, name)?;
        }
        self.record(trigger, ChangeKind::Renamed, format!("to {name}"));
        let clones: Vec<(Oid, Oid)> = self
            .model
            .children(table)
            .flat_map(|child| self.model.parts::<Trigger>(child))
            .filter(|(_, t)| t.parent == Some(trigger))
            .map(|(oid, t)| (t.table, oid))
            .collect();
        clones.into_iter().try_for_each(|(table, clone)| self.rename_trigger(table, clone, name))
    }

    /// Executes DROP TRIGGER.
    pub(crate) fn drop_trigger(&mut self, statement: &DropTrigger) -> Result<(), Problem> {
        let found =
            self.relation(&statement.table).and_then(|table| self.trigger(table, &statement.name));
        match found {
            Ok(trigger) => self.drop_objects(&[trigger.into()], behavior(statement.cascade)),
            Err(Problem::Error(_)) if statement.if_exists => Ok(()),
            Err(problem) => Err(problem),
        }
    }

    /// Enables or disables a trigger, or all: the letter is `pg_trigger.tgenabled`.
    pub(crate) fn set_trigger_state(
        &mut self,
        table: Oid,
        name: &Ident,
        state: &'static str,
    ) -> Result<(), Problem> {
        let all = name.quote_style.is_none()
            && ["all", "user"].iter().any(|word| name.value.eq_ignore_ascii_case(word));
        if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("all") {
            self.model.enforce_keys(table, state != "D" && state != "R");
        }
        let triggers: Vec<Oid> = if all {
            self.model.parts::<Trigger>(table).map(|(oid, _)| oid).collect()
        } else {
            vec![self.trigger(table, name)?]
        };
        for trigger in triggers {
            self.model.trigger_mut(trigger)?.enabled = state;
            self.record(trigger, ChangeKind::Changed, "");
        }
        Ok(())
    }

    /// The trigger of that name of a table or view.
    pub(crate) fn trigger(&self, table: Oid, name: &Ident) -> Result<Oid, Problem> {
        let name = names::stored(name);
        let found = self.model.find_trigger(table, &name);
        let table = self.relation_at(table)?;
        found.ok_or_else(|| {
            let message = format!("trigger \"{name}\" for table \"{}\" does not exist", table.name);
            Problem::error("42704", message)
        })
    }
}

fn timing(time: TriggerTime) -> &'static str {
    match time {
        TriggerTime::Before => "BEFORE",
        TriggerTime::After => "AFTER",
        TriggerTime::InsteadOf => "INSTEAD OF",
    }
}

/// Which triggers which kind of relation may have.
fn check_place(relation: &Relation, statement: &CreateTrigger) -> Result<(), Problem> {
    let refuse = |message: String| Err(Problem::error("42809", message));
    let name = &relation.name;
    match relation.kind {
        kind if kind.is_table() => {
            if statement.time == TriggerTime::InsteadOf {
                return refuse(format!("\"{name}\" is a table"));
            }
        }
        RelationKind::View => {
            let rows = statement.for_each_row && statement.time != TriggerTime::InsteadOf;
            if rows || statement.events.iter().any(|e| e == "TRUNCATE") {
                return refuse(format!("\"{name}\" is a view"));
            }
        }
        _ => return refuse(format!("relation \"{name}\" cannot have triggers")),
    }
    if statement.time != TriggerTime::InsteadOf {
        return Ok(());
    }
    let refused = [
        (!statement.for_each_row, "INSTEAD OF triggers must be FOR EACH ROW"),
        (statement.when.is_some(), "INSTEAD OF triggers cannot have WHEN conditions"),
        (!statement.columns.is_empty(), "INSTEAD OF triggers cannot have column lists"),
    ];
    match refused.into_iter().find(|(refused, _)| *refused) {
        Some((_, message)) => Err(Problem::error("0A000", message)),
        None => Ok(()),
    }
}
