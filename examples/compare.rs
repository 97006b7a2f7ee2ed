//! Compares the interpreter with a real PostgreSQL on folders of migrations, fact by fact:
//! `cargo run --example compare -- FOLDER…`. Starts and stops a server of its own.

use std::path::Path;

use railcheck::engine::interpreter::Interpreter;
use railcheck::engine::{Engine, Platform};
use railcheck::span::{SourceFile, SourceMap};
use test_cluster::{Cluster, differences};

/// What a Supabase project has before its first migration.
const SUPABASE: &str = include_str!("../src/engine/interpreter/platform/supabase.sql");

#[expect(clippy::print_stdout, reason = "an example prints its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = Cluster::start()?;
    cluster.prepare(SUPABASE)?;
    for folder in std::env::args().skip(1) {
        let mut paths: Vec<_> =
            std::fs::read_dir(&folder)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
        paths.retain(|path| path.extension().is_some_and(|e| e == "sql"));
        paths.sort();
        println!("== {folder}: {} migrations", paths.len());
        compare(&cluster, &paths)?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example prints its result")]
fn compare(
    cluster: &Cluster,
    paths: &[impl AsRef<Path>],
) -> Result<(), Box<dyn std::error::Error>> {
    let mut files = SourceMap::default();
    let mut ids = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path)?;
        ids.push(files.add(SourceFile::new(path.as_ref().to_string_lossy(), text)));
    }
    let start = std::time::Instant::now();
    let outcome = Interpreter { platform: Platform::Supabase }.run(&files, &ids);
    println!("interpreted in {:?}", start.elapsed());
    let judgement = cluster.judge(ids.iter().map(|id| &*files.file(*id).text))?;
    for gap in &outcome.gaps {
        println!("gap {}: {} {:?}", files.location(gap.span), gap.reason, gap.reach);
    }
    if let Some(failure) = &outcome.failure {
        println!(
            "ours stop at {}: {} {}",
            files.location(failure.span),
            failure.sqlstate,
            failure.message
        );
    }
    if let Some(refusal) = &judgement.refusal {
        let file =
            refusal.migration.checked_sub(1).map_or("prelude", |i| &*files.file(ids[i]).path);
        println!(
            "PostgreSQL stops in {file}: {} {} {:?}",
            refusal.sqlstate, refusal.message, refusal.position
        );
    }
    for line in differences(&serde_json::to_value(outcome.catalog.json())?, &judgement.catalog) {
        println!("{line}");
    }
    Ok(())
}
