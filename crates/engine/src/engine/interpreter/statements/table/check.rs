//! CHECK constraints of tables, which children inherit.

use std::sync::Arc;

use sqlparser::ast::Expr;

use super::spec::CheckSpec;
use crate::catalog::History;
use crate::engine::interpreter::analyze::{Over, Place};
use crate::engine::interpreter::model::{Address, Constraint, ConstraintKind, Dependency, Oid};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// Where a CHECK of a table comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A statement about this very table.
    Declared,
    /// Its parent.
    Inherited,
}

impl Session {
    /// Adds a CHECK to a table and, unless told otherwise, to all below it.
    pub(super) fn add_check(&mut self, table: Oid, spec: &CheckSpec) -> Result<Oid, Problem> {
        let resolved = self.analyze_expr(&spec.expression, Over::Relation(table), Place::Check)?;
        let columns = resolved.value.columns_of(table);
        let name = match &spec.name {
            Some(name) => name.clone(),
            None => {
                let relation = self.model.relation(table)?;
                let column = match columns.as_slice() {
                    [only] => relation.column_at(*only).map(|c| c.name.clone()),
                    _ => None,
                };
                let schema = relation.schema;
                names::choose(&relation.name, column.as_deref(), "check", |name| {
                    self.model.has_constraint_name(schema, name)
                })
            }
        };
        self.put_check(table, name, spec, Origin::Declared)
    }

    /// Adds a CHECK under its name, or merges it with the one of that name.
    pub(super) fn put_check(
        &mut self,
        table: Oid,
        name: Arc<str>,
        spec: &CheckSpec,
        origin: Origin,
    ) -> Result<Oid, Problem> {
        let constraint = match self.model.find_constraint(table, &name) {
            Some(existing) => {
                self.merge_check(table, existing, origin)?;
                existing
            }
            None => self.insert_check(table, name.clone(), spec, origin)?,
        };
        if !spec.no_inherit {
            for child in self.model.children(table).collect::<Vec<_>>() {
                self.put_check(child, name.clone(), spec, Origin::Inherited)?;
            }
        }
        Ok(constraint)
    }

    fn merge_check(&mut self, table: Oid, existing: Oid, origin: Origin) -> Result<(), Problem> {
        let relation = self.model.relation(table)?.name.clone();
        let constraint = self.model.constraint_mut(existing)?;
        let is_check = matches!(constraint.kind, ConstraintKind::Check { .. });
        match origin {
            Origin::Inherited if is_check => {
                constraint.inherited = constraint.inherited.saturating_add(1);
            }
            Origin::Declared if is_check && constraint.inherited > 0 && !constraint.is_local => {
                constraint.is_local = true;
            }
            _ => {
                let name = &constraint.name;
                return Err(Problem::error(
                    "42710",
                    format!("constraint \"{name}\" for relation \"{relation}\" already exists"),
                ));
            }
        }
        Ok(())
    }

    fn insert_check(
        &mut self,
        table: Oid,
        name: Arc<str>,
        spec: &CheckSpec,
        origin: Origin,
    ) -> Result<Oid, Problem> {
        let resolved = self.resolve_expr(&spec.expression, Over::Relation(table))?;
        let columns = resolved.value.columns_of(table);
        let constraint = self.model.insert(Constraint {
            schema: self.model.relation(table)?.schema,
            name,
            owner: table,
            kind: ConstraintKind::Check { expression: resolved.value, no_inherit: spec.no_inherit },
            columns: columns.clone(),
            deferrable: false,
            initially_deferred: false,
            validated: spec.validated,
            parent: None,
            is_local: origin == Origin::Declared,
            inherited: u16::from(origin == Origin::Inherited),
            history: History::created(Some(self.span)),
        });
        self.depend_on_columns(constraint, table, &columns);
        self.model.depend_on_all_others(constraint, table, resolved.dependencies);
        if spec.validated {
            self.check_rows_against(constraint)?;
        }
        Ok(constraint)
    }

    /// Ties a part of a table to the columns that it is about, or to the table where there is none.
    pub(crate) fn depend_on_columns(&mut self, part: Oid, table: Oid, columns: &[i16]) {
        if columns.is_empty() {
            self.model.depend(part, table, Dependency::Auto);
        }
        for column in columns {
            self.model.depend(part, Address::column(table, *column), Dependency::Auto);
        }
    }

    /// The expression of a CHECK in the names of another table.
    pub(super) fn check_spec(&self, constraint: Oid) -> Result<Option<CheckSpec>, Problem> {
        let constraint = self.model.constraint(constraint)?;
        let ConstraintKind::Check { expression, no_inherit } = &constraint.kind else {
            return Ok(None);
        };
        let expression: Expr = expression.current(&self.model);
        Ok(Some(CheckSpec {
            name: Some(constraint.name.clone()),
            expression,
            no_inherit: *no_inherit,
            validated: true,
        }))
    }
}
