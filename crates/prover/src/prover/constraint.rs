//! CHECK constraints: which rows there can be.

use std::ops::ControlFlow;
use std::sync::Arc;

use sqlparser::ast::{Expr, visit_expressions};

use super::evaluate::fold;
use super::evaluator::Evaluator;
use super::path_search::Stop;
use super::scope::Relation;
use super::table::Present;
use super::value::Value;
use crate::catalog::{ObjectName, Table};

/// A CHECK constraint.
#[derive(Debug)]
pub(super) struct Constraint {
    /// Nothing, where it cannot be read.
    condition: Option<Expr>,
    /// The names in it, those of its columns included.
    names: Vec<String>,
}

fn constraints_of(table: &Table) -> Vec<Constraint> {
    let read = |check: &crate::catalog::Check| {
        let condition = super::parse(&check.expression);
        let mut names = Vec::new();
        if let Some(condition) = &condition {
            let _: ControlFlow<()> = visit_expressions(condition, |expression| {
                match expression {
                    Expr::Identifier(name) => names.push(fold(name)),
                    Expr::CompoundIdentifier(path) => names.extend(path.last().map(fold)),
                    _ => {}
                }
                ControlFlow::Continue(())
            });
        }
        Constraint { condition, names }
    };
    table.checks.iter().map(read).collect()
}

/// Whether there can be the rows of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    Yes,
    No,
    Unknown,
}

impl Evaluator<'_> {
    /// Whether the constraints of its table allow each row that the path has asked something of.
    pub(super) fn rows_are_allowed(&mut self) -> Result<Allowed, Stop> {
        let own = self.context.table.name.clone();
        let mut rows = self.tables.rows.clone();
        if rows.is_empty() {
            rows.push(Present { table: own, relation: self.guarded().clone() });
        }
        let mut open: Vec<(Relation, Arc<Vec<Constraint>>, usize)> = Vec::new();
        for Present { table, relation } in rows {
            let constraints = self.constraints(&table);
            open.extend(
                (0..constraints.len()).map(|at| (relation.clone(), Arc::clone(&constraints), at)),
            );
        }
        // A constraint may ask something of further columns, which others are about.
        while let Some(next) = open.iter().position(|(row, constraints, at)| {
            constraints[*at].names.iter().any(|name| self.is_asked(row, name))
                || constraints[*at].condition.is_none()
        }) {
            let (row, constraints, at) = open.swap_remove(next);
            let Some(condition) = &constraints[at].condition else { return Ok(Allowed::Unknown) };
            // NULL passes.
            if self.within(row, |evaluator| evaluator.condition(condition))? == Some(false) {
                return Ok(Allowed::No);
            }
        }
        Ok(Allowed::Yes)
    }

    fn is_asked(&self, row: &Relation, column: &str) -> bool {
        match row.column(column) {
            Some(Value::Unknown(symbol)) => match &symbol.origin {
                super::value::Origin::Data(atom) => self.facts.data.is_mentioned(atom),
                _ => true,
            },
            Some(_) => true,
            None => false,
        }
    }

    fn constraints(&mut self, table: &ObjectName) -> Arc<Vec<Constraint>> {
        if let Some(known) = self.constraints.get(table) {
            return Arc::clone(known);
        }
        let found = self.context.catalog.table(table).map(constraints_of).unwrap_or_default();
        let found = Arc::new(found);
        self.constraints.insert(table.clone(), Arc::clone(&found));
        found
    }
}
