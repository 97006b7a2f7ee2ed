//! The history table of the Supabase CLI, which keeps the statements of a migration.

use serde::Deserialize;

use super::{Kept, Record};
use crate::engine::interpreter::split::{PieceKind, split};
use crate::migrate::{Migration, Version, literal};

/// What the Supabase CLI makes; older versions of it made fewer columns.
pub(super) const CREATE: &str = "\
CREATE SCHEMA IF NOT EXISTS supabase_migrations;
CREATE TABLE IF NOT EXISTS supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY);
ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN IF NOT EXISTS statements text[];
ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN IF NOT EXISTS name text;";

/// The rows as JSON, whichever columns there are.
pub(super) const READ: &str = "\
SELECT coalesce(pg_catalog.json_agg(pg_catalog.to_json(migration) ORDER BY version), '[]')::text
FROM supabase_migrations.schema_migrations migration";

#[derive(Deserialize)]
struct Row {
    version: String,
    name: Option<String>,
    statements: Option<Vec<String>>,
}

/// The records that the rows are.
pub(super) fn records(rows: &str) -> serde_json::Result<Vec<Record>> {
    let rows: Vec<Row> = serde_json::from_str(rows)?;
    let record = |Row { version, name, statements }| Record {
        version: Version::new(version),
        name: name.unwrap_or_default(),
        finished: true,
        kept: statements
            .filter(|statements| !statements.is_empty())
            .map_or(Kept::Nothing, Kept::Statements),
    };
    Ok(rows.into_iter().map(record).collect())
}

/// Whether these statements, one after the other, are the text. Versions of the CLI differ in where they
/// cut, but always trim blanks and semicolons and keep the rest.
pub(super) fn are_of(statements: &[String], text: &str) -> bool {
    let mut rest = Some(text);
    for statement in statements {
        rest = rest.and_then(|rest| trimmed(rest).strip_prefix(trimmed(statement)));
    }
    rest.is_some_and(|rest| trimmed(rest).is_empty())
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c == ';' || c.is_whitespace())
}

pub(super) fn insertion(migration: &Migration, text: &str) -> String {
    let statements: Vec<_> = statements(text).into_iter().map(literal).collect();
    format!(
        "INSERT INTO supabase_migrations.schema_migrations(version, name, statements) \
         VALUES ({}, {}, ARRAY[{}]::text[])",
        literal(migration.version.digits()),
        literal(&migration.name),
        statements.join(", ")
    )
}

/// The statements as the CLI keeps them: each with the comments before it.
fn statements(text: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let mut start = 0;
    let ends = split(text)
        .into_iter()
        .filter(|piece| piece.kind == PieceKind::Statement)
        .map(|piece| piece.range.end);
    for end in ends.chain([text.len()]) {
        let statement = trimmed(text.get(start..end).unwrap_or_default());
        if !statement.is_empty() {
            statements.push(statement);
        }
        start = end;
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_as_its_statements_and_known_by_them() {
        let text = "-- why\nCREATE TABLE t (a text DEFAULT ';');\r\n\r\nSELECT 1 ;; -- end\n";
        let kept = statements(text);
        assert_eq!(kept, ["-- why\nCREATE TABLE t (a text DEFAULT ';')", "SELECT 1", "-- end"]);
        for (text, same) in [
            (text.to_owned(), true),
            (text.replace("SELECT 1 ;; ", "SELECT 1;"), true),
            (text.replace("why", "whom"), false),
            (text.replace("';'", "'; '"), false),
            (format!("{text}SELECT 2;"), false),
            (text.replace("SELECT 1", ""), false),
        ] {
            let kept: Vec<_> = kept.iter().map(|&s| s.to_owned()).collect();
            assert_eq!(are_of(&kept, &text), same, "{text}");
            assert!(are_of(&[text.trim().to_owned()], &text), "kept as one statement: {text}");
        }
    }
}
