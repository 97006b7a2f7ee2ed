//! INSERT, UPDATE, DELETE and MERGE: which functions they call and which triggers they fire.

use std::sync::Arc;

use sqlparser::ast::{
    AssignmentTarget, Expr, FromTable, ObjectName, SelectItem, Statement, TableFactor, TableObject,
    Visit, Visitor,
};
use std::ops::ControlFlow;

use super::eval::Evaluator;
use super::output::column_name;
use super::rows::{Row, Rows};
use super::scope::{Ctes, Layout, Scope};
use super::value::Value;
use crate::engine::interpreter::model::{Oid, Trigger};
use crate::engine::interpreter::names;
use crate::engine::interpreter::plpgsql::fire_trigger;
use crate::engine::interpreter::problem::Problem;

impl Evaluator<'_> {
    /// A query, a change of rows or a CALL.
    pub(crate) fn statement(&mut self, statement: &Statement) -> Result<Rows, Problem> {
        if self.session.model.has_new_labels() {
            self.session.check_labels(statement)?;
        }
        match statement {
            Statement::Query(query) => self.query(query),
            Statement::Call(function) => {
                let value = self.expression(&Expr::Function(function.clone()))?;
                let (columns, values) = match value {
                    Value::Record(record) => record.fields.iter().cloned().unzip(),
                    value => (vec!["?value?".into()], vec![value]),
                };
                Ok(Rows { columns, rows: vec![Row::certain(values)], ..Rows::default() })
            }
            _ => self.modify(statement, None, &Ctes::new()),
        }
    }

    /// A statement that changes rows, and the rows that it returns.
    pub(crate) fn modify(
        &mut self,
        statement: &Statement,
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<Rows, Problem> {
        let (target, event, returning) = match statement {
            Statement::Insert(insert) => {
                let TableObject::TableName(name) = &insert.table else {
                    return Ok(Rows::open("an INSERT that is not interpreted"));
                };
                (Some(name), "INSERT", insert.returning.as_deref())
            }
            Statement::Update(update) => {
                let name = match &update.table.relation {
                    TableFactor::Table { name, .. } => Some(name),
                    _ => None,
                };
                (name, "UPDATE", update.returning.as_deref())
            }
            Statement::Delete(delete) => {
                let tables = match &delete.from {
                    FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables) => {
                        tables
                    }
                };
                let name = tables.first().and_then(|t| match &t.relation {
                    TableFactor::Table { name, .. } => Some(name),
                    _ => None,
                });
                (name, "DELETE", delete.returning.as_deref())
            }
            Statement::Merge(merge) => match &merge.table {
                TableFactor::Table { name, .. } => (Some(name), "MERGE", None),
                _ => (None, "", None),
            },
            _ => (None, "", None),
        };
        match statement {
            Statement::Insert(_) => {}
            Statement::Update(_) | Statement::Delete(_) => {
                self.call_in_doubt_inside(statement, outer, ctes)?;
            }
            _ => {
                self.call_in_doubt_inside(statement, outer, ctes)?;
                self.session.model.forget_all_rows();
            }
        }
        let mut shown: Arc<str> = "rows of a table".into();
        let mut columns = Vec::new();
        if let Some(name) = target {
            let table = match self.session.find_relation(name)? {
                Some(table) => table,
                None if super::catalog::is_system(name) => {
                    return Err(Problem::gap_everywhere(format!("it writes to {name} itself")));
                }
                None => self.session.queried_relation(name)?,
            };
            shown = format!("rows of {}", self.session.model.relation_name(table)?).into();
            self.check_columns(table, statement)?;
            columns = self.returned_columns(table, returning)?;
            self.store(statement, table, outer, ctes)?;
            match event {
                "MERGE" => ["INSERT", "UPDATE", "DELETE"]
                    .iter()
                    .try_for_each(|event| self.fire(table, event))?,
                event => self.fire(table, event)?,
            }
        }
        Ok(Rows::unknown(columns, shown))
    }

    /// Fails where a statement writes to a column that the table does not have.
    fn check_columns(&self, table: Oid, statement: &Statement) -> Result<(), Problem> {
        let relation = self.session.model.relation(table)?;
        let schema = &self.session.model.schema(relation.schema)?.name;
        if !relation.kind.is_table() || super::catalog::PLATFORM_SCHEMAS.contains(&&**schema) {
            return Ok(());
        }
        let written: Vec<&ObjectName> = match statement {
            Statement::Insert(insert) => insert.columns.iter().collect(),
            Statement::Update(update) => update
                .assignments
                .iter()
                .flat_map(|assignment| match &assignment.target {
                    AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
                    AssignmentTarget::Tuple(names) => names,
                })
                .collect(),
            _ => Vec::new(),
        };
        for name in written {
            let Some(column) = name.0.first().and_then(|p| p.as_ident()).map(names::stored) else {
                continue;
            };
            if relation.column(&column).is_none() {
                let table = &relation.name;
                let message = format!("column \"{column}\" of relation \"{table}\" does not exist");
                return Err(Problem::error("42703", message));
            }
        }
        Ok(())
    }

    fn returned_columns(
        &self,
        table: Oid,
        returning: Option<&[SelectItem]>,
    ) -> Result<Vec<Arc<str>>, Problem> {
        let mut columns = Vec::new();
        for item in returning.unwrap_or_default() {
            match item {
                SelectItem::UnnamedExpr(expr) => columns.push(column_name(expr)),
                SelectItem::ExprWithAlias { alias, .. } => {
                    columns.push(names::stored(alias).into())
                }
                _ => {
                    let relation = self.session.model.relation(table)?;
                    columns.extend(relation.columns.iter().map(|c| c.name.clone()));
                }
            }
        }
        Ok(columns)
    }

    /// Fires the triggers of a table whose functions may change the catalog.
    pub(crate) fn fire(&mut self, table: Oid, event: &str) -> Result<(), Problem> {
        for (table, events) in self.session.model.changed_with(table, event) {
            let fired: Vec<Oid> = self
                .session
                .model
                .parts::<Trigger>(table)
                .filter(|(_, t)| {
                    t.enabled != "D" && t.events.iter().any(|e| events.contains(&&**e))
                })
                .map(|(_, t)| t.function)
                .collect();
            for function in fired {
                fire_trigger(self.session, self.run, function, table)?;
            }
        }
        Ok(())
    }

    /// Whether nothing of the session can be other after a statement: it changes no rows, which can fire
    /// triggers, and calls only functions of the server.
    pub(crate) fn is_without_effect(&self, statement: &Statement) -> bool {
        let mut calls = Calls::default();
        let ControlFlow::Continue(()) = statement.visit(&mut calls);
        matches!(statement, Statement::Query(_))
            && !calls.changes_rows
            && !self.are_user_functions(&calls.names)
    }

    /// Whether a function of the migrations, or one that changes a setting, is called in it.
    pub(crate) fn calls_user_function(&self, part: &(impl Visit + ?Sized)) -> bool {
        let mut calls = Calls::default();
        let ControlFlow::Continue(()) = part.visit(&mut calls);
        self.are_user_functions(&calls.names)
    }

    fn are_user_functions(&self, names: &[ObjectName]) -> bool {
        names.iter().any(|name| {
            name.0
                .last()
                .and_then(|p| p.as_ident())
                .is_some_and(|i| names::stored(i) == "set_config")
                || self.functions_named(name).is_ok_and(|found| !found.is_empty())
        })
    }

    /// Calls the functions in a part of a statement, such as an UPDATE, as ones that may be called for some row.
    pub(crate) fn call_in_doubt(&mut self, part: &(impl Visit + ?Sized)) -> Result<(), Problem> {
        self.call_in_doubt_inside(part, None, &Ctes::new())
    }

    fn call_in_doubt_inside(
        &mut self,
        part: &(impl Visit + ?Sized),
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(), Problem> {
        if !self.calls_user_function(part) {
            return Ok(());
        }
        let mut calls = Calls::default();
        let ControlFlow::Continue(()) = part.visit(&mut calls);
        let mut layout = Layout::default();
        layout.push("".into(), &Rows::open("rows of a table"));
        let scope = Scope { layout: &layout, row: &[], group: None, outer, ctes };
        for call in calls.expressions {
            self.eval_if(true, &call, &scope)?;
        }
        Ok(())
    }
}

/// The calls in a statement.
#[derive(Default)]
struct Calls {
    names: Vec<ObjectName>,
    expressions: Vec<Expr>,
    changes_rows: bool,
}

impl Visitor for Calls {
    type Break = std::convert::Infallible;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        if let Expr::Function(function) = expr {
            self.names.push(function.name.clone());
            self.expressions.push(expr.clone());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        match factor {
            TableFactor::Function { name, .. } | TableFactor::Table { name, args: Some(_), .. } => {
                self.names.push(name.clone());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<Self::Break> {
        self.changes_rows |= !matches!(statement, Statement::Query(_));
        ControlFlow::Continue(())
    }
}
