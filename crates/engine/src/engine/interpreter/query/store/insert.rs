//! INSERT.

use std::collections::BTreeSet;

use sqlparser::ast::{Expr, Insert, InsertOverriding, ObjectName, SetExpr};

use super::cells::is_default;
use super::conflict::Arbiter;
use super::is_certain;
use crate::engine::interpreter::model::{Column, Generation, Oid, StoredRow};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::query::scope::{Ctes, Layout, Scope};

/// As many rows of one statement are looked at.
const MAX_INSERTED: usize = 400;

/// The rows that a statement gives, as far as they are certain.
struct Given {
    rows: Vec<StoredRow>,
    /// There may be others.
    others: bool,
}

impl Evaluator<'_> {
    pub(super) fn insert_rows(
        &mut self,
        insert: &Insert,
        table: Oid,
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(), Problem> {
        let arbiter = self.session.arbiter(table, insert)?;
        let columns = self.columns_of(table)?;
        let targets = targets(&columns, &insert.columns)?;
        let given = self.given(insert, table, &columns, &targets, outer, ctes)?;
        if self.session.intercepts(table, "INSERT") {
            // What the trigger makes of the rows, and whether it lets them in, is not known.
            self.session.model.rows_mut(table).add_others();
        } else {
            self.insert_all(table, &columns, given, &arbiter, insert)?;
        }
        self.session.after_triggers(table, "INSERT");
        Ok(())
    }

    fn insert_all(
        &mut self,
        table: Oid,
        columns: &[Column],
        given: Given,
        arbiter: &Arbiter,
        insert: &Insert,
    ) -> Result<(), Problem> {
        let first = self.rows_of(table).rows.len();
        for row in given.rows {
            self.check_row(table, columns, &row)?;
            self.insert_row(table, row, arbiter, insert)?;
        }
        if given.others {
            if !matches!(arbiter, Arbiter::None) {
                self.blur_updated(table, insert);
            }
            self.session.model.rows_mut(table).add_others();
        }
        let inserted: Vec<StoredRow> = self.rows_of(table).rows.into_iter().skip(first).collect();
        self.check_references(table, &inserted, None)
    }

    /// The rows that an INSERT gives.
    fn given(
        &mut self,
        insert: &Insert,
        table: Oid,
        columns: &[Column],
        targets: &[Column],
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<Given, Problem> {
        let overriding = insert.overriding.as_ref();
        let mut given = Given { rows: Vec::new(), others: false };
        let Some(source) = &insert.source else {
            let row = self.complete(table, columns, StoredRow::new())?;
            return Ok(Given { rows: vec![row], ..given });
        };
        match &*source.body {
            SetExpr::Values(values) if source.with.is_none() && source.limit_clause.is_none() => {
                let layout = Layout::default();
                let scope = Scope { layout: &layout, row: &[], group: None, outer, ctes };
                for (at, written) in values.rows.iter().enumerate() {
                    check_width(written.len(), targets.len(), !insert.columns.is_empty())?;
                    if at >= MAX_INSERTED && !self.calls_user_function(&**source) {
                        given.others = true;
                        break;
                    }
                    let mut row = StoredRow::new();
                    for (column, expr) in targets.iter().zip(written.iter()) {
                        check_generated(column, expr, overriding)?;
                        let cell = self.assigned(table, column, expr, &scope)?;
                        row.insert(column.number, cell);
                    }
                    given.rows.push(self.complete_given(
                        table,
                        columns,
                        targets,
                        row,
                        written.len(),
                    )?);
                }
            }
            _ => {
                let rows = match self.run_query(source, outer, ctes) {
                    Ok(rows) => rows,
                    Err(Problem::Gap { .. }) if !self.calls_user_function(&**source) => {
                        given.others = true;
                        return Ok(given);
                    }
                    Err(problem) => return Err(problem),
                };
                if !rows.open && !rows.columns.is_empty() {
                    check_width(rows.columns.len(), targets.len(), !insert.columns.is_empty())?;
                }
                for (at, found) in rows.rows.iter().enumerate() {
                    if !is_certain(found) || rows.open || at >= MAX_INSERTED {
                        given.others = true;
                        continue;
                    }
                    let mut row = StoredRow::new();
                    for (column, value) in targets.iter().zip(&found.values) {
                        let cell = self.stored(&column.data_type, value.clone(), false)?;
                        row.insert(column.number, cell);
                    }
                    let width = found.values.len();
                    given.rows.push(self.complete_given(table, columns, targets, row, width)?);
                }
            }
        }
        Ok(given)
    }

    /// Gives the columns that a row leaves out their defaults.
    fn complete_given(
        &mut self,
        table: Oid,
        columns: &[Column],
        targets: &[Column],
        mut row: StoredRow,
        width: usize,
    ) -> Result<StoredRow, Problem> {
        for column in targets.iter().skip(width) {
            row.remove(column.number);
        }
        self.complete(table, columns, row)
    }

    fn complete(
        &mut self,
        table: Oid,
        columns: &[Column],
        mut row: StoredRow,
    ) -> Result<StoredRow, Problem> {
        for column in columns {
            if !row.has(column.number) || column.generation == Generation::Stored {
                let cell = self.default_cell(table, column)?;
                row.insert(column.number, cell);
            }
        }
        Ok(row)
    }
}

/// The columns that an INSERT writes, in its order.
fn targets(columns: &[Column], written: &[ObjectName]) -> Result<Vec<Column>, Problem> {
    if written.is_empty() {
        return Ok(columns.to_vec());
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::with_capacity(written.len());
    for name in written {
        let Some(ident) = name.0.first().and_then(|part| part.as_ident()) else { continue };
        let name = names::stored(ident);
        let Some(column) = columns.iter().find(|column| *column.name == *name) else { continue };
        if !seen.insert(column.number) {
            let message = format!("column \"{name}\" specified more than once");
            return Err(Problem::error("42701", message));
        }
        found.push(column.clone());
    }
    Ok(found)
}

fn check_width(values: usize, columns: usize, listed: bool) -> Result<(), Problem> {
    if values > columns {
        let message = "INSERT has more expressions than target columns";
        return Err(Problem::error("42601", message));
    }
    if values < columns && listed {
        let message = "INSERT has more target columns than expressions";
        return Err(Problem::error("42601", message));
    }
    Ok(())
}

/// Refuses a value for a column that the server computes.
fn check_generated(
    column: &Column,
    expr: &Expr,
    overriding: Option<&InsertOverriding>,
) -> Result<(), Problem> {
    let refused = match column.generation {
        Generation::Stored => true,
        Generation::IdentityAlways => overriding.is_none(),
        Generation::IdentityByDefault | Generation::None => false,
    };
    if !refused || is_default(expr) {
        return Ok(());
    }
    let message = format!("cannot insert a non-DEFAULT value into column \"{}\"", column.name);
    Err(Problem::error("428C9", message))
}
