//! The table of rules and checks.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use crate::support::{Run, write};
use crate::trees::{CASCADE, compliant_but};

const FILE: &str = "docs/RULES_VS_CHECKS_MATRIX.md";

#[test]
fn the_table_of_this_repository_is_current() {
    let run = Run::of(Path::new(env!("CARGO_MANIFEST_DIR")), &["matrix", "--check"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn the_table_has_every_rule_with_its_check_and_evidence() {
    let root = compliant_but(&[CASCADE]);
    let run = Run::of(root.path(), &["matrix"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert_eq!(run.stderr, format!("railcheck: {FILE} is written\n"));
    assert_snapshot!(fs::read_to_string(root.path().join(FILE)).expect("the table"));
}

#[test]
fn a_stale_table_is_told_by_its_first_line_that_differs() {
    let root = compliant_but(&[]);
    let check = || Run::of(root.path(), &["matrix", "--check"]);
    let missing = check();
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.ends_with("write it with `railcheck matrix`\n"), "{}", missing.stderr);

    assert_eq!(Run::of(root.path(), &["matrix"]).code, 0);
    assert_eq!(check().code, 0);

    // A line above the statements moves them and changes nothing of the table.
    let migration = "supabase/migrations/20260102000000_add_policies.sql";
    let text = fs::read_to_string(root.path().join(migration)).expect("a migration");
    write(root.path(), &[(migration, &format!("-- Who may see a run.\n{text}"))]);
    assert_eq!(check().code, 0);
    // Nor does a checkout with other line ends.
    let table = fs::read_to_string(root.path().join(FILE)).expect("the table");
    write(root.path(), &[(FILE, &table.replace('\n', "\r\n"))]);
    assert_eq!(check().code, 0);

    write(root.path(), &[CASCADE]);
    let stale = check();
    assert_eq!(stale.code, 1);
    let line = table.lines().position(|line| line.contains("R-E76-002")).expect("a line") + 1;
    let expected = format!(
        "railcheck: {FILE}:{line}: the matrix is stale; write it with `railcheck matrix`\n"
    );
    assert_eq!(stale.stderr, expected);
}
