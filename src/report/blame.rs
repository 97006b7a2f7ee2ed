//! How a rule came to hold or not, for people and for programs.

use std::io::{self, Write};

use annotate_snippets::Level;
use serde::Serialize;

use super::frame::frame;
use super::incompleteness::Location;
use super::printable::printable;
use crate::blame::{Blame, Effect, Stage, Step};
use crate::finding::{Finding, Label, Verdict};
use crate::pack::Rule;
use crate::span::SourceMap;

/// The version of the JSON below; it grows when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// How many facts of one statement are named in a code frame.
const MAX_FACTS: usize = 3;

/// A rule with how it came to hold or not.
#[derive(Debug, Clone, Copy)]
pub struct BlameReport<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// How it came to hold or not.
    pub blame: &'a Blame,
    /// The files that spans point into.
    pub files: &'a SourceMap,
}

/// For people: each migration with what it did to the rule and a code frame of its statements, then the
/// sources, then what the rule says in the end.
///
/// # Errors
/// If the writer fails.
pub fn blame_text(report: BlameReport<'_>, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let BlameReport { rule, blame, files } = report;
    writeln!(out, "{}: {}\n{}", rule.id, printable(&rule.subject), printable(&rule.title))?;
    for Stage { migration, steps, effect } in &blame.stages {
        let path = &files.file(*migration).path;
        writeln!(out, "\n{} {}", headline(*effect), printable(path))?;
        writeln!(out, "{}", frame(&shown(steps), files, Level::INFO.no_name(), color))?;
    }
    if !blame.sources.is_empty() {
        let steps = shown(&blame.sources);
        writeln!(out, "\nin the files as they are")?;
        writeln!(out, "{}", frame(&steps, files, Level::INFO.no_name(), color))?;
    }
    let (headline, findings) = match &blame.verdict {
        Verdict::Holds { .. } | Verdict::Suppressed => {
            return writeln!(out, "\n✅ {}: {} verified", rule.id, printable(&rule.subject));
        }
        Verdict::Violated(findings) => ("❌ violates", findings),
        Verdict::Undecided(findings) => ("❓ cannot decide", findings),
    };
    writeln!(out)?;
    for Finding { message, primary, .. } in findings {
        let place = files.location(primary.as_ref().map_or(rule.span, |label| label.span));
        let (message, place) = (printable(message), printable(&place));
        writeln!(out, "{headline} {}: {message} ({place})", rule.id)?;
    }
    Ok(())
}

fn headline(effect: Effect) -> &'static str {
    match effect {
        Effect::Made => "✅ made by",
        Effect::Kept => "✅ kept by",
        Effect::Broke => "❌ broken by",
        Effect::Clouded => "❓ put in doubt by",
        Effect::Unmet => "   not met after",
        Effect::Unjudged => "   touched by",
    }
}

/// Steps as what a code frame is made of.
fn shown(steps: &[Step]) -> Finding {
    let labels = steps.iter().map(|Step { span, facts }| {
        let mut named: Vec<_> = facts.iter().take(MAX_FACTS).map(String::as_str).collect();
        let more = facts.len().saturating_sub(MAX_FACTS);
        let rest = format!("and {more} more");
        if more > 0 {
            named.push(&rest);
        }
        Label { span: *span, text: named.join(", ") }
    });
    Finding {
        message: String::new(),
        primary: None,
        labels: labels.collect(),
        help: String::new(),
        object: String::new(),
    }
}

/// For programs: one JSON object.
///
/// # Errors
/// If the writer fails.
pub fn blame_json(report: BlameReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let BlameReport { rule, blame, files } = report;
    let (verdict, findings) = match &blame.verdict {
        Verdict::Holds { .. } | Verdict::Suppressed => ("holds", &[][..]),
        Verdict::Violated(findings) => ("violated", &findings[..]),
        Verdict::Undecided(findings) => ("undecided", &findings[..]),
    };
    let document = Document {
        schema_version: SCHEMA_VERSION,
        rule: &rule.id,
        check: rule.check_name,
        verdict,
        migrations: blame.stages.iter().map(|stage| StageJson::of(stage, files)).collect(),
        sources: blame.sources.iter().map(|step| StepJson::of(step, files)).collect(),
        findings: findings.iter().map(|finding| &*finding.message).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    rule: &'a str,
    check: &'a str,
    verdict: &'static str,
    migrations: Vec<StageJson<'a>>,
    sources: Vec<StepJson<'a>>,
    findings: Vec<&'a str>,
}

#[derive(Serialize)]
struct StageJson<'a> {
    path: &'a str,
    effect: Effect,
    statements: Vec<StepJson<'a>>,
}

impl<'a> StageJson<'a> {
    fn of(stage: &'a Stage, files: &'a SourceMap) -> Self {
        Self {
            path: &files.file(stage.migration).path,
            effect: stage.effect,
            statements: stage.steps.iter().map(|step| StepJson::of(step, files)).collect(),
        }
    }
}

#[derive(Serialize)]
struct StepJson<'a> {
    facts: Vec<&'a str>,
    location: Location<'a>,
}

impl<'a> StepJson<'a> {
    fn of(step: &'a Step, files: &'a SourceMap) -> Self {
        let facts = step.facts.iter().map(String::as_str).collect();
        Self { facts, location: Location::of(step.span, files) }
    }
}
