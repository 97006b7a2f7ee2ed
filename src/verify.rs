//! Judges every rule of the packs by the facts.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::catalog::ObjectName;
use crate::checks::Asserted;
use crate::facts::Facts;
use crate::finding::{Finding, Severity, Suppressed, Verdict};
use crate::pack::{Pack, Rule};
use crate::source::SourceQuery;

/// A rule with what its check says of it.
#[derive(Debug, Clone)]
pub struct RuleVerdict<'p> {
    /// The pack that the rule is from.
    pub pack: &'p Pack,
    /// The rule.
    pub rule: &'p Rule,
    /// What its check says, findings sorted by where they are.
    pub verdict: Verdict,
    /// What would keep the rule from being decided if none of its breaches were there.
    pub doubts: Vec<Finding>,
    /// The engine that decided it, where the one that was asked first could not.
    pub decided_by: Option<&'static str>,
    /// Breaches that somebody has accepted, and which the verdict leaves out.
    pub suppressed: Vec<Suppressed>,
}

/// What a run as a whole comes to, the worst last.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every rule holds, or is broken without failing the run.
    Holds,
    /// No rule is known to be broken, and one cannot be decided.
    Undecided,
    /// A rule is broken.
    Violated,
}

impl Status {
    /// The status of these verdicts. Rules that weigh less than an error do not fail a run.
    pub fn of<'v, 'p: 'v>(verdicts: impl IntoIterator<Item = &'v RuleVerdict<'p>>) -> Self {
        let of_rule = |verdict: &RuleVerdict<'_>| match (&verdict.verdict, verdict.rule.severity) {
            (Verdict::Holds { .. } | Verdict::Suppressed, _)
            | (_, Severity::Note | Severity::Warning) => Self::Holds,
            (Verdict::Violated(_), Severity::Error) => Self::Violated,
            (Verdict::Undecided(_), Severity::Error) => Self::Undecided,
        };
        verdicts.into_iter().map(of_rule).max().unwrap_or(Self::Holds)
    }

    /// The exit status of a process that ends with it.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Holds => 0,
            Self::Violated => 1,
            Self::Undecided => 2,
        }
    }
}

/// Judges every rule, in the order of the packs.
#[must_use]
pub fn verify<'p>(
    packs: impl IntoIterator<Item = &'p Pack>,
    facts: &Facts<'_>,
) -> Vec<RuleVerdict<'p>> {
    let rules: Vec<(&Pack, &Rule)> = packs
        .into_iter()
        .flat_map(|pack| pack.rules.iter().map(move |rule| (pack, rule)))
        .collect();
    rules.into_par_iter().map(|(pack, rule)| judge(pack, rule, facts)).collect()
}

/// Judges every rule about the database again, by the facts of another engine.
pub fn reconsider(verdicts: &mut [RuleVerdict<'_>], facts: &Facts<'_>, engine: &'static str) {
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.rule.check.is_about_database()) {
        let again = judge(verdict.pack, verdict.rule, facts);
        *verdict = RuleVerdict { decided_by: Some(engine), ..again };
    }
}

/// Whether another engine may tell more of the database: the migrations stop, or a statement of one keeps a
/// rule from being decided, be it behind a breach, or a rule is broken where not everything was understood.
#[must_use]
pub fn wants_another_engine(verdicts: &[RuleVerdict<'_>], facts: &Facts<'_>) -> bool {
    let Some(database) = facts.database else { return false };
    let is_of_migration = |finding: &Finding| {
        let label = finding.primary.as_ref();
        label.is_some_and(|label| database.migrations.contains(&label.span.file))
    };
    let is_open = |verdict: &RuleVerdict<'_>| {
        let doubted = verdict.doubts.iter().any(is_of_migration);
        doubted
            || matches!(verdict.verdict, Verdict::Violated(_)) && !database.outcome.gaps.is_empty()
    };
    let mut of_database = verdicts.iter().filter(|verdict| verdict.rule.check.is_about_database());
    database.outcome.failure.is_some() && of_database.clone().next().is_some()
        || of_database.any(is_open)
}

/// Every finding of a rule that is violated, with the rule.
pub fn violations<'v, 'p>(
    verdicts: &'v [RuleVerdict<'p>],
) -> impl Iterator<Item = (&'p Rule, &'v Finding)> {
    verdicts.iter().flat_map(|verdict| {
        let found = match &verdict.verdict {
            Verdict::Violated(findings) => findings.as_slice(),
            _ => &[],
        };
        found.iter().map(move |finding| (verdict.rule, finding))
    })
}

fn judge<'p>(pack: &'p Pack, rule: &'p Rule, facts: &Facts<'_>) -> RuleVerdict<'p> {
    let judgement = rule.check.evaluate(facts);
    let mut doubts = judgement.doubts.clone();
    let mut verdict = judgement.into_verdict();
    if let Verdict::Violated(findings) | Verdict::Undecided(findings) = &mut verdict {
        sort(findings);
    }
    sort(&mut doubts);
    RuleVerdict { pack, rule, verdict, doubts, decided_by: None, suppressed: Vec::new() }
}

/// The tables whose row-level security these rules are about.
#[must_use]
pub fn guarded_tables(verdicts: &[RuleVerdict<'_>], facts: &Facts<'_>) -> BTreeSet<ObjectName> {
    let asserted = verdicts.iter().flat_map(|verdict| verdict.rule.check.asserts(facts));
    asserted
        .filter_map(|fact| match fact {
            Asserted::RowSecurity(table) => Some(table),
            _ => None,
        })
        .collect()
}

/// What the rules of these packs want to know of the sources.
#[must_use]
pub fn source_query(packs: &[Pack]) -> SourceQuery {
    let mut source_query = SourceQuery::default();
    for pack in packs {
        pack.applies.source_query(&mut source_query);
    }
    for rule in packs.iter().flat_map(|pack| &pack.rules) {
        rule.check.source_query(&mut source_query);
    }
    for list in [
        &mut source_query.endpoint_prefixes,
        &mut source_query.code_fields,
        &mut source_query.code_functions,
        &mut source_query.codes,
        &mut source_query.callers,
    ] {
        list.sort();
        list.dedup();
    }
    source_query.other_callers.sort();
    source_query.other_callers.dedup();
    source_query
}

/// By place, and by words where two share one.
fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        let place = |finding: &Finding| finding.primary.as_ref().map(|label| label.span);
        (place(a), &a.message).cmp(&(place(b), &b.message))
    });
    findings.dedup_by(|a, b| {
        a.message == b.message
            && a.primary.as_ref().map(|l| l.span) == b.primary.as_ref().map(|l| l.span)
    });
}
