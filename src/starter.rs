//! A first pack for a repository that has none: what its migrations make is what is to stay.

use std::fmt::Write as _;

use serde_json::json;

use crate::catalog::{Catalog, Table, TableKind};

/// The schema whose tables the API of Supabase and its like serves.
const SERVED: &str = "public";

/// The pack as YAML: each table of schema public, and each of another that has row-level security, keeps its
/// row-level security and policies, and its UNIQUE constraints. `None` where there is no such table.
#[must_use]
pub fn starter_pack(catalog: &Catalog) -> Option<String> {
    let mut tables: Vec<&Table> = catalog.tables.iter().filter(|table| is_guarded(table)).collect();
    tables.sort_by_key(|table| &table.name);
    if tables.is_empty() {
        return None;
    }
    let mut pack = String::from(HEADER);
    for table in tables {
        let _ = write!(pack, "{}", row_level_security(table));
        for (number, key) in (1..).zip(&table.unique) {
            let _ = write!(pack, "{}", unique(table, number, &key.columns));
        }
    }
    Some(pack)
}

const HEADER: &str = "\
# Written by `railcheck init` from what the migrations make. Change it as you like: `railcheck explain CHECK`
# tells what each check judges, and which parameters it takes.
pack: starter
title: Starter Guardrails Verification
guardrails: starter guardrails

rules:";

/// A table that strangers may reach and whose name a pack can write.
fn is_guarded(table: &Table) -> bool {
    let name = &table.name;
    let is_writable = |part: &str| !part.is_empty() && !part.contains('.');
    (name.schema == SERVED || table.rls_enabled)
        && table.history.iter().any(|event| event.span.is_some())
        && table.kind != TableKind::Foreign
        && is_writable(&name.schema)
        && is_writable(&name.name)
}

/// How a table is called in ids and subjects.
fn short_name(table: &Table) -> String {
    let name = &table.name;
    if name.schema == SERVED { name.name.clone() } else { name.to_string() }
}

fn row_level_security(table: &Table) -> String {
    let policies: serde_json::Map<_, _> =
        table.policies.iter().map(|policy| (policy.name.clone(), json!(policy.command))).collect();
    let name = short_name(table);
    rule(&Entry {
        id: format!("RLS-{}", id_part(&name)),
        subject: format!("Row-level security of {name}"),
        title: format!("Row-level security keeps strangers out of {}", table.name),
        check: "row-level-security",
        parameters: &[("table", json!(table.name.to_string())), ("policies", json!(policies))],
    })
}

fn unique(table: &Table, number: usize, columns: &[String]) -> String {
    let name = short_name(table);
    rule(&Entry {
        id: format!("UNIQUE-{}-{number}", id_part(&name)),
        subject: format!("Unique constraint of {name}"),
        title: format!("No two rows of {} share {}", table.name, columns.join(", ")),
        check: "unique-constraint",
        parameters: &[("table", json!(table.name.to_string())), ("columns", json!(columns))],
    })
}

struct Entry<'a> {
    id: String,
    subject: String,
    title: String,
    check: &'static str,
    parameters: &'a [(&'static str, serde_json::Value)],
}

/// An entry of a pack. JSON is YAML, so that names of any kind are written as they are.
fn rule(entry: &Entry<'_>) -> String {
    let Entry { id, subject, title, check, parameters } = entry;
    let (subject, title) = (json!(subject), json!(title));
    let mut text = format!(
        "\n  - id: {id}\n    subject: {subject}\n    title: {title}\n    check: {check}\n    parameters:\n"
    );
    for (name, value) in *parameters {
        let _ = writeln!(text, "      {name}: {value}");
    }
    text
}

/// A name as a part of an id, in which each character that an id cannot hold is a number
fn id_part(name: &str) -> String {
    let mut part = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') {
            part.push(c);
        } else {
            let _ = write!(part, "-{:x}-", u32::from(c));
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::interpreter::Interpreter;
    use crate::engine::{Engine, Platform};
    use crate::facts::{Database, Facts};
    use crate::finding::Verdict;
    use crate::pack::Pack;
    use crate::span::{SourceFile, SourceMap};
    use crate::verify::verify;

    const SQL: &str = "\
        CREATE TABLE orders (id int PRIMARY KEY, a int UNIQUE, b int, UNIQUE (a, b));
        ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
        CREATE POLICY \"own: 'x' # \"\" y\" ON orders FOR SELECT USING (auth.uid() IS NOT NULL AND b = 1);
        CREATE TABLE \"Odd name: [ü]\" (id int);
        CREATE SCHEMA hidden; CREATE TABLE hidden.t (id int); CREATE TABLE hidden.u (id int);
        ALTER TABLE hidden.u ENABLE ROW LEVEL SECURITY;";

    #[test]
    fn the_pack_is_one_and_holds_but_for_what_is_open() {
        let mut files = SourceMap::default();
        let migration = files.add(SourceFile::new("1_a.sql", SQL));
        let engine = Interpreter { platform: Platform::Supabase };
        let outcome = engine.run(&files, &[migration]).expect("an outcome");
        let text = starter_pack(&outcome.catalog).expect("a pack");
        let file = files.add(SourceFile::new("starter.yaml", text));
        let packs = [Pack::read(&files, file).expect("a pack")];
        let migrations = [migration];
        let database = Some(Database { outcome: &outcome, migrations: &migrations });
        let facts = Facts { files: &files, database, sources: None, project: None };
        let told: Vec<_> = verify(&packs, &facts)
            .iter()
            .map(|v| (v.rule.id.clone(), matches!(v.verdict, Verdict::Holds { .. })))
            .collect();
        assert_eq!(
            told,
            [
                ("RLS-hidden.u".to_owned(), true),
                ("RLS-Odd-20-name-3a--20--5b--fc--5d-".to_owned(), false),
                ("RLS-orders".to_owned(), true),
                ("UNIQUE-orders-1".to_owned(), true),
                ("UNIQUE-orders-2".to_owned(), true),
            ]
        );
    }

    #[test]
    fn without_a_table_there_is_no_pack() {
        assert_eq!(starter_pack(&Catalog::default()), None);
    }
}
