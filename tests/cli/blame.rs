//! How a rule came to hold or not.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::Run;
use crate::trees::{CASCADE, compliant_but};

const DROPPED: (&str, &str) = (
    "supabase/migrations/20260104000000_relax.sql",
    "ALTER TABLE public.diagnosis_runs DROP CONSTRAINT diagnosis_runs_once;\n",
);

const RENAMED: (&str, &str) = (
    "supabase/migrations/20260103000000_rename.sql",
    "ALTER TABLE public.diagnosis_runs RENAME CONSTRAINT diagnosis_runs_once TO diagnosis_runs_unique;\n",
);

const DROPPED_AS_RENAMED: (&str, &str) = (
    "supabase/migrations/20260104000000_relax.sql",
    "ALTER TABLE public.diagnosis_runs DROP CONSTRAINT diagnosis_runs_unique;\n",
);

const MENDED: (&str, &str) = (
    "supabase/migrations/20260105000000_mend.sql",
    "ALTER TABLE public.diagnosis_runs
    ADD UNIQUE (schema_version, correlation_id, assessment_id);\n",
);

const REOPENED: (&str, &str) = (
    "supabase/migrations/20260103000000_reopen.sql",
    "DROP POLICY diagnosis_runs_patient_select ON public.diagnosis_runs;
CREATE POLICY diagnosis_runs_patient_select ON public.diagnosis_runs
    FOR SELECT TO authenticated USING (true);\n",
);

const CLOSED: (&str, &str) = (
    "supabase/migrations/20260104000000_close.sql",
    "ALTER POLICY diagnosis_runs_patient_select ON public.diagnosis_runs
    USING (patient_id = auth.uid());\n",
);

/// Each migration with its effect, as the JSON says.
fn effects(files: &[(&str, &str)], rule: &str) -> (Vec<String>, Value) {
    let run = Run::of(compliant_but(files).path(), &["blame", rule, "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let blame: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let name = |path: &str| path.rsplit('/').next().expect("a name").replace(".sql", "");
    let effect = |stage: &Value| {
        let path = stage["path"].as_str().expect("a path");
        format!("{} {}", stage["effect"].as_str().expect("an effect"), &name(path)[15..])
    };
    let stages = blame["migrations"].as_array().expect("migrations").iter().map(effect).collect();
    (stages, blame)
}

#[test]
fn the_migrations_that_made_kept_and_broke_a_rule_are_told_in_order() {
    for (files, rule, expected, verdict) in [
        (&[][..], "R-E76-001", &["made create_diagnosis_runs"][..], "holds"),
        (&[RENAMED], "R-E76-003", &["made create_diagnosis_runs", "kept rename"], "holds"),
        (
            &[RENAMED, DROPPED_AS_RENAMED],
            "R-E76-003",
            &["made create_diagnosis_runs", "kept rename", "broke relax"],
            "violated",
        ),
        (
            &[DROPPED, MENDED],
            "R-E76-003",
            &["made create_diagnosis_runs", "broke relax", "made mend"],
            "holds",
        ),
        (&[], "R-E76-002", &["unmet create_diagnosis_runs", "made add_policies"], "holds"),
        (
            &[CASCADE],
            "R-E76-002",
            &["unmet create_diagnosis_runs", "made add_policies", "broke remove_unused_helper"],
            "violated",
        ),
        (
            &[REOPENED, CLOSED],
            "R-E76-002",
            &["unmet create_diagnosis_runs", "made add_policies", "broke reopen", "made close"],
            "holds",
        ),
    ] {
        let (effects, blame) = effects(files, rule);
        assert_eq!(effects, expected, "{rule} {files:?}");
        assert_eq!(blame["verdict"], verdict, "{rule} {files:?}");
    }
}

#[test]
fn sources_stand_beside_the_migrations() {
    let (stages, blame) = effects(&[], "r-e76-005");
    assert_eq!(stages, [""; 0]);
    let calls = blame["sources"].as_array().expect("sources");
    assert_eq!(calls.len(), 4);
    assert_eq!(calls[0]["location"]["path"], "lib/client.ts");
    assert_eq!(blame["rule"], "R-E76-005");
}

#[test]
fn people_see_each_statement_in_its_place() {
    let root = compliant_but(&[REOPENED, CLOSED, CASCADE]);
    let run = Run::of(root.path(), &["blame", "R-E76-002"]);
    assert_eq!(run.code, 0);
    assert_snapshot!(run.stdout);
}

#[test]
fn a_rule_that_is_in_no_pack_cannot_be_blamed() {
    let run = Run::of(compliant_but(&[]).path(), &["blame", "R-E76-999"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("there is no rule `R-E76-999` in the packs"), "{}", run.stderr);
}
