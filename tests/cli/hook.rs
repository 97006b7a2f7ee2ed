//! The git hook verifies what is about to be committed.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::PACK;
use crate::support::{railcheck, tree};

fn git(root: &Path, arguments: &[&str]) {
    let status = Command::new("git").args(arguments).current_dir(root).status().expect("git");
    assert!(status.success(), "git {arguments:?}");
}

fn hook(root: &Path) -> i32 {
    let (code, said) = hook_says(root);
    assert!(code != 0 || said.is_empty(), "it is quiet where all holds: {said}");
    code
}

fn hook_says(root: &Path) -> (i32, String) {
    let output = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks/pre-commit"))
        .current_dir(root)
        .env("RAILCHECK", railcheck())
        .output()
        .expect("the hook");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().expect("an exit code"), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn the_hook_judges_the_index_and_not_the_working_tree() {
    let root = tree(&[
        ("railcheck.yaml", "packs: [own.yaml]\n"),
        ("own.yaml", PACK),
        ("migrations/1_runs.sql", "CREATE TABLE runs (status text);"),
        ("migrations/2_index.sql", "CREATE INDEX runs_status ON runs (status);"),
    ]);
    let root = root.path();
    git(root, &["init", "-q"]);
    git(root, &["add", "."]);
    assert_eq!(hook(root), 0);

    let drop = root.join("migrations/3_drop.sql");
    fs::write(&drop, "DROP INDEX runs_status;").expect("a file");
    assert_eq!(hook(root), 0, "what is not staged is not committed");
    git(root, &["add", "."]);
    assert_eq!(hook(root), 1);
    fs::remove_file(&drop).expect("no file");
    assert_eq!(hook(root), 1, "what is staged is committed");
}

#[test]
fn what_a_commit_of_single_files_holds_is_what_is_judged() {
    let root = tree(&[
        ("railcheck.yaml", "packs: [own.yaml]\n"),
        ("own.yaml", PACK),
        ("migrations/1_runs.sql", "CREATE TABLE runs (status text);"),
        ("migrations/2_index.sql", "CREATE INDEX runs_status ON runs (status);"),
        ("notes.txt", ""),
    ]);
    let root = root.path();
    git(root, &["init", "-q"]);
    let installed = root.join(".git/hooks/pre-commit");
    let hook = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks/pre-commit");
    fs::create_dir_all(root.join(".git/hooks")).expect("a folder");
    fs::copy(hook, installed).expect("a hook");
    let commit = |arguments: &[&str]| {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "x"];
        let output = Command::new("git")
            .args([&who, arguments].concat())
            .current_dir(root)
            .env("RAILCHECK", railcheck())
            .output()
            .expect("git");
        output.status.success()
    };
    git(root, &["add", "."]);
    assert!(commit(&[]));
    // What is staged breaks the rule, and what is committed does not hold it.
    fs::write(root.join("migrations/3_drop.sql"), "DROP INDEX runs_status;").expect("a file");
    fs::write(root.join("notes.txt"), "more").expect("a file");
    git(root, &["add", "migrations/3_drop.sql"]);
    assert!(commit(&["--", "notes.txt"]), "the other file is not part of the commit");
    assert!(!commit(&[]));
    git(root, &["reset", "-q"]);
    git(root, &["add", "-N", "migrations/3_drop.sql"]);
    assert!(!commit(&["-a"]), "git commit -a has an index of its own");
}
