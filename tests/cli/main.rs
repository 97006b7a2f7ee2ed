//! The command line from outside: what it refuses, what it says on which stream, how it ends.

mod blame;
mod databases;
mod histories;
#[path = "../support/history.rs"]
mod history;
#[cfg(unix)]
mod hook;
mod init;
mod matrix;
mod mutate;
mod reports;
mod since;
mod support;
mod suppressions;
#[path = "../support/trees.rs"]
mod trees;
mod verdicts;
mod watch;

use std::fs;
use std::process::{Command, Stdio};

use support::{Run, railcheck, tree};

#[test]
fn what_cannot_run_says_why_and_ends_with_2() {
    let root = tree(&[("file.txt", "")]);
    for (arguments, expected) in [
        (
            &["verify", "missing"][..],
            "railcheck: cannot open folder missing: No such file or directory (os error 2)",
        ),
        (&["verify", "file.txt"], "railcheck: file.txt is not a folder"),
        (
            &["verify", "--migrations", "missing"],
            "railcheck: cannot open folder missing: No such file or directory (os error 2)",
        ),
        (
            &["verify", "--config", "missing.yaml"],
            "railcheck: cannot read missing.yaml: No such file or directory (os error 2)",
        ),
        (
            &["verify", "--rules", "missing"],
            "railcheck: cannot read missing: No such file or directory (os error 2) (shipped packs: e76)",
        ),
        (
            &["verify", "--rules", "e76", "--rules", "e76"],
            "railcheck: rules/e76.yaml:7:9: rule R-E76-001 is declared by pack `e76` already; give it an id of its own",
        ),
        (
            &["catalog", "missing"],
            "railcheck: cannot open folder missing: No such file or directory (os error 2)",
        ),
        (
            &["explain", "R-E76-999"],
            "railcheck: there is no rule and no check named `R-E76-999`; `railcheck rules` lists the rules",
        ),
        (
            &["verify", "--engine", "oracle"],
            "error: invalid value 'oracle' for '--engine <ENGINE>'",
        ),
        (&["verify", "-q", "-v"], "error: the argument '--quiet' cannot be used with '--verbose'"),
        (
            &["verify", "-q", "--output", "missing/report.txt"],
            "railcheck: cannot write missing/report.txt: No such file or directory (os error 2)",
        ),
    ] {
        let run = Run::of(root.path(), arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.starts_with(expected), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_configuration_is_refused_where_it_is_wrong() {
    for (yaml, expected) in [
        ("migration: db\n", "railcheck.yaml:1:1: unknown field `migration`, expected one of"),
        ("migrations: db\nmigrations: db\n", "railcheck.yaml:2:1: duplicate mapping key"),
        ("sources: src\n", "railcheck.yaml:1:10: expected sequence start"),
        ("platform: oracle\n", "railcheck.yaml:1:11: unknown variant `oracle`"),
        ("\nmigrations: nowhere\n", "railcheck.yaml:2:13: cannot open folder nowhere"),
        ("migrations: ../\n", "railcheck.yaml:1:13: ../ leads out of the folder"),
        ("migrations: /\n", "railcheck.yaml:1:13: / leads out of the folder"),
        ("sources:\n  - src\n  - ..\n", "railcheck.yaml:3:5: .. leads out of the folder"),
        ("excludes:\n  - 'a{'\n", "railcheck.yaml:2:5: "),
        ("packs: [../pack.yaml]\n", "../pack.yaml leads out of the folder"),
        ("packs: [none.yaml]\n", "cannot read none.yaml: No such file or directory"),
        ("migrations: [\n", "railcheck.yaml:1:13: "),
        ("a: &a [*a, *a]\n", "railcheck.yaml:1:"),
    ] {
        let root = tree(&[("railcheck.yaml", yaml), ("src/a.ts", ""), ("db/1_a.sql", "")]);
        fs::write(root.path().parent().expect("a parent").join("pack.yaml"), "").expect("a file");
        let run = Run::of(root.path(), &["verify"]);
        assert_eq!(run.code, 2, "{yaml}");
        assert!(run.stderr.contains(&format!("railcheck: {expected}")), "{yaml}{}", run.stderr);
        assert_eq!(run.stdout, "", "{yaml}");
    }
}

#[test]
fn a_pack_is_refused_where_it_is_wrong() {
    const HEAD: &str = "pack: own\ntitle: Own\nguardrails: own guardrails\nrules:\n";
    const RULE: &str =
        "  - {id: R-1, subject: s, title: t, check: index, parameters: {table: a.b, index: i}}\n";
    for (yaml, expected) in [
        (String::new(), "pack.yaml:1:1: "),
        (
            format!("{HEAD}{RULE}{RULE}"),
            "pack.yaml:6:10: rule id `R-1` is already declared in line 5",
        ),
        (format!("extra: 1\n{HEAD}{RULE}"), "pack.yaml:1:1: unknown field `extra`"),
        (
            format!("{HEAD}{}", RULE.replace("check: index", "check: magic")),
            "pack.yaml:5:44: unknown check `magic`",
        ),
        (format!("{HEAD}{}", RULE.replace("index: i}", "index: i, colour: red}")), "pack.yaml:5:"),
        (format!("{HEAD}{}", RULE.replace("table: a.b", "table: 3")), "pack.yaml:5:"),
    ] {
        let root = tree(&[("pack.yaml", &yaml)]);
        let run = Run::of(root.path(), &["verify", "--rules", "pack.yaml"]);
        assert_eq!(run.code, 2, "{yaml}");
        assert!(run.stderr.contains(&format!("railcheck: {expected}")), "{yaml}{}", run.stderr);
    }
}

#[test]
fn rules_without_migrations_or_sources_cannot_be_decided() {
    let root = tree(&[]);
    let run = Run::of(root.path(), &["verify", "-q"]);
    assert_eq!(run.code, 2);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 6, "{}", run.stdout);
    for (number, line) in lines.iter().enumerate() {
        let start = format!("❓ cannot decide R-E76-00{}: no ", number + 1);
        assert!(line.starts_with(&start), "{line}");
    }
}

#[test]
fn migrations_are_found_in_the_usual_places_and_that_is_said() {
    for folder in ["supabase/migrations", "migrations", "db/migrations"] {
        let migration = format!("{folder}/1_a.sql");
        let root = tree(&[(&migration, "SELECT 1;"), ("other/1_b.sql", "")]);
        let run = Run::of(root.path(), &["verify"]);
        let found = format!("railcheck: migrations found in {folder}\n");
        assert!(run.stderr.starts_with(&found), "{}", run.stderr);
    }
    let root = tree(&[("migrations/notes.sql", "")]);
    let run = Run::of(root.path(), &["verify"]);
    let none = "railcheck: no migrations found; name their folder with --migrations\n";
    assert!(run.stderr.starts_with(none), "{}", run.stderr);
}

#[test]
fn migrations_named_on_the_command_line_go_before_the_configuration() {
    let root = tree(&[
        ("railcheck.yaml", "migrations: configured"),
        ("configured/1_a.sql", "SELECT"),
        ("named/1_b.sql", "SELECT"),
    ]);
    for (arguments, expected) in [
        (&["verify", "-q", "--format", "json"][..], 1),
        (&["verify", "-q", "--format", "json", "--migrations", "named"], 1),
    ] {
        let run = Run::of(root.path(), arguments);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        assert_eq!(report["migrations"], expected);
    }
}

#[test]
fn a_configuration_chooses_packs_and_sources() {
    let root = tree(&[
        (
            "railcheck.yaml",
            "packs: [rules/own.yaml]\nsources: [src, lib]\nincludes: ['*.ts']\nexcludes: [old/]\n",
        ),
        (
            "rules/own.yaml",
            "pack: own\ntitle: Own guardrails\nguardrails: own guardrails\nrules:
  - {id: OWN-1, subject: Status index, title: t, check: index, parameters: {table: public.a, index: i, leading_columns: [s]}}",
        ),
        ("src/a.ts", ""),
        ("src/old/b.ts", ""),
        ("lib/c.ts", ""),
        ("lib/d.rs", ""),
        ("test/e.ts", ""),
    ]);
    let run = Run::of(root.path(), &["verify", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["sources"], 2);
    assert_eq!(report["packs"][0]["name"], "own");
    assert_eq!(report["packs"][0]["rules"][0]["id"], "OWN-1");
    assert_eq!(report["packs"][0]["rules"][0]["location"]["path"], "rules/own.yaml");
}

#[test]
fn the_report_goes_to_the_file_and_standard_output_stays_empty() {
    let root = tree(&[]);
    let run = Run::of(root.path(), &["verify", "--output", "report.txt"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    let report = fs::read_to_string(root.path().join("report.txt")).expect("a report");
    assert!(report.starts_with("========================================\nE76.4 "));
    assert!(!report.contains('\u{1b}'));
}

#[test]
fn colour_is_used_when_asked_for_and_never_in_a_pipe_by_itself() {
    let root = tree(&[]);
    for (color, is_colored) in [("always", true), ("never", false), ("auto", false)] {
        let run = Run::of(root.path(), &["verify", "--color", color]);
        assert_eq!(run.stdout.contains('\u{1b}'), is_colored, "{color}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let root = tree(&[]);
    let mut child = Command::new(railcheck())
        .args(["verify", "--format", "json"])
        .current_dir(root.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("railcheck");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(2), "the verdict and no panic");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panic"));
}

#[test]
fn explain_and_rules_tell_what_there_is() {
    let root = tree(&[]);
    let rules = Run::of(root.path(), &["rules"]);
    assert_eq!(rules.code, 0);
    for id in ["R-E76-001", "R-E76-002", "R-E76-003", "R-E76-004", "R-E76-005", "R-E76-006"] {
        assert!(rules.stdout.contains(id), "{id}");
        let explained = Run::of(root.path(), &["explain", id]);
        assert_eq!(explained.code, 0, "{id}");
        assert!(explained.stdout.starts_with(id), "{id}: {}", explained.stdout);
    }
    let check = Run::of(root.path(), &["explain", "row-level-security"]);
    assert!(check.stdout.starts_with("# row-level-security"));
}

#[test]
fn a_catalog_ends_with_0_whatever_it_lacks() {
    let root = tree(&[("db/1_a.sql", "CREATE TABLE a (id int);"), ("db/2_b.sql", "DROP TABLE b;")]);
    let run = Run::of(root.path(), &["catalog", "db", "--format", "json"]);
    assert_eq!(run.code, 0);
    let catalog: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    for key in ["tables", "enums", "views", "functions", "gaps"] {
        assert!(catalog[key].is_array(), "{key}");
    }
    assert!(run.stderr.lines().all(|line| line.starts_with("railcheck: ")), "{}", run.stderr);
}

/// A pack of one rule, which a tree with or without the index keeps or breaks.
pub(crate) const PACK: &str = "\
pack: own
title: Own Guardrails Verification
guardrails: own guardrails
rules:
  - id: OWN-1
    subject: Status index
    title: Runs are found by their status
    check: index
    parameters: {table: public.runs, index: runs_status, leading_columns: [status]}
";
