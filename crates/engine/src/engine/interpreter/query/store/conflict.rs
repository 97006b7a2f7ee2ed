//! ON CONFLICT: which unique index it means, and what becomes of a row that conflicts.

use std::collections::BTreeSet;

use sqlparser::ast::{
    AssignmentTarget, ConflictTarget, Insert, OnConflict, OnConflictAction, OnInsert, SetExpr,
};

use super::keys::Conflict;
use crate::engine::interpreter::model::{
    Cell, ConstraintKind, Generation, IndexKey, Oid, Relation, StoredRow,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::session::Session;

/// The unique indexes whose conflicts an INSERT handles.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Arbiter {
    /// There is no ON CONFLICT.
    None,
    /// Any of the table.
    Any,
    /// These.
    Indexes(Vec<Oid>),
    /// It cannot be told.
    Unknown,
}

impl Session {
    /// The unique indexes that ON CONFLICT means (`infer_arbiter_indexes`); refuses it where there is none.
    pub(crate) fn arbiter(&self, table: Oid, insert: &Insert) -> Result<Arbiter, Problem> {
        let Some(OnInsert::OnConflict(OnConflict { conflict_target, action })) = &insert.on else {
            return Ok(Arbiter::None);
        };
        let relation = self.model.relation(table)?;
        if !relation.kind.is_table() || self.is_of_platform(relation) {
            return Ok(Arbiter::Unknown);
        }
        if let OnConflictAction::DoUpdate(update) = action {
            self.check_targets(relation, update.assignments.iter().map(|a| &a.target))?;
            if conflict_target.is_none() {
                let message =
                    "ON CONFLICT DO UPDATE requires inference specification or constraint name";
                return Err(Problem::error("42601", message));
            }
        }
        match conflict_target {
            None => Ok(Arbiter::Any),
            Some(ConflictTarget::OnConstraint(name)) => {
                let (_, name) = Self::split_name(name)?;
                self.named_arbiter(table, &name)
            }
            Some(ConflictTarget::Columns { columns, predicate }) => {
                let mut numbers = BTreeSet::new();
                for ident in columns {
                    let name = names::stored(ident);
                    let Some(column) = relation.column(&name) else {
                        let message = format!("column \"{name}\" does not exist");
                        return Err(Problem::error("42703", message));
                    };
                    numbers.insert(column.number);
                }
                let has_rows = insert
                    .source
                    .as_ref()
                    .is_some_and(|source| matches!(&*source.body, SetExpr::Values(_)));
                self.inferred_arbiter(table, &numbers, predicate.is_some(), has_rows)
            }
        }
    }

    fn named_arbiter(&self, table: Oid, name: &str) -> Result<Arbiter, Problem> {
        let Some(oid) = self.model.find_constraint(table, name) else {
            let table = &self.model.relation(table)?.name;
            let message = format!("constraint \"{name}\" for table \"{table}\" does not exist");
            return Err(Problem::error("42704", message));
        };
        let constraint = self.model.constraint(oid)?;
        let (ConstraintKind::Primary { index }
        | ConstraintKind::Unique { index }
        | ConstraintKind::Exclude { index }) = constraint.kind
        else {
            let message = "constraint in ON CONFLICT clause has no associated index";
            return Err(Problem::error("42809", message));
        };
        if constraint.deferrable {
            return Err(deferrable_arbiter());
        }
        Ok(Arbiter::Indexes(vec![index]))
    }

    fn inferred_arbiter(
        &self,
        table: Oid,
        columns: &BTreeSet<i16>,
        with_predicate: bool,
        has_rows: bool,
    ) -> Result<Arbiter, Problem> {
        let mut found = Vec::new();
        let mut perhaps = false;
        let mut deferrable = false;
        for (oid, relation) in self.model.indexes(table) {
            let Some(index) = &relation.index else { continue };
            let keys: BTreeSet<Option<i16>> = index.keys.iter().map(IndexKey::column).collect();
            let same = keys.iter().copied().eq(columns.iter().copied().map(Some));
            if !index.unique || !same || !index.valid {
                continue;
            }
            deferrable |= self.is_deferrable(relation);
            match (&index.predicate, with_predicate) {
                (None, _) => found.push(oid),
                // Whether the condition implies that of the index is not looked into.
                (Some(_), true) => perhaps = true,
                (Some(_), false) => {}
            }
        }
        if deferrable && has_rows {
            return Err(deferrable_arbiter());
        }
        if perhaps || deferrable {
            return Ok(Arbiter::Unknown);
        }
        if found.is_empty() {
            let message = "there is no unique or exclusion constraint matching the ON CONFLICT \
                           specification";
            return Err(Problem::error("42P10", message));
        }
        Ok(Arbiter::Indexes(found))
    }

    /// Whether the constraint of an index can be deferred.
    pub(super) fn is_deferrable(&self, index: &Relation) -> bool {
        let constraint = index.index.as_ref().and_then(|index| index.constraint);
        constraint.and_then(|oid| self.model.constraint(oid).ok()).is_some_and(|c| c.deferrable)
    }

    /// Refuses an assignment to a column that a table does not have.
    pub(crate) fn check_targets<'a>(
        &self,
        relation: &Relation,
        targets: impl Iterator<Item = &'a AssignmentTarget>,
    ) -> Result<(), Problem> {
        for target in targets {
            let names = match target {
                AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
                AssignmentTarget::Tuple(names) => names,
            };
            for name in names {
                let Some(ident) = name.0.first().and_then(|part| part.as_ident()) else { continue };
                let column = names::stored(ident);
                if relation.column(&column).is_none() {
                    let table = &relation.name;
                    let message =
                        format!("column \"{column}\" of relation \"{table}\" does not exist");
                    return Err(Problem::error("42703", message));
                }
            }
        }
        Ok(())
    }
}

fn deferrable_arbiter() -> Problem {
    let message = "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as \
                   arbiters";
    Problem::error("55000", message)
}

impl Evaluator<'_> {
    /// Adds a row, unless it conflicts with one that is there.
    pub(super) fn insert_row(
        &mut self,
        table: Oid,
        row: StoredRow,
        arbiter: &Arbiter,
        insert: &Insert,
    ) -> Result<(), Problem> {
        let mut doubtful = false;
        for (index, conflict) in self.conflicts(table, &row, None)? {
            let handled = match arbiter {
                Arbiter::None => false,
                Arbiter::Any | Arbiter::Unknown => true,
                Arbiter::Indexes(indexes) => indexes.contains(&index),
            };
            match conflict {
                Conflict::Certain if *arbiter == Arbiter::Unknown => doubtful = true,
                Conflict::Certain if handled => {
                    self.blur_updated(table, insert);
                    return Ok(());
                }
                Conflict::Certain => return Err(self.duplicate(index)),
                Conflict::Possible if handled => doubtful = true,
                Conflict::Possible => {}
            }
        }
        if doubtful {
            self.blur_updated(table, insert);
            self.session.model.rows_mut(table).add_others();
        } else {
            self.session.model.rows_mut(table).push(row);
        }
        Ok(())
    }

    fn duplicate(&self, index: Oid) -> Problem {
        let name = self.session.model.name_of(index.into()).unwrap_or_default();
        let message = format!("duplicate key value violates unique constraint \"{name}\"");
        Problem::error("23505", message)
    }

    /// What DO UPDATE assigns may be in any row.
    pub(super) fn blur_updated(&mut self, table: Oid, insert: &Insert) {
        let Some(OnInsert::OnConflict(OnConflict {
            action: OnConflictAction::DoUpdate(update),
            ..
        })) = &insert.on
        else {
            return;
        };
        let Ok(columns) = self.columns_of(table) else { return };
        let named = super::change::assigned_columns(&columns, &update.assignments);
        let triggered = self.session.intercepts(table, "UPDATE");
        for row in &mut self.session.model.rows_mut(table).rows {
            for column in &columns {
                if triggered
                    || column.generation == Generation::Stored
                    || named.contains(&column.number)
                {
                    row.insert(column.number, Cell::Unknown);
                }
            }
        }
    }
}
