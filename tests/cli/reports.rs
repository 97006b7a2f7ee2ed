//! Several reports of one run, each at its place.

use std::fs;

use crate::PACK;
use crate::support::{Run, tree};

/// A tree in which the one rule is broken.
fn broken() -> tempfile::TempDir {
    tree(&[
        ("railcheck.yaml", "packs: [own.yaml]\n"),
        ("own.yaml", PACK),
        ("migrations/1_runs.sql", "CREATE TABLE runs (status text);"),
    ])
}

/// How each format begins.
const FORMATS: [(&str, &str); 8] = [
    ("text", "❌ violates OWN-1: index"),
    ("json", "{\n  \"schema_version\": 1,"),
    ("sarif", "{\n  \"$schema\": \"https://docs.oasis-open.org/sarif/"),
    ("github", "::error file=migrations/1_runs.sql,line=1,endLine=1,col=1,"),
    ("gitlab", "[\n  {\n    \"description\": \"OWN-1: "),
    ("junit", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "),
    ("markdown", "<!-- railcheck -->\n## ❌ railcheck\n"),
    ("html", "<!DOCTYPE html><html lang=\"en\">"),
];

#[test]
fn every_format_goes_to_standard_output_alone() {
    let root = broken();
    for (format, start) in FORMATS {
        for arguments in [["verify", "--format", format], ["verify", "--report", format]] {
            let run = Run::of(root.path(), &arguments);
            assert_eq!(run.code, 1, "{format}: {}", run.stderr);
            assert!(run.stdout.starts_with(start), "{format}: {}", run.stdout);
            assert!(
                run.stderr.starts_with("railcheck: migrations found in migrations\n"),
                "{format}"
            );
        }
    }
}

#[test]
fn reports_go_to_their_files_and_text_stays_on_standard_output() {
    let root = broken();
    let reports = FORMATS.map(|(format, _)| format!("--report={format}={format}.out"));
    let mut arguments = vec!["verify"];
    arguments.extend(reports.iter().map(String::as_str));
    let run = Run::of(root.path(), &arguments);
    assert_eq!(run.code, 1);
    assert!(run.stdout.starts_with(FORMATS[0].1), "{}", run.stdout);
    for (format, start) in FORMATS {
        let report = fs::read_to_string(root.path().join(format!("{format}.out")));
        assert!(report.expect("a report").starts_with(start), "{format}");
    }
}

#[test]
fn two_reports_never_share_a_place() {
    let root = broken();
    for (arguments, place) in [
        (&["--report", "json", "--report", "sarif"][..], "standard output"),
        (&["--format", "json", "--report", "sarif"], "standard output"),
        (&["--report", "json=a", "--report", "sarif=a"], "a"),
        (&["--output", "a", "--report", "sarif=a"], "a"),
    ] {
        let run = Run::of(root.path(), &[&["verify"], arguments].concat());
        let said = format!(
            "railcheck: only one report can go to {place}; give each a file: --report FORMAT=FILE\n"
        );
        assert_eq!((run.code, run.stdout, run.stderr), (2, String::new(), said), "{arguments:?}");
    }
    assert!(!root.path().join("a").exists());
}

#[test]
fn a_report_that_is_not_asked_for_rightly_is_refused() {
    let root = broken();
    for (value, expected) in [
        ("pdf", "unknown format `pdf`, expected one of text, json, sarif, "),
        ("sarif=", "name a file after `sarif=`"),
    ] {
        let run = Run::of(root.path(), &["verify", "--report", value]);
        assert_eq!(run.code, 2, "{value}");
        assert!(run.stderr.contains(expected), "{value}: {}", run.stderr);
    }
}

#[test]
fn a_file_that_cannot_be_written_fails_the_run_before_standard_output_is() {
    let root = broken();
    let run = Run::of(root.path(), &["verify", "-q", "--report", "sarif=missing/a.sarif"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.starts_with("railcheck: cannot write missing/a.sarif: "), "{}", run.stderr);
}
