//! What gaps and failures make of the verdict on a table.

use std::sync::Arc;

use crate::catalog::ObjectName;
use crate::engine::interpreter::Interpreter;
use crate::engine::{Gap, Outcome, Platform, Reach, unapplied};
use crate::facts::{Database, Facts, Memo};
use crate::finding::Verdict;
use crate::pack::Pack;
use crate::source::{SourceGap, SourceIndex};
use crate::span::{FileId, SourceFile, SourceMap, Span};
use crate::verify::verify;

const PACK: &str = "
pack: team
title: Team
guardrails: guardrails
rules:
  - id: T-1
    subject: it
    title: It holds
    check: row-level-security
    parameters: {table: orders, policies: {mine: select}}
";

const ORDERS: &str = "
CREATE TABLE orders (owner uuid NOT NULL);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION is_mine(owner uuid) RETURNS boolean LANGUAGE sql AS 'SELECT owner = auth.uid()';
CREATE POLICY mine ON orders FOR SELECT USING (is_mine(owner));
";

/// The verdict of a pack's only rule, with the message of its first finding.
fn verdict(files: &SourceMap, pack: FileId, facts: Facts<'_>) -> String {
    let packs = [Pack::read(files, pack).expect("a pack")];
    match &verify(&packs, &facts)[0].verdict {
        Verdict::Holds { .. } => "holds".to_owned(),
        Verdict::Violated(findings) => format!("violated: {}", findings[0].message),
        Verdict::Undecided(findings) => format!("undecided: {}", findings[0].message),
        Verdict::Suppressed => "suppressed".to_owned(),
    }
}

/// The verdict on migrations, of which `-- gap` lines stand for statements that are not understood.
fn verdict_with(migrations: &[&str], reach: Reach) -> String {
    verdict_of(PACK, migrations, reach)
}

/// The verdict of a pack with one rule.
fn verdict_of(pack: &str, migrations: &[&str], reach: Reach) -> String {
    let mut files = SourceMap::default();
    let add = |text: &&str| files.add(SourceFile::new("migration.sql", *text));
    let migrations: Vec<FileId> = migrations.iter().map(add).collect();
    let engine = Interpreter { platform: Platform::Supabase };
    let mut outcome = engine.interpret(&files, &migrations);
    assert!(outcome.gaps.is_empty() && outcome.failure.is_none(), "{outcome:?}");
    for file in &migrations {
        let gaps = files.file(*file).text.match_indices("-- gap").map(|(at, text)| Gap {
            span: Span::new(*file, at..at + text.len()),
            reason: Arc::from("it is not supported"),
            reach: reach.clone(),
        });
        outcome.gaps.extend(gaps);
    }
    let pack = files.add(SourceFile::new("pack.yaml", pack));
    let database =
        Some(Database { outcome: &outcome, migrations: &migrations, memo: &Memo::default() });
    verdict(&files, pack, Facts { files: &files, database, sources: None, project: None })
}

/// The verdict of `table-schema` on one column of an enum.
fn verdict_on_state(migration: &str, enumeration: &str) -> String {
    let mut files = SourceMap::default();
    let migration = files.add(SourceFile::new("migration.sql", migration));
    let outcome = Interpreter { platform: Platform::Postgres }.interpret(&files, &[migration]);
    assert!(outcome.gaps.is_empty() && outcome.failure.is_none(), "{outcome:?}");
    let parameters = format!(
        "{{table: orders, columns: {{state: {{enum: {{name: {enumeration}, labels: [a, b]}}}}}}}}"
    );
    let pack = PACK
        .replace("row-level-security", "table-schema")
        .replace("{table: orders, policies: {mine: select}}", &parameters);
    let pack = files.add(SourceFile::new("pack.yaml", pack));
    let database =
        Some(Database { outcome: &outcome, migrations: &[migration], memo: &Memo::default() });
    verdict(&files, pack, Facts { files: &files, database, sources: None, project: None })
}

#[test]
fn an_enum_is_known_by_its_name_and_is_neither_its_array_nor_a_domain() {
    let wrong = |is: &str, not: &str| {
        format!("violated: column state of public.orders is of type {is}, not {not}")
    };
    for (migration, name, expected) in [
        ("CREATE TYPE s AS ENUM ('a', 'b'); CREATE TABLE orders (state s)", "s", "holds".into()),
        (
            "CREATE TYPE s AS ENUM ('b', 'a'); CREATE TABLE orders (state s)",
            "public.s",
            "holds".into(),
        ),
        (
            "CREATE TYPE \"S t\" AS ENUM ('a', 'b'); CREATE TABLE orders (state \"S t\")",
            "S t",
            "holds".into(),
        ),
        (
            "CREATE SCHEMA x; CREATE TYPE x.s AS ENUM ('a', 'b'); CREATE TABLE orders (state x.s)",
            "s",
            "holds".into(),
        ),
        (
            "CREATE SCHEMA x; CREATE TYPE x.s AS ENUM ('a', 'b'); CREATE TABLE orders (state x.s)",
            "public.s",
            wrong("x.s", "public.s"),
        ),
        (
            "CREATE TYPE s AS ENUM ('a', 'b'); CREATE TABLE orders (state s[])",
            "s",
            wrong("s[]", "s"),
        ),
        (
            "CREATE TYPE s AS ENUM ('a', 'b'); CREATE DOMAIN d AS s; CREATE TABLE orders (state d)",
            "s",
            wrong("d", "s"),
        ),
        (
            "CREATE TYPE s AS ENUM ('a', 'b', 'c'); CREATE TABLE orders (state s)",
            "s",
            "violated: enum public.s also has c".into(),
        ),
        (
            "CREATE TYPE s AS ENUM ('a'); CREATE TABLE orders (state s)",
            "s",
            "violated: enum public.s lacks b".into(),
        ),
    ] {
        assert_eq!(verdict_on_state(migration, name), expected, "{migration}");
    }
}

const GAP: &str = "undecided: a statement that may touch public.orders is not understood";

#[test]
fn a_gap_is_a_doubt_only_where_it_may_have_changed_what_is_judged() {
    let objects = |names: &[&str]| {
        Reach::Objects(names.iter().map(|name| ObjectName::new("public", *name)).collect())
    };
    let dropped = "violated: policy mine of public.orders was dropped";
    let drop = "DROP POLICY mine ON orders;";
    let renamed =
        "CREATE TABLE old (owner uuid NOT NULL);\n-- gap\nALTER TABLE old RENAME TO orders;";
    for (migrations, reach, expected) in [
        (vec![ORDERS, "SELECT 1;"], Reach::Everything, "holds"),
        (vec![ORDERS, "-- gap"], Reach::Everything, GAP),
        (vec![ORDERS, "-- gap"], objects(&["orders"]), GAP),
        (vec![ORDERS, "-- gap"], objects(&["customers"]), "holds"),
        (vec![ORDERS, "-- gap"], objects(&["is_mine"]), GAP),
        (vec![ORDERS, "-- gap", drop], objects(&["orders"]), dropped),
        (vec![ORDERS, drop, "-- gap"], objects(&["orders"]), GAP),
        (vec![ORDERS, drop, "-- gap"], objects(&["customers"]), dropped),
        (vec!["-- gap", "DROP TABLE IF EXISTS orders;"], objects(&["orders"]), GAP),
        (vec![ORDERS, "DROP TABLE orders;", "-- gap"], Reach::Everything, GAP),
        (
            vec![ORDERS, "-- gap", "DROP TABLE orders;"],
            Reach::Everything,
            "violated: table public.orders was dropped",
        ),
        (vec![renamed], objects(&["old"]), GAP),
    ] {
        assert_eq!(verdict_with(&migrations, reach), expected, "{migrations:?}");
    }
}

#[test]
fn a_gap_leaves_open_what_it_may_touch_and_what_is_found_of_others_is_told() {
    let pack = PACK.replace("row-level-security", "primary-keys").replace(
        "{table: orders, policies: {mine: select}}",
        "{scope: {platform_schemas: [auth, 'pg_*']}}",
    );
    let objects = |schema: &str, names: &[&str]| {
        Reach::Objects(names.iter().map(|name| ObjectName::new(schema, *name)).collect())
    };
    let found = "violated: public.a has no primary key: nothing tells two equal rows apart, and no UPDATE or DELETE \
                 of it can be replicated";
    let doubt =
        |what: &str| format!("undecided: a statement that may touch {what} is not understood");
    let (a, b) = ("CREATE TABLE a (id int);", "CREATE TABLE b (id int PRIMARY KEY);");
    for (migrations, reach, expected) in [
        (vec![a, b], Reach::Everything, found.to_owned()),
        (vec![a, b, "-- gap"], objects("public", &["b"]), found.to_owned()),
        (vec![a, b, "-- gap"], objects("public", &["a"]), doubt("public.a")),
        (vec![a, b, "-- gap"], Reach::Everything, doubt("anything")),
        (vec!["-- gap", a], objects("public", &["a"]), found.to_owned()),
        (vec![b, "-- gap"], objects("auth", &["users"]), "holds".to_owned()),
        (vec![b, "-- gap"], objects("pg_temp_3", &["t"]), "holds".to_owned()),
        (vec![b, "-- gap"], objects("public", &["c"]), doubt("public.c")),
        (vec![b, "-- gap"], objects("public", &[]), "holds".to_owned()),
        (
            vec!["CREATE TABLE old (id int);", "-- gap", "ALTER TABLE old RENAME TO a;"],
            objects("public", &["old"]),
            doubt("public.old"),
        ),
    ] {
        assert_eq!(verdict_of(&pack, &migrations, reach), expected, "{migrations:?}");
    }
}

#[test]
fn a_refused_migration_leaves_open_what_it_and_later_ones_would_have_touched() {
    let refused = "ALTER TABLE missing ADD a int;";
    let undone = format!("{refused}\n{ORDERS}");
    let with = |more: &str| format!("{refused}\n{more}");
    let says = |so: &str, file: usize| {
        format!(
            "undecided: {file}.sql:1:1 is refused by PostgreSQL (42P01: relation \"missing\" does not exist), so \
             that {so}"
        )
    };
    let open = |file| says("what is to become of table public.orders is not known", file);
    let dropped = "violated: policy mine of public.orders was dropped".to_owned();
    for (migrations, expected) in [
        (vec![ORDERS, refused], "holds".to_owned()),
        (vec![ORDERS, &with("CREATE TABLE other (id int);")], "holds".to_owned()),
        (vec![ORDERS, refused, "CREATE INDEX i ON customers (id);"], "holds".to_owned()),
        (vec![ORDERS, refused, "INSERT INTO orders VALUES (NULL);"], "holds".to_owned()),
        (vec![ORDERS, &with("DROP POLICY mine ON orders;")], open(1)),
        (vec![ORDERS, refused, "ALTER TABLE public.orders DISABLE ROW LEVEL SECURITY;"], open(1)),
        (vec![ORDERS, refused, "DROP TABLE customers CASCADE;"], open(1)),
        (vec![ORDERS, refused, "DO $$ BEGIN END $$;"], open(1)),
        (vec![ORDERS, refused, "ALTER TABLE customers RENAME TO orders;"], open(1)),
        (
            vec![
                ORDERS,
                refused,
                "CREATE OR REPLACE FUNCTION is_mine(owner uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';",
            ],
            open(1),
        ),
        (vec![ORDERS, refused, "SELECT weaken();"], "holds".to_owned()),
        (vec![ORDERS, WEAKEN, refused, "SELECT weaken();"], open(2)),
        (vec![ORDERS, WEAKEN, refused, "SELECT 1;"], "holds".to_owned()),
        (vec![ORDERS, "DROP POLICY mine ON orders;", refused], dropped.clone()),
        (vec![ORDERS, "DROP POLICY mine ON orders;", refused, "CREATE TABLE a ();"], dropped),
        (vec![&undone], says("table public.orders is not made", 0)),
        (vec![refused, ORDERS], says("table public.orders is not made", 0)),
        (
            vec![refused],
            "violated: table public.orders does not exist: no migration creates it".to_owned(),
        ),
    ] {
        let mut files = SourceMap::default();
        let add = |(number, text): (usize, &&str)| {
            files.add(SourceFile::new(format!("{number}.sql"), *text))
        };
        let ids: Vec<FileId> = migrations.iter().enumerate().map(add).collect();
        let mut outcome = Interpreter { platform: Platform::Supabase }.interpret(&files, &ids);
        outcome.unapplied = unapplied(&files, &ids, &outcome);
        let pack = files.add(SourceFile::new("pack.yaml", PACK));
        let database =
            Some(Database { outcome: &outcome, migrations: &ids, memo: &Memo::default() });
        let told =
            verdict(&files, pack, Facts { files: &files, database, sources: None, project: None });
        assert_eq!(told, expected, "{migrations:?}");
        // Where nobody has looked at what was not applied, it may be anything.
        outcome.unapplied.clear();
        let database =
            Some(Database { outcome: &outcome, migrations: &ids, memo: &Memo::default() });
        let told =
            verdict(&files, pack, Facts { files: &files, database, sources: None, project: None });
        assert!(told.starts_with("undecided"), "{migrations:?}: {told}");
    }
}

/// A function that changes what the rule is about.
const WEAKEN: &str = "CREATE FUNCTION weaken() RETURNS void LANGUAGE plpgsql AS $$ BEGIN \
    ALTER TABLE orders DISABLE ROW LEVEL SECURITY; END $$;";

#[test]
fn nothing_found_is_undecided_and_never_holds() {
    let mut files = SourceMap::default();
    let tables = files.add(SourceFile::new("tables.yaml", PACK));
    let endpoints = files.add(SourceFile::new(
        "endpoints.yaml",
        PACK.replace("row-level-security", "endpoint-callsites").replace(
            "{table: orders, policies: {mine: select}}",
            "{prefix: /orders, endpoints: []}",
        ),
    ));
    let facts = Facts { files: &files, database: None, sources: None, project: None };
    assert_eq!(
        verdict(&files, tables, facts),
        "undecided: no migrations were found that could make table public.orders"
    );
    assert_eq!(
        verdict(&files, endpoints, facts),
        "undecided: no sources were found that could hold handlers of /orders"
    );
    let empty = Outcome::default();
    let database = Some(Database { outcome: &empty, migrations: &[], memo: &Memo::default() });
    assert_eq!(
        verdict(&files, tables, Facts { files: &files, database, sources: None, project: None }),
        "violated: table public.orders does not exist: no migration creates it"
    );
}

#[test]
fn a_source_that_cannot_be_read_is_a_doubt_only_for_what_it_may_hold() {
    let mut files = SourceMap::default();
    let source = files.add(SourceFile::new("route.ts", "?"));
    let rules = |endpoints: &str| {
        PACK.replace("row-level-security", "endpoint-callsites").replace(
            "{table: orders, policies: {mine: select}}",
            &format!("{{prefix: /orders, endpoints: [{endpoints}]}}"),
        )
    };
    let free = files.add(SourceFile::new("free.yaml", rules("")));
    let strict = files.add(SourceFile::new("strict.yaml", rules("GET /orders")));
    let index = |endpoints: bool, callsites: bool| SourceIndex {
        gaps: vec![SourceGap {
            span: Span::new(source, 0..1),
            reason: "it does not parse".to_owned(),
            endpoints,
            callsites,
            codes: true,
        }],
        files: 1,
        ..SourceIndex::default()
    };
    let judge = |pack, index: &SourceIndex| {
        verdict(
            &files,
            pack,
            Facts { files: &files, database: None, sources: Some(index), project: None },
        )
    };
    let doubt = "undecided: a source that may hold handlers of /orders could not be read";
    assert_eq!(judge(free, &index(true, false)), doubt);
    assert_eq!(judge(free, &index(false, true)), "holds");
    assert_eq!(judge(strict, &index(true, false)), doubt);
    assert_eq!(judge(strict, &index(false, true)), "violated: no handler serves GET /orders");
}

/// The verdict of a check on migrations, as the interpreter understands them.
fn told_of(check: &str, parameters: &str, migration: &str) -> String {
    let mut files = SourceMap::default();
    let migration = files.add(SourceFile::new("migration.sql", migration));
    let outcome = Interpreter { platform: Platform::Supabase }.interpret(&files, &[migration]);
    let pack = PACK
        .replace("row-level-security", check)
        .replace("{table: orders, policies: {mine: select}}", parameters);
    let pack = files.add(SourceFile::new("pack.yaml", pack));
    let database =
        Some(Database { outcome: &outcome, migrations: &[migration], memo: &Memo::default() });
    verdict(&files, pack, Facts { files: &files, database, sources: None, project: None })
}

#[test]
fn a_rule_by_a_pattern_is_about_every_table_that_matches() {
    const CLOSED: &str =
        "CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE a ENABLE ROW LEVEL SECURITY;";
    let all = "{tables: 'public.*'}";
    let off = "violated: row-level security of public.b is not enabled";
    for (parameters, further, expected) in [
        (all, "", "holds"),
        (all, "CREATE TABLE b (id int);", off),
        (all, "CREATE SCHEMA s; CREATE TABLE s.b (id int);", "holds"),
        (
            "{tables: '*.*'}",
            "CREATE SCHEMA s; CREATE TABLE s.b (id int);",
            "violated: row-level security of s.b is not enabled",
        ),
        ("{tables: [a, 'public.b*']}", "CREATE TABLE c (id int);", "holds"),
        ("{tables: 'public.*', except: b}", "CREATE TABLE b (id int);", "holds"),
        ("{tables: 'public.*', except: [c, b]}", "CREATE TABLE b (id int);", "holds"),
        (all, "CREATE TABLE b (id int) PARTITION BY RANGE (id);", off),
        (all, "CREATE VIEW v AS SELECT 1;", "holds"),
        (
            all,
            "CREATE POLICY p ON a USING (true);",
            "violated: policy p of public.a is vacuous: its USING expression is true of every row for every signed-in stranger",
        ),
        (
            "{tables: 'other.*'}",
            "",
            "undecided: no table matches other.*, so that the rule judges nothing",
        ),
        // What is not understood, or not applied, may make a table that matches.
        (
            all,
            "DO $$ BEGIN EXECUTE (SELECT x FROM a); END $$;",
            "undecided: a statement that may touch tables of public.* is not understood",
        ),
        (
            all,
            "DROP TABLE z; CREATE TABLE b (id int);",
            "undecided: migration.sql:1:79 is refused by PostgreSQL (42P01: table \"z\" does not exist), so that the tables of public.* are not known",
        ),
        // What is certain stays so.
        (
            all,
            "CREATE TABLE b (id int); DO $$ BEGIN EXECUTE (SELECT x FROM a); END $$;",
            "undecided: a statement that may touch tables of public.* is not understood",
        ),
        (
            all,
            "DO $$ BEGIN EXECUTE (SELECT x FROM a); END $$; CREATE TABLE b (id int);",
            "undecided: a statement that may touch tables of public.* is not understood",
        ),
    ] {
        let told = told_of("row-level-security", parameters, &format!("{CLOSED} {further}"));
        assert_eq!(told, expected, "{parameters} {further}");
    }
}

#[test]
fn columns_say_which_tables_a_pattern_means() {
    let made = "CREATE TABLE a (id int PRIMARY KEY, tenant int, UNIQUE (tenant, id)); CREATE TABLE b (id int, n int);";
    for (check, parameters, further, expected) in [
        (
            "table-schema",
            "{tables: 'public.*', primary_key: any}",
            "",
            "violated: public.b has no primary key",
        ),
        (
            "table-schema",
            "{tables: 'public.*', primary_key: any}",
            "ALTER TABLE b ADD PRIMARY KEY (n);",
            "holds",
        ),
        ("table-schema", "{tables: 'public.*', columns: {id: {type: int}}}", "", "holds"),
        (
            "table-schema",
            "{tables: 'public.*', columns: {n: any}}",
            "",
            "violated: column n of public.a does not exist",
        ),
        ("index", "{tables: 'public.*', leading_columns: [tenant]}", "", "holds"),
        (
            "index",
            "{tables: 'public.*', leading_columns: [n]}",
            "",
            "violated: public.b has no index that begins with (n)",
        ),
        (
            "index",
            "{tables: 'public.*', leading_columns: [n]}",
            "CREATE INDEX ON b (n, id);",
            "holds",
        ),
        (
            "index",
            "{tables: 'public.*', leading_columns: [n]}",
            "CREATE INDEX ON b (n) WHERE n = 1;",
            "violated: public.b has no index that begins with (n)",
        ),
        (
            "index",
            "{table: b, leading_columns: [n]}",
            "CREATE INDEX ON b (id, n);",
            "violated: public.b has no index that begins with (n)",
        ),
        ("unique-constraint", "{tables: 'public.*', columns: [id, tenant]}", "", "holds"),
        (
            "unique-constraint",
            "{tables: 'public.*', columns: [id, n]}",
            "",
            "violated: public.b has no UNIQUE constraint on (id, n)",
        ),
    ] {
        let told = told_of(check, parameters, &format!("{made} {further}"));
        assert_eq!(told, expected, "{check} {parameters} {further}");
    }
}

#[test]
fn a_policy_may_be_pinned_to_its_expression_and_roles() {
    const MADE: &str = "CREATE TABLE orders (owner uuid, a int); ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
        CREATE POLICY mine ON orders FOR UPDATE TO authenticated USING (owner = auth.uid()) WITH CHECK (a = 1 AND owner = auth.uid());";
    let pin =
        |parts: &str| format!("{{table: orders, policies: {{mine: {{for: update{parts}}}}}}}");
    for (parts, further, expected) in [
        ("", "", "holds"),
        (", using: 'auth.uid() = orders.owner'", "", "holds"),
        (", with_check: 'owner = (select auth.uid()) AND a = 1', to: [authenticated]", "", "holds"),
        (
            ", using: 'owner = auth.uid() AND a = 1'",
            "",
            "violated: the USING expression of policy mine of public.orders is owner = auth.uid(), not owner = auth.uid() AND a = 1",
        ),
        (
            ", using: 'owner = auth.uid()'",
            "ALTER POLICY mine ON orders USING (owner = auth.uid() OR a = 2);",
            "violated: the USING expression of policy mine of public.orders is owner = auth.uid() OR a = 2, not owner = auth.uid()",
        ),
        (
            ", to: [anon, authenticated]",
            "",
            "violated: policy mine of public.orders is for authenticated, not for anon, authenticated",
        ),
    ] {
        let told = told_of("row-level-security", &pin(parts), &format!("{MADE} {further}"));
        assert_eq!(told, expected, "{parts} {further}");
    }
}
