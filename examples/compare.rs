//! Compares the interpreter with a real PostgreSQL on folders of migrations, fact by fact:
//! `cargo run --example compare -- FOLDER…`. Starts and stops a server of its own.
//!
//! A migration that the server refuses is passed over, after asking whether the interpreter refuses it too.

use std::path::PathBuf;

use railcheck::engine::interpreter::Interpreter;
use railcheck::engine::{Outcome, Platform};
use railcheck::span::{FileId, SourceFile, SourceMap};
use test_cluster::{Cluster, differences};

/// What a Supabase project has before its first migration.
const SUPABASE: &str = include_str!("../crates/engine/src/engine/interpreter/platform/supabase.sql");
const SEARCH_PATH: &str = r#"ALTER ROLE postgres SET search_path = "$user", public, extensions;"#;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let cluster = Cluster::start()?;
    cluster.prepare(&format!("{SEARCH_PATH}{SUPABASE}"))?;
    for folder in std::env::args().skip(1) {
        let mut paths: Vec<_> = std::fs::read_dir(&folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
        paths.sort();
        compare(&cluster, &folder, &paths)?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example prints its result")]
fn compare(cluster: &Cluster, folder: &str, paths: &[PathBuf]) -> Result<(), Failure> {
    let mut files = SourceMap::default();
    let mut ids = Vec::new();
    for path in paths {
        ids.push(
            files.add(SourceFile::new(path.to_string_lossy(), std::fs::read_to_string(path)?)),
        );
    }
    let text = |id: &FileId| &*files.file(*id).text;
    let refusals = cluster.refusals(ids.iter().map(text))?;
    println!(
        "== {folder}: {} migrations, {} of them refused by PostgreSQL",
        ids.len(),
        refusals.len()
    );

    let mut applied: Vec<FileId> = Vec::new();
    let mut refused = refusals.iter().peekable();
    for (number, id) in ids.iter().enumerate() {
        let Some(refusal) = refused.next_if(|refusal| refusal.migration == number) else {
            applied.push(*id);
            continue;
        };
        let ours = run(&files, &[applied.as_slice(), &[*id]].concat()).failure;
        if ours.as_ref().is_none_or(|failure| failure.sqlstate != refusal.sqlstate) {
            println!(
                "{}: PostgreSQL refuses it ({} {}), ours {ours:?}",
                files.file(*id).path,
                refusal.sqlstate,
                refusal.message
            );
        }
    }

    let start = std::time::Instant::now();
    let outcome = run(&files, &applied);
    println!("interpreted in {:?}", start.elapsed());
    for gap in &outcome.gaps {
        println!("gap {}: {} {:?}", files.location(gap.span), gap.reason, gap.reach);
    }
    if let Some(failure) = &outcome.failure {
        let location = files.location(failure.span);
        println!("ours stop at {location}: {} {}", failure.sqlstate, failure.message);
    }
    let judgement = cluster.judge(applied.iter().map(text))?;
    for line in differences(&serde_json::to_value(outcome.catalog.json())?, &judgement.catalog) {
        println!("{line}");
    }
    Ok(())
}

fn run(files: &SourceMap, migrations: &[FileId]) -> Outcome {
    Interpreter { platform: Platform::Supabase }.interpret(files, migrations)
}
