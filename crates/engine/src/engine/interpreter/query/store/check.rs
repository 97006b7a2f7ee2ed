//! NOT NULL and CHECK over rows that are known.

use super::super::value::Truth;
use crate::engine::interpreter::model::{
    Cell, Column, Constraint, ConstraintKind, Oid, StoredRow, TypeKind, cell,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::eval::Evaluator;

impl Evaluator<'_> {
    /// Refuses a row that a NOT NULL or a CHECK of its table does not let in.
    pub(super) fn check_row(
        &mut self,
        table: Oid,
        columns: &[Column],
        row: &StoredRow,
    ) -> Result<(), Problem> {
        let relation = self.session.model.relation(table)?.name.clone();
        for column in columns {
            let is_null = *cell(row, column.number) == Cell::Null;
            if is_null && self.forbids_null(column.data_type.oid) {
                let domain = self.session.type_name(&column.data_type);
                let message = format!("domain {domain} does not allow null values");
                return Err(Problem::error("23502", message));
            }
            if column.not_null && is_null {
                let name = &column.name;
                let message = format!(
                    "null value in column \"{name}\" of relation \"{relation}\" violates not-null constraint"
                );
                return Err(Problem::error("23502", message));
            }
        }
        for (name, constraint) in self.checks_of(table) {
            if self.violates(table, constraint, row)? {
                let message = format!(
                    "new row for relation \"{relation}\" violates check constraint \"{name}\""
                );
                return Err(Problem::error("23514", message));
            }
        }
        Ok(())
    }

    /// The CHECKs of a table in the order in which the server tries them.
    fn checks_of(&self, table: Oid) -> Vec<(String, Oid)> {
        let is_check = |c: &Constraint| matches!(c.kind, ConstraintKind::Check { .. });
        let checks = self.session.model.parts::<Constraint>(table).filter(|(_, c)| is_check(c));
        let mut found: Vec<_> = checks.map(|(oid, c)| (c.name.to_string(), oid)).collect();
        found.sort();
        found
    }

    /// Whether a row certainly violates a CHECK.
    pub(super) fn violates(
        &mut self,
        table: Oid,
        constraint: Oid,
        row: &StoredRow,
    ) -> Result<bool, Problem> {
        let ConstraintKind::Check { expression, .. } =
            &self.session.model.constraint(constraint)?.kind
        else {
            return Ok(false);
        };
        let expression = expression.current(&self.session.model);
        Ok(self.value_over(table, row, &expression)?.truth() == Truth::False)
    }

    fn forbids_null(&self, data_type: Oid) -> bool {
        let found = self.session.model.data_type(data_type).map(|t| &t.kind);
        matches!(found, Ok(TypeKind::Domain { not_null: true, .. }))
    }
}
