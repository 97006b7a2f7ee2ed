//! Every engine by the real binary: equal verdicts and catalogs, failures told by their place, nothing left
//! behind on a server, drift told.

#[path = "../cli/support.rs"]
mod support;

#[cfg(unix)]
mod interruption;
mod live;
#[cfg(unix)]
mod postgres;
mod shadow;
#[allow(dead_code, reason = "another test uses the rest")]
#[path = "../support/trees.rs"]
mod trees;

use std::path::Path;

use serde_json::Value;
use support::{Run, tree};
use test_cluster::{Cluster, differences};
use trees::compliant_but;

fn compliant() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cli/compliant")
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

#[test]
fn every_engine_makes_the_same_catalog_and_verdicts_of_a_compliant_tree() {
    let cluster = Cluster::start().expect("a server");
    let url = cluster.url("postgres");
    let shadow = vec!["shadow", "--shadow-url", &url];
    let engines = [vec!["auto"], vec!["interpreter"], shadow, vec!["postgres"], vec!["both"]];
    let mut first: Option<Value> = None;
    for engine in engines {
        let arguments = [&["verify", ".", "--engine"], engine.as_slice()].concat();
        let run = Run::of(&compliant(), &arguments);
        assert_eq!(run.code, 0, "{engine:?}: {}{}", run.stdout, run.stderr);

        let arguments = [
            &["catalog", "supabase/migrations", "--format", "json", "--engine"],
            engine.as_slice(),
        ];
        let run = Run::of(&compliant(), &arguments.concat());
        assert_eq!(run.code, 0, "{engine:?}: {}{}", run.stdout, run.stderr);
        let mut catalog = json(&run);
        for beside in ["gaps", "failure", "comparison"] {
            catalog.as_object_mut().expect("an object").remove(beside);
        }
        let first = first.get_or_insert_with(|| catalog.clone());
        assert_eq!(differences(first, &catalog), [""; 0], "{engine:?}");
    }
}

/// A block whose effect depends on the text that the server makes of an expression.
const UNCLEAR: &str = "DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_policies WHERE qual ~ 'uid\\(\\)') THEN
        ALTER TABLE public.diagnosis_runs DISABLE ROW LEVEL SECURITY;
    END IF;
END $$;";

#[test]
fn what_the_interpreter_cannot_tell_engine_postgres_decides_and_the_report_says_so() {
    let tree = copy_of_compliant(&[("99990101000000_unclear.sql", UNCLEAR)]);
    let interpreted = Run::of(tree.path(), &["verify", "--engine", "interpreter"]);
    assert_eq!(interpreted.code, 2, "{}", interpreted.stdout);
    assert!(interpreted.stdout.contains("❓ cannot decide R-E76-002"), "{}", interpreted.stdout);
    assert!(interpreted.stdout.contains("--engine shadow"), "{}", interpreted.stdout);

    let run = Run::of(tree.path(), &["verify"]);
    let report = json(&Run::of(tree.path(), &["verify", "--format", "json"]));
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("decided by engine postgres"), "{}", run.stdout);
    let decided = |id: &str| {
        let rules = report["packs"][0]["rules"].as_array().expect("rules");
        rules.iter().find(|rule| rule["id"] == id).expect("a rule")["decided_by"].clone()
    };
    assert_eq!(decided("R-E76-002"), "postgres");
    assert_eq!(decided("R-E76-006"), Value::Null);

    // Without a server the rule stays open, and it is said how to get it decided.
    let nowhere = tempfile::tempdir().expect("a folder");
    let programs = nowhere.path().to_str().expect("a path");
    let run = Run::of(tree.path(), &["verify", "--postgres-bin", programs]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stdout.contains("❓ cannot decide R-E76-002"), "{}", run.stdout);
    assert!(run.stdout.contains("run with --engine postgres where a"), "{}", run.stdout);
    assert!(run.stderr.contains("answer stands, since engine postgres failed"), "{}", run.stderr);
}

#[test]
fn an_expression_that_only_a_server_can_compute_is_put_to_rows_of_others() {
    let cluster = Cluster::start().expect("a server");
    let url = cluster.url("postgres");
    let shadow = vec!["--engine", "shadow", "--shadow-url", &url];
    let engines = [shadow, vec!["--engine", "auto"], vec!["--engine", "postgres"]];
    let coded = "encode('x', 'base64')";
    for (expression, vacuous) in [
        (format!("{coded} = 'eA=='"), true),
        (format!("{coded} <> 'eA=='"), false),
        (format!("{coded} = 'eA==' AND auth.uid() IS NOT NULL"), true),
        (format!("{coded} = 'eA==' AND patient_id = auth.uid()"), false),
    ] {
        let policy = format!(
            "CREATE POLICY extra ON public.diagnosis_runs FOR SELECT TO authenticated USING ({expression});"
        );
        let tree = copy_of_compliant(&[("99990101000000_extra.sql", &policy)]);
        for engine in &engines {
            let run = Run::of(tree.path(), &[&["verify"], engine.as_slice()].concat());
            assert_eq!(run.code, i32::from(vacuous), "{engine:?} {expression}: {}", run.stdout);
            let said = "is vacuous: its USING expression was true of each of the";
            assert_eq!(run.stdout.contains(said), vacuous, "{engine:?}: {}", run.stdout);
        }
    }
    let policy = format!("CREATE POLICY extra ON public.diagnosis_runs USING ({coded} = 'eA==');");
    let tree = copy_of_compliant(&[("99990101000000_extra.sql", &policy)]);
    let run = Run::of(tree.path(), &["verify", "--engine", "interpreter"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
}

#[test]
fn a_migration_that_fails_is_told_by_file_line_and_statement_and_what_was_before_is_judged() {
    let cluster = Cluster::start().expect("a server");
    let url = cluster.url("postgres");
    let tree = copy_of_compliant(&[
        ("99990101000000_drop.sql", "DROP INDEX public.idx_diagnosis_runs_status;\n"),
        (
            "99990102000000_fail.sql",
            "SELECT 1;\n\nALTER TABLE public.nowhere ADD x int;\nSELECT 2;",
        ),
        ("99990103000000_later.sql", "DROP TABLE public.diagnosis_runs CASCADE;"),
    ]);
    let shadow = vec!["shadow", "--shadow-url", &url];
    for engine in [vec!["interpreter"], shadow, vec!["postgres"]] {
        let arguments = [&["verify", "--format", "json", "--engine"], engine.as_slice()].concat();
        let run = Run::of(tree.path(), &arguments);
        let report = json(&run);
        let failure = &report["failure"];
        assert_eq!(failure["sqlstate"], "42P01", "{engine:?}: {failure}");
        assert_eq!(failure["message"], "relation \"public.nowhere\" does not exist");
        assert_eq!(failure["location"]["line"], 3, "{engine:?}");
        let path = failure["location"]["path"].as_str().expect("a path");
        assert!(path.ends_with("99990102000000_fail.sql"), "{path}");
        let verdict = |id: &str| {
            let rules = report["packs"][0]["rules"].as_array().expect("rules");
            rules.iter().find(|rule| rule["id"] == id).expect("a rule")["verdict"].clone()
        };
        assert_eq!(verdict("R-E76-001"), "undecided", "{engine:?}");
        assert_eq!(verdict("R-E76-005"), "holds", "{engine:?}");

        let catalog = ["catalog", "supabase/migrations", "--format", "json", "--engine"];
        let run = Run::of(tree.path(), &[&catalog, engine.as_slice()].concat());
        let is_certain = engine != ["interpreter"];
        assert_eq!(run.code, if is_certain { 2 } else { 0 }, "{engine:?}: {}", run.stderr);
        let told = "99990102000000_fail.sql:3:1: the migrations stop here: relation \"public.nowhere\" does \
                    not exist (SQLSTATE 42P01) at \"ALTER TABLE public.nowhere ADD x int\"";
        assert!(run.stderr.contains(told), "{engine:?}: {}", run.stderr);
        assert_eq!(json(&run)["tables"][0]["name"], "diagnosis_runs", "{engine:?}");
    }
}

#[test]
fn an_extension_that_the_server_lacks_is_no_verdict() {
    let root = copy_of_compliant(&[("20260103000000_it.sql", "CREATE EXTENSION nobody_has_it;")]);
    let run = Run::of(root.path(), &["verify", "--engine", "postgres"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stdout.contains("the server does not have the extension"), "{}", run.stdout);
}

#[test]
fn a_finding_of_an_engine_that_runs_sql_names_the_file_that_broke_the_rule() {
    let cluster = Cluster::start().expect("a server");
    let url = cluster.url("postgres");
    let tree = copy_of_compliant(&[(
        "99990101000000_break.sql",
        "SELECT 1;\nDO $$ BEGIN EXECUTE 'DROP INDEX public.idx_diagnosis_runs_status'; END $$;\n\
         DROP POLICY diagnosis_runs_patient_select ON public.diagnosis_runs;",
    )]);
    for engine in [vec!["shadow", "--shadow-url", &url], vec!["postgres"]] {
        let run =
            Run::of(tree.path(), &[&["verify", "--quiet", "--engine"], engine.as_slice()].concat());
        assert_eq!(run.code, 1, "{}", run.stdout);
        for finding in [
            "❌ violates R-E76-002: policy diagnosis_runs_patient_select of public.diagnosis_runs was dropped (supabase/migrations/99990101000000_break.sql:3:1)",
            "❌ violates R-E76-004: index idx_diagnosis_runs_status of public.diagnosis_runs was dropped (supabase/migrations/99990101000000_break.sql:2:13)",
        ] {
            assert!(run.stdout.contains(finding), "{engine:?}: {}", run.stdout);
        }
    }
}

/// The compliant tree with further migrations.
fn copy_of_compliant(migrations: &[(&str, &str)]) -> tempfile::TempDir {
    let path = |name: &str| format!("supabase/migrations/{name}");
    let named: Vec<_> = migrations.iter().map(|(name, text)| (path(name), *text)).collect();
    let files: Vec<_> = named.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    compliant_but(&files)
}
