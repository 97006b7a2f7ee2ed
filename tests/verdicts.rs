//! Every SQL case of `fixtures/verdicts`: what is written there, what railcheck says and what a real
//! PostgreSQL says must be the same.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use railcheck::engine::Platform;
use railcheck::engine::interpreter::Interpreter;
use railcheck::facts::{Database, Facts, Memo};
use railcheck::finding::Verdict;
use railcheck::pack::{Pack, SHIPPED};
use railcheck::span::{SourceFile, SourceMap};
use railcheck::verify::verify;
use test_cluster::{Case, Cluster, read_cases};

const RULES: [&str; 4] = ["R-E76-001", "R-E76-002", "R-E76-003", "R-E76-004"];

/// The parts of the base that a case leaves in.
fn base(text: &str, case: &Case) -> String {
    let without: Vec<_> = case.words("without").collect();
    text.split("-- part: ")
        .filter(|part| !without.contains(&part.split('\n').next().unwrap_or("")))
        .map(|part| part.split_once('\n').map_or("", |(_, sql)| sql))
        .collect()
}

/// What railcheck says of each of the four rules: `holds`, `broken` or why it cannot tell.
fn railcheck(migrations: &[&str]) -> Vec<String> {
    let mut files = SourceMap::default();
    let ids: Vec<_> = migrations
        .iter()
        .enumerate()
        .map(|(i, text)| files.add(SourceFile::new(format!("{i:03}_case.sql"), *text)))
        .collect();
    let outcome = Interpreter { platform: Platform::Postgres }.interpret(&files, &ids);
    let shipped = SHIPPED.iter().find(|pack| pack.name == "e76").unwrap();
    let file = files.add(SourceFile::new(shipped.path, shipped.text));
    let packs = [Pack::read(&files, file).unwrap()];
    let database = Some(Database { outcome: &outcome, migrations: &ids, memo: &Memo::default() });
    let facts = Facts { files: &files, database, sources: None, project: None };
    verify(&packs, &facts)
        .iter()
        .filter(|v| RULES.contains(&v.rule.id.as_str()))
        .map(|v| match &v.verdict {
            Verdict::Holds { .. } => "holds".to_owned(),
            Verdict::Violated(findings) => {
                assert!(findings.iter().all(|f| !f.message.is_empty() && !f.help.is_empty()));
                "broken".to_owned()
            }
            Verdict::Undecided(findings) => format!("undecided: {}", findings[0].message),
            Verdict::Suppressed => "suppressed".to_owned(),
        })
        .collect()
}

/// Whether railcheck says what is written, or that it cannot tell where that is written too.
fn agrees(ours: &[String], written: [&str; 4], case: &Case) -> bool {
    match case.words("undecided").next() {
        None => ours == written,
        Some(_) => ours.iter().zip(written).all(|(ours, written)| {
            ours.starts_with("undecided") || (ours == written && written == "holds")
        }),
    }
}

#[test]
fn railcheck_and_postgresql_agree_on_every_case() {
    let cluster = Cluster::start().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/verdicts");
    let text = std::fs::read_to_string(folder.join("base.sql")).unwrap();
    let cases = read_cases(&folder).unwrap();
    assert!(cases.len() > 200, "only {} cases were found", cases.len());
    let mut report = String::new();
    for case in &cases {
        let base = base(&text, case);
        let migrations: Vec<&str> = std::iter::once(base.as_str())
            .chain(case.migrations.iter().map(String::as_str))
            .collect();
        let breaks: Vec<_> = case.words("breaks").collect();
        let word = |holds: bool| if holds { "holds" } else { "broken" };
        let written = RULES.map(|rule| word(!breaks.contains(&rule)));
        let judgement = cluster.judge(migrations.iter().copied()).unwrap();
        let theirs = judgement.holds.map(word);
        let ours = railcheck(&migrations);
        if let Some(refusal) = &judgement.refusal {
            report.push_str(&format!(
                "{}\n  PostgreSQL refuses it: {}\n",
                case.name, refusal.message
            ));
        } else if written != theirs || !agrees(&ours, written, case) {
            report.push_str(&format!(
                "{}\n  written    {written:?}\n  PostgreSQL {theirs:?}\n  railcheck  {ours:?}\n",
                case.name
            ));
        }
    }
    assert!(report.is_empty(), "\n{report}");
}
