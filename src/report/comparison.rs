//! How a catalog differs from another one.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::printable::printable;
use crate::engine::{Comparison, FoundDifference, Meaning};

/// For people: a list of the differences, each with the smallest migration that shows it if there is one.
///
/// # Errors
/// If the writer fails.
pub fn comparison_text(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let differences = &comparison.differences;
    match (comparison.meaning, differences.len()) {
        (Meaning::Drift, 0) => writeln!(out, "\nThe database is as the migrations declare it")?,
        (Meaning::Drift, n) => {
            writeln!(out, "\nDrift: {n} differences between migrations and database")?
        }
        (Meaning::Bug, 0) => writeln!(out, "\nThe interpreter and PostgreSQL agree")?,
        (Meaning::Bug, n) => writeln!(
            out,
            "\n❓ {n} differences between the interpreter and PostgreSQL, each a bug of railcheck; please report it"
        )?,
    }
    for FoundDifference { text, reproduction } in differences {
        writeln!(out, "  - {}", printable(text))?;
        for line in reproduction.iter().flat_map(|sql| sql.lines()) {
            writeln!(out, "      {}", printable(line))?;
        }
    }
    Ok(())
}

/// For programs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Comparison")]
pub(super) struct ComparisonJson<'a> {
    meaning: &'static str,
    differences: Vec<DifferenceJson<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Difference")]
struct DifferenceJson<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reproduction: Option<&'a str>,
}

impl<'a> ComparisonJson<'a> {
    pub(super) fn of(comparison: &'a Comparison) -> Self {
        Self {
            meaning: match comparison.meaning {
                Meaning::Drift => "drift",
                Meaning::Bug => "bug",
            },
            differences: comparison
                .differences
                .iter()
                .map(|found| DifferenceJson {
                    text: &found.text,
                    reproduction: found.reproduction.as_deref(),
                })
                .collect(),
        }
    }
}
