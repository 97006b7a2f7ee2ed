//! What was looked at: how much of a repository the rules of packs speak of.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::checks::Asserted;
use crate::facts::Facts;
use crate::finding::Verdict;
use crate::verify::RuleVerdict;

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Coverage {
    /// Rules that were judged.
    pub rules: usize,
    /// Objects of the database that they speak of: tables and their columns, keys, policies and indexes.
    pub objects: usize,
    /// Handlers that need a callsite.
    pub endpoints: usize,
    /// Callsites of theirs.
    pub callsites: usize,
    /// Rules that could not be decided.
    pub undecided: usize,
}

impl Coverage {
    /// What these verdicts rest on.
    #[must_use]
    pub fn of(verdicts: &[RuleVerdict<'_>], facts: &Facts<'_>) -> Self {
        let mut objects = BTreeSet::new();
        let mut calls = BTreeSet::new();
        let mut endpoints = BTreeSet::new();
        for fact in verdicts.iter().flat_map(|verdict| verdict.rule.check.asserts(facts)) {
            objects.extend(fact.subject());
            if let Asserted::Called { endpoint, callsites, .. } = fact {
                endpoints.insert(endpoint);
                calls.extend(callsites);
            }
        }
        let undecided =
            |verdict: &&RuleVerdict<'_>| matches!(verdict.verdict, Verdict::Undecided(_));
        Self {
            rules: verdicts.len(),
            objects: objects.len(),
            endpoints: endpoints.len(),
            callsites: calls.len(),
            undecided: verdicts.iter().filter(undecided).count(),
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rules, objects, endpoints, callsites, undecided } = self;
        write!(
            f,
            "looked at {rules} rules: {objects} objects of the database, {endpoints} endpoints, \
             {callsites} callsites; {undecided} undecided"
        )
    }
}
