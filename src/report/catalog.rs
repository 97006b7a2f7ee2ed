use std::io::{self, Write};

use serde::Serialize;

use super::comparison::ComparisonJson;
use super::incompleteness::{FailureJson, GapJson};
use super::printable::printable;
use crate::catalog::{Catalog, Json, Table, TableKind};
use crate::facts::{Database, Facts};
use crate::span::SourceMap;

/// The catalog for programs: one JSON object, in which `gaps` and `failure` tell what it lacks.
///
/// # Errors
/// If the writer fails.
pub fn catalog_json(
    database: Database<'_>,
    files: &SourceMap,
    out: &mut dyn Write,
) -> io::Result<()> {
    let outcome = database.outcome;
    let facts = Facts { files, database: Some(database), sources: None, project: None };
    let document = Document {
        catalog: outcome.catalog.json(),
        gaps: outcome.gaps.iter().map(|gap| GapJson::of(gap, files)).collect(),
        failure: FailureJson::of(&facts),
        comparison: outcome.comparison.as_ref().map(ComparisonJson::of),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    catalog: Json<'a>,
    gaps: Vec<GapJson<'a>>,
    failure: Option<FailureJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<ComparisonJson<'a>>,
}

/// The catalog for people: every object with what it consists of, as an outline.
///
/// # Errors
/// If the writer fails.
pub fn catalog_text(catalog: &Catalog, out: &mut dyn Write) -> io::Result<()> {
    for table in &catalog.tables {
        table_text(table, out)?;
    }
    for enumeration in &catalog.enums {
        let labels = enumeration.labels.join(", ");
        line(out, 0, &format!("enum {} ({labels})", enumeration.name))?;
    }
    for view in &catalog.views {
        let kind = if view.materialized { "materialized view" } else { "view" };
        line(out, 0, &format!("{kind} {}", view.name))?;
        view.definition.iter().try_for_each(|sql| lines(out, 1, sql))?;
    }
    for function in &catalog.functions {
        let arguments = function.arguments.join(", ");
        line(out, 0, &format!("function {}({arguments})", function.name))?;
        function.body.iter().try_for_each(|body| lines(out, 1, body))?;
    }
    Ok(())
}

fn table_text(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let kind = match table.kind {
        TableKind::Table => "table",
        TableKind::Partitioned => "partitioned table",
        TableKind::Foreign => "foreign table",
    };
    line(out, 0, &format!("{kind} {}", table.name))?;
    for column in &table.columns {
        let not_null = if column.not_null { " not null" } else { "" };
        let default = match (&column.default_expression, column.default) {
            (Some(sql), _) => format!(" default {sql}"),
            (None, true) => " default".to_owned(),
            (None, false) => String::new(),
        };
        line(out, 1, &format!("column {} {}{not_null}{default}", column.name, column.data_type))?;
    }
    if let Some(key) = &table.primary_key {
        line(out, 1, &format!("primary key {} ({})", key.name, key.columns.join(", ")))?;
    }
    for key in &table.unique {
        line(out, 1, &format!("unique {} ({})", key.name, key.columns.join(", ")))?;
    }
    for key in &table.foreign_keys {
        let (columns, referenced) = (key.columns.join(", "), key.referenced.join(", "));
        let target = format!("{} ({referenced})", key.table);
        line(out, 1, &format!("foreign key {} ({columns}) references {target}", key.name))?;
    }
    for check in &table.checks {
        line(out, 1, &format!("check {} ({})", check.name, check.expression))?;
    }
    if table.rls_enabled {
        let forced = if table.rls_forced { ", forced" } else { "" };
        line(out, 1, &format!("row-level security enabled{forced}"))?;
    }
    for policy in &table.policies {
        let kind = if policy.permissive { "policy" } else { "restrictive policy" };
        let roles = policy.roles.join(", ");
        line(out, 1, &format!("{kind} {} for {} to {roles}", policy.name, policy.command))?;
        for (clause, sql) in [("using", &policy.using), ("with check", &policy.with_check)] {
            sql.iter().try_for_each(|sql| line(out, 2, &format!("{clause} ({sql})")))?;
        }
    }
    for index in &table.indexes {
        let unique = if index.unique { "unique index" } else { "index" };
        let columns: Vec<_> =
            index.columns.iter().map(|c| c.as_deref().unwrap_or("(expression)")).collect();
        let predicate =
            index.predicate.as_ref().map_or(String::new(), |sql| format!(" where {sql}"));
        let valid = if index.valid { "" } else { " (invalid)" };
        let columns = columns.join(", ");
        let text =
            format!("{unique} {} {} ({columns}){predicate}{valid}", index.name, index.method);
        line(out, 1, &text)?;
    }
    for trigger in &table.triggers {
        line(out, 1, &format!("trigger {}", trigger.name))?;
    }
    Ok(())
}

/// A text of several lines, blank ones left out.
fn lines(out: &mut dyn Write, depth: usize, text: &str) -> io::Result<()> {
    let texts = text.lines().map(str::trim_end).filter(|text| !text.trim().is_empty());
    texts.into_iter().try_for_each(|text| line(out, depth, text))
}

fn line(out: &mut dyn Write, depth: usize, text: &str) -> io::Result<()> {
    writeln!(out, "{:indent$}{}", "", printable(text), indent = 2 * depth)
}
