use std::io::{self, Write};

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

use super::Report;
use super::access::AccessJson;
use super::assumed::AssumedJson;
use super::comparison::ComparisonJson;
use super::incompleteness::{FailureJson, GapJson, Location, SourceGapJson};
use crate::coverage::Coverage;
use crate::finding::{Finding, Fingerprint, Label, Severity, Suppression, Verdict};
use crate::pack::Pack;
use crate::span::SourceMap;
use crate::suppress::Notice;
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

/// The JSON schema of the report.
#[must_use]
pub fn schema() -> Value {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<Document<'_>>().to_value();
    schema["properties"]["schema_version"]["const"] = SCHEMA_VERSION.into();
    schema
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Report")]
struct Document<'a> {
    /// Grows when a field changes its meaning or goes.
    schema_version: u32,
    tool: Tool,
    /// What made the catalog.
    engine: &'a str,
    /// What the run as a whole comes to.
    status: Status,
    /// The exit code of the run.
    exit_code: u8,
    /// The statement that is refused and stops the migrations.
    failure: Option<FailureJson<'a>>,
    /// What statements need and no migration makes, where the history is partial.
    assumed: Vec<AssumedJson<'a>>,
    /// How many migrations there are.
    migrations: usize,
    /// How many sources there are.
    sources: usize,
    /// How much the rules speak of.
    coverage: Coverage,
    packs: Vec<PackJson<'a>>,
    /// What is wrong with suppressions.
    notices: Vec<NoticeJson<'a>>,
    /// Statements that could not be interpreted.
    gaps: Vec<GapJson<'a>>,
    /// Sources that could not be read.
    source_gaps: Vec<SourceGapJson<'a>>,
    /// Who can reach which rows of the tables whose row-level security a rule is about; empty where the engine
    /// does not run the migrations in a database of their own.
    access: Vec<AccessJson<'a>>,
    /// How the catalog differs from another one, where the engine compares.
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<ComparisonJson<'a>>,
}

impl<'a> Document<'a> {
    fn of(report: &Report<'a>) -> Self {
        let status = report.status();
        let facts = report.facts;
        let files = facts.files;
        let database = facts.database;
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            engine: report.engine,
            status,
            exit_code: report.exit_code(),
            failure: FailureJson::of(&facts),
            assumed: database
                .iter()
                .flat_map(|database| &database.outcome.assumed)
                .map(|assumed| AssumedJson::of(assumed, files))
                .collect(),
            migrations: database.map_or(0, |database| database.migrations.len()),
            sources: facts.sources.map_or(0, |index| index.files),
            coverage: report.coverage(),
            packs: report.packs().into_iter().map(|pack| PackJson::of(report, pack)).collect(),
            notices: report.notices.iter().map(|notice| NoticeJson::of(notice, files)).collect(),
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
            access: report.access.iter().map(AccessJson::of).collect(),
            comparison: report.comparison().map(ComparisonJson::of),
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PackVerdict")]
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

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RuleVerdict")]
struct RuleJson<'a> {
    id: &'a str,
    subject: &'a str,
    title: &'a str,
    check: &'a str,
    severity: Severity,
    verdict: VerdictName,
    /// The engine that decided it, where the one that was asked first could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<&'static str>,
    /// Where the rule stands in its pack.
    location: Location<'a>,
    /// Where the rule is broken, or what keeps it from being decided.
    findings: Vec<FindingJson<'a>>,
    /// Where the rule is broken and somebody has accepted it.
    suppressed: Vec<SuppressedJson<'a>>,
    /// What shows that the rule holds.
    evidence: Vec<LabelJson<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Verdict")]
#[serde(rename_all = "snake_case")]
enum VerdictName {
    Holds,
    Violated,
    Undecided,
    /// The rule is broken, and each breach is one that somebody has accepted.
    Suppressed,
}

impl<'a> RuleJson<'a> {
    fn of(verdict: &'a RuleVerdict<'a>, files: &'a SourceMap) -> Self {
        let none: (&[Finding], &[Label]) = (&[], &[]);
        let (name, (findings, evidence)) = match &verdict.verdict {
            Verdict::Holds { evidence } => (VerdictName::Holds, (none.0, evidence.as_slice())),
            Verdict::Violated(findings) => (VerdictName::Violated, (findings.as_slice(), none.1)),
            Verdict::Undecided(findings) => (VerdictName::Undecided, (findings.as_slice(), none.1)),
            Verdict::Suppressed => (VerdictName::Suppressed, none),
        };
        let rule = verdict.rule;
        let finding = |finding| FindingJson::of(&rule.id, finding, files);
        Self {
            id: &rule.id,
            subject: &rule.subject,
            title: &rule.title,
            check: rule.check_name,
            severity: rule.severity,
            verdict: name,
            decided_by: verdict.decided_by,
            location: Location::of(rule.span, files),
            findings: findings.iter().map(finding).collect(),
            suppressed: verdict
                .suppressed
                .iter()
                .map(|suppressed| SuppressedJson {
                    finding: finding(&suppressed.finding),
                    suppression: SuppressionJson::of(&suppressed.by, files),
                })
                .collect(),
            evidence: evidence.iter().map(|label| LabelJson::of(label, files)).collect(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct FindingJson<'a> {
    message: &'a str,
    /// What the finding is about.
    object: &'a str,
    /// By rule and object; the same however the files change.
    fingerprint: Fingerprint,
    /// What to do.
    help: &'a str,
    /// The statement or expression at fault; null where nothing in the repository is.
    location: Option<Location<'a>>,
    /// The statement at fault, then the history of the fact and whatever else explains it.
    labels: Vec<LabelJson<'a>>,
}

impl<'a> FindingJson<'a> {
    fn of(id: &str, finding: &'a Finding, files: &'a SourceMap) -> Self {
        let primary = finding.primary.as_ref();
        Self {
            message: &finding.message,
            object: &finding.object,
            fingerprint: finding.fingerprint(id),
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

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Label")]
struct LabelJson<'a> {
    text: &'a str,
    location: Location<'a>,
}

impl<'a> LabelJson<'a> {
    fn of(label: &'a Label, files: &'a SourceMap) -> Self {
        Self { text: &label.text, location: Location::of(label.span, files) }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Suppressed")]
struct SuppressedJson<'a> {
    #[serde(flatten)]
    finding: FindingJson<'a>,
    suppression: SuppressionJson<'a>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Suppression")]
#[serde(tag = "kind", rename_all = "snake_case")]
enum SuppressionJson<'a> {
    /// A comment beside the statement.
    Comment {
        reason: &'a str,
        /// The last day on which it holds, YYYY-MM-DD.
        until: Option<String>,
        location: Location<'a>,
    },
    /// An entry of the baseline.
    Baseline {
        /// The day on which the finding was first seen, YYYY-MM-DD.
        first_seen: String,
    },
    /// The configuration leaves out what the rule finds in this file.
    Configured,
    /// It was there before the change that is judged.
    Before {
        /// The commit at which it was.
        commit: &'a str,
    },
}

impl<'a> SuppressionJson<'a> {
    fn of(suppression: &'a Suppression, files: &'a SourceMap) -> Self {
        match suppression {
            Suppression::Comment { span, reason, until } => Self::Comment {
                reason,
                until: until.map(|day| day.to_string()),
                location: Location::of(*span, files),
            },
            Suppression::Baseline { first_seen } => {
                Self::Baseline { first_seen: first_seen.to_string() }
            }
            Suppression::Configured => Self::Configured,
            Suppression::Before { commit } => Self::Before { commit },
        }
    }
}

/// Something wrong with a suppression.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Notice")]
struct NoticeJson<'a> {
    id: &'static str,
    title: &'static str,
    severity: Severity,
    finding: FindingJson<'a>,
}

impl<'a> NoticeJson<'a> {
    fn of(notice: &'a Notice, files: &'a SourceMap) -> Self {
        let kind = notice.kind;
        Self {
            id: kind.id,
            title: kind.title,
            severity: kind.severity,
            finding: FindingJson::of(kind.id, &notice.finding, files),
        }
    }
}
