//! One new migration that mends what rules find, by the statements that their findings propose.
//!
//! Statements are taken in rounds: an object is changed once a round, and what the next round proposes is
//! drawn from the catalog that the round left. What PostgreSQL refuses, and what does not mend, is left out.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::catalog::{Detail, DifferenceKind, access_differences, differences};
use crate::engine::{Engine, Outcome};
use crate::facts::{Database, Facts, Memo};
use crate::finding::Fingerprint;
use crate::input::Migrations;
use crate::judge::Judged;
use crate::load::{self, Loaded, SurveyError};
use crate::span::{FileId, SourceFile, SourceMap};
use crate::verify::{RuleVerdict, verify, violations};

/// How often what is left is looked at again.
const MOST_ROUNDS: usize = 6;

/// Which findings are to be mended.
#[derive(Debug, Default)]
pub struct Choice {
    /// Those of these rules; of every rule where none is named.
    pub rules: Vec<String>,
    /// Those of these objects; of every object where none is named.
    pub objects: Vec<String>,
}

/// A finding that is chosen, with the statement that it proposes.
#[derive(Debug, Clone)]
pub struct Mend {
    /// The rule.
    pub rule: String,
    /// The object, as findings name it.
    pub object: String,
    /// What is wrong with it.
    pub message: String,
    /// The statement, or several.
    pub statement: String,
}

/// A finding that is chosen and that no statement mends.
#[derive(Debug, Clone)]
pub struct Left {
    /// The rule.
    pub rule: String,
    /// The object.
    pub object: String,
    /// Why nothing is written for it.
    pub why: String,
}

/// A migration, with what it changes.
#[derive(Debug, Default)]
pub struct Fix {
    /// What it mends.
    pub mends: Vec<Mend>,
    /// What it does not.
    pub left: Vec<Left>,
    /// What differs in the catalog after it, a line each.
    pub changes: Vec<String>,
}

/// Why there is no migration.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// The migrations that are there cannot be applied or understood.
    #[error("{0}; mend that first")]
    Unapplied(String),
    /// An engine cannot run.
    #[error(transparent)]
    Survey(#[from] SurveyError),
    /// The statements change what they do not name.
    #[error("the statements would change more than they say, and nothing is written: {0}")]
    MoreThanSaid(String),
    /// Something else would be broken.
    #[error("the statements would break another rule, and nothing is written: {0}")]
    Breaks(String),
}

impl Fix {
    /// The statements alone, without what is said of them.
    fn statements(&self) -> String {
        self.mends.iter().map(|mend| format!("{}\n", mend.statement)).collect()
    }

    /// The text of the migration.
    #[must_use]
    pub fn text(&self) -> String {
        let rules: BTreeSet<&str> = self.mends.iter().map(|mend| mend.rule.as_str()).collect();
        let rules: Vec<&str> = rules.into_iter().collect();
        let mut text = format!("-- Mends findings of {}.\n", rules.join(", "));
        for mend in &self.mends {
            let (rule, message) = (&mend.rule, one_line(&mend.message));
            let _ = write!(text, "\n-- {rule}: {message}\n{}\n", mend.statement);
        }
        text
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Finds the statements that mend what is chosen, and shows on the catalog that they do. `path` is the file that
/// the migration will be.
///
/// # Errors
/// Where the migrations are not applied whole, no engine can run, or the statements do more than they say.
pub fn fix(
    judged: &Judged<'_>,
    choice: &Choice,
    engine: &(dyn Engine + Sync),
    path: &str,
) -> Result<Fix, FixError> {
    let loaded = &judged.loaded;
    if let Some(failure) = &loaded.outcome.failure {
        return Err(FixError::Unapplied(failure.describe(&loaded.files)));
    }
    let (mut fix, chosen) = choose(judged, choice);
    let mut given_up = BTreeSet::new();
    let mut told = open(&judged.verdicts, &chosen);
    for _ in 0..MOST_ROUNDS {
        if !fix.add_round(&told, &mut given_up) {
            break;
        }
        let after = loop {
            let after = After::of(judged, engine, path, &fix)?;
            match after.refused(&fix) {
                None => break after,
                Some((at, why)) => fix.give_up(at, why, &mut given_up),
            }
        };
        told = after.judge(judged, |verdicts| Ok(open(verdicts, &chosen)))?;
    }
    fix.leave_what_is_told(&told, &given_up);
    if fix.mends.is_empty() {
        return Ok(fix);
    }
    let after = After::of(judged, engine, path, &fix)?;
    after.judge(judged, |verdicts| refuse_new_breaches(judged, verdicts))?;
    fix.changes = changes(&loaded.outcome, &after.outcome, &fix.statements())?;
    Ok(fix)
}

/// The findings that are chosen; those that nobody can mend without a decision are left at once.
fn choose(judged: &Judged<'_>, choice: &Choice) -> (Fix, BTreeSet<Fingerprint>) {
    let (mut fix, mut chosen) = (Fix::default(), BTreeSet::new());
    for (rule, finding) in violations(&judged.verdicts) {
        let is_of = |known: &String| known.eq_ignore_ascii_case(&rule.id);
        let is_wanted = (choice.rules.is_empty() || choice.rules.iter().any(is_of))
            && (choice.objects.is_empty() || choice.objects.contains(&finding.object));
        if !is_wanted {
            continue;
        }
        if rule.check.is_mended_by_statement() && is_statement(&finding.help) {
            chosen.insert(finding.fingerprint(&rule.id));
        } else {
            let why = format!("it takes a decision: {}", finding.help);
            fix.left.push(Left { rule: rule.id.clone(), object: finding.object.clone(), why });
        }
    }
    (fix, chosen)
}

/// Whether a line of help is SQL.
fn is_statement(help: &str) -> bool {
    help.trim_end().ends_with(';')
}

/// What is told still of what is chosen.
fn open(verdicts: &[RuleVerdict<'_>], chosen: &BTreeSet<Fingerprint>) -> Vec<Mend> {
    violations(verdicts)
        .filter(|(rule, finding)| chosen.contains(&finding.fingerprint(&rule.id)))
        .map(|(rule, finding)| Mend {
            rule: rule.id.clone(),
            object: finding.object.clone(),
            message: finding.message.clone(),
            statement: finding.help.clone(),
        })
        .collect()
}

impl Mend {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.rule, &self.object)
    }

    /// What is changed once a round: all policies of a table together, since one may take in another.
    fn target(&self) -> &str {
        match self.object.split_once(" of ") {
            Some((kind, table)) if kind.starts_with("polic") => table,
            _ => &self.object,
        }
    }
}

impl Fix {
    /// Adds statements for what is told still; whether there were any.
    fn add_round(&mut self, told: &[Mend], given_up: &mut BTreeSet<Fingerprint>) -> bool {
        let before = self.mends.len();
        let mut targets = BTreeSet::new();
        for mend in told {
            if given_up.contains(&mend.fingerprint()) || !targets.insert(mend.target().to_owned()) {
                continue;
            }
            // What was tried and did not help will not help now.
            if self.mends.iter().take(before).any(|known| {
                known.fingerprint() == mend.fingerprint() && known.statement == mend.statement
            }) {
                given_up.insert(mend.fingerprint());
                continue;
            }
            if !self.mends.iter().any(|known| known.statement == mend.statement) {
                self.mends.push(mend.clone());
            }
        }
        self.mends.len() > before
    }

    /// Takes a statement out that the engine refuses.
    fn give_up(&mut self, at: usize, why: String, given_up: &mut BTreeSet<Fingerprint>) {
        let mend = self.mends.remove(at);
        given_up.insert(mend.fingerprint());
        self.left.push(Left { rule: mend.rule, object: mend.object, why });
    }

    /// Takes out the statements of what is told in spite of them.
    fn leave_what_is_told(&mut self, told: &[Mend], given_up: &BTreeSet<Fingerprint>) {
        for mend in told {
            let fingerprint = mend.fingerprint();
            self.mends.retain(|known| known.fingerprint() != fingerprint);
            let is_left = |left: &Left| left.rule == mend.rule && left.object == mend.object;
            if !self.left.iter().any(is_left) {
                let why = if given_up.contains(&fingerprint) {
                    "the statement that it proposes does not mend it"
                } else {
                    "what it proposes waits for other statements; run fix again"
                };
                let (rule, object) = (mend.rule.clone(), mend.object.clone());
                self.left.push(Left { rule, object, why: why.to_owned() });
            }
        }
    }
}

/// The database with the new migration.
struct After {
    files: SourceMap,
    migrations: Migrations,
    outcome: Outcome,
    added: FileId,
}

impl After {
    fn of(
        judged: &Judged<'_>,
        engine: &(dyn Engine + Sync),
        path: &str,
        fix: &Fix,
    ) -> Result<Self, SurveyError> {
        let Loaded { files, migrations, .. } = &judged.loaded;
        let (mut files, mut migrations) = (files.clone(), migrations.clone());
        let added = files.add(SourceFile::new(path, fix.text()));
        migrations.files.push(added);
        let outcome = load::apply(engine, &files, &migrations)?;
        Ok(Self { files, migrations, outcome, added })
    }

    /// The number of the statement that was refused or not understood, and why.
    fn refused(&self, fix: &Fix) -> Option<(usize, String)> {
        let failure = self.outcome.failure.as_ref().filter(|f| f.span.file == self.added);
        let gap = || self.outcome.gaps.iter().find(|gap| gap.span.file == self.added);
        let (span, why) = match failure {
            Some(failure) => {
                (failure.span, format!("the statement is refused: {}", failure.message))
            }
            None => gap().map(|gap| (gap.span, format!("{}", gap.reason)))?,
        };
        // Each statement stands after its comment.
        let text = fix.text();
        let before = text.get(..span.start as usize)?;
        let at = before.matches("\n\n-- ").count().checked_sub(1)?;
        (at < fix.mends.len()).then_some((at, why))
    }

    fn judge<T>(
        &self,
        judged: &Judged<'_>,
        tell: impl FnOnce(&[RuleVerdict<'_>]) -> Result<T, FixError>,
    ) -> Result<T, FixError> {
        let (outcome, memo) = (&self.outcome, Memo::default());
        let database = Database { outcome, migrations: &self.migrations.files, memo: &memo };
        let facts = Facts { files: &self.files, database: Some(database), ..judged.loaded.facts() };
        if let Some(failure) = &outcome.failure {
            return Err(FixError::Unapplied(failure.describe(&self.files)));
        }
        tell(&verify(judged.packs.iter().copied(), &facts))
    }
}

/// Nothing may be broken that was not before.
fn refuse_new_breaches(judged: &Judged<'_>, verdicts: &[RuleVerdict<'_>]) -> Result<(), FixError> {
    let mut known: BTreeSet<Fingerprint> =
        violations(&judged.verdicts).map(|(rule, finding)| finding.fingerprint(&rule.id)).collect();
    for verdict in &judged.verdicts {
        let accepted = verdict.suppressed.iter();
        known.extend(accepted.map(|entry| entry.finding.fingerprint(&verdict.rule.id)));
    }
    let new = violations(verdicts)
        .find(|(rule, finding)| !known.contains(&finding.fingerprint(&rule.id)));
    match new {
        Some((rule, finding)) => Err(FixError::Breaks(format!("{}: {}", rule.id, finding.message))),
        None => Ok(()),
    }
}

/// What differs between two catalogs, each of which a statement must name.
fn changes(before: &Outcome, after: &Outcome, statements: &str) -> Result<Vec<String>, FixError> {
    let mut lines = Vec::new();
    for difference in differences(&before.catalog, &after.catalog, Detail::Expressions) {
        let object = &difference.object;
        let line = match &difference.kind {
            DifferenceKind::OnlyLeft => format!("{object} is gone"),
            DifferenceKind::OnlyRight => format!("{object} is new"),
            DifferenceKind::Fact { name, left, right } => {
                format!("{name} of {object}: {left} becomes {right}")
            }
        };
        let names = [Some(&*object.of.name), object.part.as_deref()];
        is_named(names, statements, &line)?;
        lines.push(line);
    }
    let sides = (("before", &before.catalog.access), ("after", &after.catalog.access));
    for difference in access_differences(sides.0, sides.1) {
        if let Some(object) = &difference.object {
            is_named([Some(&*object.name), None], statements, &difference.text)?;
        }
        lines.push(difference.text);
    }
    Ok(lines)
}

fn is_named(names: [Option<&str>; 2], statements: &str, line: &str) -> Result<(), FixError> {
    if names.into_iter().flatten().any(|name| statements.contains(name)) {
        Ok(())
    } else {
        Err(FixError::MoreThanSaid(line.to_owned()))
    }
}
