//! What somebody has accepted: comments beside a statement, and the baseline.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Run, tree};

const PACK: &str = "\
pack: own
title: Own Guardrails Verification
guardrails: own guardrails
output: checklist
rules:
  - id: OWN-1
    subject: Status index
    title: Runs are found by their status
    check: index
    parameters: {table: public.runs, index: runs_status, leading_columns: [status]}
  - id: OWN-2
    subject: RLS policies
    title: Strangers see no runs
    check: row-level-security
    parameters: {table: public.runs, policies: {own: select}}
  - id: OWN-3
    subject: Callers
    title: No orphan endpoint
    check: endpoint-callsites
    parameters: {prefix: /api/runs, endpoints: []}
";

const TABLE: &str = "\
CREATE TABLE runs (status text, owner uuid);
ALTER TABLE runs ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON runs FOR SELECT USING (auth.uid() = owner);
";

const INDEX: &str = "CREATE INDEX runs_status ON runs (status);\n";

/// A tree in which all holds, with further or other files.
fn tree_with(files: &[(&str, &str)]) -> TempDir {
    let base = [
        ("railcheck.yaml", "packs: [own.yaml]\n"),
        ("own.yaml", PACK),
        ("migrations/1_runs.sql", TABLE),
        ("migrations/2_index.sql", INDEX),
        ("lib/a.ts", "export const a = 1\n"),
    ];
    tree(&[&base, files].concat())
}

fn verify(files: &[(&str, &str)], arguments: &[&str]) -> Run {
    let all = [&["verify", "--today", "2026-11-25"], arguments].concat();
    Run::of(tree_with(files).path(), &all)
}

/// The lines about one rule or kind of notice, without their frames.
fn lines_of(run: &Run, what: &str) -> Vec<String> {
    let is_line = |line: &&str| !line.contains('│') && line.contains(what) && !line.contains('🔍');
    run.stdout.lines().filter(is_line).map(str::to_owned).collect()
}

#[test]
fn a_comment_suppresses_what_the_statement_below_or_beside_it_breaks() {
    let reason = "reason=\"found by the primary key\"";
    for sql in [
        format!("-- railcheck: allow OWN-1 {reason}\nDROP INDEX runs_status;"),
        format!("DROP INDEX runs_status; -- railcheck: allow OWN-1 {reason}"),
        format!("/* railcheck: allow OWN-1 {reason} */ DROP INDEX runs_status;"),
        format!("DROP INDEX\n  runs_status; -- railcheck: allow OWN-1 {reason}"),
        format!(
            "-- railcheck: allow OWN-1 {reason}\n-- Nobody asks for it.\nDROP INDEX runs_status;"
        ),
        format!("/*\n * railcheck: allow OWN-1 {reason}\n */\r\nDROP INDEX runs_status;"),
        format!("-- railcheck: allow OWN-1 {reason} until=2026-11-25\nDROP INDEX runs_status;"),
        format!(
            "DO $$ BEGIN\n-- railcheck: allow OWN-1 {reason}\nDROP INDEX runs_status;\nEND $$;"
        ),
    ] {
        let run = verify(&[("migrations/3_drop.sql", &sql)], &[]);
        assert_eq!(run.code, 0, "{sql}\n{}", run.stdout);
        assert!(!run.stdout.contains("violates"), "{sql}\n{}", run.stdout);
        assert_eq!(lines_of(&run, "🔕 suppressed OWN-1").len(), 1, "{sql}\n{}", run.stdout);
        assert_eq!(lines_of(&run, "unused-suppression"), [""; 0], "{sql}");
    }
}

#[test]
fn what_only_looks_like_a_comment_beside_the_statement_suppresses_nothing() {
    let allow = "railcheck: allow OWN-1 reason=\"x\"";
    for (sql, notice) in [
        (format!("SELECT '\n-- {allow}\n'; DROP INDEX runs_status;"), None),
        (format!("SELECT $$\n-- {allow}\n$$; DROP INDEX runs_status;"), None),
        (format!("-- See -- {allow}\nDROP INDEX runs_status;"), None),
        (format!("-- {allow}\n\nDROP INDEX runs_status;"), Some("unused-suppression")),
        (format!("SELECT 1; -- {allow}\nDROP INDEX runs_status;"), Some("unused-suppression")),
        (format!("DROP INDEX runs_status;\n-- {allow}"), Some("unused-suppression")),
        (
            "-- railcheck: allow OWN-2 reason=x\nDROP INDEX runs_status;".into(),
            Some("unused-suppression"),
        ),
        ("-- railcheck: allow OWN-1\nDROP INDEX runs_status;".into(), Some("invalid-suppression")),
        (
            "-- railcheck: allow OWN-1 reason=x until=2026-11-24\nDROP INDEX runs_status;".into(),
            Some("expired-suppression"),
        ),
    ] {
        let run = verify(&[("migrations/3_drop.sql", &sql)], &[]);
        assert_eq!(run.code, 1, "{sql}\n{}", run.stdout);
        assert_eq!(lines_of(&run, "❌ violates OWN-1").len(), 1, "{sql}\n{}", run.stdout);
        for kind in ["unused", "invalid", "expired"].map(|kind| format!("{kind}-suppression")) {
            let expected = usize::from(notice == Some(kind.as_str()));
            assert_eq!(lines_of(&run, &kind).len(), expected, "{sql}\n{}", run.stdout);
        }
    }
}

#[test]
fn comments_in_typescript_and_rust_suppress_too() {
    let route = "app/api/runs/route.ts";
    let allow = "railcheck: allow OWN-3 reason=\"called by the phone\"";
    for (path, text) in [
        (route, format!("// {allow}\nexport const GET = () => new Response()\n")),
        (route, format!("export const GET = () => new Response() // {allow}\n")),
        (
            "src/main.rs",
            format!(
                "fn app() -> axum::Router {{\n    axum::Router::new()\n        // {allow}\n        .route(\"/api/runs\", axum::routing::get(list))\n}}\n"
            ),
        ),
    ] {
        let run = verify(&[(path, &text)], &[]);
        assert_eq!(run.code, 0, "{text}\n{}", run.stdout);
        assert_eq!(lines_of(&run, "🔕 suppressed OWN-3").len(), 1, "{text}\n{}", run.stdout);
    }
    let quoted = format!("const a = `// {allow}\n`; export const GET = () => a\n");
    assert_eq!(verify(&[(route, &quoted)], &[]).code, 1);
}

#[test]
fn a_suppression_that_suppresses_nothing_is_found_in_files_that_matter_to_no_rule() {
    let files = [("lib/b.ts", "// railcheck: allow OWN-1 reason=\"x\"\nexport const b = 1\n")];
    let run = verify(&files, &[]);
    assert_eq!(run.code, 0, "a warning: {}", run.stdout);
    assert_snapshot!(run.stdout);
}

#[test]
fn a_suppression_of_a_rule_that_nobody_declares_fails_the_run() {
    let files = [("lib/b.ts", "// railcheck: allow OWN-9 reason=\"x\"\nexport const b = 1\n")];
    let run = verify(&files, &["-q"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        run.stdout,
        "❌ invalid-suppression: OWN-9 is suppressed, which no pack declares (lib/b.ts:1:1)\n"
    );
    let other = [("lib/b.ts", "// railcheck: allow R-E76-001 reason=\"x\"\nexport const b = 1\n")];
    let run = verify(&other, &["-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "another pack's is none of this run's");
    let run = verify(&files, &["-q", "--rules", "own.yaml"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "nor of one that verifies a part");
}

#[test]
fn what_cannot_be_decided_is_never_suppressed() {
    let sql = "-- railcheck: allow OWN-1 reason=\"x\"\nDROP INDEX no_such_index;\n";
    let run = verify(&[("migrations/3_fail.sql", sql)], &["--engine", "interpreter"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert_eq!(lines_of(&run, "unused-suppression"), [""; 0]);
    let sql = "-- railcheck: allow OWN-1 reason=\"x\"\nDROP INDEX runs_status;\nDROP INDEX none;\n";
    let run = verify(&[("migrations/3_fail.sql", sql)], &["--engine", "interpreter"]);
    assert_eq!(
        run.code, 2,
        "a doubt behind a violation shows when that is accepted: {}",
        run.stdout
    );
}

#[test]
fn programs_are_told_of_suppressions() {
    let sql = "-- railcheck: allow OWN-1 reason=\"x\" until=2027-01-31\nDROP INDEX runs_status;\n";
    let run = verify(&[("migrations/3_drop.sql", sql)], &["--format", "json"]);
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((&report["status"], &report["exit_code"]), (&"holds".into(), &0.into()));
    let rule = &report["packs"][0]["rules"][0];
    assert_eq!(rule["verdict"], "suppressed");
    let suppression = &rule["suppressed"][0]["suppression"];
    assert_eq!(suppression["kind"], "comment");
    assert_eq!(
        (&suppression["reason"], &suppression["until"]),
        (&"x".into(), &"2027-01-31".into())
    );
    let run = verify(&[("migrations/3_drop.sql", sql)], &["--format", "sarif"]);
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["runs"][0]["results"][0]["suppressions"][0]["kind"], "inSource");
}

/// Two breaches: an index that is dropped, and a handler that nobody calls.
const BROKEN: [(&str, &str); 2] = [
    ("migrations/3_drop.sql", "DROP INDEX runs_status;\n"),
    ("app/api/runs/route.ts", "export const GET = () => new Response()\n"),
];

#[test]
fn a_baseline_accepts_what_is_broken_now_and_nothing_later() {
    let root = tree_with(&BROKEN);
    let run = |arguments: &[&str]| Run::of(root.path(), arguments);
    let write = |path: &str, text: &str| fs::write(root.path().join(path), text).expect("a file");
    assert_eq!(run(&["verify"]).code, 1);

    let made = run(&["baseline", "--today", "2026-11-25"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert_eq!(made.stdout, "railcheck-baseline.json: 2 added, 0 kept, 0 gone\n");
    let baseline = fs::read_to_string(root.path().join("railcheck-baseline.json")).expect("a file");
    assert_snapshot!("the_baseline", baseline);
    let verified = run(&["verify", "--today", "2026-12-01"]);
    assert_eq!(verified.code, 0, "{}", verified.stdout);
    assert_snapshot!("a_run_with_a_baseline", verified.stdout);

    write("app/api/runs/route.ts", "\n\n// moved\nexport const GET = () => new Response()\n");
    assert_eq!(run(&["verify"]).code, 0, "an object and not a line is accepted");
    write("app/api/runs/route.ts", "export const GET = () => 1, POST = () => 2\n");
    let broken = run(&["verify", "-q"]);
    assert_eq!(broken.code, 1, "{}", broken.stdout);
    assert!(broken.stdout.contains("POST /api/runs has no literal callsite"), "{}", broken.stdout);

    write("migrations/4_index.sql", INDEX);
    write("app/api/runs/route.ts", "export const GET = () => 1\n");
    let stale = run(&["verify", "-q"]);
    assert_eq!(stale.code, 0, "{}", stale.stdout);
    assert!(
        stale
            .stdout
            .starts_with("⚠️ stale-baseline: OWN-1 is no longer broken by index runs_status"),
        "{}",
        stale.stdout
    );
    write("lib/orphan.ts", "");
    write("app/api/runs/route.ts", "export const GET = () => 1, POST = () => 2\n");
    let pruned = run(&["baseline", "--prune", "--today", "2026-12-01"]);
    assert_eq!(pruned.stdout, "railcheck-baseline.json: 0 added, 1 kept, 1 gone\n");
    assert_eq!(run(&["verify", "-q"]).code, 1, "pruning accepts nothing new");
    let again = run(&["baseline", "--today", "2026-12-01"]);
    assert_eq!(again.stdout, "railcheck-baseline.json: 1 added, 1 kept, 0 gone\n");
    let text = fs::read_to_string(root.path().join("railcheck-baseline.json")).expect("a file");
    assert!(text.contains("2026-11-25") && text.contains("2026-12-01"), "first seen stays: {text}");
}

#[test]
fn a_baseline_that_is_wrong_is_refused() {
    let run = verify(&[("railcheck-baseline.json", "{\"version\": 1}")], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    let said = "railcheck-baseline.json:1:2: the key `findings` is missing";
    assert!(run.stderr.contains(said), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_baseline_is_not_written_through_a_link() {
    let outside = tree(&[("kept.json", "kept")]);
    let root = tree_with(&BROKEN);
    let kept = outside.path().join("kept.json");
    std::os::unix::fs::symlink(&kept, root.path().join("railcheck-baseline.json")).expect("a link");
    let run = Run::of(root.path(), &["baseline"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert_eq!(fs::read_to_string(kept).expect("a file"), "kept");
}
