//! Every SQL case of `fixtures/engines` through the interpreter and a real PostgreSQL: equal catalogs,
//! and a refusal by one is a refusal by the other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use railcheck::engine::interpreter::Interpreter;
use railcheck::engine::{Outcome, Platform, introspect};
use railcheck::span::{SourceFile, SourceMap};
use test_cluster::{Case, Cluster, Judgement, differences, read_cases};

fn interpret(case: &Case) -> Outcome {
    let mut files = SourceMap::default();
    let ids: Vec<_> = case
        .migrations
        .iter()
        .enumerate()
        .map(|(i, text)| files.add(SourceFile::new(format!("{i:03}_case.sql"), text.as_str())))
        .collect();
    Interpreter { platform: Platform::Postgres }.interpret(&files, &ids)
}

fn disagreements(outcome: &Outcome, judgement: &Judgement) -> Vec<String> {
    let ours = serde_json::to_value(outcome.catalog.json()).unwrap();
    let mut lines = differences(&ours, &judgement.catalog);
    lines.extend(outcome.gaps.iter().map(|gap| format!("gap: {} ({:?})", gap.reason, gap.reach)));
    let refused =
        judgement.refusal.as_ref().map(|r| (r.migration, r.sqlstate.as_str(), r.message.as_str()));
    let failed = outcome
        .failure
        .as_ref()
        .map(|f| (f.span.file.0 as usize, &*f.sqlstate, f.message.as_str()));
    match (failed, refused) {
        (None, None) => {}
        (Some(ours), Some(theirs)) if ours.0 == theirs.0 && ours.1 == theirs.1 => {}
        _ => lines.push(format!("refusal: ours {failed:?}, PostgreSQL {refused:?}")),
    }
    lines
}

struct Psql<'a> {
    cluster: &'a Cluster,
    database: &'a str,
}

impl introspect::Connection for Psql<'_> {
    type Error = test_cluster::Error;

    fn text(&mut self, statement: &str) -> Result<String, Self::Error> {
        let path = "SET search_path = public, extensions;";
        self.cluster.psql(self.database, &format!("{path} {statement}"))
    }
}

#[test]
fn a_running_server_is_read_as_the_catalog_says() {
    let cluster = Cluster::start().unwrap();
    let cases =
        read_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/engines")).unwrap();
    let themes = ["functions: ", "partitions: ", "policies: ", "tables: "];
    for case in cases.iter().filter(|case| themes.iter().any(|theme| case.name.starts_with(theme)))
    {
        let mut catalog = None;
        let judgement = cluster
            .judge_and(case.migrations.iter().map(String::as_str), |database| {
                catalog =
                    Some(introspect::read(&mut Psql { cluster: &cluster, database }).unwrap());
            })
            .unwrap();
        let ours = serde_json::to_value(catalog.unwrap().json()).unwrap();
        assert_eq!(differences(&ours, &judgement.catalog), [""; 0], "{}", case.name);
    }
}

#[test]
fn the_interpreter_reads_every_case_as_postgresql_does() {
    let cluster = Cluster::start().unwrap();
    let cases =
        read_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/engines")).unwrap();
    assert!(cases.len() > 150, "only {} cases were found", cases.len());
    let mut report = String::new();
    let mut wrong = 0;
    for case in &cases {
        let judgement = cluster.judge(case.migrations.iter().map(String::as_str)).unwrap();
        let lines = disagreements(&interpret(case), &judgement);
        if !lines.is_empty() {
            wrong += 1;
            report.push_str(&format!("\n{}\n  {}\n", case.name, lines.join("\n  ")));
        }
    }
    assert!(report.is_empty(), "{wrong} of {} cases differ:\n{report}", cases.len());
}
