use std::io::{self, Write};

use annotate_snippets::Level;

use super::Report;
use super::comparison::comparison_text;
use super::digest::digest;
use super::entry::message;
use super::frame::frame;
use super::paint::{Paint, painted};
use super::printable::printable;
use crate::finding::{Finding, Label, Severity, Suppression, Verdict};
use crate::pack::{Layout, Pack};
use crate::verify::{RuleVerdict, Status};

/// How many findings of one rule are shown with the statement at fault, unless all is to be shown.
const MAX_FRAMES: usize = 12;

const LINE: &str = "========================================";

/// How much the text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// One line for each finding, and nothing where all holds.
    Quiet,
    /// Every rule, and each finding with the statement at fault.
    Normal,
    /// The history of each fact too.
    Verbose,
}

/// How the text looks.
#[derive(Debug, Clone, Copy)]
pub struct TextStyle {
    /// How much it says.
    pub verbosity: Verbosity,
    /// With ANSI colours.
    pub color: bool,
}

/// For people: what was checked, each finding with a code frame, and a summary of each pack.
///
/// # Errors
/// If the writer fails.
pub fn text(report: &Report<'_>, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
    if let Some(refusal) = report.refusal() {
        writeln!(out, "⛔ {}", printable(&refusal.sentence))?;
        if style.verbosity != Verbosity::Quiet {
            writeln!(out, "   {}\n", printable(&refusal.consequence()))?;
        }
    }
    if let Some(assumed) = report.assumed()
        && style.verbosity != Verbosity::Quiet
    {
        writeln!(out, "ℹ️ {}\n", printable(&assumed.sentence()))?;
    }
    let is_listed =
        |pack: &&Pack| pack.layout == Layout::Checklist || style.verbosity != Verbosity::Normal;
    for pack in report.packs().into_iter().filter(is_listed) {
        Writer { report, style, out }.pack(pack)?;
    }
    if style.verbosity == Verbosity::Normal {
        digest(report, style.color, out)?;
    }
    Writer { report, style, out }.notices()?;
    report.comparison().map_or(Ok(()), |comparison| comparison_text(comparison, out))
}

struct Writer<'r, 'o> {
    report: &'r Report<'r>,
    style: TextStyle,
    out: &'o mut dyn Write,
}

impl Writer<'_, '_> {
    fn pack(&mut self, pack: &Pack) -> io::Result<()> {
        let quiet = self.style.verbosity == Verbosity::Quiet;
        if !quiet {
            writeln!(self.out, "{LINE}\n{}\n{LINE}", printable(&pack.title))?;
        }
        for verdict in self.report.verdicts_of(pack) {
            if quiet {
                self.findings(verdict)?;
            } else {
                let (id, subject) = (&verdict.rule.id, printable(&verdict.rule.subject));
                writeln!(self.out, "\n🔍 Checking {id}: {subject}...")?;
                self.verdict(verdict)?;
                if let Some(engine) = verdict.decided_by {
                    writeln!(
                        self.out,
                        "   decided by engine {engine}, since the interpreter does not know enough"
                    )?;
                }
            }
        }
        if !quiet {
            let suppressed =
                self.report.verdicts_of(pack).map(|verdict| verdict.suppressed.len()).sum();
            let status = Status::of(self.report.verdicts_of(pack));
            let summary = summary(pack, status, suppressed);
            let summary = painted(&summary, paint(status), self.style.color);
            writeln!(self.out, "\n{LINE}\n{summary}\n{LINE}")?;
        }
        Ok(())
    }

    fn verdict(&mut self, verdict: &RuleVerdict<'_>) -> io::Result<()> {
        let Verdict::Holds { evidence } = &verdict.verdict else {
            self.findings(verdict)?;
            return self.suppressed(verdict);
        };
        let (id, subject) = (&verdict.rule.id, printable(&verdict.rule.subject));
        let line = format!("✅ {id}: {subject} verified");
        writeln!(self.out, "{}", painted(&line, Paint::Fine, self.style.color))?;
        if self.style.verbosity == Verbosity::Verbose {
            for Label { span, text } in evidence {
                let location = self.report.facts.files.location(*span);
                writeln!(self.out, "   {}: {}", printable(&location), printable(text))?;
            }
        }
        Ok(())
    }

    fn findings(&mut self, verdict: &RuleVerdict<'_>) -> io::Result<()> {
        let is_doubt = matches!(verdict.verdict, Verdict::Undecided(_));
        let (headline, paint, findings) = match &verdict.verdict {
            Verdict::Holds { .. } | Verdict::Suppressed => return Ok(()),
            Verdict::Violated(findings) => {
                let (sign, paint) = sign(verdict.rule.severity);
                (format!("{sign} violates {}:", verdict.rule.id), paint, findings)
            }
            Verdict::Undecided(findings) => {
                (format!("❓ cannot decide {}:", verdict.rule.id), Paint::Doubt, findings)
            }
        };
        let level = level(verdict.rule.severity, is_doubt);
        let headline = painted(&headline, paint, self.style.color);
        let frames = self.frames();
        for (number, finding) in findings.iter().enumerate() {
            if number > 0 && number <= frames {
                writeln!(self.out)?;
            }
            let message = message(finding, is_doubt);
            let (message, place) = (printable(&message), self.place(verdict, finding));
            writeln!(self.out, "{headline} {message} ({place})")?;
            if number < frames {
                self.frame(finding, level.clone())?;
            }
        }
        Ok(())
    }

    /// How many findings of one rule are shown with the statement at fault.
    fn frames(&self) -> usize {
        match self.style.verbosity {
            Verbosity::Quiet => 0,
            Verbosity::Normal => MAX_FRAMES,
            Verbosity::Verbose => usize::MAX,
        }
    }

    fn frame(&mut self, finding: &Finding, level: Level<'_>) -> io::Result<()> {
        let frame = frame(finding, self.report.facts.files, level, self.style.color);
        writeln!(self.out, "{frame}")
    }

    /// What is broken and accepted. It is told apart from a violation by its first words too.
    fn suppressed(&mut self, verdict: &RuleVerdict<'_>) -> io::Result<()> {
        for suppressed in &verdict.suppressed {
            let place = self.place(verdict, &suppressed.finding);
            let message = printable(&suppressed.finding.message);
            let why = match &suppressed.by {
                Suppression::Comment { reason, until: None, .. } => printable(reason).into_owned(),
                Suppression::Comment { reason, until: Some(day), .. } => {
                    format!("{}, until {day}", printable(reason))
                }
                Suppression::Baseline { first_seen } => {
                    format!("in the baseline since {first_seen}")
                }
                Suppression::Configured => "left out by railcheck.yaml".to_owned(),
                Suppression::Before { commit } => format!("there at {commit} already"),
            };
            writeln!(self.out, "🔕 suppressed {}: {message} ({place}): {why}", verdict.rule.id)?;
        }
        Ok(())
    }

    /// What is wrong with suppressions, in a section of its own where there is anything.
    fn notices(&mut self) -> io::Result<()> {
        let (report, quiet) = (self.report, self.style.verbosity == Verbosity::Quiet);
        if !report.notices.is_empty() && !quiet {
            writeln!(self.out, "{LINE}\nSuppressions\n{LINE}\n")?;
        }
        for (number, notice) in report.notices.iter().enumerate() {
            let ((sign, paint), level) =
                (sign(notice.kind.severity), level(notice.kind.severity, false));
            let message = printable(&notice.finding.message);
            let place = notice.finding.primary.as_ref().map(|label| {
                let place = report.facts.files.location(label.span);
                format!(" ({})", printable(&place))
            });
            let place = place.unwrap_or_default();
            let head = format!("{sign} {}:", notice.kind.id);
            let head = painted(&head, paint, self.style.color);
            writeln!(self.out, "{head} {message}{place}")?;
            if number < self.frames() {
                self.frame(&notice.finding, level)?;
            }
        }
        Ok(())
    }

    /// Where the finding is; the line of its rule, where nothing in the repository is at fault.
    fn place(&self, verdict: &RuleVerdict<'_>, finding: &Finding) -> String {
        let span = finding.primary.as_ref().map_or(verdict.rule.span, |label| label.span);
        printable(&self.report.facts.files.location(span)).into_owned()
    }
}

/// What a breach of this weight is shown by.
pub(super) fn sign(severity: Severity) -> (&'static str, Paint) {
    match severity {
        Severity::Error => ("❌", Paint::Wrong),
        Severity::Warning => ("⚠️", Paint::Caution),
        Severity::Note => ("ℹ️", Paint::Caution),
    }
}

/// How a statement at fault is marked.
pub(super) fn level(severity: Severity, is_doubt: bool) -> Level<'static> {
    match severity {
        _ if is_doubt => Level::NOTE,
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

fn paint(status: Status) -> Paint {
    match status {
        Status::Holds => Paint::Fine,
        Status::Undecided => Paint::Doubt,
        Status::Violated => Paint::Wrong,
    }
}

fn summary(pack: &Pack, status: Status, suppressed: usize) -> String {
    let guardrails = printable(&pack.guardrails);
    match (status, suppressed) {
        (Status::Holds, 0) => format!("✅ All {guardrails} verified"),
        (Status::Holds, 1) => format!("✅ All {guardrails} verified, but for 1 suppressed finding"),
        (Status::Holds, number) => {
            format!("✅ All {guardrails} verified, but for {number} suppressed findings")
        }
        (Status::Violated, _) => format!("❌ Some {guardrails} failed"),
        (Status::Undecided, _) => format!("❓ Some {guardrails} could not be decided"),
    }
}
