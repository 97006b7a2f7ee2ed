//! Breaches that somebody has accepted: comments beside a statement, and the baseline.
//!
//! What cannot be decided is never suppressed: nobody can accept what nobody knows.

mod baseline;
mod comment;
mod notice;
mod remark;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use self::comment::{Remark, remarks};
use self::remark::USAGE;
use crate::config::RuleSettings;
use crate::facts::Facts;
use crate::finding::{Finding, Fingerprint, Label, Suppressed, Suppression, Verdict};
use crate::pack::is_shipped_rule;
use crate::span::{FileId, Span};
use crate::verify::RuleVerdict;

pub use baseline::{BASELINE_FILE, Baseline, BaselineEntry, baseline_file};
pub use notice::{Notice, NoticeKind};

/// What suppressions are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The baseline, if there is one.
    pub baseline: Option<&'a Baseline>,
    /// The day on which suppressions must still hold.
    pub today: NaiveDate,
    /// What the configuration says of single rules.
    pub settings: Option<&'a RuleSettings>,
    /// The run verifies every rule of the repository, so that a rule which it does not know is none.
    pub is_whole: bool,
}

/// Takes what is accepted out of the verdicts, and tells what is wrong with suppressions.
pub fn suppress(
    verdicts: &mut [RuleVerdict<'_>],
    facts: &Facts<'_>,
    terms: Terms<'_>,
) -> Vec<Notice> {
    let remarks = remarks(facts);
    let mut tally = Tally::of(&remarks, terms);
    for verdict in &mut *verdicts {
        tally.suppress(verdict, facts);
    }
    tally.notices(verdicts, facts)
}

/// Which suppressions have suppressed something.
struct Tally<'a> {
    terms: Terms<'a>,
    remarks: &'a [Remark],
    /// The comments by what they are about: a line of a file, and a rule.
    places: HashMap<(FileId, u32, &'a str), Vec<usize>>,
    used_remarks: HashSet<usize>,
    entries: HashMap<Fingerprint, &'a BaselineEntry>,
    used_entries: HashSet<Fingerprint>,
}

impl<'a> Tally<'a> {
    fn of(remarks: &'a [Remark], terms: Terms<'a>) -> Self {
        let entries = terms.baseline.iter().flat_map(|baseline| &baseline.entries);
        let mut places: HashMap<_, Vec<usize>> = HashMap::new();
        for (number, remark) in remarks.iter().enumerate() {
            if let Ok(allowance) = &remark.said {
                let place = (remark.span.file, remark.line, allowance.rule.as_str());
                places.entry(place).or_default().push(number);
            }
        }
        Self {
            terms,
            remarks,
            places,
            used_remarks: HashSet::new(),
            entries: entries.map(|entry| (entry.fingerprint(), entry)).collect(),
            used_entries: HashSet::new(),
        }
    }

    fn suppress(&mut self, verdict: &mut RuleVerdict<'_>, facts: &Facts<'_>) {
        let Verdict::Violated(findings) = &mut verdict.verdict else { return };
        let id = &verdict.rule.id;
        let mut open = Vec::new();
        for finding in std::mem::take(findings) {
            let by_setting = self.by_setting(id, &finding, facts);
            let by_comment = self.by_comment(id, &finding, facts);
            let by_baseline = self.by_baseline(&finding.fingerprint(id));
            match by_comment.or(by_baseline).or(by_setting) {
                Some(by) => verdict.suppressed.push(Suppressed { finding, by }),
                None => open.push(finding),
            }
        }
        verdict.verdict = if !open.is_empty() {
            Verdict::Violated(open)
        } else if verdict.doubts.is_empty() {
            Verdict::Suppressed
        } else {
            Verdict::Undecided(verdict.doubts.clone())
        };
    }

    /// The configuration says in which files the findings of a rule count.
    fn by_setting(&self, rule: &str, finding: &Finding, facts: &Facts<'_>) -> Option<Suppression> {
        let setting = self.terms.settings?.get(rule).filter(|setting| setting.has_paths())?;
        let path = &facts.files.file(finding.primary.as_ref()?.span.file).path;
        (!setting.counts(path)).then_some(Suppression::Configured)
    }

    /// A comment is about a finding if the statement at fault begins in the line below the comment, or begins
    /// or ends in the comment's own line.
    fn by_comment(
        &mut self,
        rule: &str,
        finding: &Finding,
        facts: &Facts<'_>,
    ) -> Option<Suppression> {
        let fault = finding.primary.as_ref()?.span;
        let file = facts.files.file(fault.file);
        let (first, last) = (file.position(fault.start).line, file.position(fault.end).line);
        let at = |line| self.places.get(&(fault.file, line, rule)).into_iter().flatten();
        let beside = at(last).filter(|number| {
            last != first && self.remarks.get(**number).is_some_and(|remark| !remark.is_above)
        });
        let numbers: Vec<usize> = at(first).chain(beside).copied().collect();
        let mut suppression = None;
        for number in numbers {
            self.used_remarks.insert(number);
            let Some(Ok(allowance)) = self.remarks.get(number).map(|remark| &remark.said) else {
                continue;
            };
            let holds = allowance.until.is_none_or(|day| self.terms.today <= day);
            if holds && suppression.is_none() {
                suppression = self.remarks.get(number).map(|remark| remark.suppression(allowance));
            }
        }
        suppression
    }

    fn by_baseline(&mut self, fingerprint: &Fingerprint) -> Option<Suppression> {
        let entry = self.entries.get(fingerprint)?;
        self.used_entries.insert(fingerprint.clone());
        Some(Suppression::Baseline { first_seen: entry.first_seen })
    }

    fn notices(&self, verdicts: &[RuleVerdict<'_>], facts: &Facts<'_>) -> Vec<Notice> {
        let numbered = self.remarks.iter().enumerate();
        let of_remarks = numbered.filter_map(|(number, remark)| {
            let is_used = self.used_remarks.contains(&number);
            let known = match Known::of(remark.rule(), verdicts) {
                // What a statement that was not applied would have broken is not known.
                Known::Verified if is_unapplied(remark.span, facts) => Known::Undecided,
                known => known,
            };
            self.notice(remark, is_used, known)
        });
        let entries = self.terms.baseline.iter().flat_map(|baseline| &baseline.entries);
        let stale = entries.filter(|entry| {
            !self.used_entries.contains(&entry.fingerprint())
                && match Known::of(&entry.rule, verdicts) {
                    Known::Verified => true,
                    Known::Undecided | Known::Elsewhere => false,
                    Known::Nowhere => self.terms.is_whole,
                }
        });
        of_remarks.chain(stale.map(stale_notice)).collect()
    }

    /// What is wrong with a comment, if anything.
    fn notice(&self, remark: &Remark, is_used: bool, rule: Known) -> Option<Notice> {
        let allowance = match &remark.said {
            Err(line) if remark.is_nearly => {
                let message =
                    format!("this comment is nearly a suppression and suppresses nothing: {line}");
                return Some(remark.notice(&notice::NEARLY, message, USAGE.to_owned(), "comment"));
            }
            Err(why) => {
                let message = format!("this comment to railcheck is not understood: {why}");
                return Some(remark.notice(&notice::INVALID, message, USAGE.to_owned(), "comment"));
            }
            Ok(allowance) => allowance,
        };
        let id = &allowance.rule;
        let object = format!("suppression of {id}");
        match rule {
            Known::Nowhere if self.terms.is_whole => {
                let message = format!("{id} is suppressed, which no pack declares");
                let help = "name a rule that `railcheck rules` lists".to_owned();
                Some(remark.notice(&notice::INVALID, message, help, &object))
            }
            Known::Nowhere | Known::Elsewhere => None,
            _ if allowance.until.is_some_and(|day| day < self.terms.today) => {
                let day = allowance.until.map(|day| day.to_string()).unwrap_or_default();
                let message = format!("the suppression of {id} ended on {day}");
                let help = if is_used {
                    "mend what it suppressed, or give it a new day and say why".to_owned()
                } else {
                    "remove the comment".to_owned()
                };
                Some(remark.notice(&notice::EXPIRED, message, help, &object))
            }
            Known::Verified if !is_used => {
                let message = format!("the suppression of {id} suppresses nothing");
                let help = "remove the comment, or move it to the statement at fault".to_owned();
                Some(remark.notice(&notice::UNUSED, message, help, &object))
            }
            Known::Verified | Known::Undecided => None,
        }
    }
}

/// What the run knows of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// It was verified.
    Verified,
    /// It could not be decided, so that nothing is known of its suppressions either.
    Undecided,
    /// A pack declares it that this run does not verify.
    Elsewhere,
    /// No pack that is known declares it.
    Nowhere,
}

impl Known {
    fn of(id: &str, verdicts: &[RuleVerdict<'_>]) -> Self {
        match verdicts.iter().find(|verdict| verdict.rule.id == id) {
            Some(verdict) if matches!(verdict.verdict, Verdict::Undecided(_)) => Self::Undecided,
            Some(_) => Self::Verified,
            None if is_shipped_rule(id) => Self::Elsewhere,
            None => Self::Nowhere,
        }
    }
}

/// Whether a place is in a migration that was not applied, since it or one before it was refused.
fn is_unapplied(span: Span, facts: &Facts<'_>) -> bool {
    let statements = facts.database.map_or(&[][..], |database| &database.outcome.unapplied);
    statements.iter().any(|statement| statement.span.file == span.file)
}

impl Remark {
    fn rule(&self) -> &str {
        self.said.as_ref().map_or("", |allowance| &allowance.rule)
    }

    fn notice(
        &self,
        kind: &'static NoticeKind,
        message: String,
        help: String,
        object: &str,
    ) -> Notice {
        let primary = Some(Label { span: self.span, text: "said here".to_owned() });
        let object = object.to_owned();
        Notice { kind, finding: Finding { message, primary, labels: Vec::new(), help, object } }
    }
}

fn stale_notice(entry: &BaselineEntry) -> Notice {
    let BaselineEntry { rule, object, first_seen, span } = entry;
    let finding = Finding {
        message: format!("{rule} is no longer broken by {object}"),
        primary: span
            .map(|span| Label { span, text: format!("in the baseline since {first_seen}") }),
        labels: Vec::new(),
        help: "run `railcheck baseline --prune`".to_owned(),
        object: object.clone(),
    };
    Notice { kind: &notice::STALE, finding }
}
