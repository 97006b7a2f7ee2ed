//! A first pack for a repository that has none: what its migrations make is what is to stay, and what they
//! will make is guarded as what they make.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::json;

use crate::catalog::{Catalog, ObjectName, Table, TableKind};

/// The schema whose tables the API of Supabase and its like serves.
const SERVED: &str = "public";

/// The id of the rule about the row-level security of every table.
const EVERY_TABLE: &str = "RLS";

/// What a starter pack is made of.
#[derive(Debug, Clone, Copy)]
pub struct Starter<'a> {
    /// What the migrations make.
    pub catalog: &'a Catalog,
    /// An API serves the tables to strangers, so that each needs row-level security.
    pub is_served: bool,
    /// Tables of which not enough is known to judge them.
    pub unknown: &'a [ObjectName],
}

/// A rule of the pack.
struct Rule {
    id: String,
    text: String,
    /// The table that it is about, if it is about one.
    table: Option<ObjectName>,
}

impl Starter<'_> {
    /// The pack as YAML; `None` where there is nothing to guard.
    ///
    /// Where an API serves the tables, each table of schema public is to have row-level security that keeps
    /// strangers out, those to come included; elsewhere each is to have a primary key. The policies and
    /// UNIQUE constraints that there are must stay.
    #[must_use]
    pub fn pack(&self) -> Option<String> {
        let rules = self.rules();
        if rules.is_empty() {
            return None;
        }
        Some(rules.iter().fold(String::from(HEADER), |pack, rule| pack + &rule.text))
    }

    /// A pack that was written before, with rules for the tables that it does not name; `None` where there
    /// are none. What a team has changed in it stays.
    #[must_use]
    pub fn updated(&self, pack: &str) -> Option<(String, usize)> {
        let is_named = |table: &ObjectName| {
            let (quoted, plain) = (json!(table.to_string()).to_string(), format!("table: {table}"));
            pack.lines().any(|line| line.contains(&quoted) || line.trim().ends_with(&plain))
        };
        let has_id = |id: &str| pack.lines().any(|line| line.trim_start() == format!("- id: {id}"));
        let new: Vec<Rule> = self
            .rules()
            .into_iter()
            .filter(|rule| rule.table.as_ref().is_some_and(|table| !is_named(table)))
            .filter(|rule| !has_id(&rule.id))
            .collect();
        if new.is_empty() {
            return None;
        }
        let mut updated = String::with_capacity(pack.len());
        let guarded: BTreeSet<&ObjectName> = new
            .iter()
            .filter(|rule| rule.id.starts_with("RLS-"))
            .filter_map(|rule| rule.table.as_ref())
            .collect();
        // The rule about every table leaves out those that have a rule of their own.
        let mut is_every_table = false;
        for line in pack.lines() {
            if let Some(id) = line.trim_start().strip_prefix("- id: ") {
                is_every_table = id == EVERY_TABLE;
            }
            match line.strip_prefix("      except: ").filter(|_| is_every_table) {
                Some(list) => updated.push_str(&with_tables(list, &guarded)),
                None => updated.push_str(line),
            }
            updated.push('\n');
        }
        updated.extend(new.iter().map(|rule| &*rule.text));
        Some((updated, new.len()))
    }

    fn rules(&self) -> Vec<Rule> {
        let mut tables: Vec<&Table> =
            self.catalog.tables.iter().filter(|table| is_own(table)).collect();
        tables.sort_by_key(|table| &table.name);
        let is_known = |table: &&Table| !self.unknown.contains(&table.name);
        let mut rules = Vec::new();
        rules.extend(if self.is_served {
            self.every_table_is_closed(&tables)
        } else {
            self.every_table_has_a_key(&tables)
        });
        for table in tables.into_iter().filter(is_known) {
            if has_own_rule(table) {
                rules.push(row_level_security(table));
            }
            let keys = (1..).zip(&table.unique);
            rules.extend(keys.map(|(number, key)| unique(table, number, &key.columns)));
        }
        rules
    }

    /// Of each schema in which some table is served, or every table has row-level security.
    fn every_table_is_closed(&self, tables: &[&Table]) -> Option<Rule> {
        let mut schemas: BTreeMap<&str, bool> = BTreeMap::new();
        for table in tables {
            *schemas.entry(&table.name.schema).or_insert(true) &= table.rls_enabled;
        }
        let patterns: Vec<String> = schemas
            .into_iter()
            .filter(|(schema, all_closed)| *schema == SERVED || *all_closed)
            .map(|(schema, _)| format!("{schema}.*"))
            .collect();
        if patterns.is_empty() {
            return None;
        }
        let own = tables.iter().filter(|table| has_own_rule(table)).map(|table| &table.name);
        let except: BTreeSet<String> = own.chain(self.unknown).map(ToString::to_string).collect();
        Some(rule(Entry {
            id: EVERY_TABLE.to_owned(),
            subject: "Row-level security of every table".to_owned(),
            title: format!(
                "Row-level security keeps strangers out of every table of {}, those to come included",
                patterns.join(", ")
            ),
            check: "row-level-security",
            comment: "Tables with policies have a rule of their own below.",
            parameters: &[("tables", json!(patterns)), ("except", json!(except))],
            table: None,
        }))
    }

    fn every_table_has_a_key(&self, tables: &[&Table]) -> Option<Rule> {
        let schemas: BTreeSet<String> =
            tables.iter().map(|table| format!("{}.*", table.name.schema)).collect();
        if schemas.is_empty() {
            return None;
        }
        let without = tables.iter().filter(|table| table.primary_key.is_none());
        let without = without.map(|table| &table.name).chain(self.unknown);
        let except: BTreeSet<String> = without.map(ToString::to_string).collect();
        Some(rule(Entry {
            id: "PRIMARY-KEY".to_owned(),
            subject: "Primary key of every table".to_owned(),
            title: "Every table has a primary key, those to come included".to_owned(),
            check: "table-schema",
            comment: "Tables that have none today are excepted.",
            parameters: &[
                ("tables", json!(schemas)),
                ("except", json!(except)),
                ("primary_key", json!("any")),
            ],
            table: None,
        }))
    }
}

const HEADER: &str = "\
# yaml-language-server: $schema=https://raw.githubusercontent.com/adaefler-art/railcheck/main/rules/pack.schema.json
# Written by `railcheck init` from what the migrations make. Change it as you like: `railcheck explain CHECK`
# tells what each check judges, and which parameters it takes.
pack: starter
title: Starter Guardrails Verification
guardrails: starter guardrails

rules:";

/// A table that the migrations make and whose name a pack can write.
fn is_own(table: &Table) -> bool {
    let name = &table.name;
    let is_writable = |part: &str| !part.is_empty() && !part.contains(['.', '*']);
    (table.history.iter().any(|event| event.span.is_some()) || name.schema == SERVED)
        && table.kind != TableKind::Foreign
        && is_writable(&name.schema)
        && is_writable(&name.name)
}

/// Its policies are named, so that none goes unnoticed.
fn has_own_rule(table: &Table) -> bool {
    table.rls_enabled && !table.policies.is_empty()
}

/// A list of names as JSON with further ones; any other text as it is.
fn with_tables(list: &str, further: &BTreeSet<&ObjectName>) -> String {
    let Ok(mut names) = serde_json::from_str::<BTreeSet<String>>(list) else {
        return format!("      except: {list}");
    };
    names.extend(further.iter().map(ToString::to_string));
    format!("      except: {}", json!(names))
}

/// How a table is called in ids and subjects.
fn short_name(table: &Table) -> String {
    let name = &table.name;
    if name.schema == SERVED { name.name.clone() } else { name.to_string() }
}

fn row_level_security(table: &Table) -> Rule {
    let policies: serde_json::Map<_, _> =
        table.policies.iter().map(|policy| (policy.name.clone(), json!(policy.command))).collect();
    let name = short_name(table);
    rule(Entry {
        id: format!("RLS-{}", id_part(&name)),
        subject: format!("Row-level security of {name}"),
        title: format!("Row-level security keeps strangers out of {}", table.name),
        check: "row-level-security",
        comment: "",
        parameters: &[("table", json!(table.name.to_string())), ("policies", json!(policies))],
        table: Some(table.name.clone()),
    })
}

fn unique(table: &Table, number: usize, columns: &[String]) -> Rule {
    let name = short_name(table);
    rule(Entry {
        id: format!("UNIQUE-{}-{number}", id_part(&name)),
        subject: format!("Unique constraint of {name}"),
        title: format!("No two rows of {} share {}", table.name, columns.join(", ")),
        check: "unique-constraint",
        comment: "",
        parameters: &[("table", json!(table.name.to_string())), ("columns", json!(columns))],
        table: Some(table.name.clone()),
    })
}

struct Entry<'a> {
    id: String,
    subject: String,
    title: String,
    check: &'static str,
    comment: &'static str,
    parameters: &'a [(&'static str, serde_json::Value)],
    table: Option<ObjectName>,
}

/// An entry of a pack. JSON is YAML, so that names of any kind are written as they are.
fn rule(entry: Entry<'_>) -> Rule {
    let Entry { id, subject, title, check, comment, parameters, table } = entry;
    let (subject, title) = (json!(subject), json!(title));
    let mut text = format!("\n  - id: {id}\n    subject: {subject}\n    title: {title}\n");
    if !comment.is_empty() {
        let _ = writeln!(text, "    # {comment}");
    }
    let _ = write!(text, "    check: {check}\n    parameters:\n");
    for (name, value) in parameters {
        let _ = writeln!(text, "      {name}: {value}");
    }
    Rule { id, text, table }
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
    use crate::engine::{Engine, Outcome, Platform};
    use crate::facts::{Database, Facts, Memo};
    use crate::finding::Verdict;
    use crate::pack::Pack;
    use crate::span::{FileId, SourceFile, SourceMap};
    use crate::verify::verify;

    const SQL: &str = "\
        CREATE TABLE orders (id int PRIMARY KEY, a int UNIQUE, b int, UNIQUE (a, b));
        ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
        CREATE POLICY \"own: 'x' # \"\" y\" ON orders FOR SELECT USING (auth.uid() IS NOT NULL AND b = 1);
        CREATE TABLE \"Odd name: [ü]\" (id int UNIQUE);
        CREATE SCHEMA hidden; CREATE TABLE hidden.t (id int); CREATE TABLE hidden.u (id int);
        ALTER TABLE hidden.u ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON hidden.u USING (id = 1);";

    fn outcome_of(sql: &str) -> (SourceMap, FileId, Outcome) {
        let mut files = SourceMap::default();
        let migration = files.add(SourceFile::new("1_a.sql", sql));
        let engine = Interpreter { platform: Platform::Supabase };
        let outcome = engine.run(&files, &[migration]).expect("an outcome");
        (files, migration, outcome)
    }

    /// What each rule of a pack says of migrations.
    fn told(text: &str, sql: &str) -> Vec<(String, bool)> {
        let (mut files, migration, outcome) = outcome_of(sql);
        let file = files.add(SourceFile::new("starter.yaml", text));
        let packs = [Pack::read(&files, file).expect("a pack")];
        let migrations = [migration];
        let database =
            Some(Database { outcome: &outcome, migrations: &migrations, memo: &Memo::default() });
        let facts = Facts { files: &files, database, sources: None, project: None };
        verify(&packs, &facts)
            .iter()
            .map(|v| (v.rule.id.clone(), matches!(v.verdict, Verdict::Holds { .. })))
            .collect()
    }

    fn pack_of(sql: &str, is_served: bool) -> String {
        let (_, _, outcome) = outcome_of(sql);
        let starter = Starter { catalog: &outcome.catalog, is_served, unknown: &[] };
        starter.pack().expect("a pack")
    }

    fn verdicts(told: &[(&str, bool)]) -> Vec<(String, bool)> {
        told.iter().map(|(id, holds)| ((*id).to_owned(), *holds)).collect()
    }

    #[test]
    fn the_pack_is_one_and_holds_but_for_what_is_open() {
        let expected = [
            ("RLS", false),
            ("RLS-hidden.u", true),
            ("UNIQUE-Odd-20-name-3a--20--5b--fc--5d--1", true),
            ("RLS-orders", true),
            ("UNIQUE-orders-1", true),
            ("UNIQUE-orders-2", true),
        ];
        assert_eq!(told(&pack_of(SQL, true), SQL), verdicts(&expected));
    }

    #[test]
    fn what_is_not_served_needs_no_row_level_security_but_keeps_what_it_has() {
        let expected = [
            ("PRIMARY-KEY", true),
            ("RLS-hidden.u", true),
            ("UNIQUE-Odd-20-name-3a--20--5b--fc--5d--1", true),
            ("RLS-orders", true),
            ("UNIQUE-orders-1", true),
            ("UNIQUE-orders-2", true),
        ];
        assert_eq!(told(&pack_of(SQL, false), SQL), verdicts(&expected));
    }

    #[test]
    fn a_table_to_come_is_guarded_too() {
        let closed = "CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE a ENABLE ROW LEVEL SECURITY;
            CREATE POLICY p ON a USING (id = 1);";
        let open = format!("{closed} CREATE TABLE secrets (id int);");
        for (is_served, id) in [(true, "RLS"), (false, "PRIMARY-KEY")] {
            let pack = pack_of(closed, is_served);
            assert_eq!(told(&pack, closed), verdicts(&[(id, true), ("RLS-a", true)]));
            assert_eq!(told(&pack, &open), verdicts(&[(id, false), ("RLS-a", true)]));
        }
    }

    #[test]
    fn a_pack_that_is_there_gets_rules_for_new_tables_alone() {
        let before = pack_of(SQL, true);
        let sql = format!(
            "{SQL} CREATE TABLE orders_old (id int UNIQUE); ALTER TABLE orders_old ENABLE ROW LEVEL SECURITY;
             CREATE POLICY p ON orders_old USING (id = 1);"
        );
        let (_, _, outcome) = outcome_of(&sql);
        let starter = Starter { catalog: &outcome.catalog, is_served: true, unknown: &[] };
        let changed = before.replace("title: \"No two rows", "title: \"Of no two rows");
        let (updated, added) = starter.updated(&changed).expect("new rules");
        assert_eq!(added, 2);
        assert!(updated.contains("Of no two rows"), "what was changed stays: {updated}");
        let told = told(&updated, &sql);
        assert_eq!(told.len(), 8);
        assert!(told.contains(&("RLS-orders_old".to_owned(), true)), "{told:?}");
        assert!(updated.contains("\"public.orders\",\"public.orders_old\""), "{updated}");
        assert_eq!(starter.updated(&updated), None, "a second time there is nothing to add");
    }

    #[test]
    fn without_a_table_there_is_no_pack() {
        let catalog = Catalog::default();
        let starter = Starter { catalog: &catalog, is_served: true, unknown: &[] };
        assert_eq!(starter.pack(), None);
    }
}
