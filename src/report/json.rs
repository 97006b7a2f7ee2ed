use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::incompleteness::{FailureJson, GapJson, Location, SourceGapJson};
use crate::finding::{Finding, Label, Severity, Verdict};
use crate::pack::Pack;
use crate::span::SourceMap;
use crate::verify::{RuleVerdict, Status};

/// The version of the shape below; it grows when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// For programs: one JSON object.
///
/// # Errors
/// If the writer fails.
pub fn json(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Document::of(report))?;
    writeln!(out)
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    engine: &'a str,
    status: Status,
    exit_code: u8,
    migrations: usize,
    sources: usize,
    packs: Vec<PackJson<'a>>,
    failure: Option<FailureJson<'a>>,
    gaps: Vec<GapJson<'a>>,
    source_gaps: Vec<SourceGapJson<'a>>,
}

impl<'a> Document<'a> {
    fn of(report: &Report<'a>) -> Self {
        let status = Status::of(report.verdicts);
        let facts = report.facts;
        let files = facts.files;
        let database = facts.database;
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            engine: report.engine,
            status,
            exit_code: status.exit_code(),
            migrations: database.map_or(0, |database| database.migrations.len()),
            sources: facts.sources.map_or(0, |index| index.files),
            packs: report.packs.iter().map(|pack| PackJson::of(report, pack)).collect(),
            failure: database
                .and_then(|database| database.outcome.failure.as_ref())
                .map(|failure| FailureJson::of(failure, files)),
            gaps: database
                .iter()
                .flat_map(|database| &database.outcome.gaps)
                .map(|gap| GapJson::of(gap, files))
                .collect(),
            source_gaps: facts
                .sources
                .iter()
                .flat_map(|index| &index.gaps)
                .map(|gap| SourceGapJson::of(gap, files))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct PackJson<'a> {
    name: &'a str,
    title: &'a str,
    status: Status,
    rules: Vec<RuleJson<'a>>,
}

impl<'a> PackJson<'a> {
    fn of(report: &Report<'a>, pack: &'a Pack) -> Self {
        Self {
            name: &pack.name,
            title: &pack.title,
            status: Status::of(report.verdicts_of(pack)),
            rules: report
                .verdicts_of(pack)
                .map(|verdict| RuleJson::of(verdict, report.facts.files))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct RuleJson<'a> {
    id: &'a str,
    subject: &'a str,
    title: &'a str,
    check: &'a str,
    severity: Severity,
    verdict: &'static str,
    /// Where the rule stands in its pack.
    location: Location<'a>,
    findings: Vec<FindingJson<'a>>,
    evidence: Vec<LabelJson<'a>>,
}

impl<'a> RuleJson<'a> {
    fn of(verdict: &'a RuleVerdict<'a>, files: &'a SourceMap) -> Self {
        let none: (&[Finding], &[Label]) = (&[], &[]);
        let (name, (findings, evidence)) = match &verdict.verdict {
            Verdict::Holds { evidence } => ("holds", (none.0, evidence.as_slice())),
            Verdict::Violated(findings) => ("violated", (findings.as_slice(), none.1)),
            Verdict::Undecided(findings) => ("undecided", (findings.as_slice(), none.1)),
        };
        let rule = verdict.rule;
        Self {
            id: &rule.id,
            subject: &rule.subject,
            title: &rule.title,
            check: rule.check_name,
            severity: rule.severity,
            verdict: name,
            location: Location::of(rule.span, files),
            findings: findings.iter().map(|finding| FindingJson::of(finding, files)).collect(),
            evidence: evidence.iter().map(|label| LabelJson::of(label, files)).collect(),
        }
    }
}

#[derive(Serialize)]
struct FindingJson<'a> {
    message: &'a str,
    object: &'a str,
    help: &'a str,
    /// The statement or expression at fault; null where nothing in the repository is.
    location: Option<Location<'a>>,
    labels: Vec<LabelJson<'a>>,
}

impl<'a> FindingJson<'a> {
    fn of(finding: &'a Finding, files: &'a SourceMap) -> Self {
        let primary = finding.primary.as_ref();
        Self {
            message: &finding.message,
            object: &finding.object,
            help: &finding.help,
            location: primary.map(|label| Location::of(label.span, files)),
            labels: primary
                .into_iter()
                .chain(&finding.labels)
                .map(|label| LabelJson::of(label, files))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct LabelJson<'a> {
    text: &'a str,
    location: Location<'a>,
}

impl<'a> LabelJson<'a> {
    fn of(label: &'a Label, files: &'a SourceMap) -> Self {
        Self { text: &label.text, location: Location::of(label.span, files) }
    }
}
