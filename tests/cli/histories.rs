//! Migrations that are refused, histories that are not whole, and the layouts of tools.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Run, tree};

/// Rules about three tables: that each has row-level security, with no stranger at nobody's row.
const PACK: &str = "
pack: team
title: Team
guardrails: guardrails
output: checklist
rules:
  - {id: T-A, subject: a, title: A is closed, check: row-level-security, parameters: {table: a, policies: {}}}
  - {id: T-B, subject: b, title: B is closed, check: row-level-security, parameters: {table: b, policies: {}}}
";

/// What closes a table.
fn closed(table: &str) -> String {
    format!("CREATE TABLE {table} (id int);\nALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n")
}

fn repository(files: &[(&str, &str)]) -> TempDir {
    tree(&[&[("rules/team.yaml", PACK)], files].concat())
}

const ARGUMENTS: [&str; 3] = ["verify", "--rules", "rules/team.yaml"];

fn verify(root: &TempDir, more: &[&str]) -> Run {
    Run::of(root.path(), &[&ARGUMENTS, more].concat())
}

/// A repository whose second migration is refused after it closed `b`.
fn refused() -> TempDir {
    let second = format!("{}ALTER TABLE missing ADD COLUMN c int;\n", closed("b"));
    repository(&[
        ("migrations/1_a.sql", &closed("a")),
        ("migrations/2_b.sql", &second),
        ("migrations/3_c.sql", "CREATE TABLE c (id int);\n"),
        ("railcheck.yaml", "platform: postgres\n"),
    ])
}

#[test]
fn a_refused_migration_is_said_once_and_first_in_every_format() {
    let root = refused();
    let place = "migrations/2_b.sql:3:1";
    let message = "relation \"missing\" does not exist";
    for format in ["text", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"] {
        let run = verify(&root, &["--format", format]);
        assert_eq!(run.code, 2, "{format}: {}", run.stdout);
        assert!(run.stdout.contains("42P01"), "{format}: {}", run.stdout);
        assert!(!run.stdout.contains("no migration creates"), "{format}: {}", run.stdout);
        assert!(run.stdout.contains("3_c.sql") || run.stdout.contains("3\\_c.sql"), "{format}");
    }
    let text = verify(&root, &["-v"]).stdout;
    let first = format!("⛔ {place} is refused by PostgreSQL (42P01: {message})");
    assert_eq!(text.lines().next(), Some(&*first), "{text}");
    assert!(text.contains("✅ T-A"), "{text}");
    let undecided = format!(
        "❓ cannot decide T-B: {place} is refused by PostgreSQL (42P01: {message}), so that table public.b is not made"
    );
    assert!(text.contains(&undecided), "{text}");
    assert_eq!(verify(&root, &["-q"]).stdout.lines().next(), Some(&*first));

    let json: Value =
        serde_json::from_str(&verify(&root, &["--format", "json"]).stdout).expect("JSON");
    assert_eq!(
        json["failure"]["not_applied"],
        serde_json::json!(["migrations/2_b.sql", "migrations/3_c.sql"])
    );
    assert_eq!(json["status"], "undecided");
    let sarif: Value =
        serde_json::from_str(&verify(&root, &["--format", "sarif"]).stdout).expect("JSON");
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notification = &invocation["toolExecutionNotifications"][0];
    assert_eq!(notification["level"], "error");
    let region = &notification["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["startColumn"]), (&3.into(), &1.into()));
}

#[test]
fn what_a_refused_migration_leaves_untouched_is_judged_and_the_run_never_ends_well() {
    let rule = |more: &str| {
        let root = repository(&[
            ("migrations/1_a.sql", &(closed("a") + &closed("b"))),
            ("migrations/2_b.sql", &format!("{more}\nALTER TABLE missing ADD c int;")),
            ("railcheck.yaml", "platform: postgres\n"),
        ]);
        let run = verify(&root, &[]);
        (run.code, run.stdout.matches("✅ T-").count(), run.stdout.matches("❓ cannot").count())
    };
    assert_eq!(rule("CREATE TABLE other (id int);"), (2, 2, 0));
    assert_eq!(rule("ALTER TABLE a DISABLE ROW LEVEL SECURITY;"), (2, 1, 1));
    assert_eq!(rule("DO $$ BEGIN PERFORM 1; END $$;"), (2, 0, 2));
    // What is broken before is broken, whatever comes after it elsewhere.
    let root = repository(&[
        ("migrations/1_a.sql", &(closed("b") + "CREATE TABLE a (id int);")),
        ("migrations/2_b.sql", "ALTER TABLE missing ADD c int;"),
        ("railcheck.yaml", "platform: postgres\n"),
    ]);
    let run = verify(&root, &[]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("❌ violates T-A"), "{}", run.stdout);
}

#[test]
fn no_baseline_mutant_or_blame_takes_what_was_not_applied_for_missing() {
    let root = refused();
    let rules = ["--rules", "rules/team.yaml"];
    let run = Run::of(root.path(), &[&["baseline"], &rules[..]].concat());
    assert!(run.stdout.contains("0 added"), "{}", run.stdout);
    for command in [&["mutate"][..], &["blame", "T-B", "."]] {
        let run = Run::of(root.path(), &[command, &rules].concat());
        let said = run.stdout + &run.stderr;
        assert!(!said.contains("no migration creates"), "{command:?}: {said}");
        assert!(said.contains("migrations/2_b.sql:3:1"), "{command:?}: {said}");
    }
}

/// A history that began elsewhere: `profiles`, its function and its type are made by no migration.
const PARTIAL: &str = "\
ALTER TABLE public.profiles ADD COLUMN nick text;
CREATE TABLE a (id int, owner uuid REFERENCES public.profiles (id), state public.mood);
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON a FOR SELECT USING (owner IN (SELECT p.id FROM public.profiles p WHERE p.nick = 'x'));
CREATE TABLE b (id int);
CREATE POLICY admin ON b FOR ALL USING (public.is_admin());
CREATE TRIGGER touch BEFORE UPDATE ON b FOR EACH ROW EXECUTE FUNCTION public.touch();
DROP POLICY \"Old one\" ON b;
ALTER TABLE b ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON b TO reporting;
";

#[test]
fn what_a_partial_history_lacks_is_assumed_and_listed_and_all_else_is_judged() {
    let root = repository(&[("supabase/migrations/1_a.sql", PARTIAL)]);
    let whole = verify(&root, &[]);
    assert_eq!(whole.code, 2, "{}", whole.stdout);
    assert!(whole.stdout.contains("⛔ supabase/migrations/1_a.sql:1:1"), "{}", whole.stdout);
    assert!(!whole.stdout.contains('✅'), "{}", whole.stdout);

    let run = verify(&root, &["--history", "partial"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    for assumed in ["table public.profiles", "public.mood", "public.is_admin", "role reporting"] {
        let listed = run.stdout.lines().filter(|line| line.starts_with("ℹ️")).collect::<String>();
        assert_eq!(listed.matches(assumed).count(), 1, "{assumed}: {}", run.stdout);
    }
    assert!(run.stdout.contains("✅ T-A"), "{}", run.stdout);
    assert!(run.stdout.contains("❓ cannot decide T-B"), "{}", run.stdout);
    assert!(!run.stdout.contains('⛔'), "{}", run.stdout);
    for format in ["json", "sarif", "github", "gitlab", "junit", "markdown", "html"] {
        let run = verify(&root, &["--history", "partial", "--format", format]);
        let said = run.stdout.replace('\\', "");
        assert!(said.contains("public.profiles"), "{format}: {said}");
    }
    // What stays wrong in any history is refused.
    let root = repository(&[(
        "supabase/migrations/1_a.sql",
        "CREATE TABLE a (id int);\nDROP TABLE a;\nALTER TABLE a ADD b int;",
    )]);
    let run = verify(&root, &["--history", "partial"]);
    assert!(run.stdout.contains("⛔ supabase/migrations/1_a.sql:3:1"), "{}", run.stdout);
}

#[test]
fn a_rule_about_an_assumed_table_cannot_be_decided() {
    let root = repository(&[
        ("supabase/migrations/1_a.sql", "ALTER TABLE a ENABLE ROW LEVEL SECURITY;\n"),
        ("supabase/migrations/2_b.sql", &closed("b")),
        ("railcheck.yaml", "history: partial\n"),
    ]);
    let run = verify(&root, &[]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stdout.contains("❓ cannot decide T-A"), "{}", run.stdout);
    assert!(run.stdout.contains("✅ T-B"), "{}", run.stdout);
}

#[test]
fn what_comes_before_the_first_migration_is_applied_first() {
    let root = repository(&[
        ("dump.sql", &closed("a")),
        ("supabase/migrations/1_b.sql", &format!("ALTER TABLE a ADD c int;\n{}", closed("b"))),
        ("railcheck.yaml", "before: dump.sql\n"),
    ]);
    let run = verify(&root, &[]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let root = repository(&[("railcheck.yaml", "before: nowhere.sql\n")]);
    let run = verify(&root, &[]);
    assert!(run.stderr.contains("railcheck.yaml:1:9"), "{}", run.stderr);
}

#[test]
fn each_tool_is_read_by_its_own_rules_without_a_word_of_configuration() {
    let (a, b) = (closed("a"), closed("b"));
    let goose = format!(
        "-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose StatementBegin\n{a}-- +goose StatementEnd\n-- +goose Down\nDROP TABLE a;\n"
    );
    let dbmate = format!("-- migrate:up transaction:false\n{a}\n-- migrate:down\nDROP TABLE a;\n");
    let node = format!("-- Up Migration\n{a}\n-- Down Migration\nDROP TABLE a;\n");
    let late = format!("DROP TABLE IF EXISTS a;\n{a}");
    let journal = r#"{"version":"7","dialect":"postgresql","entries":[
        {"idx":0,"version":"7","when":1,"tag":"0000_zebra","breakpoints":true},
        {"idx":1,"version":"7","when":2,"tag":"0001_ant","breakpoints":true}]}"#;
    let config = "[db.migrations]\nschema_paths = [\"./schemas/z.sql\", \"./schemas/*.sql\"]\n";
    let cases: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("goose", vec![("migrations/1_a.sql", &goose), ("migrations/2_b.sql", &b)]),
        ("dbmate", vec![("db/migrations/1_a.sql", &dbmate), ("db/migrations/2_b.sql", &b)]),
        ("node-pg-migrate", vec![("migrations/1_a.sql", &node), ("migrations/2_b.sql", &b)]),
        (
            "sqlx",
            vec![
                ("migrations/1_a.up.sql", &a),
                ("migrations/1_a.down.sql", "DROP TABLE a;"),
                ("migrations/2_b.up.sql", &b),
            ],
        ),
        (
            "diesel",
            vec![
                ("migrations/2024-01-01-000000_a/up.sql", &a),
                ("migrations/2024-01-01-000000_a/down.sql", "DROP TABLE a;"),
                ("migrations/2024-01-02-000000_b/up.sql", &b),
            ],
        ),
        (
            "prisma",
            vec![
                ("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n"),
                ("prisma/migrations/20240101000000_a/migration.sql", &a),
                ("prisma/migrations/20240102000000_b/migration.sql", &b),
            ],
        ),
        (
            "drizzle",
            vec![
                ("drizzle/meta/_journal.json", journal),
                ("drizzle/0000_zebra.sql", &a),
                ("drizzle/0001_ant.sql", &b),
            ],
        ),
        (
            "flyway",
            vec![
                ("src/main/resources/db/migration/V2__a.sql", &late),
                ("src/main/resources/db/migration/V10__b.sql", &b),
                ("src/main/resources/db/migration/U2__a.sql", "DROP TABLE a;"),
                (
                    "src/main/resources/db/migration/R__view.sql",
                    "CREATE VIEW v AS SELECT id FROM b;",
                ),
            ],
        ),
        (
            "declarative schemas",
            vec![
                ("supabase/config.toml", config),
                ("supabase/schemas/a.sql", "ALTER TABLE a ADD COLUMN c int;"),
                ("supabase/schemas/b.sql", &b),
                ("supabase/schemas/z.sql", &a),
            ],
        ),
        (
            "a folder of an application",
            vec![
                ("apps/web/supabase/migrations/1_a.sql", &a),
                ("apps/web/supabase/migrations/2_b.sql", &b),
            ],
        ),
    ];
    for (tool, files) in cases {
        let run = verify(&repository(&files), &[]);
        assert_eq!(run.code, 0, "{tool}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains("migrations found in "), "{tool}: {}", run.stderr);
    }
}

#[test]
fn the_sql_of_another_database_is_said_and_not_judged() {
    let sqlite = "CREATE TABLE `a` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL);";
    let journal = r#"{"version":"6","dialect":"sqlite","entries":[{"idx":0,"tag":"0000_a"}]}"#;
    for (database, files) in [
        (
            "SQLite",
            vec![("drizzle/meta/_journal.json", journal), ("drizzle/0000_a.sql", "SELECT 1;")],
        ),
        ("SQLite", vec![("migrations/1_a.sql", sqlite)]),
        ("MySQL", vec![("migrations/1_a.sql", "CREATE TABLE `a` (`id` int) ENGINE=InnoDB;")]),
        (
            "SQL Server",
            vec![
                ("prisma/migrations/migration_lock.toml", "provider = \"sqlserver\"\n"),
                ("prisma/migrations/20240101000000_a/migration.sql", "SELECT 1;"),
            ],
        ),
    ] {
        let run = verify(&repository(&files), &[]);
        assert_eq!(run.code, 2, "{database}: {}", run.stdout);
        let said = format!("the migrations are written for {database}, not for PostgreSQL");
        assert!(run.stderr.contains(&said), "{}", run.stderr);
        assert!(!run.stdout.contains("no migration creates"), "{}", run.stdout);
    }
    // Beside it, those for PostgreSQL are found.
    let files =
        [("migrations/1_a.sql", sqlite), ("db/migrations/1_a.sql", &(closed("a") + &closed("b")))];
    let run = verify(&repository(&files), &[]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("migrations has migrations for SQLite"), "{}", run.stderr);
}

#[test]
fn the_platform_is_told_by_what_the_migrations_need_and_make() {
    let both = closed("a") + &closed("b");
    for (sql, platform) in [
        ("CREATE ROLE authenticated;\nCREATE ROLE anon;\nCREATE SCHEMA auth;\n", "postgres"),
        ("GRANT SELECT ON a TO authenticated;\n", "supabase"),
        ("COMMENT ON TABLE a IS 'b';\n", "postgres"),
    ] {
        let root = repository(&[("migrations/1_a.sql", &both), ("migrations/2_b.sql", sql)]);
        let run = verify(&root, &[]);
        assert_eq!(run.code, 0, "{sql}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(&format!("platform {platform}, since")), "{}", run.stderr);
    }
}

#[test]
fn init_takes_a_history_that_began_elsewhere_as_partial() {
    let root = tree(&[
        (
            "supabase/migrations/1_a.sql",
            &(closed("a") + "CREATE POLICY own ON a FOR SELECT USING (false);\n"),
        ),
        ("supabase/migrations/2_b.sql", "ALTER TABLE public.profiles ADD COLUMN nick text;\n"),
    ]);
    let run = Run::of(root.path(), &["init", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("its history is partial"), "{}", run.stdout);
    assert!(run.stdout.contains("assumed: table public.profiles"), "{}", run.stdout);
    let verified = Run::of(root.path(), &["verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    assert!(verified.stdout.contains("the history is partial"), "{}", verified.stdout);
}

#[test]
fn the_catalog_of_the_configured_folder_shows_what_policies_and_defaults_say() {
    let sql = "CREATE TABLE a (id int DEFAULT 7, owner uuid CHECK (owner IS NOT NULL));\n\
               CREATE POLICY own ON a FOR SELECT USING (id > 3);\nCREATE VIEW v AS SELECT id FROM a;\n";
    let root =
        tree(&[("sql/1_a.sql", sql), ("railcheck.yaml", "migrations: sql\nplatform: postgres\n")]);
    let text = Run::of(root.path(), &["catalog"]);
    assert_eq!(text.code, 0, "{}", text.stderr);
    for shown in ["column id integer default 7", "using (id > 3)", "SELECT id FROM a"] {
        assert!(text.stdout.contains(shown), "{shown}: {}", text.stdout);
    }
    let json = Run::of(root.path(), &["catalog", "--format", "json"]).stdout;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let table = &json["tables"][0];
    assert_eq!(table["columns"][0]["default_expression"], "7");
    assert_eq!(table["policies"][0]["using"], "id > 3");
    assert_eq!(table["checks"], serde_json::json!(["a_owner_check"]));
    assert_eq!(json["views"][0]["definition"], "SELECT id FROM a");
}

/// A table and an index that cannot be built inside of a transaction.
const CONCURRENTLY: &str = "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n";

/// A table, and a statement that is refused.
const HALF: &str = "CREATE TABLE a (id int);\nDROP TABLE missing;\n";

#[test]
fn transactions_are_those_of_the_tool_in_every_engine() {
    // The SQLSTATE of the refusal, and whether the table of the file is there after it.
    let cases = [
        ("", CONCURRENTLY, None, true),
        ("-- +goose Up\n", CONCURRENTLY, Some("25001"), false),
        ("-- +goose NO TRANSACTION\n-- +goose Up\n", CONCURRENTLY, None, true),
        ("-- migrate:up\n", CONCURRENTLY, Some("25001"), false),
        ("-- migrate:up transaction:false\n", CONCURRENTLY, None, true),
        ("-- +migrate Up\n", CONCURRENTLY, Some("25001"), false),
        ("-- +migrate Up notransaction\n", CONCURRENTLY, None, true),
        ("-- no-transaction\n", CONCURRENTLY, None, true),
        ("", HALF, Some("42P01"), false),
        ("-- +goose Up\n", HALF, Some("42P01"), false),
        ("-- +goose NO TRANSACTION\n-- +goose Up\n", HALF, Some("42P01"), true),
        ("-- migrate:up transaction:false\n", HALF, Some("42P01"), true),
    ];
    for (mark, text, refused, is_kept) in cases {
        let root = tree(&[("migrations/1_a.sql", &format!("{mark}{text}"))]);
        for engine in ["interpreter", "postgres"] {
            let arguments = ["catalog", "migrations", "--platform", "postgres", "--engine", engine];
            let run = Run::of(root.path(), &[&arguments[..], &["--format", "json"]].concat());
            let said = format!("{engine}: {mark}{text}{}{}", run.stdout, run.stderr);
            let sqlstate = ["25001", "42P01"].into_iter().find(|code| run.stderr.contains(code));
            assert_eq!(sqlstate, refused, "{said}");
            assert_eq!(run.stdout.contains("\"a\""), is_kept, "{said}");
        }
    }
}
