//! What changes of a table do to rows that are known, and what of them such rows do not allow.

use sqlparser::ast::Expr;

use crate::engine::interpreter::model::{
    Cell, Constraint, ConstraintKind, Oid, StoredRow, TypeRef, cell,
};
use crate::engine::interpreter::plpgsql::Run;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::query::scope::NoVariables;
use crate::engine::interpreter::session::Session;
use crate::engine::{Gap, Reach};

impl Session {
    fn over_rows<T>(
        &mut self,
        act: impl FnOnce(&mut Evaluator<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        Run::take_over(self, |session, run| {
            act(&mut Evaluator { session, run, variables: &NoVariables })
        })
    }

    /// Gives the rows of a table a new column; refuses one that is NOT NULL and has no value.
    pub(crate) fn fill_column(&mut self, table: Oid, number: i16) -> Result<(), Problem> {
        let Some(column) = self.model.relation(table)?.column_at(number).cloned() else {
            return Ok(());
        };
        let Some(known) = self.model.rows(table).cloned() else { return Ok(()) };
        let value = self.over_rows(|evaluator| evaluator.default_cell(table, &column))?;
        if column.not_null && value == Cell::Null {
            if !known.rows.is_empty() {
                return Err(self.holds_null(table, &column.name));
            }
            if known.written && !known.complete {
                self.doubt_rows(table, "whether there are rows that a new column has no value for");
            }
        }
        for row in &mut self.model.rows_mut(table).rows {
            row.insert(number, value.clone());
        }
        Ok(())
    }

    /// Refuses NOT NULL of a column that has a NULL for certain.
    pub(crate) fn check_no_null(&mut self, table: Oid, name: &str) -> Result<(), Problem> {
        let Some(number) = self.model.relation(table)?.column(name).map(|c| c.number) else {
            return Ok(());
        };
        let Some(known) = self.model.rows(table) else { return Ok(()) };
        if known.rows.iter().any(|row| *cell(row, number) == Cell::Null) {
            return Err(self.holds_null(table, name));
        }
        let unknown = known.rows.iter().any(|row| *cell(row, number) == Cell::Unknown);
        if unknown || (known.written && !known.complete) {
            let why = format!("whether the column {name} has a NULL depends on rows");
            self.doubt_rows(table, &why);
        }
        Ok(())
    }

    fn holds_null(&self, table: Oid, column: &str) -> Problem {
        let table = self.model.name_of(table.into()).unwrap_or_default();
        let message = format!("column \"{column}\" of relation \"{table}\" contains null values");
        Problem::error("23502", message)
    }

    /// A statement that the server may refuse for the rows of a table.
    fn doubt_rows(&mut self, table: Oid, reason: &str) {
        let Ok(name) = self.model.relation_name(table) else { return };
        let reach = Reach::Objects(vec![name]);
        self.gaps.push(Gap { span: self.span, reason: reason.into(), reach });
    }

    /// Refuses a constraint that a row certainly violates.
    pub(crate) fn check_rows_against(&mut self, oid: Oid) -> Result<(), Problem> {
        let constraint: Constraint = self.model.constraint(oid)?.clone();
        match constraint.kind {
            ConstraintKind::ForeignKey(_) => self.check_rows_refer(oid),
            ConstraintKind::Check { .. } => {
                let table = constraint.owner;
                let rows: Vec<StoredRow> =
                    self.model.rows(table).map_or(Vec::new(), |known| known.rows.clone());
                if rows.is_empty() {
                    return Ok(());
                }
                let violated = self.over_rows(|evaluator| {
                    for row in &rows {
                        if evaluator.violates(table, oid, row)? {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                })?;
                if !violated {
                    return Ok(());
                }
                let name = &constraint.name;
                let table = self.model.name_of(table.into()).unwrap_or_default();
                let message = format!(
                    "check constraint \"{name}\" of relation \"{table}\" is violated by some row"
                );
                Err(Problem::error("23514", message))
            }
            _ => Ok(()),
        }
    }

    /// What is left known of a column whose type changes.
    pub(crate) fn recast_column(
        &mut self,
        table: Oid,
        number: i16,
        data_type: &TypeRef,
        using: Option<&Expr>,
    ) -> Result<(), Problem> {
        let Some(known) = self.model.rows(table).cloned() else { return Ok(()) };
        let mut cells = Vec::with_capacity(known.rows.len());
        for row in &known.rows {
            let old = cell(row, number).clone();
            let value = match (&old, using) {
                (_, Some(_)) => Cell::Unknown,
                (Cell::Known(value), None) => {
                    let value = value.clone();
                    self.over_rows(|evaluator| evaluator.stored(data_type, value, false))?
                }
                (Cell::Fresh, None) => Cell::Present,
                (other, None) => (*other).clone(),
            };
            cells.push(value);
        }
        for (row, cell) in self.model.rows_mut(table).rows.iter_mut().zip(cells) {
            row.insert(number, cell);
        }
        Ok(())
    }
}
