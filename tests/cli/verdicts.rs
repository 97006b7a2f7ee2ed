//! Whole runs on the compliant tree and on breaches of it.

use std::fs;

use insta::assert_snapshot;

use crate::support::Run;
use crate::trees::{CASCADE, compliant_but};

/// What a run prints where every rule holds.
const ALL_VERIFIED: &str = "\
========================================
E76.4 Diagnosis Runs Guardrails Verification
========================================

🔍 Checking R-E76-001: diagnosis_runs table schema...
✅ R-E76-001: diagnosis_runs table schema verified

🔍 Checking R-E76-002: RLS policies...
✅ R-E76-002: RLS policies verified

🔍 Checking R-E76-003: Unique constraint...
✅ R-E76-003: Unique constraint verified

🔍 Checking R-E76-004: Status index...
✅ R-E76-004: Status index verified

🔍 Checking R-E76-005: Literal callsites...
✅ R-E76-005: Literal callsites verified

🔍 Checking R-E76-006: Error codes...
✅ R-E76-006: Error codes verified

========================================
✅ All E76.4 guardrails verified
========================================
";

fn verify(files: &[(&str, &str)], options: &[&str]) -> Run {
    Run::of(compliant_but(files).path(), &[&["verify"], options].concat())
}

#[test]
fn a_compliant_tree_is_verified_to_the_letter() {
    let run = verify(&[], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ALL_VERIFIED));
    let (said, took) = run.stderr.rsplit_once(", in ").expect("how long it took");
    assert!(took.ends_with(" s\n"), "{took}");
    assert_eq!(
        said,
        "railcheck: migrations found in supabase/migrations
railcheck: platform supabase, since the migrations are in supabase/migrations
railcheck: no pack is named; e76 applies, since table public.diagnosis_runs is in the migrations
railcheck: looked at 6 rules: 22 objects of the database, 4 endpoints, 4 callsites; 0 undecided"
    );
    let quiet = verify(&[], &["-q"]);
    assert_eq!((quiet.code, quiet.stdout.as_str(), quiet.stderr.as_str()), (0, "", ""));
}

#[test]
fn two_runs_print_the_same() {
    let breach = [("lib/x.ts", "fetch('/api/diagnosis-runs', { method: 'PUT' })")];
    let (first, second) = (verify(&breach, &["-v"]), verify(&breach, &["-v"]));
    assert_eq!(first.stdout, second.stdout);
}

#[test]
fn verbose_shows_the_history_of_each_fact() {
    assert_snapshot!(verify(&[], &["-v"]).stdout);
}

#[test]
fn a_breach_names_the_statement_that_broke_the_rule() {
    let run = verify(&[CASCADE], &[]);
    assert_eq!(run.code, 1);
    assert_snapshot!(run.stdout);
}

#[test]
fn the_same_breach_is_told_to_programs() {
    let run = verify(&[CASCADE], &["--format", "json"]);
    assert_eq!(run.code, 1);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["status"], "violated");
    let broken = &report["packs"][0]["rules"][1];
    assert_eq!((&broken["id"], &broken["verdict"]), (&"R-E76-002".into(), &"violated".into()));
    let place = &broken["findings"][0]["location"];
    assert_eq!(place["path"], CASCADE.0);
    assert_eq!((&place["line"], &place["column"]), (&2.into(), &1.into()));
}

#[test]
fn a_database_is_judged_as_it_was_after_a_migration() {
    let root = compliant_but(&[CASCADE]);
    for (at, code) in [("20260101000000", 1), ("20260102000000", 0), ("20260103000000", 1)] {
        let run = Run::of(root.path(), &["verify", "-q", "--at", at]);
        assert_eq!(run.code, code, "{at}: {}", run.stdout);
    }
    let run = Run::of(root.path(), &["verify", "-q", "--at", "20260102000001"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    let nearest = "the nearest are 20260102000000 and 20260103000000";
    let expected = format!("there is no migration of version 20260102000001; {nearest}");
    assert_eq!(run.stderr, format!("railcheck: {expected}\n"));
}

#[test]
fn breaches_in_sources_stand_where_they_are_written() {
    let run = verify(
        &[
            ("app/api/diagnosis-runs/export/route.ts", "export const GET = () => new Response()\n"),
            ("lib/more.ts", "export const unrelated = { errorCode: 'OTHER' }\n"),
            (
                "app/api/diagnosis-runs/[id]/process/route.ts",
                "export const POST = () => Response.json({ errorCode: 'TIMEOUT' })\n",
            ),
        ],
        &[],
    );
    assert_eq!(run.code, 1);
    assert_snapshot!(run.stdout);
}

#[test]
fn what_depends_on_data_the_interpreter_cannot_decide() {
    let run = verify(
        &[
            (
                "supabase/migrations/20260104000000_clean_up.sql",
                "DO $$
DECLARE statement text;
BEGIN
    FOR statement IN SELECT sql FROM public.pending_changes LOOP
        EXECUTE statement;
    END LOOP;
END $$;
",
            ),
            (
                "supabase/migrations/20260103000000_pending.sql",
                "CREATE TABLE public.pending_changes (sql text);\n",
            ),
        ],
        &["-q", "--engine", "interpreter"],
    );
    assert_eq!(run.code, 2);
    for rule in ["R-E76-001", "R-E76-002", "R-E76-003", "R-E76-004"] {
        assert!(run.stdout.contains(&format!("❓ cannot decide {rule}: ")), "{}", run.stdout);
    }
    assert!(!run.stdout.contains('❌'), "{}", run.stdout);
}

#[test]
fn a_migration_that_fails_cannot_be_decided() {
    let run = verify(
        &[("supabase/migrations/20260104000000_fail.sql", "DROP TABLE public.no_such_table;\n")],
        &["-q"],
    );
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stdout.contains("20260104000000_fail.sql:1:1"), "{}", run.stdout);
}

#[test]
fn unreadable_files_leave_their_rules_undecided() {
    let root = compliant_but(&[]);
    let at = |path: &str| root.path().join(path);
    fs::write(at("supabase/migrations/20260104000000_latin.sql"), b"-- caf\xe9\n").expect("a file");
    fs::write(at("lib/latin.ts"), b"fetch('/api/diagnosis-runs') // caf\xe9\n").expect("a file");
    fs::write(at("lib/unrelated.ts"), b"// caf\xe9\n").expect("a file");
    let run = Run::of(root.path(), &["verify", "-q"]);
    assert_eq!(run.code, 2);
    assert_snapshot!(run.stdout);
}

#[test]
fn a_catalog_is_printed_for_people_too() {
    let root = compliant_but(&[]);
    let run = Run::of(root.path(), &["catalog", "supabase/migrations"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_snapshot!(run.stdout);
}
