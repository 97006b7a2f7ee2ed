//! Only what a change broke fails.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::history::History;
use crate::support::{Run, write};
use crate::trees::{CASCADE, compliant_but};

/// A compliant repository with its first commit on main.
fn repository(files: &[(&str, &str)]) -> (TempDir, History) {
    let root = compliant_but(files);
    let history = History::init(root.path());
    history.commit("main", &[]);
    (root, history)
}

fn since(root: &Path, revision: &str) -> Run {
    Run::of(root, &["verify", "--since", revision])
}

/// A statement that depends on data.
const UNCERTAIN: (&str, &str) = (
    "supabase/migrations/20260105000000_clean_up.sql",
    "DO $$ DECLARE s text; BEGIN
    FOR s IN SELECT sql FROM public.pending LOOP EXECUTE s; END LOOP;
END $$;\n",
);

const PENDING: (&str, &str) =
    ("supabase/migrations/20260104500000_pending.sql", "CREATE TABLE public.pending (sql text);\n");

const UNKNOWN_CODE: (&str, &str) = (
    "app/api/diagnosis-runs/[id]/process/route.ts",
    "export const POST = () => Response.json({ errorCode: 'TIMEOUT' })\n",
);

#[test]
fn a_change_that_breaks_nothing_passes_whatever_was_broken_before() {
    let (root, _) = repository(&[CASCADE]);
    write(root.path(), &[("lib/more.ts", "export const more = 1\n")]);
    let run = since(root.path(), "main");
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stdout.contains("🔕 suppressed R-E76-002: policy diagnosis_runs_clinician_select of")
    );
    assert!(run.stdout.contains(" already\n"), "{}", run.stdout);
    assert!(run.stderr.contains(": 0 new, 1 known, 0 fixed\n"), "{}", run.stderr);
    assert_eq!(Run::of(root.path(), &["verify"]).code, 1);
}

#[test]
fn a_migration_that_breaks_an_old_guarantee_fails_before_it_is_committed() {
    let (root, _) = repository(&[UNKNOWN_CODE]);
    write(root.path(), &[CASCADE]);
    let run = since(root.path(), "HEAD");
    assert_eq!(run.code, 1, "{}", run.stdout);
    let broken: Vec<_> =
        run.stdout.lines().filter(|line| line.starts_with("❌ violates")).collect();
    assert_eq!(broken.len(), 1, "{}", run.stdout);
    assert!(broken[0].starts_with("❌ violates R-E76-002: policy diagnosis_runs_clinician_select"));
    assert!(run.stderr.contains(": 1 new, 1 known, 0 fixed\n"), "{}", run.stderr);
}

#[test]
fn a_branch_is_compared_with_the_commit_that_it_left() {
    let (root, history) = repository(&[]);
    let main = history.commit("main", &[]);
    history.check_out("feature");
    write(root.path(), &[UNKNOWN_CODE]);
    let first = history.commit("feature", std::slice::from_ref(&main));
    write(root.path(), &[CASCADE]);
    history.commit("feature", std::slice::from_ref(&first));
    // Meanwhile main breaks the same rule, which is no excuse.
    history.commit("main", &[main]);
    for (revision, new, known) in
        [("main", 2, 0), ("HEAD~1", 1, 1), ("feature", 0, 2), (&first, 1, 1)]
    {
        let run = since(root.path(), revision);
        assert_eq!(run.code, i32::from(new > 0), "{revision}: {}", run.stdout);
        let counted = format!(": {new} new, {known} known, 0 fixed\n");
        assert!(run.stderr.contains(&counted), "{revision}: {}", run.stderr);
    }
}

#[test]
fn a_rule_that_became_undecided_is_new_and_one_that_was_is_not() {
    let (root, history) = repository(&[PENDING]);
    write(root.path(), &[UNCERTAIN]);
    let options = ["verify", "--engine", "interpreter", "--since", "HEAD"];
    let run = Run::of(root.path(), &options);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stdout.contains("❓ cannot decide R-E76-003: "), "{}", run.stdout);

    history.commit("main", &[]);
    let run = Run::of(root.path(), &options);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stderr.contains(": 0 new, 4 known, 0 fixed\n"), "{}", run.stderr);

    // What could not be decided and is broken now is new.
    fs::remove_file(root.path().join(UNCERTAIN.0)).expect("a file");
    write(
        root.path(),
        &[(
            "supabase/migrations/20260106000000_drop.sql",
            "DROP TABLE public.diagnosis_runs CASCADE;\n",
        )],
    );
    let run = Run::of(root.path(), &options);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stderr.contains(": 4 new, 0 known, 4 fixed\n"), "{}", run.stderr);
}

#[test]
fn what_was_fixed_is_mentioned() {
    let (root, _) = repository(&[CASCADE]);
    fs::remove_file(root.path().join(CASCADE.0)).expect("a file");
    let run = since(root.path(), "main");
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("✅ R-E76-002: RLS policies verified"));
    assert!(run.stderr.contains(": R-E76-002: policy diagnosis_runs_clinician_select of"));
    assert!(run.stderr.contains(": 0 new, 0 known, 1 fixed\n"), "{}", run.stderr);
}

#[test]
fn each_side_has_its_own_configuration() {
    let elsewhere = [("railcheck.yaml", "migrations: supabase/migrations\nexcludes: [old/]\n")];
    let (root, _) = repository(&elsewhere);
    fs::create_dir(root.path().join("db")).expect("a folder");
    fs::rename(root.path().join("supabase/migrations"), root.path().join("db/all")).expect("moved");
    write(root.path(), &[("railcheck.yaml", "migrations: db/all\n")]);
    let run = since(root.path(), "main");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(": 0 new, 0 known, 0 fixed\n"), "{}", run.stderr);

    // What cannot be judged hides nothing.
    let (root, _) = repository(&[("railcheck.yaml", "migration: typo\n"), UNKNOWN_CODE]);
    write(root.path(), &[("railcheck.yaml", "migrations: supabase/migrations\n")]);
    let run = since(root.path(), "main");
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stderr.contains("cannot be judged, so everything is new: railcheck.yaml:1:1"));
}

#[test]
fn a_folder_of_a_repository_is_compared_with_itself() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let part = root.path().join("apps/runs");
    let compliant = compliant_but(&[UNKNOWN_CODE]);
    fs::create_dir_all(part.parent().expect("a parent")).expect("a folder");
    fs::rename(compliant.path(), &part).expect("moved");
    History::init(root.path()).commit("main", &[]);
    let run = Run::of(root.path(), &["verify", "apps/runs", "--since", "main"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(": 0 new, 1 known, 0 fixed\n"), "{}", run.stderr);
}

#[test]
fn nothing_of_the_work_tree_changes() {
    let (root, _) = repository(&[CASCADE]);
    write(root.path(), &[("lib/more.ts", "export const more = 1\n")]);
    let before = listing(root.path());
    assert_eq!(since(root.path(), "main").code, 0);
    assert_eq!(listing(root.path()), before);
}

/// Every file with its size.
fn listing(root: &Path) -> Vec<(String, u64)> {
    walkdir::WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("an entry"))
        .map(|entry| {
            (entry.path().display().to_string(), entry.metadata().expect("metadata").len())
        })
        .collect()
}

#[test]
fn a_history_that_does_not_reach_far_enough_says_what_to_do() {
    let (root, history) = repository(&[]);
    let tip = history.commit("main", &[]);
    history.commit("stranger", &[]);
    write(root.path(), &[("lib/more.ts", "export const more = 1\n")]);
    history.commit("stranger", &[]);
    let refused = |revision: &str, expected: &str| {
        let run = since(root.path(), revision);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{revision}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{revision}: {}", run.stderr);
    };
    refused("origin/main", "there is no revision `origin/main` here; fetch it");
    refused("stranger", "`stranger` and HEAD have no commit in common\n");
    refused("", "there is no revision `` here");
    refused("HEAD~9", "there is no revision `HEAD~9` here");
    history.cut_off_below(&tip);
    refused("origin/main", "the clone is shallow, `git fetch --unshallow` gets the rest");
    refused("stranger", "`stranger` and HEAD have no commit in common; the clone is shallow");

    let run = since(compliant_but(&[]).path(), "main");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("is in no work tree of git"), "{}", run.stderr);

    let run = Run::of(root.path(), &["verify", "--since", "main", "--at", "1"]);
    assert!(run.stderr.contains("cannot be used with '--at"), "{}", run.stderr);
}
