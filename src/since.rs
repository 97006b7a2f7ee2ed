//! Tells what a change broke from what was broken before it. Both states of the repository are judged as a
//! whole, since a migration can break a guarantee that no changed file speaks of.

use std::collections::HashSet;

use crate::finding::{Finding, Fingerprint, Suppressed, Suppression, Verdict};
use crate::verify::RuleVerdict;

/// What a finding says of its rule, with what tells it from others. A breach of what could not be decided
/// before is new, and so is doubt about what was broken.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    is_doubt: bool,
    fingerprint: Fingerprint,
}

/// What became of the findings that were there before.
#[derive(Debug)]
pub struct Past<'b> {
    /// How many findings are new.
    pub new: usize,
    /// How many were there before.
    pub known: usize,
    /// The findings that are gone, each with the id of its rule.
    pub fixed: Vec<(&'b str, &'b Finding)>,
}

/// Sets the findings aside that were there before, at this commit, so that a verdict is about new ones alone.
pub fn set_aside<'b>(
    verdicts: &mut [RuleVerdict<'_>],
    before: &'b [RuleVerdict<'_>],
    commit: &str,
) -> Past<'b> {
    let keys = |verdicts: &[RuleVerdict<'_>]| -> HashSet<Key> {
        verdicts.iter().flat_map(open).map(|(key, ..)| key).collect()
    };
    let (known, now) = (keys(before), keys(verdicts));
    let fixed = before.iter().flat_map(open).filter(|(key, ..)| !now.contains(key));
    let mut past =
        Past { new: 0, known: 0, fixed: fixed.map(|(_, rule, finding)| (rule, finding)).collect() };
    for verdict in verdicts {
        let (is_doubt, Some(findings)) = of_verdict(&mut verdict.verdict) else { continue };
        let rule = &verdict.rule.id;
        let is_known = |finding: &Finding| {
            known.contains(&Key { is_doubt, fingerprint: finding.fingerprint(rule) })
        };
        let (old, new): (Vec<_>, Vec<_>) = std::mem::take(findings).into_iter().partition(is_known);
        past.known += old.len();
        past.new += new.len();
        if new.is_empty() {
            verdict.verdict = Verdict::Suppressed;
        } else {
            *findings = new;
        }
        let by = || Suppression::Before { commit: commit.to_owned() };
        verdict.suppressed.extend(old.into_iter().map(|finding| Suppressed { finding, by: by() }));
    }
    past
}

/// The findings of a verdict, and whether they are doubts.
fn of_verdict(verdict: &mut Verdict) -> (bool, Option<&mut Vec<Finding>>) {
    match verdict {
        Verdict::Violated(findings) => (false, Some(findings)),
        Verdict::Undecided(findings) => (true, Some(findings)),
        Verdict::Holds { .. } | Verdict::Suppressed => (false, None),
    }
}

/// The findings that nobody has accepted, each with its key and the id of its rule.
fn open<'b>(verdict: &'b RuleVerdict<'_>) -> impl Iterator<Item = (Key, &'b str, &'b Finding)> {
    let (is_doubt, findings) = match &verdict.verdict {
        Verdict::Violated(findings) => (false, findings.as_slice()),
        Verdict::Undecided(findings) => (true, findings.as_slice()),
        Verdict::Holds { .. } | Verdict::Suppressed => (false, [].as_slice()),
    };
    let rule = verdict.rule.id.as_str();
    findings.iter().map(move |finding| {
        (Key { is_doubt, fingerprint: finding.fingerprint(rule) }, rule, finding)
    })
}
