//! The types in statements that change rows, and what can be assigned to a column (`parse_target.c`).

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Insert, Merge, MergeAction,
    MergeInsertExpr, MergeInsertKind, MergeUpdateExpr, MergeUpdateKind, ObjectName, OnConflict,
    OnConflictAction, OnInsert, Query, SelectItem, SetExpr, Statement, TableFactor, TableObject,
    TableWithJoins, Update, UpdateTableFromKind, Values,
};

use super::Context;
use super::place::Place;
use super::scope::{Frame, OutputColumn, Scopes, Source};
use crate::engine::interpreter::model::{Column, Oid, Relation, TypeRef};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::SqlError;
use crate::pg_catalog::CastContext;

impl Context<'_> {
    /// Refuses a statement in which something certainly has the wrong type.
    pub(super) fn check_statement(
        &self,
        scopes: &Scopes,
        statement: &Statement,
    ) -> Result<(), SqlError> {
        match statement {
            Statement::Query(query) => self.analyzed(scopes, query).map(drop),
            Statement::Insert(insert) => self.check_insert(scopes, insert),
            Statement::Update(update) => self.check_update(scopes, update),
            Statement::Delete(delete) => self.check_delete(scopes, delete),
            Statement::Merge(merge) => self.check_merge(scopes, merge),
            Statement::Call(call) => self.call_arguments(scopes, call),
            _ => Ok(()),
        }
    }

    fn check_insert(&self, scopes: &Scopes, insert: &Insert) -> Result<(), SqlError> {
        let TableObject::TableName(name) = &insert.table else { return Ok(()) };
        let relation = self.relation_named(name);
        let named = !insert.columns.is_empty();
        let targets = relation.and_then(|(_, relation)| columns_named(relation, &insert.columns));
        match insert.source.as_deref().map(|query| (query, &*query.body)) {
            None => {}
            Some((Query { with: None, .. }, SetExpr::Values(values))) => {
                self.check_values(scopes, values, targets.as_deref(), named)?;
            }
            Some((query, _)) => {
                self.check_insert_query(scopes, query, targets.as_deref(), named)?
            }
        }
        let Some((oid, relation)) = relation else { return Ok(()) };
        let alias = match &insert.table_alias {
            Some(alias) => names::stored(&alias.alias).into(),
            None => relation.name.clone(),
        };
        let target = Source::relation(oid, relation, alias);
        if let Some(OnInsert::OnConflict(OnConflict {
            action: OnConflictAction::DoUpdate(update),
            ..
        })) = &insert.on
        {
            let excluded = Source::relation(oid, relation, "excluded".into());
            let mut inner = scopes.clone();
            let sources = vec![target.clone(), Source { qualified: true, ..excluded }];
            inner.frames.push(Frame { ctes: Vec::new(), sources });
            self.check_assignments(&inner, &update.assignments, Some(relation))?;
            self.check_where(&inner, update.selection.as_ref())?;
        }
        let mut inner = scopes.clone();
        inner.frames.push(Frame { ctes: Vec::new(), sources: vec![target] });
        self.check_returning(&inner, insert.returning.as_deref())
    }

    /// The relation of that name with its columns, where these are known.
    fn relation_named(&self, name: &ObjectName) -> Option<(Oid, &Relation)> {
        let oid = self.session.find_relation(name).ok()??;
        let relation = self.session.model.relation(oid).ok()?;
        (!relation.opaque).then_some((oid, relation))
    }

    /// Rows of values that are given to columns.
    fn check_values(
        &self,
        scopes: &Scopes,
        values: &Values,
        targets: Option<&[&Column]>,
        named: bool,
    ) -> Result<(), SqlError> {
        for row in &values.rows {
            if let Some(targets) = targets {
                check_counts(targets.len(), row.content.len(), named)?;
            }
            for (at, value) in row.content.iter().enumerate() {
                let found = self.value_type(scopes, value)?;
                if let Some(target) = targets.and_then(|targets| targets.get(at)) {
                    self.assign(Some(value), found.as_ref(), target)?;
                }
            }
        }
        Ok(())
    }

    fn check_insert_query(
        &self,
        scopes: &Scopes,
        query: &Query,
        targets: Option<&[&Column]>,
        named: bool,
    ) -> Result<(), SqlError> {
        let (Some(columns), Some(targets)) = (self.raw_columns(scopes, query)?, targets) else {
            return Ok(());
        };
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
        let target = self.target_of(&update.table.relation);
        self.check_assignments(&inner, &update.assignments, target)?;
        self.check_where(&inner, update.selection.as_ref())?;
        self.check_returning(&inner, update.returning.as_deref())
    }

    fn check_delete(&self, scopes: &Scopes, delete: &Delete) -> Result<(), SqlError> {
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        let mut from = tables.clone();
        from.extend(delete.using.iter().flatten().cloned());
        let inner = self.with_sources(scopes, &from)?;
        self.check_where(&inner, delete.selection.as_ref())?;
        self.check_returning(&inner, delete.returning.as_deref())
    }

    fn check_merge(&self, scopes: &Scopes, merge: &Merge) -> Result<(), SqlError> {
        let from = [&merge.table, &merge.source];
        let from = from.map(|item| TableWithJoins { relation: item.clone(), joins: Vec::new() });
        let inner = self.with_sources(scopes, &from)?;
        self.at(Place::Join).placed_type(&inner, &merge.on)?;
        let target = self.target_of(&merge.table);
        for clause in &merge.clauses {
            if let Some(predicate) = &clause.predicate {
                self.at(Place::When).placed_type(&inner, predicate)?;
            }
            match &clause.action {
                MergeAction::Update(MergeUpdateExpr {
                    kind: MergeUpdateKind::Set(set), ..
                }) => {
                    self.check_assignments(&inner, set, target)?;
                }
                MergeAction::Insert(MergeInsertExpr {
                    columns,
                    kind: MergeInsertKind::Values(values),
                    ..
                }) => {
                    let targets = target.and_then(|relation| columns_named(relation, columns));
                    self.check_values(&inner, values, targets.as_deref(), !columns.is_empty())?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The table that a statement changes, where its columns are known.
    fn target_of(&self, factor: &TableFactor) -> Option<&Relation> {
        match factor {
            TableFactor::Table { name, .. } => self.relation_named(name).map(|(_, found)| found),
            _ => None,
        }
    }

    fn check_returning(
        &self,
        scopes: &Scopes,
        items: Option<&[SelectItem]>,
    ) -> Result<(), SqlError> {
        for item in items.unwrap_or_default() {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                self.value_type(scopes, expr)?;
            }
        }
        Ok(())
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

    fn check_assignments(
        &self,
        scopes: &Scopes,
        assignments: &[Assignment],
        target: Option<&Relation>,
    ) -> Result<(), SqlError> {
        let at = self.at(Place::Update);
        for assignment in assignments {
            let found = at.value_type(scopes, &assignment.value)?;
            if let AssignmentTarget::ColumnName(name) = &assignment.target
                && let [only] = name.0.as_slice()
                && let Some(name) = only.as_ident()
                && let Some(target) = target.and_then(|found| found.column(&names::stored(name)))
            {
                at.assign(Some(&assignment.value), found.as_ref(), target)?;
            }
        }
        Ok(())
    }

    /// Refuses a value that cannot be given to a column.
    pub(super) fn assign(
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

/// The columns that an INSERT names, or all of them; `None` where one is not there.
fn columns_named<'r>(relation: &'r Relation, named: &[ObjectName]) -> Option<Vec<&'r Column>> {
    if named.is_empty() {
        return Some(relation.columns.iter().collect());
    }
    let column = |name: &ObjectName| match name.0.as_slice() {
        [only] => relation.column(&names::stored(only.as_ident()?)),
        _ => None,
    };
    named.iter().map(column).collect()
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
