//! Whether a value can be assigned to a column (`cookDefault`).

use sqlparser::ast::Expr;

use crate::engine::interpreter::model::{Address, TypeRef};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Refuses an expression whose value can certainly not be assigned to a column.
    pub(super) fn check_assignable(
        &self,
        column: Address,
        expr: &Expr,
        found: Option<&TypeRef>,
    ) -> Result<(), Problem> {
        let Some(column) = self.model.column(column) else { return Ok(()) };
        let target = &column.data_type;
        self.check_assignment(expr, found, target, |found| {
            format!(
                "column \"{}\" is of type {} but default expression is of type {found}",
                column.name,
                self.type_name(target),
            )
        })
    }
}
