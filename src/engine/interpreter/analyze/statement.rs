//! The types in statements that change rows, and what can be assigned to a column (`parse_target.c`).

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Insert, Query, SetExpr, Statement,
    TableFactor, TableObject, TableWithJoins, Update, UpdateTableFromKind,
};

use super::Context;
use super::place::Place;
use super::scope::{Frame, OutputColumn, Scopes};
use crate::engine::interpreter::model::{Column, Oid, TypeRef};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::SqlError;
use crate::pg_catalog::CastContext;

impl Context<'_> {
    /// Refuses a statement in which something certainly has the wrong type.
    pub(super) fn check_statement(&self, statement: &Statement) -> Result<(), SqlError> {
        let scopes = Scopes::default();
        match statement {
            Statement::Query(query) => self.analyzed(&scopes, query).map(drop),
            Statement::Insert(insert) => self.check_insert(&scopes, insert),
            Statement::Update(update) => self.check_update(&scopes, update),
            Statement::Delete(delete) => self.check_delete(&scopes, delete),
            _ => Ok(()),
        }
    }

    fn check_insert(&self, scopes: &Scopes, insert: &Insert) -> Result<(), SqlError> {
        let (TableObject::TableName(name), Some(source)) = (&insert.table, &insert.source) else {
            return Ok(());
        };
        let Ok(Some(relation)) = self.session.find_relation(name) else { return Ok(()) };
        let Ok(relation) = self.session.model.relation(relation) else { return Ok(()) };
        if relation.opaque {
            return Ok(());
        }
        let named = !insert.columns.is_empty();
        let targets: Option<Vec<&Column>> = match named {
            false => Some(relation.columns.iter().collect()),
            true => insert
                .columns
                .iter()
                .map(|name| match name.0.as_slice() {
                    [only] => relation.column(&names::stored(only.as_ident()?)),
                    _ => None,
                })
                .collect(),
        };
        let Some(targets) = targets else { return Ok(()) };
        match &*source.body {
            SetExpr::Values(values) if source.with.is_none() => {
                for row in &values.rows {
                    check_counts(targets.len(), row.content.len(), named)?;
                    for (value, target) in row.content.iter().zip(&targets) {
                        let found = self.value_type(scopes, value)?;
                        self.assign(Some(value), found.as_ref(), target)?;
                    }
                }
                Ok(())
            }
            _ => self.check_insert_query(scopes, source, &targets, named),
        }
    }

    fn check_insert_query(
        &self,
        scopes: &Scopes,
        query: &Query,
        targets: &[&Column],
        named: bool,
    ) -> Result<(), SqlError> {
        let Some(columns) = self.raw_columns(scopes, query)? else { return Ok(()) };
        check_counts(targets.len(), columns.len(), named)?;
        for (column, target) in columns.iter().zip(targets) {
            if column.data_type.as_ref().is_none_or(|found| found.oid != Oid::UNKNOWN) {
                self.assign(None, column.data_type.as_ref(), target)?;
            }
        }
        Ok(())
    }

    fn check_update(&self, scopes: &Scopes, update: &Update) -> Result<(), SqlError> {
        let mut from = vec![update.table.clone()];
        match &update.from {
            Some(UpdateTableFromKind::BeforeSet(items) | UpdateTableFromKind::AfterSet(items)) => {
                from.extend(items.iter().cloned())
            }
            None => {}
        }
        let inner = self.with_sources(scopes, &from)?;
        if let TableFactor::Table { name, .. } = &update.table.relation
            && let Ok(Some(relation)) = self.session.find_relation(name)
            && let Ok(relation) = self.session.model.relation(relation)
        {
            let column = |name: &str| relation.column(name);
            self.check_assignments(&inner, &update.assignments, &column)?;
        }
        self.check_where(&inner, update.selection.as_ref())
    }

    fn check_delete(&self, scopes: &Scopes, delete: &Delete) -> Result<(), SqlError> {
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        let mut from = tables.clone();
        from.extend(delete.using.iter().flatten().cloned());
        let inner = self.with_sources(scopes, &from)?;
        self.check_where(&inner, delete.selection.as_ref())
    }

    fn with_sources(&self, scopes: &Scopes, from: &[TableWithJoins]) -> Result<Scopes, SqlError> {
        let mut inner = scopes.clone();
        let sources = self.sourced(scopes, from)?;
        inner.frames.push(Frame { ctes: Vec::new(), sources });
        Ok(inner)
    }

    fn check_where(&self, scopes: &Scopes, condition: Option<&Expr>) -> Result<(), SqlError> {
        let at = self.at(Place::Where);
        condition.map_or(Ok(()), |condition| at.placed_type(scopes, condition).map(drop))
    }

    fn check_assignments<'m>(
        &self,
        scopes: &Scopes,
        assignments: &[Assignment],
        column: &dyn Fn(&str) -> Option<&'m Column>,
    ) -> Result<(), SqlError> {
        let at = self.at(Place::Update);
        for assignment in assignments {
            let found = at.value_type(scopes, &assignment.value)?;
            if let AssignmentTarget::ColumnName(name) = &assignment.target
                && let [only] = name.0.as_slice()
                && let Some(target) = only.as_ident().and_then(|i| column(&names::stored(i)))
            {
                at.assign(Some(&assignment.value), found.as_ref(), target)?;
            }
        }
        Ok(())
    }

    fn assign(
        &self,
        value: Option<&Expr>,
        found: Option<&TypeRef>,
        target: &Column,
    ) -> Result<(), SqlError> {
        let Some(found) = found else { return Ok(()) };
        self.assignable(value, found, &target.data_type).map_err(|error| match error {
            Misfit::Literal(error) => error,
            Misfit::Type => {
                let message = format!(
                    "column \"{}\" is of type {} but expression is of type {}",
                    target.name,
                    self.session.type_name(&target.data_type),
                    self.spelled(found.oid)
                );
                SqlError::new("42804", message)
            }
        })
    }

    /// Whether a value of a type can be assigned where another is wanted.
    pub(super) fn assignable(
        &self,
        value: Option<&Expr>,
        found: &TypeRef,
        target: &TypeRef,
    ) -> Result<(), Misfit> {
        if found.oid == Oid::UNKNOWN {
            return value.map_or(Ok(()), |v| self.give(v, target.oid)).map_err(Misfit::Literal);
        }
        if target.oid == Oid::UNKNOWN
            || self.is_opaque(found.oid)
            || self.is_opaque(target.oid)
            || self.is_row(self.base(found.oid))
            || self.can_coerce(found.oid, target.oid, CastContext::Assignment)
            || self.session.has_user_casts
        {
            return Ok(());
        }
        Err(Misfit::Type)
    }

    /// Whether the one column of a query can be what a function returns (`check_sql_fn_retval`).
    pub(super) fn check_result(
        &self,
        columns: Option<&[OutputColumn]>,
        returns: &TypeRef,
    ) -> Result<(), SqlError> {
        let Some(columns) = columns else { return Ok(()) };
        let base = self.base(returns.oid);
        if self.is_row(base) || base == Oid::VOID || base.is_polymorphic() {
            return Ok(());
        }
        let fits = match columns {
            [only] => match &only.data_type {
                Some(found) => !matches!(self.assignable(None, found, returns), Err(Misfit::Type)),
                None => true,
            },
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let declared = self.spelled(returns.oid);
        let message = format!("return type mismatch in function declared to return {declared}");
        Err(SqlError::new("42P13", message))
    }
}

/// Why a value cannot be assigned.
pub(super) enum Misfit {
    /// It is a literal that is none of the type.
    Literal(SqlError),
    /// There is no cast.
    Type,
}

fn check_counts(targets: usize, values: usize, named: bool) -> Result<(), SqlError> {
    let message = if values > targets {
        "INSERT has more expressions than target columns"
    } else if named && values < targets {
        "INSERT has more target columns than expressions"
    } else {
        return Ok(());
    };
    Err(SqlError::new("42601", message))
}
