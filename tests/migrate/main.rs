//! `railcheck migrate` on a real server: what is committed, what leaves no trace, and how the histories of
//! sqlx and the Supabase CLI go on.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod project;

use std::fs;

use project::{NOTES, Project, cluster, end, sqlx_migrate};

/// Opens the table to everyone.
const OPEN: &str = "CREATE POLICY everyone ON public.notes USING (true);\n";
const SLEEP: &str = "CREATE TABLE half_way ();\nSELECT pg_sleep(6);\n";

#[test]
fn what_holds_is_committed_and_noted() {
    let project = Project::new(
        "migrations",
        &[
            ("1_create_notes.sql", NOTES),
            ("2_be_somebody_else.sql", "SET search_path = pg_catalog; SET ROLE pg_monitor;"),
            ("3_add_column.sql", "ALTER TABLE notes ADD COLUMN mood text;"),
        ],
    );
    let run = project.run(&["apply"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains("✅ TEAM-1"), "{run:?}");
    assert!(run.stderr.ends_with("railcheck: committed 3 migrations\n"), "{run:?}");
    assert_eq!(
        project.sql("SELECT version, description, success FROM public._sqlx_migrations ORDER BY 1"),
        "1|create notes|t\n2|be somebody else|t\n3|add column|t"
    );
    let status = project.run(&["status"]);
    assert_eq!(
        status.stdout,
        "applied    1_create_notes\napplied    2_be_somebody_else\napplied    3_add_column\n"
    );
    let again = project.run(&["apply"]);
    assert_eq!(again.stderr, "railcheck: nothing to apply\n");
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), ""));
}

#[test]
fn what_comes_before_the_migrations_is_known_and_not_applied() {
    let project =
        Project::new("migrations", &[("1_add_mood.sql", "ALTER TABLE notes ADD mood text;")]);
    project.write("../dump.sql", NOTES);
    let configuration =
        "migrations: migrations\nplatform: postgres\nbefore: dump.sql\npacks: [team.yaml]\n";
    project.write("../railcheck.yaml", configuration);
    project.sql(NOTES);
    let run = project.run(&["apply", "-v"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.ends_with("railcheck: committed 1 migration\n"), "{run:?}");
    assert!(!run.stderr.contains("refused"), "{run:?}");
    assert!(run.stdout.contains("dump.sql:2:1"), "{run:?}");
}

#[test]
fn what_would_break_a_rule_leaves_no_trace() {
    let project = Project::new("migrations", &[("1_create_notes.sql", NOTES)]);
    assert_eq!(project.run(&["apply"]).code, Some(0));
    let before = project.dump();
    for (breach, rule, place) in [
        (format!("CREATE TABLE t ();\n{OPEN}"), "TEAM-1", "2_breach.sql:2:1"),
        ("ALTER TABLE notes DISABLE ROW LEVEL SECURITY".to_owned(), "TEAM-1", "2_breach.sql:1:1"),
        ("DO $$ BEGIN EXECUTE 'DROP INDEX idx_notes_author'; END $$".to_owned(), "TEAM-2", ""),
        (
            "CREATE FUNCTION open() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             ALTER TABLE notes DISABLE ROW LEVEL SECURITY; RETURN NULL; END $$; \
             CREATE TABLE late (); ALTER TABLE late ADD a int; \
             CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON late \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION open(); \
             INSERT INTO late VALUES (1);"
                .to_owned(),
            "TEAM-1",
            "",
        ),
    ] {
        project.write("2_breach.sql", &breach);
        let run = project.run(&["apply"]);
        assert_eq!(run.code, Some(1), "{breach}: {run:?}");
        assert!(run.stdout.contains(&format!("❌ violates {rule}: ")), "{breach}: {run:?}");
        assert!(run.stdout.contains(place), "{breach}: {run:?}");
        assert!(run.stderr.contains("rolled back 1 migration: a rule would be violated"));
        assert_eq!(project.dump(), before, "{breach}");
    }
}

#[test]
fn what_cannot_be_decided_or_applied_leaves_no_trace() {
    let project = Project::new("migrations", &[("1_create_notes.sql", NOTES)]);
    assert_eq!(project.run(&["apply"]).code, Some(0));
    let before = project.dump();
    let long = format!("CREATE POLICY p ON notes USING (id IN ({}0))", "1, ".repeat(30_000));
    for (text, said) in [
        (long.as_str(), "❓ cannot decide TEAM-1"),
        (
            "SELECT 1;\nSELECT 1,\n  nonsense",
            "migrations/2_next.sql:3:3: column \"nonsense\" does not exist",
        ),
        ("\\connect other", "migrations/2_next.sql:1:1: a command to psql"),
        ("BEGIN; COMMIT;", "migrations/2_next.sql:1:1: it begins or ends a transaction"),
        ("VACUUM notes", "migrations/2_next.sql:1:1: PostgreSQL does not run it in a transaction"),
        (
            "DO $$ BEGIN COMMIT; END $$",
            "migrations/2_next.sql:1:1: invalid transaction termination",
        ),
    ] {
        project.write("2_next.sql", text);
        let run = project.run(&["apply"]);
        assert_eq!(run.code, Some(2), "{text}: {run:?}");
        assert!(format!("{}{}", run.stdout, run.stderr).contains(said), "{text}: {run:?}");
        assert_eq!(project.dump(), before, "{text}");
    }
}

#[test]
fn a_dry_run_judges_and_leaves_no_trace() {
    let project = Project::new("migrations", &[("1_create_notes.sql", NOTES)]);
    let before = project.dump();
    let run = project.run(&["apply", "--dry-run"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("dry run: rolled back 1 migration"), "{run:?}");
    project.write("2_open.sql", OPEN);
    assert_eq!(project.run(&["apply", "--dry-run"]).code, Some(1));
    assert_eq!(project.dump(), before);
}

#[test]
fn a_connection_lost_in_the_middle_leaves_no_trace() {
    let project =
        Project::new("migrations", &[("1_create_notes.sql", NOTES), ("2_sleep.sql", SLEEP)]);
    let before = project.dump();
    let child = project.start(&["apply"]);
    project.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = 'railcheck migrate' AND datname = current_database()",
    );
    let run = end(child);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("the server rolls back what was not committed"), "{run:?}");
    assert_eq!(project.dump(), before);
    assert_eq!(project.run(&["apply"]).code, Some(0));
}

#[test]
fn a_process_killed_in_the_middle_leaves_no_trace() {
    let project =
        Project::new("migrations", &[("1_create_notes.sql", NOTES), ("2_sleep.sql", SLEEP)]);
    let before = project.dump();
    let mut child = project.start(&["apply"]);
    child.kill().unwrap();
    child.wait().unwrap();
    // The server notices once the statement is over.
    project.wait_for(0);
    assert_eq!(project.dump(), before);
    assert_eq!(project.run(&["apply"]).code, Some(0));
}

#[test]
fn two_at_once_take_turns() {
    let project =
        Project::new("migrations", &[("1_create_notes.sql", NOTES), ("2_sleep.sql", SLEEP)]);
    let first = project.start(&["apply"]);
    let impatient = project.run(&["apply", "--lock-timeout", "0"]);
    assert_eq!(impatient.code, Some(2), "{impatient:?}");
    assert!(impatient.stderr.contains("(railcheck migrate) of user postgres still held the"));
    let second = project.run(&["apply"]);
    assert!(second.stderr.contains("waiting at most 60 seconds for process"), "{second:?}");
    assert!(second.stderr.ends_with("nothing to apply\n"), "{second:?}");
    assert_eq!((second.code, end(first).code), (Some(0), Some(0)));
}

#[test]
fn sqlx_goes_on_after_railcheck_and_railcheck_after_sqlx() {
    let project = Project::new("migrations", &[("0001_create_notes.up.sql", NOTES)]);
    sqlx_migrate(&project.migrations(), &project.url()).unwrap();
    project.write("0002_add_mood.up.sql", "\u{feff}ALTER TABLE notes ADD mood text;\r\n");
    let run = project.run(&["apply"]);
    assert!(run.stderr.ends_with("committed 1 migration\n"), "{run:?}");
    project.write("0003_add_weather.up.sql", "ALTER TABLE notes ADD weather text;");
    sqlx_migrate(&project.migrations(), &project.url()).unwrap();
    assert!(project.run(&["apply"]).stderr.ends_with("nothing to apply\n"));
    assert_eq!(
        project.sql("SELECT string_agg(description, ', ' ORDER BY version) FROM _sqlx_migrations"),
        "create notes, add mood, add weather"
    );
    // sqlx left off in the middle.
    project.sql("UPDATE _sqlx_migrations SET success = false WHERE version = 3");
    let run = project.run(&["apply"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("migration 0003_add_weather.up was left unfinished"), "{run:?}");
}

#[test]
fn the_history_of_supabase_is_kept_as_its_cli_does() {
    let name = "20260101000000_create_notes.sql";
    let project = Project::new("supabase/migrations", &[(name, "")]);
    project.write(name, &format!("-- Notes.\n{NOTES}"));
    assert_eq!(project.run(&["apply"]).code, Some(0));
    assert_eq!(
        project.sql(
            "SELECT version, name, cardinality(statements), statements[3] \
             FROM supabase_migrations.schema_migrations"
        ),
        "20260101000000|create_notes|3|CREATE INDEX idx_notes_author ON public.notes (author)"
    );
    // Another tool's way to cut the same text.
    project.sql(&format!(
        "UPDATE supabase_migrations.schema_migrations SET statements = ARRAY[$x$-- Notes.\n{NOTES}$x$]"
    ));
    assert!(project.run(&["apply"]).stderr.ends_with("nothing to apply\n"));
}

#[test]
fn both_histories_are_kept_where_there_are_both() {
    let project = Project::new("migrations", &[("1_create_notes.sql", NOTES)]);
    sqlx_migrate(&project.migrations(), &project.url()).unwrap();
    project.sql(
        "CREATE SCHEMA supabase_migrations; \
         CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY)",
    );
    project.write("2_add_mood.sql", "ALTER TABLE notes ADD mood text");
    let run = project.run(&["apply"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let noted = "SELECT string_agg(version::text, ' ' ORDER BY version) FROM";
    assert_eq!(project.sql(&format!("{noted} supabase_migrations.schema_migrations")), "1 2");
    assert_eq!(project.sql(&format!("{noted} _sqlx_migrations")), "1 2");
    sqlx_migrate(&project.migrations(), &project.url()).unwrap();
    // A table that is full of another project's versions is left to it.
    project.sql("UPDATE _sqlx_migrations SET version = version + 100");
    project.write("3_add_weather.sql", "ALTER TABLE notes ADD weather text");
    assert_eq!(project.run(&["apply"]).code, Some(0));
    assert_eq!(project.sql(&format!("{noted} _sqlx_migrations")), "101 102");
}

#[test]
fn a_changed_file_is_refused_and_a_missing_one_told() {
    let project = Project::new(
        "migrations",
        &[("1_create_notes.sql", NOTES), ("2_add_mood.sql", "ALTER TABLE notes ADD mood text")],
    );
    assert_eq!(project.run(&["apply"]).code, Some(0));
    let before = project.dump();
    project.write("2_add_mood.sql", "ALTER TABLE notes ADD mood integer");
    project.write("3_add_weather.sql", "ALTER TABLE notes ADD weather text");
    let run = project.run(&["apply"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("migration 2_add_mood was applied with another text"), "{run:?}");
    assert_eq!(project.dump(), before);
    let status = project.run(&["status"]);
    assert_eq!(status.code, Some(1));
    assert_eq!(
        status.stdout,
        "applied    1_create_notes\nchanged    2_add_mood\npending    3_add_weather\n"
    );
    fs::remove_file(project.migrations().join("2_add_mood.sql")).unwrap();
    let run = project.run(&["apply"]);
    assert!(run.stderr.contains("2_add_mood was applied and has no file"), "{run:?}");
    assert_eq!(run.code, Some(0), "{run:?}");
    let status = project.run(&["status", "--format", "json"]);
    let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(status[1]["state"], "missing", "{status}");
    assert_eq!(status[2]["noted_in"][0], "sqlx", "{status}");
}

#[test]
fn what_cannot_be_part_of_a_transaction_is_applied_alone_if_allowed() {
    let (table, index) = NOTES.split_at(NOTES.find("CREATE INDEX").unwrap());
    let index = index.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY");
    let project = Project::new(
        "migrations",
        &[
            ("1_create_notes.sql", table),
            ("2_add_index.sql", &index),
            ("3_create_mood.sql", "CREATE TYPE mood AS ENUM ('sad')"),
        ],
    );
    let before = project.dump();
    let run = project.run(&["apply"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.stderr.contains("migrations/2_add_index.sql:1:1: PostgreSQL does not run"),
        "{run:?}"
    );
    assert_eq!(project.dump(), before);
    // The rule that asks for the index holds once the rest is committed too.
    let run = project.run(&["apply", "--allow-nontransactional"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("applying migrations/2_add_index.sql alone"), "{run:?}");
    assert_eq!(
        project.sql(
            "SELECT count(*) FROM pg_index WHERE indisvalid \
                            AND indexrelid = 'idx_notes_author'::regclass"
        ),
        "1"
    );

    project.write("4_add_moods.sql", "ALTER TYPE mood ADD VALUE 'glad'");
    project.write("5_use_mood.sql", "CREATE TABLE moods (mood mood DEFAULT 'glad')");
    let run = project.run(&["apply"]);
    assert!(run.stderr.contains("migrations/5_use_mood.sql:1:1: it may use the enum value 'glad'"));
    let run = project.run(&["apply", "--allow-nontransactional"]);
    assert_eq!(run.code, Some(0), "{run:?}");

    // What cannot be undone is judged before it is done.
    let before = project.dump();
    project.write("6_drop_index.sql", "DROP INDEX CONCURRENTLY idx_notes_author");
    let run = project.run(&["apply", "--allow-nontransactional"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("❌ violates TEAM-2"), "{run:?}");
    assert_eq!(project.dump(), before);
}

#[test]
fn a_new_migration_is_named_as_the_others_and_never_written_over() {
    let project = Project::new("migrations", &[("0001_create_notes.sql", NOTES)]);
    let run = project.run(&["new", "Add mood"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "migrations/0002_add_mood.sql\n"));
    for name in ["../evil", "/evil", ""] {
        let run = project.run(&["new", name]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("is not the name of a migration"), "{run:?}");
    }
    assert_eq!(fs::read_dir(project.migrations()).unwrap().count(), 2);
}

#[test]
fn no_password_is_printed() {
    let project = Project::new("migrations", &[("1_create_notes.sql", NOTES)]);
    let port = cluster().port();
    for url in [
        "postgres://somebody:hunter2@127.0.0.1:1/x".to_owned(),
        format!("postgres://nobody:hunter2@127.0.0.1:{port}/x"),
        "postgres://somebody:hunter2@:x/y/z".to_owned(),
        "hunter2".to_owned(),
    ] {
        for arguments in [&["status"][..], &["apply", "-v"], &["apply", "--help"]] {
            let run = project.run(&[arguments, &["--database-url", &url]].concat());
            assert!(!format!("{run:?}").contains("hunter2"), "{url}: {run:?}");
        }
    }
}
