//! Verdicts and findings: what the checks say and the reporters show.

use serde::{Deserialize, Serialize};

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

/// A place in a file with a few words about it.
#[derive(Debug, Clone)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there.
    pub text: String,
}
