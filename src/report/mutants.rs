//! What became of the mutants of each rule, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;

use super::printable::printable;
use crate::finding::Verdict;
use crate::mutate::{MutationResult, Proof, Tried, status};
use crate::verify::Status;

/// The version of the JSON below; it grows when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// For people: a line for each rule, and one for each mutant that its rule does not notice; for every
/// mutant where all is to be shown.
///
/// # Errors
/// If the writer fails.
pub fn mutants_text(
    trials: &[MutationResult<'_>],
    all: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    for trial in trials {
        writeln!(out, "{}", headline(trial))?;
        for Tried { what, noticed } in &trial.mutants {
            match noticed {
                true if all => writeln!(out, "   noticed: {}", printable(what))?,
                true => {}
                false => writeln!(out, "   still the same: {}", printable(what))?,
            }
        }
    }
    let count = |wanted: Proof| trials.iter().filter(|trial| trial.proof() == wanted).count();
    let mutants: usize = trials.iter().map(|trial| trial.mutants.len()).sum();
    writeln!(
        out,
        "\n{} of {} rules can fail, as {mutants} mutants show; {} cannot, {} could not be tried{}",
        count(Proof::CanFail),
        trials.len(),
        count(Proof::CannotFail),
        count(Proof::Untried),
        match count(Proof::Broken) {
            0 => String::new(),
            broken => format!(", {broken} broken already"),
        },
    )
}

fn headline(trial: &MutationResult<'_>) -> String {
    let (id, subject) = (&trial.rule.id, printable(&trial.rule.subject));
    let (tried, survived) = (trial.mutants.len(), trial.survivors().count());
    match trial.proof() {
        Proof::CanFail if tried == 0 => {
            format!("✅ {id}: {subject} fails already, and nothing is left to weaken")
        }
        Proof::CanFail => format!("✅ {id}: {subject} notices all of {tried} mutants"),
        Proof::CannotFail if tried == 0 => {
            format!("❌ {id} cannot fail: {subject} asserts nothing that is there")
        }
        Proof::CannotFail => {
            format!("❌ {id} cannot fail: {subject} does not notice {survived} of {tried} mutants")
        }
        Proof::Broken => format!(
            "🔕 {id}: {subject} is broken already, so that {survived} of {tried} mutants tell nothing"
        ),
        Proof::Untried => format!("❓ {id}: {subject} cannot be decided, so nothing can be tried"),
    }
}

/// For programs: one JSON object.
///
/// # Errors
/// If the writer fails.
pub fn mutants_json(trials: &[MutationResult<'_>], out: &mut dyn Write) -> io::Result<()> {
    let status = status(trials);
    let document = Document {
        schema_version: SCHEMA_VERSION,
        exit_code: status.exit_code(),
        status,
        rules: trials.iter().map(RuleJson::of).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    status: Status,
    exit_code: u8,
    rules: Vec<RuleJson<'a>>,
}

#[derive(Serialize)]
struct RuleJson<'a> {
    id: &'a str,
    pack: &'a str,
    check: &'a str,
    /// What the rule says of the repository as it is.
    verdict: &'static str,
    proof: Proof,
    mutants: Vec<MutantJson<'a>>,
}

#[derive(Serialize)]
struct MutantJson<'a> {
    what: &'a str,
    noticed: bool,
}

impl<'a> RuleJson<'a> {
    fn of(trial: &'a MutationResult<'_>) -> Self {
        Self {
            id: &trial.rule.id,
            pack: &trial.pack.name,
            check: trial.rule.check_name,
            verdict: match &trial.original {
                Verdict::Holds { .. } | Verdict::Suppressed => "holds",
                Verdict::Violated(_) => "violated",
                Verdict::Undecided(_) => "undecided",
            },
            proof: trial.proof(),
            mutants: trial
                .mutants
                .iter()
                .map(|tried| MutantJson { what: &tried.what, noticed: tried.noticed })
                .collect(),
        }
    }
}
