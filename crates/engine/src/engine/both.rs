//! The engine that proves the interpreter by PostgreSQL: both apply the migrations, and wherever their
//! catalogs differ railcheck has a bug.

mod probe;
mod smallest;

use std::path::PathBuf;

use self::probe::Probe;
pub use self::smallest::smallest_migrations;
use super::interpreter::Interpreter;
use super::postgres::Postgres;
use super::{
    Comparison, Engine, EngineError, Failure, FoundDifference, Look, Meaning, Outcome, Platform,
};
use crate::catalog::{Detail, Difference, differences};
use crate::span::{FileId, SourceMap};

/// The interpreter and a throw-away PostgreSQL; the catalog is the latter's.
#[derive(Debug, Clone, Default)]
pub struct Both {
    /// Where the migrations start from.
    pub platform: Platform,
    /// The folder of the server programs, where they are not looked for.
    pub programs: Option<PathBuf>,
    /// What is asked of the database at last.
    pub look: Option<Look>,
}

impl Engine for Both {
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError> {
        let (platform, programs) = (self.platform, self.programs.clone());
        let postgres = Postgres { platform, programs, look: self.look };
        let mut outcome = postgres.run(files, migrations)?;
        let interpreted = Interpreter { platform }.interpret(files, migrations);
        let found = disagreements(&interpreted, &outcome);
        let differences = if found.is_empty() {
            Vec::new()
        } else {
            let texts = migrations.iter().map(|file| files.file(*file).text.to_string());
            reproduce(Probe::start(&postgres)?, &texts.collect::<Vec<_>>(), found)
        };
        outcome.comparison = Some(Comparison { meaning: Meaning::Bug, differences });
        Ok(outcome)
    }
}

/// Every difference in which the interpreter is wrong, one line each. What it has a gap about it does not
/// claim to know.
fn disagreements(interpreted: &Outcome, real: &Outcome) -> Vec<String> {
    let refused = |outcome: &Outcome| {
        let failure = outcome.failure.as_ref()?;
        Some(format!("{} (SQLSTATE {})", failure.message, failure.sqlstate))
    };
    let place = |outcome: &Outcome| {
        outcome.failure.as_ref().map(|failure| (failure.span.file, failure.sqlstate.clone()))
    };
    let is_open =
        |failure: &Failure| interpreted.gaps.iter().any(|gap| gap.span.file <= failure.span.file);
    if interpreted.failure.is_none() && real.failure.as_ref().is_some_and(is_open) {
        return Vec::new();
    }
    if place(interpreted) != place(real) {
        let none = || "nothing".to_owned();
        let (ours, theirs) = (refused(interpreted), refused(real));
        return vec![format!(
            "the interpreter refuses {}, PostgreSQL {}",
            ours.unwrap_or_else(none),
            theirs.unwrap_or_else(none)
        )];
    }
    let known = |difference: &Difference| {
        !interpreted.gaps.iter().any(|gap| gap.reach.touches(&difference.object.of))
    };
    differences(&interpreted.catalog, &real.catalog, Detail::Names)
        .iter()
        .filter(|difference| known(difference))
        .map(|difference| difference.describe("the interpreter", "PostgreSQL"))
        .collect()
}

/// Finds the smallest migration for each disagreement.
fn reproduce(mut probe: Probe, migrations: &[String], found: Vec<String>) -> Vec<FoundDifference> {
    found
        .into_iter()
        .map(|text| {
            let reproduction = smallest_migrations(migrations, &mut |candidate| {
                probe.disagreements(candidate).is_ok_and(|all| all.contains(&text))
            });
            FoundDifference { text, reproduction: Some(reproduction) }
        })
        .collect()
}
