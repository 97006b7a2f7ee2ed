use std::io::{self, Write};

use annotate_snippets::Level;

use super::Report;
use super::entry::message;
use super::frame::frame;
use super::printable::printable;
use crate::finding::{Finding, Severity, Suppression, Verdict};
use crate::pack::Pack;
use crate::verify::{RuleVerdict, Status};

/// How many findings of one rule are shown; a comment of a pull request holds 65,536 characters.
const MAX_FINDINGS: usize = 20;

/// Tells a comment of a pull request that a later run replaces.
const MARKER: &str = "<!-- railcheck -->";

/// For a comment of a pull request.
///
/// # Errors
/// If the writer fails.
pub fn markdown(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{MARKER}\n## {} railcheck", sign_of(report.status()))?;
    if let Some(refusal) = report.refusal() {
        let (sentence, consequence) = (plain(&refusal.sentence), plain(&refusal.consequence()));
        writeln!(out, "\n> [!CAUTION]\n> ⛔ {sentence}\n>\n> {consequence}")?;
    }
    if let Some(assumed) = report.assumed() {
        writeln!(out, "\n> [!NOTE]\n> {}", plain(&assumed.sentence()))?;
    }
    for pack in report.packs() {
        table(report, pack, out)?;
    }
    for verdict in report.verdicts {
        details(report, verdict, out)?;
    }
    if !report.notices.is_empty() {
        writeln!(out, "\n### Suppressions\n")?;
        for notice in report.notices {
            let sign = sign(notice.kind.severity);
            item(report, &format!("{sign} `{}`", notice.kind.id), &notice.finding, None, out)?;
        }
    }
    Ok(())
}

fn table(report: &Report<'_>, pack: &Pack, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n### {}\n\n| | Rule | Verdict |\n| --- | --- | --- |", plain(&pack.title))?;
    for verdict in report.verdicts_of(pack) {
        let (sign, mut said) = match &verdict.verdict {
            Verdict::Holds { .. } => ("✅", "verified".to_owned()),
            Verdict::Suppressed => ("🔕", String::new()),
            Verdict::Violated(findings) => {
                (sign(verdict.rule.severity), format!("violated ({})", findings.len()))
            }
            Verdict::Undecided(findings) => ("❓", format!("cannot decide ({})", findings.len())),
        };
        if !verdict.suppressed.is_empty() {
            let separator = if said.is_empty() { "" } else { ", " };
            said = format!("{said}{separator}{} suppressed", verdict.suppressed.len());
        }
        let (id, subject) = (&verdict.rule.id, plain(&verdict.rule.subject));
        writeln!(out, "| {sign} | **{id}** {subject} | {said} |")?;
    }
    Ok(())
}

fn details(report: &Report<'_>, verdict: &RuleVerdict<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (sign, what, findings) = match &verdict.verdict {
        Verdict::Violated(findings) => {
            (sign(verdict.rule.severity), "violates", findings.as_slice())
        }
        Verdict::Undecided(findings) => ("❓", "cannot decide", findings.as_slice()),
        Verdict::Holds { .. } | Verdict::Suppressed => ("", "", [].as_slice()),
    };
    if findings.is_empty() && verdict.suppressed.is_empty() {
        return Ok(());
    }
    let rule = verdict.rule;
    writeln!(out, "\n<details{}><summary>", if findings.is_empty() { "" } else { " open" })?;
    writeln!(out, "{}: {}\n</summary>\n", rule.id, plain(&rule.title))?;
    for finding in findings.iter().take(MAX_FINDINGS) {
        item(report, &format!("{sign} {what} **{}**", rule.id), finding, Some(verdict), out)?;
    }
    if findings.len() > MAX_FINDINGS {
        writeln!(out, "- … and {} more", findings.len() - MAX_FINDINGS)?;
    }
    for suppressed in verdict.suppressed.iter().take(MAX_FINDINGS) {
        let why = match &suppressed.by {
            Suppression::Comment { reason, .. } => plain(reason),
            Suppression::Baseline { first_seen } => format!("in the baseline since {first_seen}"),
            Suppression::Configured => "left out by railcheck.yaml".to_owned(),
            Suppression::Before { commit } => format!("there at {commit} already"),
        };
        let said = plain(&suppressed.finding.message);
        writeln!(out, "- 🔕 suppressed: {said} ({why})")?;
    }
    writeln!(out, "\n</details>")
}

/// A finding as an item of a list, with the statement at fault.
fn item(
    report: &Report<'_>,
    head: &str,
    finding: &Finding,
    verdict: Option<&RuleVerdict<'_>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let files = report.facts.files;
    let is_doubt = verdict.is_some_and(|v| matches!(v.verdict, Verdict::Undecided(_)));
    let span = finding.primary.as_ref().map(|label| label.span);
    let place = span.or(verdict.map(|verdict| verdict.rule.span));
    let place = place.map_or(String::new(), |span| code(&files.location(span)));
    writeln!(out, "- {head}: {} {place}", plain(&message(finding, is_doubt)))?;
    let frame = frame(finding, files, Level::ERROR, false);
    if !frame.is_empty() {
        let fence = "`".repeat(longest_run(&frame).max(2) + 1);
        writeln!(out, "\n  {fence}text")?;
        for line in frame.lines() {
            writeln!(out, "  {line}")?;
        }
        writeln!(out, "  {fence}\n")?;
    }
    Ok(())
}

fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "❌",
        Severity::Warning => "⚠️",
        Severity::Note => "ℹ️",
    }
}

fn sign_of(status: Status) -> &'static str {
    match status {
        Status::Holds => "✅",
        Status::Undecided => "❓",
        Status::Violated => "❌",
    }
}

/// Text that is no Markdown, no HTML, and mentions nobody.
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A zero-width space keeps a mention or a reference from being one.
            '@' | '#' => escaped.extend([c, '\u{200b}']),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Text as code on one line.
fn code(text: &str) -> String {
    let text = printable(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let space = if fence.len() > 1 { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// How many backticks follow each other at most.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
