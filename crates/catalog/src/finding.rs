//! Verdicts and findings: what the checks say and the reporters show.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::span::Span;

/// How much a broken rule weighs.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Said, and no more.
    Note,
    /// Said, without failing the run.
    Warning,
    /// Fails the run.
    #[default]
    Error,
}

/// What a check says of one rule.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// The rule holds.
    Holds {
        /// What shows it: the statements and sources that make the rule true.
        evidence: Vec<Label>,
    },
    /// The rule is broken, in one or more places.
    Violated(Vec<Finding>),
    /// It cannot be told whether the rule holds.
    Undecided(Vec<Finding>),
    /// The rule is broken, and each breach is one that somebody has accepted, or that does not count since
    /// it was there before.
    Suppressed,
}

/// A breach that somebody has accepted.
#[derive(Debug, Clone)]
pub struct Suppressed {
    /// The breach.
    pub finding: Finding,
    /// Who says so, and why.
    pub by: Suppression,
}

/// What says that a breach is accepted.
#[derive(Debug, Clone)]
pub enum Suppression {
    /// A comment beside the statement.
    Comment {
        /// The comment.
        span: Span,
        /// Why the breach is accepted.
        reason: String,
        /// The last day on which it is.
        until: Option<NaiveDate>,
    },
    /// An entry of the baseline.
    Baseline {
        /// The day on which the breach was first seen.
        first_seen: NaiveDate,
    },
    /// The configuration leaves out what a rule finds in this file.
    Configured,
    /// It was there before the change that is judged.
    Before {
        /// The commit at which it was.
        commit: String,
    },
}

/// One place where a rule is broken, or where something keeps it from being decided.
#[derive(Debug, Clone)]
pub struct Finding {
    /// One sentence, without a final dot, that names the object.
    pub message: String,
    /// The statement or expression at fault.
    pub primary: Option<Label>,
    /// The history of the fact and whatever else explains it.
    pub labels: Vec<Label>,
    /// One imperative line: what to do.
    pub help: String,
    /// What the finding is about, without line numbers: `policy diagnosis_runs_patient_select of
    /// public.diagnosis_runs`. Suppressions and fingerprints go by rule and object.
    pub object: String,
}

impl Finding {
    /// What tells this finding of a rule from others, however the files around it change.
    #[must_use]
    pub fn fingerprint(&self, rule: &str) -> Fingerprint {
        Fingerprint::of(rule, &self.object)
    }
}

/// A rule and the object that breaks it, in 32 hexadecimal digits.
///
/// Baselines keep it, so what it is made of never changes: no line, no path and no message.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of what a rule says about an object.
    #[must_use]
    pub fn of(rule: &str, object: &str) -> Self {
        // A rule's id has no zero byte, so that no two pairs are written the same.
        let digest = Sha256::new().chain_update(rule).chain_update([0]).chain_update(object);
        let digest = digest.finalize();
        Self(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    /// Its digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in a file with a few words about it.
#[derive(Debug, Clone)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_rules_and_objects_apart_and_never_changes() {
        let of = Fingerprint::of;
        assert_eq!(of("R-1", "table public.runs").as_str(), "418817c0932f9f1b917f0ae9a0e3c074");
        assert_ne!(of("R-1", "table public.runs"), of("R-2", "table public.runs"));
        assert_ne!(of("R-1", "table public.runs"), of("R-1", "table public.run"));
        assert_ne!(of("R-1", "0"), of("R-10", ""));
    }

    #[test]
    fn a_fingerprint_goes_by_the_object_and_not_by_words_or_places() {
        let finding = |message: &str, start: usize| Finding {
            message: message.to_owned(),
            primary: Some(Label {
                span: Span::new(crate::span::FileId(0), start..start + 1),
                text: String::new(),
            }),
            labels: Vec::new(),
            help: String::new(),
            object: "index i of public.runs".to_owned(),
        };
        assert_eq!(
            finding("was dropped", 3).fingerprint("R"),
            finding("is on (a)", 90).fingerprint("R")
        );
    }
}
