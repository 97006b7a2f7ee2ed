//! Shows that rules can fail: weakens each fact that a rule asserts, in the model and not in any file, and
//! judges again. A rule that says the same of a mutant as of the original would never tell.

mod database;
mod sources;

use crate::catalog::Catalog;
use crate::checks::{Asserted, Judgement};
use crate::engine::Outcome;
use crate::facts::{Database, Facts, Memo};
use crate::finding::Verdict;
use crate::pack::{Pack, Rule};
use crate::source::SourceIndex;
use crate::verify::Status;

/// The facts with one that is weaker than some rule asserts.
pub struct Mutant {
    /// What was done to which fact, as in “index i of public.runs is dropped”.
    pub what: String,
    change: Change,
}

enum Change {
    Catalog(Box<dyn Fn(&mut Catalog)>),
    Sources(Box<dyn Fn(&mut SourceIndex)>),
}

impl Mutant {
    fn of_catalog(what: String, change: impl Fn(&mut Catalog) + 'static) -> Self {
        Self { what, change: Change::Catalog(Box::new(change)) }
    }

    fn of_sources(what: String, change: impl Fn(&mut SourceIndex) + 'static) -> Self {
        Self { what, change: Change::Sources(Box::new(change)) }
    }

    /// What a rule says of the mutant; nothing where there is nothing to change.
    fn judge(&self, rule: &Rule, facts: &Facts<'_>) -> Option<Judgement> {
        match &self.change {
            Change::Catalog(change) => {
                let Database { outcome, migrations, .. } = facts.database?;
                let mut outcome: Outcome = outcome.clone();
                change(&mut outcome.catalog);
                let database =
                    Some(Database { outcome: &outcome, migrations, memo: &Memo::default() });
                Some(rule.check.evaluate(&Facts { database, ..*facts }))
            }
            Change::Sources(change) => {
                let mut index = facts.sources?.clone();
                change(&mut index);
                Some(rule.check.evaluate(&Facts { sources: Some(&index), ..*facts }))
            }
        }
    }
}

/// What became of the mutants of one rule.
pub struct MutationResult<'p> {
    /// The pack that the rule is from.
    pub pack: &'p Pack,
    /// The rule.
    pub rule: &'p Rule,
    /// Every mutant, with whether the rule told it from the original.
    pub mutants: Vec<Tried>,
    /// What the rule says of the original.
    pub original: Verdict,
}

/// A mutant that was judged.
pub struct Tried {
    /// What was done to which fact.
    pub what: String,
    /// The rule finds something that it did not find in the original.
    pub noticed: bool,
}

/// What the mutants say about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// It fails when any fact is weakened that it asserts.
    CanFail,
    /// A weaker fact is fine with it, or it asserts nothing.
    CannotFail,
    /// It is broken already, and does not tell what is broken from what is weaker.
    Broken,
    /// There is nothing to weaken yet.
    Untried,
}

impl MutationResult<'_> {
    /// The mutants that the rule does not tell from the original.
    pub fn survivors(&self) -> impl Iterator<Item = &Tried> {
        self.mutants.iter().filter(|tried| !tried.noticed)
    }

    /// What the mutants say about the rule.
    #[must_use]
    pub fn proof(&self) -> Proof {
        match &self.original {
            // What cannot be decided may be told from a mutant or not: that shows nothing.
            Verdict::Undecided(_) if self.survivors().next().is_some() => Proof::Untried,
            Verdict::Violated(_) if self.survivors().next().is_some() => Proof::Broken,
            _ if self.survivors().next().is_some() => Proof::CannotFail,
            _ if !self.mutants.is_empty() => Proof::CanFail,
            Verdict::Holds { .. } => Proof::CannotFail,
            Verdict::Violated(_) | Verdict::Suppressed => Proof::CanFail,
            Verdict::Undecided(_) => Proof::Untried,
        }
    }
}

/// The status of a run: violated where a rule cannot fail.
#[must_use]
pub fn status(trials: &[MutationResult<'_>]) -> Status {
    let of_trial = |trial: &MutationResult<'_>| match trial.proof() {
        Proof::CanFail | Proof::Broken => Status::Holds,
        Proof::CannotFail => Status::Violated,
        Proof::Untried => Status::Undecided,
    };
    trials.iter().map(of_trial).max().unwrap_or(Status::Holds)
}

/// Tries every mutant of every rule, in the order of the packs.
#[must_use]
pub fn mutate<'p>(
    packs: impl IntoIterator<Item = &'p Pack>,
    facts: &Facts<'_>,
) -> Vec<MutationResult<'p>> {
    let rules = packs.into_iter().flat_map(|pack| pack.rules.iter().map(move |rule| (pack, rule)));
    rules.map(|(pack, rule)| try_rule(pack, rule, facts)).collect()
}

fn try_rule<'p>(pack: &'p Pack, rule: &'p Rule, facts: &Facts<'_>) -> MutationResult<'p> {
    let original = rule.check.evaluate(facts);
    let tried = |mutant: Mutant| {
        let judgement = mutant.judge(rule, facts)?;
        Some(Tried { noticed: finds_more(&judgement, &original), what: mutant.what })
    };
    let asserted = rule.check.asserts(facts);
    let mutants = asserted.iter().flat_map(|fact| mutants(fact, rule, facts));
    MutationResult {
        pack,
        rule,
        mutants: mutants.filter_map(tried).collect(),
        original: original.into_verdict(),
    }
}

/// The mutants in which this fact is weaker.
fn mutants(fact: &Asserted, rule: &Rule, facts: &Facts<'_>) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    if let Some(database) = facts.database {
        mutants.extend(database::mutants(fact, &database.outcome.catalog));
    }
    if let Some(index) = facts.sources {
        mutants.extend(sources::mutants(fact, index, facts.files, rule.span));
    }
    mutants
}

/// Whether a judgement has a finding that another has not, be it certain or not.
fn finds_more(judgement: &Judgement, than: &Judgement) -> bool {
    let found = |judgement: &Judgement| -> Vec<(String, String)> {
        let breaches = judgement.breaches.iter().map(|breach| &breach.finding);
        let findings = breaches.chain(&judgement.doubts);
        findings.map(|finding| (finding.object.clone(), finding.message.clone())).collect()
    };
    let known = found(than);
    found(judgement).iter().any(|finding| !known.contains(finding))
}
