//! The command line from outside: what it refuses, what it says on which stream, how it ends.

mod blame;
mod cache;
mod databases;
mod fix;
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
            "railcheck: cannot read missing: No such file or directory (os error 2) (shipped packs: e76, supabase)",
        ),
        (
            &["verify", "--rules", "e76", "--rules", "e76"],
            "railcheck: rules/e76.yaml:13:9: rule R-E76-001 is declared by pack `e76` already; give it an id of its own",
        ),
        (
            &["catalog", "missing"],
            "railcheck: cannot open folder missing: No such file or directory (os error 2)",
        ),
        (
            &["explain", "R-E76-999"],
            "railcheck: there is no rule and no check named `R-E76-999`; `railcheck rules` lists the rules; did you mean",
        ),
        (
            &["verify", "--engine", "oracle"],
            "error: invalid value 'oracle' for '--engine <ENGINE>'",
        ),
        (&["verify", "-q", "-v"], "error: the argument '--quiet' cannot be used with '--verbose'"),
        (
            &["verify", "-q", "--rules", "e76", "--output", "missing/report.txt"],
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
        (
            "migration: db\n",
            "railcheck.yaml:1:1: there is no key `migration` here; the keys are migrations, ",
        ),
        (
            "migrations: db\nmigrations: db\n",
            "railcheck.yaml:2:1: the key `migrations` stands twice",
        ),
        ("sources: src\n", "railcheck.yaml:1:10: a list is expected here"),
        ("platform: oracle\n", "railcheck.yaml:1:11: `oracle` is none of supabase, postgres"),
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
        (format!("extra: 1\n{HEAD}{RULE}"), "pack.yaml:1:1: there is no key `extra` here"),
        (
            format!("{HEAD}{}", RULE.replace("check: index", "check: magic")),
            "pack.yaml:5:44: there is no check `magic`",
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
    let run = Run::of(root.path(), &["verify", "-q", "--rules", "e76"]);
    assert_eq!(run.code, 2);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 6, "{}", run.stdout);
    for (number, line) in lines.iter().enumerate() {
        let start = format!("❓ cannot decide R-E76-00{}: no ", number + 1);
        assert!(line.starts_with(&start), "{line}");
    }
}

#[test]
fn a_shipped_pack_is_verified_without_its_name_only_where_it_applies() {
    let table = "CREATE TABLE public.diagnosis_runs (id int);";
    let dropped = format!("{table} DROP TABLE public.diagnosis_runs;");
    let refused = format!("DROP TABLE nowhere; {table}");
    let code = "export const CODES = { LLM_ERROR: 'LLM_ERROR', PERSISTENCE_ERROR: 'PERSISTENCE_ERROR' } as const";
    for (path, text, why) in [
        ("migrations/1_a.sql", table, "table public.diagnosis_runs is in the migrations"),
        ("migrations/1_a.sql", &dropped, "table public.diagnosis_runs is in the migrations"),
        ("migrations/1_a.sql", &refused, "the migrations name table public.diagnosis_runs"),
        (
            "app/api/diagnosis-runs/route.ts",
            "export const GET = () => new Response()",
            "there are endpoints at or below /api/diagnosis-runs",
        ),
        (
            "lib/a.ts",
            "fetch('/api/diagnosis-runs')",
            "there are calls at or below /api/diagnosis-runs",
        ),
        ("lib/a.ts", code, "error code PERSISTENCE_ERROR is declared"),
    ] {
        let root = tree(&[(path, text)]);
        let run = Run::of(root.path(), &["verify", "--engine", "interpreter"]);
        let said = format!("railcheck: no pack is named; e76 applies, since {why}\n");
        assert!(run.stderr.contains(&said), "{text}: {}", run.stderr);
        assert!(run.stdout.contains("R-E76-001"), "{text}: {}", run.stdout);
    }
    for (path, text) in [
        ("migrations/1_a.sql", "CREATE TABLE notes (id int); -- diagnosis_runs"),
        ("lib/a.ts", "fetch('/api/notes'); // /api/diagnosis-runs"),
        ("lib/a.ts", "export const CODES = { VALIDATION_ERROR: 'VALIDATION_ERROR' } as const"),
        ("README.md", "diagnosis_runs"),
        ("railcheck.yaml", "sources: []"),
    ] {
        let root = tree(&[(path, text)]);
        for command in ["verify", "baseline", "mutate"] {
            let run = Run::of(root.path(), &[command]);
            assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{command}: {text}");
            let said = "railcheck: no rules apply here; run `railcheck init`\n";
            assert!(run.stderr.ends_with(said), "{command}: {text}: {}", run.stderr);
        }
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
        (&["verify", "-q", "--format", "json", "--rules", "e76"][..], 1),
        (&["verify", "-q", "--format", "json", "--rules", "e76", "--migrations", "named"], 1),
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
    let run = Run::of(root.path(), &["verify", "--rules", "e76", "--output", "report.txt"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    let report = fs::read_to_string(root.path().join("report.txt")).expect("a report");
    assert!(report.starts_with("========================================\nE76.4 "));
    assert!(!report.contains('\u{1b}'));
}

#[test]
fn colour_is_used_when_asked_for_and_never_in_a_pipe_by_itself() {
    let root = tree(&[]);
    for (color, is_colored) in [("always", true), ("never", false), ("auto", false)] {
        let run = Run::of(root.path(), &["verify", "--rules", "e76", "--color", color]);
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

#[test]
fn single_rules_are_verified_and_weighed_as_the_configuration_says() {
    let broken =
        [("own.yaml", PACK), ("migrations/1_runs.sql", "CREATE TABLE runs (status text);")];
    for (yaml, options, code, said) in [
        ("", &[][..], 1, "❌ violates OWN-1"),
        ("rules: {OWN-1: {severity: warning}}", &[], 0, "⚠️ violates OWN-1"),
        ("rules: {OWN-1: {severity: note}}", &[], 0, "ℹ️ violates OWN-1"),
        ("rules: {OWN-1: {excludes: ['migrations/1_*']}}", &[], 0, "1 finding suppressed"),
        ("rules: {OWN-1: {includes: ['other/']}}", &[], 0, "1 finding suppressed"),
        (
            "rules: {OWN-1: {includes: ['migrations/'], excludes: ['*.ts']}}",
            &[],
            1,
            "❌ violates OWN-1",
        ),
        ("engine: interpreter", &["--rule", "own-1"], 1, "❌ violates OWN-1"),
    ] {
        let yaml = format!("packs: [own.yaml]\n{yaml}\n");
        let root = tree(&[&broken[..], &[("railcheck.yaml", &yaml)]].concat());
        let run = Run::of(root.path(), &[&["verify"], options].concat());
        assert_eq!(run.code, code, "{yaml}{}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(said), "{yaml}{}", run.stdout);
    }
    for (yaml, options, said) in [
        (
            "rules: {OWN-2: {severity: note}}",
            &[][..],
            "railcheck.yaml:2:9: no pack that is verified here has a rule `OWN-2`; did you mean `OWN-1`?",
        ),
        ("rules: {OWN-1: {severity: loud}}", &[], "`loud` is none of error, warning, note, off"),
        ("rules: {OWN-1: {severity: off}}", &[], "no rules"),
        (
            "engine: shadow",
            &[],
            "engine shadow of railcheck.yaml needs a server: name it with --shadow-url",
        ),
        ("engine: oracle", &[], "`oracle` is none of auto, interpreter"),
        (
            "",
            &["--rule", "OWN-11"],
            "there is no rule `OWN-11` in the packs that are verified here; name its pack with --rules; did you mean `OWN-1`?",
        ),
    ] {
        let yaml = format!("packs: [own.yaml]\n{yaml}\n");
        let root = tree(&[&broken[..], &[("railcheck.yaml", &yaml)]].concat());
        let run = Run::of(root.path(), &[&["verify"], options].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{yaml}{}", run.stderr);
        assert!(run.stderr.contains(said), "{yaml}{}", run.stderr);
    }
}

#[test]
fn rules_and_explain_take_the_configuration_of_the_folder() {
    let root = tree(&[("own.yaml", PACK), ("railcheck.yaml", "packs: [own.yaml]\n")]);
    let rules = Run::of(root.path(), &["rules"]);
    assert!(rules.stdout.contains("OWN-1") && !rules.stdout.contains("R-E76"), "{}", rules.stdout);
    assert!(Run::of(root.path(), &["explain", "own-1"]).stdout.starts_with("OWN-1: "));
    assert!(Run::of(root.path(), &["explain", "R-E76-002"]).stdout.starts_with("R-E76-002: "));
    let slip = Run::of(root.path(), &["explain", "row-level-securty"]);
    assert!(slip.stderr.contains("did you mean `row-level-security`?"), "{}", slip.stderr);
}

#[test]
fn a_name_that_is_nearly_a_tables_is_told() {
    let pack = PACK.replace("public.runs", "public.run");
    let root =
        tree(&[("own.yaml", &pack), ("migrations/1_runs.sql", "CREATE TABLE runs (status text);")]);
    let run = Run::of(root.path(), &["verify", "--rules", "own.yaml"]);
    assert!(run.stdout.contains("did you mean public.runs?"), "{}", run.stdout);
}

#[test]
fn the_schema_of_configurations_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/railcheck.schema.json");
    let mut current = serde_json::to_string_pretty(&railcheck::config::schema()).expect("JSON");
    current.push('\n');
    if std::env::var_os("RAILCHECK_UPDATE").is_some() {
        fs::write(&path, &current).expect("a schema");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(kept == current, "run RAILCHECK_UPDATE=1 cargo test --test cli");
}

#[test]
fn callers_of_a_pack_are_called_in_their_own_way() {
    let pack = "pack: own\ntitle: Own\nguardrails: own\nrules:
  - id: OWN-1
    subject: s
    title: t
    check: endpoint-callsites
    parameters:
      prefix: /api/runs
      endpoints: []
      callers: [axios.post, ofetch, {call: api.send, method: post, url: 1}, {call: request, url: 0, options: 2}]
";
    let handler = "export const POST = () => new Response()\n";
    for (source, expected) in [
        ("axios.post('/api/runs', body)", true),
        ("import http from 'axios'; http.post(`${base}/api/runs`)", true),
        ("this.axios.post('/api/runs')", true),
        ("axios.get('/api/runs')", false),
        ("other.post('/api/runs')", false),
        ("axios.post(url)", false),
        ("ofetch('/api/runs', { method: 'POST' })", true),
        ("ofetch('/api/runs')", false),
        ("api.send(client, '/api/runs')", true),
        ("api.send('/api/runs', client)", false),
        ("request('/api/runs', client, { method: 'POST' })", true),
        ("request('/api/runs', client)", false),
    ] {
        let root = tree(&[
            ("own.yaml", pack),
            ("app/api/runs/route.ts", handler),
            ("lib/client.ts", source),
        ]);
        let run = Run::of(root.path(), &["verify", "-q", "--rules", "own.yaml"]);
        assert_eq!(run.code, i32::from(!expected), "{source}: {}{}", run.stdout, run.stderr);
    }
    let dynamic = "const url = '/api/runs'; fetch(url, { method: 'POST' })";
    let root =
        tree(&[("own.yaml", pack), ("app/api/runs/route.ts", handler), ("lib/client.ts", dynamic)]);
    let run = Run::of(root.path(), &["verify", "--rules", "own.yaml"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    let said = "calls the path through a variable, which is not literal";
    assert!(run.stdout.contains(said), "{}", run.stdout);
}

#[test]
fn completions_and_the_man_page_are_printed() {
    let root = tree(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = Run::of(root.path(), &["completions", shell]);
        assert_eq!(run.code, 0, "{shell}");
        assert!(run.stdout.contains("railcheck") && run.stdout.contains("staged"), "{shell}");
    }
    let page = Run::of(root.path(), &["man"]);
    assert!(page.stdout.contains(".TH railcheck 1"), "{}", page.stdout);
    let verify = Run::of(root.path(), &["man", "verify"]);
    assert!(verify.stdout.contains("\\-\\-staged"), "{}", verify.stdout);
    assert_eq!(Run::of(root.path(), &["man", "nothing"]).code, 2);
}
