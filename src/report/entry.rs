//! What is said of a repository as one list, for formats that know findings and no verdicts.

use std::borrow::Cow;

use super::Report;
use crate::finding::{Finding, Fingerprint, Severity, Suppression, Verdict};
use crate::span::Span;

/// One finding, and what it stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    /// The id of the rule, or of the kind of notice.
    pub(super) id: &'a str,
    /// How much it weighs.
    pub(super) severity: Severity,
    /// What the finding says of the rule.
    pub(super) standing: Standing<'a>,
    /// The finding.
    pub(super) finding: &'a Finding,
    /// Where the rule stands in its pack.
    rule: Option<Span>,
}

/// What a finding says of its rule.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standing<'a> {
    /// The rule is broken here.
    Broken,
    /// This keeps the rule from being decided.
    Undecided,
    /// The rule is broken here, and somebody has accepted it.
    Suppressed(&'a Suppression),
}

impl<'a> Entry<'a> {
    /// What is wrong in one sentence, with what it is that could not be decided.
    pub(super) fn message(&self) -> Cow<'a, str> {
        message(self.finding, matches!(self.standing, Standing::Undecided))
    }

    /// Where it is; the line of its rule, where nothing in the repository is at fault.
    pub(super) fn span(&self) -> Option<Span> {
        self.finding.primary.as_ref().map(|label| label.span).or(self.rule)
    }

    /// What tells it from others.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        self.finding.fingerprint(self.id)
    }
}

/// What a finding says in one sentence; a doubt says why as well, unless its sentence does.
pub(super) fn message(finding: &Finding, is_doubt: bool) -> Cow<'_, str> {
    match &finding.primary {
        Some(why) if is_doubt && !why.text.is_empty() => {
            format!("{}: {}", finding.message, why.text).into()
        }
        _ => finding.message.as_str().into(),
    }
}

impl<'a> Report<'a> {
    /// Every finding: those of rules in the order of the packs, then those about suppressions.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let of_rules = self.verdicts.iter().flat_map(|verdict| {
            let (standing, findings) = match &verdict.verdict {
                Verdict::Holds { .. } | Verdict::Suppressed => (Standing::Broken, [].as_slice()),
                Verdict::Violated(findings) => (Standing::Broken, findings.as_slice()),
                Verdict::Undecided(findings) => (Standing::Undecided, findings.as_slice()),
            };
            let open = findings.iter().map(move |finding| (standing, finding));
            let suppressed = verdict
                .suppressed
                .iter()
                .map(|suppressed| (Standing::Suppressed(&suppressed.by), &suppressed.finding));
            open.chain(suppressed).map(|(standing, finding)| Entry {
                id: &verdict.rule.id,
                severity: verdict.rule.severity,
                standing,
                finding,
                rule: Some(verdict.rule.span),
            })
        });
        let of_suppressions = self.notices.iter().map(|notice| Entry {
            id: notice.kind.id,
            severity: notice.kind.severity,
            standing: Standing::Broken,
            finding: &notice.finding,
            rule: None,
        });
        of_rules.chain(of_suppressions)
    }
}
