//! Rules show that they can fail.

use std::path::Path;

use railcheck::pack::SHIPPED;
use serde_json::Value;

use crate::support::{Run, write};
use crate::trees::{CASCADE, compliant_but};

#[test]
fn every_rule_of_every_shipped_pack_can_fail_on_this_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for pack in SHIPPED {
        let run = Run::of(root, &["mutate", "--rules", pack.name]);
        assert_eq!(run.code, 0, "{}: {}", pack.name, run.stdout);
    }
}

#[test]
fn a_rule_that_does_not_notice_a_weaker_fact_cannot_fail() {
    let root = compliant_but(&[]);
    write(
        root.path(),
        &[(
            "blind.yaml",
            "pack: blind\ntitle: Blind\nguardrails: blind guardrails\nrules:
  - id: BLIND-1
    subject: status index
    title: There is an index
    check: index
    parameters:
      {table: diagnosis_runs, index: idx_diagnosis_runs_status, leading_columns: []}\n",
        )],
    );
    let run = Run::of(root.path(), &["mutate", "--rules", "blind.yaml"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        run.stdout,
        "❌ BLIND-1 cannot fail: status index does not notice 1 of 7 mutants
   still the same: index idx_diagnosis_runs_status of public.diagnosis_runs is led by an expression

0 of 1 rules can fail, as 7 mutants show; 1 cannot, 0 could not be tried\n"
    );
}

#[test]
fn a_rule_that_is_broken_still_notices_what_is_weakened_further() {
    let run = Run::of(compliant_but(&[CASCADE]).path(), &["mutate", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let broken = &report["rules"][1];
    assert_eq!((&broken["id"], &broken["verdict"]), (&"R-E76-002".into(), &"violated".into()));
    assert_eq!(broken["proof"], "can_fail");
    let what = |mutant: &Value| mutant["what"].as_str().expect("text").to_owned();
    let mutants: Vec<_> = broken["mutants"].as_array().expect("mutants").iter().map(what).collect();
    assert!(
        mutants.contains(&"row-level security of public.diagnosis_runs is turned off".to_owned())
    );
    let gone = "policy diagnosis_runs_clinician_select of public.diagnosis_runs is dropped";
    assert!(!mutants.iter().any(|what| what == gone), "the policy is gone already");
}

#[test]
fn a_rule_that_cannot_be_decided_is_not_taken_for_one_that_can_fail() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let run = Run::of(root.path(), &["mutate", "--rules", "e76"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stdout.starts_with("❓ R-E76-001: diagnosis_runs table schema cannot be decided"));
}
