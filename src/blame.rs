//! Tells how a rule came to hold or not: the statements that made, kept and broke what it asserts, and what
//! the rule says after each migration that has one of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Dropped, Event};
use crate::checks::Judgement;
use crate::engine::Engine;
use crate::facts::{Database, Facts, Memo};
use crate::finding::{Finding, Label, Verdict};
use crate::input::Migrations;
use crate::load::{self, Loaded, SurveyError};
use crate::pack::Rule;
use crate::span::{FileId, Span};

/// How many migrations the rule is judged after. Beyond that many only the latest are, since each takes
/// applying all that come before it.
const MAX_JUDGED: usize = 100;

/// How a rule came to hold or not.
#[derive(Debug)]
pub struct Blame {
    /// The migrations that touch what the rule asserts, in the order in which they are applied.
    pub stages: Vec<Stage>,
    /// What the sources say about it.
    pub sources: Vec<Step>,
    /// What the rule says in the end.
    pub verdict: Verdict,
}

/// A migration that touches what the rule asserts.
#[derive(Debug)]
pub struct Stage {
    /// The migration.
    pub migration: FileId,
    /// Its statements that do.
    pub steps: Vec<Step>,
    /// What it does to the rule as a whole.
    pub effect: Effect,
}

/// A statement or expression that bears on what the rule asserts.
#[derive(Debug)]
pub struct Step {
    /// Where.
    pub span: Span,
    /// What it did to which fact.
    pub facts: BTreeSet<String>,
}

/// What a migration does to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The rule holds after it, and did not before.
    Made,
    /// The rule holds after it, as before.
    Kept,
    /// The rule is broken after it, and held or could not be decided before.
    Broke,
    /// The rule cannot be decided after it, and could before.
    Clouded,
    /// The rule does not hold after it, as before.
    Unmet,
    /// Too long ago to be judged.
    Unjudged,
}

/// What a rule says, without findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Holds,
    Violated,
    Undecided,
}

impl Standing {
    fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Holds { .. } | Verdict::Suppressed => Self::Holds,
            Verdict::Violated(_) => Self::Violated,
            Verdict::Undecided(_) => Self::Undecided,
        }
    }

    /// What leads from one standing to this one.
    fn effect(self, before: Self) -> Effect {
        match (before, self) {
            (Self::Holds, Self::Holds) => Effect::Kept,
            (_, Self::Holds) => Effect::Made,
            (Self::Violated, Self::Violated) | (Self::Undecided, Self::Undecided) => Effect::Unmet,
            (_, Self::Violated) => Effect::Broke,
            (_, Self::Undecided) => Effect::Clouded,
        }
    }
}

/// Tells how a rule came to hold or not. The `engine` is the one that read the migrations.
///
/// # Errors
/// If the engine cannot run.
pub fn blame(
    rule: &Rule,
    loaded: &Loaded,
    engine: &(dyn Engine + Sync),
) -> Result<Blame, SurveyError> {
    let facts = loaded.facts();
    let judgement = rule.check.evaluate(&facts);
    let mut by_file: BTreeMap<FileId, Vec<Step>> = BTreeMap::new();
    for step in steps(rule, &facts, &judgement) {
        by_file.entry(step.span.file).or_default().push(step);
    }
    let mut stages: Vec<Stage> = Vec::new();
    for migration in &loaded.migrations.files {
        if let Some(steps) = by_file.remove(migration) {
            stages.push(Stage { migration: *migration, steps, effect: Effect::Unjudged });
        }
    }
    judge_stages(&mut stages, rule, loaded, engine)?;
    let sources = by_file.into_values().flatten().collect();
    Ok(Blame { stages, sources, verdict: judgement.into_verdict() })
}

/// Judges the rule after each migration, or after as many of the latest as can be afforded.
fn judge_stages(
    stages: &mut [Stage],
    rule: &Rule,
    loaded: &Loaded,
    engine: &(dyn Engine + Sync),
) -> Result<(), SurveyError> {
    let skipped = stages.len().saturating_sub(MAX_JUDGED);
    // Before the first migration there is nothing that could hold.
    let mut before = Standing::Violated;
    if let Some(last_skipped) = skipped.checked_sub(1).and_then(|last| stages.get(last)) {
        before = standing_after(last_skipped.migration, rule, loaded, engine)?;
    }
    for stage in stages.iter_mut().skip(skipped) {
        let after = standing_after(stage.migration, rule, loaded, engine)?;
        stage.effect = after.effect(before);
        before = after;
    }
    Ok(())
}

fn standing_after(
    migration: FileId,
    rule: &Rule,
    loaded: &Loaded,
    engine: &(dyn Engine + Sync),
) -> Result<Standing, SurveyError> {
    let all = &loaded.migrations;
    let after = all.files.iter().position(|file| *file == migration).map_or(0, |at| at + 1);
    let files = all.files.iter().take(after).copied().collect();
    let unreadable = all.unreadable.clone();
    let mut applied = Migrations { files, unreadable, ..Migrations::default() };
    applied.unreadable.retain(|unreadable| applied.files.contains(&unreadable.file));
    let outcome = load::apply(engine, &loaded.files, &applied)?;
    let database =
        Some(Database { outcome: &outcome, migrations: &applied.files, memo: &Memo::default() });
    let judgement = rule.check.evaluate(&Facts { database, ..loaded.facts() });
    Ok(Standing::of(&judgement.into_verdict()))
}

/// The statements that bear on what the rule asserts, by place: those that its check names, and those
/// of objects that bore the names before.
fn steps(rule: &Rule, facts: &Facts<'_>, judgement: &Judgement) -> Vec<Step> {
    let mut steps: BTreeMap<Span, BTreeSet<String>> = BTreeMap::new();
    for Label { span, text } in &judgement.evidence {
        steps.entry(*span).or_default().insert(text.clone());
    }
    for Dropped { object, history } in lost(rule, facts) {
        let name = object.part.clone().unwrap_or_else(|| object.of.to_string());
        for Event { verb, span, detail } in history.iter() {
            let text = format!("{} {name} {verb} here {detail}", object.kind);
            let facts = span.map(|span| steps.entry(span).or_default());
            facts.map(|facts| facts.insert(text.trim_end().to_owned()));
        }
    }
    let breaches = judgement.breaches.iter().map(|breach| &breach.finding);
    for Finding { object, primary, labels, .. } in breaches.chain(&judgement.doubts) {
        for Label { span, text } in labels.iter().chain(primary) {
            // The sentence of the finding says why, where the place has no words.
            let text = if text.is_empty() { "not applied" } else { text };
            // What is known of the statement by its object already is not said again.
            steps.entry(*span).or_insert_with(|| BTreeSet::from([format!("{object}: {text}")]));
        }
    }
    steps.into_iter().map(|(span, facts)| Step { span, facts }).collect()
}

/// What once bore the name of something that the rule asserts.
fn lost<'a>(rule: &Rule, facts: &Facts<'a>) -> Vec<&'a Dropped> {
    let Some(database) = facts.database else { return Vec::new() };
    let asserted = rule.check.asserts(facts);
    asserted.iter().flat_map(|fact| fact.lost(&database.outcome.catalog)).collect()
}
