//! What statements in plain constants make of the rows of a platform's table.

use sqlparser::ast::{
    Assignment, AssignmentTarget, BinaryOperator, Expr, FromTable, InTarget, Insert, ObjectName,
    OnConflict, OnConflictAction, OnInsert, SetExpr, Statement, Value,
};

use crate::engine::interpreter::model::{
    Constraint, ConstraintKind, NotedRow, NotedRows, Oid, Trigger,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Keeps what a statement makes of the rows of a platform's table; whether that could be told.
    pub(super) fn note(&mut self, statement: &Statement, table: Oid) -> bool {
        let Some(key) = self.key_of(table) else { return false };
        if self.model.parts::<Trigger>(table).next().is_some() {
            return false;
        }
        let mut noted = self.model.noted_rows(table);
        let told = match statement {
            Statement::Insert(insert) => noted.insert(insert, &key),
            Statement::Update(update) => {
                let joined = update.from.is_some() || !update.table.joins.is_empty();
                noted.update(&update.assignments, update.selection.as_ref(), &key, joined)
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) =
                    &delete.from;
                let joined = delete.using.is_some() || from.len() > 1;
                !joined && noted.delete(delete.selection.as_ref(), &key)
            }
            _ => false,
        };
        if told {
            self.model.note_rows(table, noted);
        }
        told
    }

    /// The only column of the primary key of a table.
    fn key_of(&self, table: Oid) -> Option<String> {
        let relation = self.model.relation(table).ok()?;
        let mut keys = self.model.parts::<Constraint>(table);
        let (_, key) = keys.find(|(_, c)| matches!(c.kind, ConstraintKind::Primary { .. }))?;
        match key.columns[..] {
            [only] => relation.column_at(only).map(|column| column.name.to_string()),
            _ => None,
        }
    }
}

impl NotedRows {
    fn insert(&mut self, insert: &Insert, key: &str) -> bool {
        let Some(source) = &insert.source else { return false };
        let SetExpr::Values(values) = &*source.body else { return false };
        if insert.columns.is_empty() || source.with.is_some() || source.limit_clause.is_some() {
            return false;
        }
        let columns: Vec<String> = insert.columns.iter().filter_map(last).collect();
        for written in &values.rows {
            let mut row = NotedRow::new();
            for (column, expr) in columns.iter().zip(written.iter()) {
                set(&mut row, column, written_value(expr));
            }
            let Some(Some(id)) = row.get(key).cloned() else { return false };
            let known = self.rows.iter_mut().find(|row| row.get(key) == Some(&Some(id.clone())));
            match (known, &insert.on) {
                // One that is there and not known may be kept instead.
                (None, Some(_)) if !self.complete => return false,
                (None, _) => self.rows.push(row),
                (
                    Some(_),
                    Some(OnInsert::OnConflict(OnConflict {
                        action: OnConflictAction::DoNothing,
                        ..
                    })),
                ) => {}
                (
                    Some(known),
                    Some(OnInsert::OnConflict(OnConflict {
                        action: OnConflictAction::DoUpdate(update),
                        ..
                    })),
                ) => {
                    let certain = update.selection.is_none();
                    for (column, expr) in assignments(&update.assignments) {
                        let value = match excluded(expr) {
                            Some(name) => match row.get(&name) {
                                Some(value) => Written::Value(value.clone()),
                                None => Written::Null,
                            },
                            None => written_value(expr),
                        };
                        set(known, &column, if certain { value } else { Written::Value(None) });
                    }
                }
                _ => return false,
            }
        }
        true
    }

    fn update(
        &mut self,
        written: &[Assignment],
        selection: Option<&Expr>,
        key: &str,
        joined: bool,
    ) -> bool {
        let changes = assignments(written);
        if changes.len() != written.len() || changes.iter().any(|(column, _)| column == key) {
            return false;
        }
        let chosen = selection.map(|selection| keys(selection, key));
        for row in &mut self.rows {
            let id = row.get(key).cloned().flatten();
            let (is_chosen, certain) = match &chosen {
                None => (true, true),
                Some(Some(keys)) => (id.is_some_and(|id| keys.contains(&id)), true),
                Some(None) => (true, false),
            };
            if !is_chosen {
                continue;
            }
            for (column, expr) in &changes {
                let value = written_value(expr);
                let certain = certain && !joined;
                set(row, column, if certain { value } else { Written::Value(None) });
            }
        }
        true
    }

    fn delete(&mut self, selection: Option<&Expr>, key: &str) -> bool {
        match selection.map(|selection| keys(selection, key)) {
            None => self.rows.clear(),
            Some(Some(keys)) => self.rows.retain(|row| {
                !row.get(key).is_some_and(|id| id.as_ref().is_some_and(|id| keys.contains(id)))
            }),
            Some(None) => return false,
        }
        true
    }
}

/// What is written into a column.
enum Written {
    Null,
    /// A value, `None` where it is not known.
    Value(Option<String>),
}

fn set(row: &mut NotedRow, column: &str, value: Written) {
    match value {
        Written::Null => drop(row.remove(column)),
        Written::Value(value) => drop(row.insert(column.to_owned(), value)),
    }
}

fn written_value(expr: &Expr) -> Written {
    match expr {
        Expr::Nested(inner) => written_value(inner),
        Expr::Value(value) => match &value.value {
            Value::Null => Written::Null,
            Value::Boolean(value) => Written::Value(Some(value.to_string())),
            Value::SingleQuotedString(text) => Written::Value(Some(text.clone())),
            Value::Number(number, _) => Written::Value(Some(number.clone())),
            _ => Written::Value(None),
        },
        _ => Written::Value(None),
    }
}

/// The keys of the rows that a condition chooses, where it says no more.
fn keys(selection: &Expr, key: &str) -> Option<Vec<String>> {
    let is_key = |expr: &Expr| match expr {
        Expr::Identifier(name) => names::stored(name) == key,
        Expr::CompoundIdentifier(parts) => {
            parts.last().is_some_and(|name| names::stored(name) == key)
        }
        _ => false,
    };
    let text = |expr: &Expr| match written_value(expr) {
        Written::Value(value) => value,
        Written::Null => None,
    };
    match selection {
        Expr::Nested(inner) => keys(inner, key),
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } if is_key(left) => {
            Some(vec![text(right)?])
        }
        Expr::In { expr, target: InTarget::List(list), negated: false, .. } if is_key(expr) => {
            list.iter().map(text).collect()
        }
        _ => None,
    }
}

fn assignments(written: &[Assignment]) -> Vec<(String, &Expr)> {
    let one = |assignment: &'_ Assignment| match &assignment.target {
        AssignmentTarget::ColumnName(name) => last(name),
        AssignmentTarget::Tuple(_) => None,
    };
    written.iter().filter_map(|a| Some((one(a)?, &a.value))).collect()
}

/// The column of the row that was to be inserted which an expression is.
fn excluded(expr: &Expr) -> Option<String> {
    match expr {
        Expr::CompoundIdentifier(parts) => match &parts[..] {
            [row, column] if names::stored(row) == "excluded" => {
                Some(names::stored(column).into_owned())
            }
            _ => None,
        },
        _ => None,
    }
}

fn last(name: &ObjectName) -> Option<String> {
    Some(names::stored(name.0.last()?.as_ident()?).into_owned())
}
