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
    let output = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks/pre-commit"))
        .current_dir(root)
        .env("RAILCHECK", railcheck())
        .output()
        .expect("the hook");
    output.status.code().expect("an exit code")
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
