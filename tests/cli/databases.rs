//! Several databases in one repository.

use crate::support::{Run, tree};

const CONFIGURATION: &str = "\
databases:
  - name: app
    migrations: web/supabase/migrations
    platform: supabase
    packs: [rules/app.yaml]
  - name: billing
    migrations: billing/migrations
    packs: [rules/billing.yaml]
";

fn pack(name: &str, table: &str) -> String {
    format!(
        "pack: {name}\ntitle: Guardrails of {name}\nguardrails: guardrails\noutput: checklist\nrules:\n  - {{id: {name}-1, subject: {table}, \
         title: t, check: row-level-security, parameters: {{table: {table}, policies: {{}}}}}}\n"
    )
}

fn repository(billing: &str) -> tempfile::TempDir {
    let closed = "CREATE TABLE notes (id int, owner uuid DEFAULT auth.uid()); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;";
    tree(&[
        ("railcheck.yaml", CONFIGURATION),
        ("rules/app.yaml", &pack("app", "notes")),
        ("rules/billing.yaml", &pack("billing", "invoices")),
        ("web/supabase/migrations/1_a.sql", closed),
        ("billing/migrations/1_a.sql", billing),
    ])
}

const INVOICES: &str = "CREATE TABLE invoices (id int);";
const CLOSED: &str =
    "CREATE TABLE invoices (id int); ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;";

#[test]
fn each_database_is_judged_by_its_own_packs_on_its_own_migrations() {
    for (billing, code) in [(CLOSED, 0), (INVOICES, 1), ("CREATE TABLE invoices (id nosuch);", 2)] {
        let root = repository(billing);
        let run = Run::of(root.path(), &["verify"]);
        assert_eq!(run.code, code, "{billing}: {}{}", run.stdout, run.stderr);
        let (app, rest) = run.stdout.split_once("== database billing\n").expect("two reports");
        assert!(app.starts_with("== database app\n") && app.contains("app-1"), "{app}");
        assert!(rest.contains("billing-1") && !rest.contains("app-1"), "{rest}");
        let run = Run::of(root.path(), &["verify", "--database", "app", "--format", "json"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
}

#[test]
fn what_is_about_one_database_wants_it_named() {
    let root = repository(INVOICES);
    for (arguments, said) in [
        (&["verify", "--format", "json"][..], "a report of several databases is text"),
        (&["catalog"], "choose one with --database: app, billing"),
        (&["mutate"], "choose one with --database: app, billing"),
        (
            &["verify", "--database", "shop"],
            "railcheck.yaml has no database shop; it has app, billing",
        ),
    ] {
        let run = Run::of(root.path(), arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
    }
    let run = Run::of(root.path(), &["catalog", "--database", "billing"]);
    assert!(run.code == 0 && run.stdout.contains("invoices"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn each_database_has_a_baseline_of_its_own() {
    let root = repository(INVOICES);
    let run = Run::of(root.path(), &["baseline", "--database", "billing"]);
    assert!(
        run.code == 0 && root.path().join("railcheck-baseline.billing.json").is_file(),
        "{}",
        run.stderr
    );
    assert_eq!(Run::of(root.path(), &["verify"]).code, 0);
}

#[test]
fn databases_are_refused_where_they_are_wrong() {
    let entry = "{name: a, migrations: m, packs: []}";
    for (text, said) in [
        (format!("databases: [{entry}, {entry}]"), "there are two databases `a`"),
        (format!("migrations: m\ndatabases: [{entry}]"), "each names its own migrations"),
        ("databases: [{name: '../a', migrations: m, packs: []}]".to_owned(), "`../a` is no name"),
        ("databases: [{name: a, migrations: elsewhere, packs: []}]".to_owned(), "elsewhere"),
    ] {
        let root = tree(&[("railcheck.yaml", &text), ("m/1_a.sql", "")]);
        let run = Run::of(root.path(), &["verify"]);
        assert_eq!(run.code, 2, "{text}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{text}: {}", run.stderr);
    }
}
