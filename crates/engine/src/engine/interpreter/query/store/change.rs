//! UPDATE and DELETE.

use sqlparser::ast::{Assignment, AssignmentTarget, Expr, Update};

use super::super::value::Truth;
use super::keys::Conflict;
use crate::engine::interpreter::model::{Cell, Column, Generation, Oid, StoredRow};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::query::scope::{Ctes, Layout, Scope};

impl Evaluator<'_> {
    pub(super) fn update_rows(
        &mut self,
        update: &Update,
        table: Oid,
        joined: bool,
    ) -> Result<(), Problem> {
        let columns = self.columns_of(table)?;
        let assigned = assigned_columns(&columns, &update.assignments);
        self.check_constants(table, &columns, &update.assignments)?;
        for column in columns.iter().filter(|column| assigned.contains(&column.number)) {
            check_computed(column, value_for(column, &update.assignments))?;
        }
        let mut known = self.rows_of(table);
        if self.session.model.is_empty_table(table) {
            return Ok(());
        }
        let intercepted = self.session.intercepts(table, "UPDATE");
        let (mut changed, mut former, mut certain) = (Vec::new(), Vec::new(), known.complete);
        for (at, row) in known.rows.iter_mut().enumerate() {
            let hit = if joined {
                Truth::Unknown
            } else {
                self.truth_of(table, row, update.selection.as_ref())?
            };
            if matches!(hit, Truth::False | Truth::Null) {
                continue;
            }
            let before = row.clone();
            certain &= hit == Truth::True && !intercepted;
            former.push(before.clone());
            for column in &columns {
                let is_assigned = assigned.contains(&column.number);
                let is_unknown = intercepted
                    || column.generation == Generation::Stored
                    || (is_assigned && hit != Truth::True);
                if is_unknown {
                    row.insert(column.number, Cell::Unknown);
                } else if is_assigned {
                    let expr = value_for(column, &update.assignments);
                    let cell = self.new_cell(table, column, &before, expr)?;
                    row.insert(column.number, cell);
                }
            }
            if hit == Truth::True && !intercepted {
                changed.push(at);
            }
        }
        let after = known.rows.clone();
        self.put_rows(table, known);
        for at in &changed {
            let Some(row) = after.get(*at) else { continue };
            self.check_row(table, &columns, row)?;
            if let Some((index, Conflict::Certain)) =
                self.conflicts(table, row, Some(*at))?.into_iter().next()
            {
                let name = self.session.model.name_of(index.into()).unwrap_or_default();
                let message = format!("duplicate key value violates unique constraint \"{name}\"");
                return Err(Problem::error("23505", message));
            }
        }
        let rows: Vec<StoredRow> =
            changed.iter().filter_map(|at| after.get(*at)).cloned().collect();
        self.check_references(table, &rows, Some(&assigned))?;
        self.check_rekeyed(table, &assigned, &former, certain)?;
        self.session.after_triggers(table, "UPDATE");
        Ok(())
    }

    pub(super) fn delete_rows(
        &mut self,
        table: Oid,
        condition: Option<&Expr>,
        joined: bool,
    ) -> Result<(), Problem> {
        if self.session.model.is_empty_table(table) {
            return Ok(());
        }
        let intercepted = self.session.intercepts(table, "DELETE");
        let mut known = self.rows_of(table);
        let (mut kept, mut gone, mut perhaps) = (Vec::new(), Vec::new(), false);
        for row in known.rows {
            let hit = if joined { Truth::Unknown } else { self.truth_of(table, &row, condition)? };
            match hit {
                Truth::False | Truth::Null => kept.push(row),
                Truth::True if !intercepted => gone.push(row),
                _ => perhaps = true,
            }
        }
        known.rows = kept;
        if perhaps {
            known.add_others();
        } else if condition.is_none() && !joined && !intercepted {
            known.complete = true;
        }
        let certain = !perhaps;
        self.put_rows(table, known);
        self.check_referred(table, &gone, certain)?;
        self.session.after_triggers(table, "DELETE");
        Ok(())
    }

    fn truth_of(
        &mut self,
        table: Oid,
        row: &StoredRow,
        condition: Option<&Expr>,
    ) -> Result<Truth, Problem> {
        match condition {
            None => Ok(Truth::True),
            Some(condition) => Ok(self.value_over(table, row, condition)?.truth()),
        }
    }

    /// Refuses constants that no column of their type can have, whether or not there are rows.
    fn check_constants(
        &mut self,
        table: Oid,
        columns: &[Column],
        assignments: &[Assignment],
    ) -> Result<(), Problem> {
        for column in columns {
            if let Some(expr @ (Expr::Value(_) | Expr::Cast { .. })) =
                value_for(column, assignments)
            {
                let address =
                    crate::engine::interpreter::model::Address::column(table, column.number);
                self.session.check_assigned(address, expr)?;
            }
        }
        Ok(())
    }

    fn new_cell(
        &mut self,
        table: Oid,
        column: &Column,
        row: &StoredRow,
        expr: Option<&Expr>,
    ) -> Result<Cell, Problem> {
        let Some(expr) = expr else { return Ok(Cell::Unknown) };
        if let Expr::Value(_) = expr {
            let (layout, ctes) = (Layout::default(), Ctes::new());
            let scope = Scope { layout: &layout, row: &[], group: None, outer: None, ctes: &ctes };
            return self.assigned(table, column, expr, &scope);
        }
        if super::cells::is_default(expr) {
            return self.default_cell(table, column);
        }
        if let Some(cell) = super::cells::called(expr) {
            return Ok(cell);
        }
        let value = self.value_over(table, row, expr)?;
        self.stored(&column.data_type, value, false)
    }
}

/// The numbers of the columns that are assigned.
pub(super) fn assigned_columns(columns: &[Column], assignments: &[Assignment]) -> Vec<i16> {
    let names = assignments.iter().flat_map(|assignment| match &assignment.target {
        AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
        AssignmentTarget::Tuple(names) => names.as_slice(),
    });
    names
        .filter_map(|name| {
            let name = names::stored(name.0.first()?.as_ident()?);
            columns.iter().find(|column| *column.name == *name).map(|column| column.number)
        })
        .collect()
}

/// What a column is assigned by itself as a whole.
fn value_for<'a>(column: &Column, assignments: &'a [Assignment]) -> Option<&'a Expr> {
    assignments.iter().find_map(|assignment| match &assignment.target {
        AssignmentTarget::ColumnName(name) => match name.0.as_slice() {
            [part] if *names::stored(part.as_ident()?) == *column.name => Some(&assignment.value),
            _ => None,
        },
        AssignmentTarget::Tuple(_) => None,
    })
}

/// Refuses a value for a column that the server computes.
fn check_computed(column: &Column, expr: Option<&Expr>) -> Result<(), Problem> {
    let computed = matches!(column.generation, Generation::Stored | Generation::IdentityAlways);
    match expr {
        Some(expr) if computed && !super::cells::is_default(expr) => {
            let message = format!("column \"{}\" can only be updated to DEFAULT", column.name);
            Err(Problem::error("428C9", message))
        }
        _ => Ok(()),
    }
}
