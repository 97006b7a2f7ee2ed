//! Constraints and what they use, as the information schema lists them.

use super::constraint::action_letter;
use super::information::DATABASE;
use super::{Source, row, yes_or_no};
use crate::engine::interpreter::model::{Constraint, ConstraintKind, Oid, Relation as Stored};
use crate::engine::interpreter::query::value::Value;

/// Constraints of tables, with their tables.
pub(super) fn constraints<'s>(source: &Source<'s>) -> Vec<(Oid, &'s Constraint, &'s Stored)> {
    let model = source.model();
    let found: Vec<(Oid, &Constraint)> = match source.hints.text("table_name") {
        Some(_) => {
            let tables = source.relations("table_schema", "table_name").into_iter();
            tables.flat_map(|(table, _)| model.parts::<Constraint>(table)).collect()
        }
        None => match source.hints.text("constraint_name") {
            Some(name) => model.constraints_named(name).collect(),
            None => model.all::<Constraint>().collect(),
        },
    };
    let with_table = |(oid, constraint): (Oid, &'s Constraint)| {
        Some((oid, constraint, model.relation(constraint.owner).ok()?))
    };
    found.into_iter().filter_map(with_table).collect()
}

pub(super) fn table_constraints(source: &Source<'_>) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (_, constraint, table) in constraints(source) {
        let kind = match constraint.kind {
            ConstraintKind::Check { .. } => "CHECK",
            ConstraintKind::Primary { .. } => "PRIMARY KEY",
            ConstraintKind::Unique { .. } => "UNIQUE",
            ConstraintKind::ForeignKey(_) => "FOREIGN KEY",
            ConstraintKind::Exclude { .. } | ConstraintKind::Trigger => continue,
        };
        rows.push(row![
            DATABASE,
            source.schema_name(constraint.schema),
            &constraint.name,
            DATABASE,
            source.schema_name(table.schema),
            &table.name,
            kind,
            yes_or_no(constraint.deferrable),
            yes_or_no(constraint.initially_deferred),
        ]);
    }
    rows.extend(not_null_constraints(source));
    rows
}

/// NOT NULL is a CHECK constraint to the information schema, under a name made of numbers.
pub(super) fn not_null_constraints(source: &Source<'_>) -> Vec<Vec<Value>> {
    if source.hints.text("constraint_name").is_some_and(|name| !name.ends_with("_not_null")) {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for (oid, relation) in source.relations("table_schema", "table_name") {
        for column in relation.columns.iter().filter(|c| c.not_null && relation.kind.is_table()) {
            let name = format!("{}_{}_{}_not_null", relation.schema.0, oid.0, column.number);
            rows.push(row![
                DATABASE,
                source.schema_name(relation.schema),
                name,
                DATABASE,
                source.schema_name(relation.schema),
                &relation.name,
                "CHECK",
                yes_or_no(false),
                yes_or_no(false),
            ]);
        }
    }
    rows
}

pub(super) fn key_columns(source: &Source<'_>) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (_, constraint, table) in constraints(source) {
        let is_key = matches!(
            constraint.kind,
            ConstraintKind::Primary { .. }
                | ConstraintKind::Unique { .. }
                | ConstraintKind::ForeignKey(_)
        );
        for (column, position) in
            table.column_names(&constraint.columns).iter().zip(1_i64..).filter(|_| is_key)
        {
            rows.push(row![
                DATABASE,
                source.schema_name(constraint.schema),
                &constraint.name,
                DATABASE,
                source.schema_name(table.schema),
                &table.name,
                column,
                position,
            ]);
        }
    }
    rows
}

/// The table and columns that a constraint is about: for a foreign key, those referred to.
pub(super) fn used<'s>(
    source: &Source<'s>,
    constraint: &'s Constraint,
    table: &'s Stored,
) -> Option<(&'s Stored, Vec<i16>)> {
    Some(match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            (source.model().relation(key.table).ok()?, key.columns.clone())
        }
        ConstraintKind::Check { expression, .. } => {
            (table, expression.columns_of(constraint.owner))
        }
        ConstraintKind::Primary { .. } | ConstraintKind::Unique { .. } => {
            (table, constraint.columns.clone())
        }
        ConstraintKind::Exclude { .. } | ConstraintKind::Trigger => return None,
    })
}

/// Constraints with the table used, which is another than their own for foreign keys, so that the
/// table demanded does not narrow them.
pub(super) fn using_constraints<'s>(
    source: &Source<'s>,
) -> Vec<(&'s Constraint, &'s Stored, Vec<i16>)> {
    let model = source.model();
    let found: Vec<&Constraint> = match source.hints.text("constraint_name") {
        Some(name) => model.constraints_named(name).map(|(_, c)| c).collect(),
        None => model.all::<Constraint>().map(|(_, c)| c).collect(),
    };
    let with_use = |constraint: &'s Constraint| {
        let table = model.relation(constraint.owner).ok()?;
        let (used, columns) = used(source, constraint, table)?;
        Some((constraint, used, columns))
    };
    found.into_iter().filter_map(with_use).collect()
}

pub(super) fn constraint_columns(source: &Source<'_>) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (constraint, table, columns) in using_constraints(source) {
        for column in table.column_names(&columns) {
            rows.push(row![
                DATABASE,
                source.schema_name(table.schema),
                &table.name,
                &column,
                DATABASE,
                source.schema_name(constraint.schema),
                &constraint.name,
            ]);
        }
    }
    rows
}

pub(super) fn constraint_tables(source: &Source<'_>) -> Vec<Vec<Value>> {
    let found = using_constraints(source).into_iter();
    found
        .filter(|(constraint, ..)| !matches!(constraint.kind, ConstraintKind::Check { .. }))
        .map(|(constraint, table, _)| {
            let (schema, of) =
                (source.schema_name(table.schema), source.schema_name(constraint.schema));
            row![schema, &table.name, of, &constraint.name]
        })
        .collect()
}

pub(super) fn check_constraints(source: &Source<'_>) -> Vec<Vec<Value>> {
    let found: Vec<&Constraint> = match source.hints.text("constraint_name") {
        Some(name) => source.model().constraints_named(name).map(|(_, c)| c).collect(),
        None => source.model().all::<Constraint>().map(|(_, c)| c).collect(),
    };
    let checks = found.into_iter().filter(|c| matches!(c.kind, ConstraintKind::Check { .. }));
    checks
        .map(|c| {
            let clause = Value::unknown("the text of a check");
            row![DATABASE, source.schema_name(c.schema), &c.name, clause]
        })
        .collect()
}

pub(super) fn rule(actions: &str, event: &str) -> &'static str {
    match action_letter(actions, event) {
        "c" => "CASCADE",
        "r" => "RESTRICT",
        "n" => "SET NULL",
        "d" => "SET DEFAULT",
        _ => "NO ACTION",
    }
}

pub(super) fn references(source: &Source<'_>) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (_, constraint, _) in constraints(source) {
        if let ConstraintKind::ForeignKey(key) = &constraint.kind {
            rows.push(row![
                DATABASE,
                source.schema_name(constraint.schema),
                &constraint.name,
                Value::unknown("the key that a foreign key refers to"),
                Value::unknown("the key that a foreign key refers to"),
                if key.actions.contains("MATCH FULL") { "FULL" } else { "NONE" },
                rule(&key.actions, "ON UPDATE"),
                rule(&key.actions, "ON DELETE"),
            ]);
        }
    }
    rows
}
