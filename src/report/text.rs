use std::io::{self, Write};

use annotate_snippets::Level;

use super::Report;
use super::frame::frame;
use super::printable::printable;
use crate::finding::{Finding, Label, Severity, Verdict};
use crate::pack::Pack;
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
    for pack in report.packs {
        Writer { report, style, out }.pack(pack)?;
    }
    Ok(())
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
            }
        }
        if !quiet {
            let summary = summary(pack, Status::of(self.report.verdicts_of(pack)));
            writeln!(self.out, "\n{LINE}\n{summary}\n{LINE}")?;
        }
        Ok(())
    }

    fn verdict(&mut self, verdict: &RuleVerdict<'_>) -> io::Result<()> {
        let Verdict::Holds { evidence } = &verdict.verdict else {
            return self.findings(verdict);
        };
        let (id, subject) = (&verdict.rule.id, printable(&verdict.rule.subject));
        writeln!(self.out, "✅ {id}: {subject} verified")?;
        if self.style.verbosity == Verbosity::Verbose {
            for Label { span, text } in evidence {
                let location = self.report.facts.files.location(*span);
                writeln!(self.out, "   {}: {}", printable(&location), printable(text))?;
            }
        }
        Ok(())
    }

    fn findings(&mut self, verdict: &RuleVerdict<'_>) -> io::Result<()> {
        let (headline, level, findings) = match &verdict.verdict {
            Verdict::Holds { .. } => return Ok(()),
            Verdict::Violated(findings) => match verdict.rule.severity {
                Severity::Error => ("❌ violates", Level::ERROR, findings),
                Severity::Warning => ("⚠️ violates", Level::WARNING, findings),
                Severity::Note => ("ℹ️ violates", Level::NOTE, findings),
            },
            Verdict::Undecided(findings) => ("❓ cannot decide", Level::NOTE, findings),
        };
        let frames = match self.style.verbosity {
            Verbosity::Quiet => 0,
            Verbosity::Normal => MAX_FRAMES,
            Verbosity::Verbose => usize::MAX,
        };
        for (number, finding) in findings.iter().enumerate() {
            if number > 0 && number <= frames {
                writeln!(self.out)?;
            }
            let mut message = printable(&finding.message);
            if let (Verdict::Undecided(_), Some(why)) = (&verdict.verdict, &finding.primary) {
                message = format!("{message}: {}", printable(&why.text)).into();
            }
            let place = self.place(verdict, finding);
            writeln!(self.out, "{headline} {}: {message} ({place})", verdict.rule.id)?;
            if number < frames {
                let files = self.report.facts.files;
                let frame = frame(finding, files, level.clone(), self.style.color);
                writeln!(self.out, "{frame}")?;
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

fn summary(pack: &Pack, status: Status) -> String {
    let guardrails = printable(&pack.guardrails);
    match status {
        Status::Holds => format!("✅ All {guardrails} verified"),
        Status::Violated => format!("❌ Some {guardrails} failed"),
        Status::Undecided => format!("❓ Some {guardrails} could not be decided"),
    }
}
