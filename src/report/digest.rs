//! What is wrong, each cause once, and a summary: the text of packs that do not ask for a checklist.

use std::collections::HashMap;
use std::io::{self, Write};

use super::Report;
use super::entry::message;
use super::frame::frame;
use super::paint::{Paint, painted};
use super::printable::printable;
use super::text::{level, sign};
use crate::finding::{Finding, Severity, Verdict};
use crate::pack::Layout;
use crate::verify::{RuleVerdict, Status};

/// How many causes are shown with the statement at fault.
const MAX_FRAMES: usize = 12;

/// A rule with more causes than this is shown by the first few.
const MANY: usize = 5;

/// How many causes of such a rule are shown.
const FIRST_FEW: usize = 3;

/// How many rules are named of a cause that concerns many.
const MAX_NAMED: usize = 8;

/// Findings that one statement is to blame for.
struct Cause<'a> {
    is_doubt: bool,
    severity: Severity,
    members: Vec<(&'a RuleVerdict<'a>, &'a Finding)>,
}

impl Cause<'_> {
    /// The rules that it concerns, each once.
    fn rules(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        for (verdict, _) in &self.members {
            if !ids.contains(&&*verdict.rule.id) {
                ids.push(&verdict.rule.id);
            }
        }
        ids
    }
}

/// Writes what is wrong with the rules of packs without a checklist, and one line that sums them up.
pub(super) fn digest(report: &Report<'_>, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let verdicts: Vec<&RuleVerdict<'_>> =
        report.verdicts.iter().filter(|verdict| verdict.pack.layout == Layout::Digest).collect();
    if verdicts.is_empty() {
        return Ok(());
    }
    let mut writer = Writer { report, color, out, frames: 0 };
    let causes = causes(&verdicts);
    for rule in shown(&causes) {
        match rule {
            Shown::Cause(cause) => writer.cause(cause)?,
            Shown::Rest(id, number) => writer.rest(id, number)?,
        }
    }
    writer.summary(&verdicts)
}

/// The findings by cause: breaches that fail the run first, then what cannot be decided, then the rest.
fn causes<'a>(verdicts: &[&'a RuleVerdict<'a>]) -> Vec<Cause<'a>> {
    let mut causes: Vec<Cause<'_>> = Vec::new();
    let mut known = HashMap::new();
    for verdict in verdicts {
        let (findings, is_doubt) = match &verdict.verdict {
            Verdict::Holds { .. } | Verdict::Suppressed => continue,
            Verdict::Violated(findings) => (findings, false),
            Verdict::Undecided(findings) => (findings, true),
        };
        let severity = verdict.rule.severity;
        for finding in findings {
            let place = finding.primary.as_ref().map(|label| label.span);
            // Without a place, what is to be done tells causes of a doubt apart.
            let help = (place.is_none() && is_doubt).then_some(&*finding.help);
            let new = Cause { is_doubt, severity, members: Vec::new() };
            let at = match (place, help) {
                (None, None) => {
                    causes.push(new);
                    causes.len() - 1
                }
                key => *known.entry((key, is_doubt, severity)).or_insert_with(|| {
                    causes.push(new);
                    causes.len() - 1
                }),
            };
            if let Some(cause) = causes.get_mut(at) {
                cause.members.push((verdict, finding));
            }
        }
    }
    causes.sort_by_key(|cause| match (cause.severity, cause.is_doubt) {
        (Severity::Error, false) => 0,
        (Severity::Error, true) => 1,
        (Severity::Warning, _) => 2,
        (Severity::Note, _) => 3,
    });
    causes
}

enum Shown<'c, 'a> {
    Cause(&'c Cause<'a>),
    /// So many further causes of a rule.
    Rest(&'c str, usize),
}

/// The causes that are shown: of a rule with many of its own the first few.
fn shown<'c, 'a>(causes: &'c [Cause<'a>]) -> Vec<Shown<'c, 'a>> {
    let of_rule = |id: &str| {
        let is_of = |cause: &&Cause<'_>| cause.rules() == [id];
        causes.iter().filter(is_of).count()
    };
    let mut shown = Vec::new();
    let mut counts: Vec<(&str, usize, usize)> = Vec::new();
    for cause in causes {
        let rules = cause.rules();
        let [id] = rules[..] else {
            shown.push(Shown::Cause(cause));
            continue;
        };
        let at = counts.iter().position(|(known, ..)| *known == id).unwrap_or_else(|| {
            counts.push((id, of_rule(id), 0));
            counts.len() - 1
        });
        let Some((_, all, so_far)) = counts.get_mut(at) else { continue };
        *so_far += 1;
        if *all <= MANY || *so_far <= FIRST_FEW {
            shown.push(Shown::Cause(cause));
        } else if *so_far == *all {
            shown.push(Shown::Rest(id, *all - FIRST_FEW));
        }
    }
    shown
}

struct Writer<'r, 'o> {
    report: &'r Report<'r>,
    color: bool,
    out: &'o mut dyn Write,
    frames: usize,
}

impl Writer<'_, '_> {
    fn cause(&mut self, cause: &Cause<'_>) -> io::Result<()> {
        if cause.is_doubt {
            self.doubt(cause)?
        } else {
            self.breach(cause)?
        }
        let Some((_, finding)) = cause.members.first() else { return Ok(()) };
        self.frames += 1;
        if self.frames <= MAX_FRAMES {
            let level = level(cause.severity, cause.is_doubt);
            let frame = frame(finding, self.report.facts.files, level, self.color);
            writeln!(self.out, "{frame}")?;
        }
        writeln!(self.out)
    }

    fn breach(&mut self, cause: &Cause<'_>) -> io::Result<()> {
        let (sign, paint) = sign(cause.severity);
        for (verdict, finding) in cause.members.iter().take(MAX_NAMED) {
            let head = format!("{sign} violates {}:", verdict.rule.id);
            let head = painted(&head, paint, self.color);
            let (message, place) = (printable(&finding.message), self.place(verdict, finding));
            writeln!(self.out, "{head} {message} ({place})")?;
        }
        match cause.members.len().saturating_sub(MAX_NAMED) {
            0 => Ok(()),
            more => {
                writeln!(self.out, "   and {more} more findings at this statement; -v shows them")
            }
        }
    }

    fn doubt(&mut self, cause: &Cause<'_>) -> io::Result<()> {
        let Some((verdict, first)) = cause.members.first() else { return Ok(()) };
        let rules = cause.rules();
        let named = rules.iter().take(MAX_NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = match rules.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let why = first.primary.as_ref().map(|label| &*label.text).filter(|text| !text.is_empty());
        let is_one = cause.members.len() == 1;
        // What one statement keeps open of several tables is told by the reason alone.
        let message = match why {
            Some(why) if !is_one => format!("a statement is not understood: {why}"),
            _ => message(first, true).into_owned(),
        };
        let head = format!("❓ cannot decide {named}{more}:");
        let head = painted(&head, Paint::Doubt, self.color);
        let (message, place) = (printable(&message), self.place(verdict, first));
        writeln!(self.out, "{head} {message} ({place})")
    }

    fn rest(&mut self, id: &str, number: usize) -> io::Result<()> {
        let plural = if number == 1 { "finding" } else { "findings" };
        writeln!(
            self.out,
            "   and {number} more {plural} of {id}; `railcheck verify -v --rule {id}` shows them\n"
        )
    }

    fn place(&self, verdict: &RuleVerdict<'_>, finding: &Finding) -> String {
        let span = finding.primary.as_ref().map_or(verdict.rule.span, |label| label.span);
        printable(&self.report.facts.files.location(span)).into_owned()
    }

    fn summary(&mut self, verdicts: &[&RuleVerdict<'_>]) -> io::Result<()> {
        let count = |is_meant: &dyn Fn(&RuleVerdict<'_>) -> bool| {
            verdicts.iter().filter(|verdict| is_meant(verdict)).count()
        };
        let fails = |verdict: &RuleVerdict<'_>| verdict.rule.severity == Severity::Error;
        let findings = |severity: Severity| -> usize {
            let of = |verdict: &&&RuleVerdict<'_>| verdict.rule.severity == severity;
            let number = |verdict: &&RuleVerdict<'_>| match &verdict.verdict {
                Verdict::Violated(findings) => findings.len(),
                _ => 0,
            };
            verdicts.iter().filter(of).map(number).sum()
        };
        let violated = count(&|v| fails(v) && matches!(v.verdict, Verdict::Violated(_)));
        let undecided = count(&|v| matches!(v.verdict, Verdict::Undecided(_)));
        let holding = count(&|v| matches!(v.verdict, Verdict::Holds { .. } | Verdict::Suppressed));
        let suppressed: usize = verdicts.iter().map(|verdict| verdict.suppressed.len()).sum();
        let mut parts = Vec::new();
        if violated > 0 {
            let (verb, of) = (if violated == 1 { "is" } else { "are" }, verdicts.len());
            let found = numbered(findings(Severity::Error), "finding");
            parts.push(format!("{violated} of {of} rules {verb} violated, {found}"));
        }
        if undecided > 0 {
            parts.push(format!("{} cannot be decided", numbered(undecided, "rule")));
        }
        if holding > 0 {
            let verb = if holding == 1 { "holds" } else { "hold" };
            parts.push(format!("{} {verb}", numbered(holding, "rule")));
        }
        for (severity, word) in [(Severity::Warning, "warning"), (Severity::Note, "note")] {
            match findings(severity) {
                0 => {}
                number => parts.push(numbered(number, word)),
            }
        }
        if suppressed > 0 {
            parts.push(format!("{} suppressed", numbered(suppressed, "finding")));
        }
        let engine = verdicts.iter().find_map(|verdict| verdict.decided_by);
        parts.extend(engine.map(|engine| format!("engine {engine} was asked")));
        let status = Status::of(verdicts.iter().copied());
        let (sign, paint) = match status {
            Status::Holds => ("✅", Paint::Fine),
            Status::Undecided => ("❓", Paint::Doubt),
            Status::Violated => ("❌", Paint::Wrong),
        };
        let line = format!("{sign} {}", parts.join("; "));
        writeln!(self.out, "{}", painted(&line, paint, self.color))
    }
}

fn numbered(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}
