//! What INSERT, UPDATE and DELETE do to rows that are known, and what of that the server refuses.
//!
//! Only what is certain is refused: where a value, a row or a trigger is not known, the statement is taken
//! to succeed, and what it leaves is known the less for it.

use sqlparser::ast::{Expr, Insert, Statement, UpdateTableFromKind};

use super::eval::Evaluator;
use super::rows::{Presence, Row, Rows};
use super::scope::{Ctes, Layout, Scope};
use super::value::Value;
use crate::engine::Platform;
use crate::engine::interpreter::model::{
    Body, Cell, Column, Oid, Relation, RelationKind, Rule, StoredRow, TableRows, Trigger, cell,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

mod cells;
mod change;
mod check;
mod conflict;
mod insert;
mod keys;
mod trust;
mod validate;

/// Words without which the body of a trigger function changes no other row than the one that fires it.
const ROW_WORDS: [&str; 9] =
    ["insert", "update", "delete", "truncate", "merge", "execute", "perform", "call", "copy"];

impl Evaluator<'_> {
    /// Does to the rows of a table what a statement says.
    pub(super) fn store(
        &mut self,
        statement: &Statement,
        table: Oid,
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(), Problem> {
        if !self.session.keeps_rows(table) {
            if let Statement::Insert(insert) = statement {
                self.session.arbiter(table, insert)?;
            }
            self.run_source(statement, outer, ctes)?;
            self.session.forget_rows_around(table);
            if !self.session.model.relation(table)?.kind.is_table() {
                self.session.model.forget_all_rows();
            }
            return Ok(());
        }
        let before = self.run.doubts;
        match statement {
            Statement::Insert(insert) => self.insert_rows(insert, table, outer, ctes)?,
            Statement::Update(update) => {
                let joined = matches!(
                    &update.from,
                    Some(
                        UpdateTableFromKind::BeforeSet(tables)
                            | UpdateTableFromKind::AfterSet(tables)
                    ) if !tables.is_empty()
                ) || !update.table.joins.is_empty();
                self.update_rows(update, table, joined)?;
            }
            Statement::Delete(delete) => {
                let joined = delete.using.as_ref().is_some_and(|tables| !tables.is_empty());
                self.delete_rows(table, delete.selection.as_ref(), joined)?;
            }
            _ => self.session.model.forget_all_rows(),
        }
        if before > 0 {
            // The server may not execute it at all.
            self.session.forget_rows_around(table);
        }
        Ok(())
    }

    /// Executes the query of an INSERT for the functions that it calls.
    fn run_source(
        &mut self,
        statement: &Statement,
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(), Problem> {
        let Statement::Insert(Insert { source: Some(source), .. }) = statement else {
            return Ok(());
        };
        if self.calls_user_function(&**source) {
            self.run_query(source, outer, ctes)?;
        }
        Ok(())
    }

    /// The value of an expression over a row of a table; unknown where it cannot be relied upon.
    fn value_over(&mut self, table: Oid, row: &StoredRow, expr: &Expr) -> Result<Value, Problem> {
        let why = "rows of a table";
        if !self.is_trusted(table, expr) {
            return Ok(Value::unknown(why));
        }
        let relation = self.session.model.relation(table)?;
        let values: Vec<Value> = relation
            .columns
            .iter()
            .map(|column| match cell(row, column.number) {
                Cell::Null => Value::Null,
                Cell::Known(value) => value.clone(),
                Cell::Fresh | Cell::Present | Cell::Unknown => Value::unknown(why),
            })
            .collect();
        let columns = relation.columns.iter().map(|column| column.name.clone()).collect();
        let rows = Rows { columns, rows: vec![Row::certain(Vec::new())], ..Rows::default() };
        let mut layout = Layout::default();
        layout.push(relation.name.clone(), &rows);
        let ctes = Ctes::new();
        let scope = Scope { layout: &layout, row: &values, group: None, outer: None, ctes: &ctes };
        match self.eval(expr, &scope) {
            Ok(value) => Ok(value),
            Err(Problem::Error(_)) => Ok(Value::unknown(why)),
            Err(gap) => Err(gap),
        }
    }

    /// Puts what is known of the rows of a table in place of what was.
    fn put_rows(&mut self, table: Oid, rows: TableRows) {
        *self.session.model.rows_mut(table) = rows;
    }

    /// What is known of the rows of a table.
    fn rows_of(&self, table: Oid) -> TableRows {
        self.session.model.rows(table).cloned().unwrap_or_default()
    }

    fn columns_of(&self, table: Oid) -> Result<Vec<Column>, Problem> {
        Ok(self.session.model.relation(table)?.columns.clone())
    }
}

/// Whether a row of a query is there for certain.
fn is_certain(row: &Row) -> bool {
    row.presence == Presence::Certain
}

impl Session {
    /// Whether rows of a relation are followed: it is a plain table that has no relatives and no rules, and
    /// nothing keeps the current role from its rows.
    fn keeps_rows(&self, table: Oid) -> bool {
        let Ok(relation) = self.model.relation(table) else { return false };
        relation.kind == RelationKind::Table
            && !relation.opaque
            && relation.parents.is_empty()
            && self.model.children(table).next().is_none()
            && self.model.parts::<Rule>(table).next().is_none()
            && &*self.settings.role == "postgres"
            && !self.is_of_platform(relation)
    }

    /// Whether a relation is in a schema that the platform brings, of which not every column is known.
    pub(crate) fn is_of_platform(&self, relation: &Relation) -> bool {
        self.platform == Platform::Supabase
            && self
                .model
                .schema(relation.schema)
                .is_ok_and(|schema| super::catalog::PLATFORM_SCHEMAS.contains(&&*schema.name))
    }

    /// Whether triggers fire and foreign keys are enforced.
    pub(crate) fn fires_triggers(&self) -> bool {
        self.settings
            .others
            .get("session_replication_role")
            .is_none_or(|role| !role.eq_ignore_ascii_case("replica"))
    }

    fn triggers_on(&self, table: Oid, event: &str) -> impl Iterator<Item = &Trigger> {
        let fires = self.fires_triggers();
        self.model.parts::<Trigger>(table).map(|(_, trigger)| trigger).filter(move |trigger| {
            trigger.events.iter().any(|e| **e == *event)
                && trigger.enabled != "D"
                && (fires || trigger.enabled == "A" || trigger.enabled == "R")
        })
    }

    /// Whether a table has a trigger that an event fires.
    pub(crate) fn has_trigger_on(&self, table: Oid, event: &str) -> bool {
        self.triggers_on(table, event).next().is_some()
    }

    /// Whether a trigger may change the rows of an event, or keep them from being changed.
    fn intercepts(&self, table: Oid, event: &str) -> bool {
        self.triggers_on(table, event).any(|t| t.for_each_row && &*t.timing == "BEFORE")
    }

    /// Whether a trigger of an event may change other rows.
    fn spreads(&self, table: Oid, event: &str) -> bool {
        self.triggers_on(table, event).any(|trigger| {
            let Ok(function) = self.model.function(trigger.function) else { return true };
            match &function.body {
                Some(Body::Text(text)) if &*function.language == "plpgsql" => {
                    let text = text.to_ascii_lowercase();
                    ROW_WORDS.iter().any(|word| text.contains(word))
                }
                _ => true,
            }
        })
    }

    /// What the triggers of an event leave unknown.
    fn after_triggers(&mut self, table: Oid, event: &str) {
        if self.spreads(table, event) {
            self.model.forget_all_rows();
        }
    }
}
