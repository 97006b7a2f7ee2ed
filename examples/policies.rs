//! What is proved of the policies of folders of migrations: `cargo run --example policies -- FOLDER…`.
//! Prints each expression of a permissive policy with the answer for each stranger, and counts.

use std::path::PathBuf;
use std::time::Instant;

use railcheck::engine::Platform;
use railcheck::engine::interpreter::Interpreter;
use railcheck::prover::{Context, Vacuity, Visitor, prove};
use railcheck::span::{SourceFile, SourceMap};

type Failure = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "an example prints its result")]
fn main() -> Result<(), Failure> {
    let (mut vacuous, mut not_vacuous, mut unknown) = (0, 0, 0);
    for folder in std::env::args().skip(1) {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
        paths.sort();
        let mut files = SourceMap::default();
        let mut ids = Vec::new();
        for path in paths {
            let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            ids.push(files.add(SourceFile::new(path.to_string_lossy(), text)));
        }
        let outcome = Interpreter { platform: Platform::Supabase }.interpret(&files, &ids);
        let (catalog, given) = (&outcome.catalog, Default::default());
        let (mut count, began) = (0, Instant::now());
        for table in &catalog.tables {
            for policy in table.policies.iter().filter(|policy| policy.permissive) {
                for expression in policy.using.iter().chain(&policy.with_check) {
                    for (visitor, who) in [(Visitor::SignedIn, "in "), (Visitor::SignedOut, "out")]
                    {
                        let context =
                            Context { catalog, table, visitor: Some(visitor), given: &given };
                        let started = Instant::now();
                        let vacuity = prove(expression, context).vacuity;
                        let (word, counter) = match vacuity {
                            Vacuity::Vacuous => ("always ", &mut vacuous),
                            Vacuity::NotVacuous => ("not    ", &mut not_vacuous),
                            Vacuity::Unknown => ("unknown", &mut unknown),
                        };
                        *counter += 1;
                        count += 1;
                        let took = started.elapsed().as_millis();
                        println!(
                            "{word} {who} {took:4} ms {} {}: {expression}",
                            table.name, policy.name
                        );
                    }
                }
            }
        }
        println!(
            "== {folder}: {count} answers in {:?}; {} gaps, failure: {:?}",
            began.elapsed(),
            outcome.gaps.len(),
            outcome.failure.map(|failure| failure.message)
        );
    }
    println!("vacuous {vacuous}, not vacuous {not_vacuous}, unknown {unknown}");
    Ok(())
}
