//! What engine live sees of a database, and that it changes nothing.

use test_cluster::Cluster;

use super::{Run, compliant, json};

/// A database to which the migrations of the compliant tree were applied, and a login that may only look.
fn database(cluster: &Cluster) -> String {
    let prelude = include_str!("../../crates/engine/src/engine/interpreter/platform/supabase.sql");
    cluster.prepare(prelude).expect("a template");
    let name = cluster.create_database().expect("a database");
    let mut paths: Vec<_> = std::fs::read_dir(compliant().join("supabase/migrations"))
        .expect("migrations")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        cluster.psql(&name, &std::fs::read_to_string(path).expect("a text")).expect("it applies");
    }
    cluster.psql(&name, "CREATE ROLE reader LOGIN").expect("a role");
    cluster.url_as("reader", &name)
}

#[test]
fn a_database_is_read_as_it_is_and_its_drift_is_told() {
    let cluster = Cluster::start().expect("a server");
    let url = database(&cluster);
    let name = url.rsplit('/').next().expect("a name").to_owned();
    let verify = ["verify", "--engine", "live", "--database-url", &url];
    let run = Run::of(&compliant(), &verify);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("The database is as the migrations declare it"), "{}", run.stdout);

    let change = "ALTER TABLE public.diagnosis_runs ALTER attempt TYPE bigint, ADD extra text;
        DROP INDEX public.idx_diagnosis_runs_status;
        CREATE TABLE public.forgotten (id int PRIMARY KEY);
        ALTER POLICY diagnosis_runs_patient_select ON public.diagnosis_runs USING (true);";
    cluster.psql(&name, change).expect("it applies");
    let run = Run::of(&compliant(), &verify);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    let lines = [
        "column extra of public.diagnosis_runs is only in the database",
        "type of column attempt of public.diagnosis_runs: integer in the migrations, bigint in the database",
        "index idx_diagnosis_runs_status of public.diagnosis_runs is only in the migrations",
        "table public.forgotten is only in the database",
        "❌ violates R-E76-002: policy diagnosis_runs_patient_select",
        "❌ violates R-E76-004: index idx_diagnosis_runs_status of public.diagnosis_runs",
        "USING of policy diagnosis_runs_patient_select of public.diagnosis_runs: ",
    ];
    for line in lines {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
    let report = json(&Run::of(&compliant(), &[&verify[..], &["--format", "json"]].concat()));
    assert_eq!(report["comparison"]["meaning"], "drift");
}

#[test]
fn a_database_needs_no_migrations() {
    let cluster = Cluster::start().expect("a server");
    let url = database(&cluster);
    let name = url.rsplit('/').next().expect("a name");
    // Types are spelled as the migrations do, although the login may not use the schema that they are in.
    cluster.psql(name, "REVOKE USAGE ON SCHEMA public FROM PUBLIC").expect("it applies");
    let empty = super::tree(&[("README.md", "")]);
    let run = Run::of(empty.path(), &["catalog", "--engine", "live", "--database-url", &url]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("table public.diagnosis_runs"), "{}", run.stdout);
    let run =
        Run::of(empty.path(), &["verify", "--quiet", "--engine", "live", "--database-url", &url]);
    assert!(!run.stdout.contains("R-E76-001"), "{}{}", run.stdout, run.stderr);
    assert!(!run.stdout.contains("Drift"), "{}", run.stdout);
}
