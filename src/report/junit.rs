use std::io::{self, Write};

use quick_xml::se::{Serializer, TextFormat};
use serde::Serialize;

use super::assumed::AssumedObjects;
use super::entry::message;
use super::printable::printable;
use super::refusal::{self, Refusal};
use super::{Report, io_error};
use crate::finding::{Finding, Severity, Verdict};
use crate::span::Span;
use crate::suppress::Notice;
use crate::verify::RuleVerdict;

/// For whatever reads test results: a suite for each pack and a case for each rule.
///
/// # Errors
/// If the writer fails.
pub fn junit(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let packs = report.packs().into_iter().map(|pack| {
        let cases = report.verdicts_of(pack).map(|verdict| Case::of_rule(report, verdict));
        Suite::of(&pack.name, cases.collect())
    });
    let refused = report.refusal().map(|refusal| Case::of(&refusal));
    let assumed = report.assumed().map(|assumed| Case::of_assumed(&assumed));
    let of_migrations: Vec<Case> = refused.into_iter().chain(assumed).collect();
    let refused = (!of_migrations.is_empty()).then(|| Suite::of("migrations", of_migrations));
    let mut suites: Vec<Suite> = refused.into_iter().chain(packs).collect();
    if !report.notices.is_empty() {
        let cases = report.notices.iter().map(|notice| Case::of_notice(report, notice));
        suites.push(Suite::of("suppressions", cases.collect()));
    }
    let sum = |number: fn(&Suite) -> usize| suites.iter().map(number).sum();
    let suites = Suites {
        name: "railcheck",
        tests: sum(|suite| suite.tests),
        failures: sum(|suite| suite.failures),
        errors: sum(|suite| suite.errors),
        suites,
    };
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mut serializer = Serializer::new(&mut text);
    serializer.indent(' ', 2).text_format(TextFormat::Text);
    suites.serialize(serializer).map_err(io_error)?;
    writeln!(out, "{text}")
}

#[derive(Serialize)]
#[serde(rename = "testsuites")]
struct Suites {
    #[serde(rename = "@name")]
    name: &'static str,
    #[serde(rename = "@tests")]
    tests: usize,
    #[serde(rename = "@failures")]
    failures: usize,
    #[serde(rename = "@errors")]
    errors: usize,
    #[serde(rename = "testsuite")]
    suites: Vec<Suite>,
}

#[derive(Serialize)]
struct Suite {
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "@tests")]
    tests: usize,
    #[serde(rename = "@failures")]
    failures: usize,
    #[serde(rename = "@errors")]
    errors: usize,
    #[serde(rename = "@skipped")]
    skipped: usize,
    #[serde(rename = "testcase")]
    cases: Vec<Case>,
}

impl Suite {
    fn of(name: &str, cases: Vec<Case>) -> Self {
        let count = |is_counted: fn(&Case) -> bool| cases.iter().filter(|c| is_counted(c)).count();
        Self {
            name: xml(name),
            tests: cases.len(),
            failures: count(|case| case.failure.is_some()),
            errors: count(|case| case.error.is_some()),
            skipped: count(|case| case.skipped.is_some()),
            cases,
        }
    }
}

/// A broken rule is a failure, one that cannot be decided an error, one that is suppressed is
/// skipped. What weighs less than an error fails nothing and is output.
#[derive(Default, Serialize)]
struct Case {
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "@classname")]
    class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<Skipped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Problem>,
    #[serde(rename = "system-out", skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

#[derive(Serialize)]
struct Skipped {
    #[serde(rename = "@message")]
    message: &'static str,
}

#[derive(Serialize)]
struct Problem {
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "@message")]
    message: String,
    #[serde(rename = "$text")]
    lines: String,
}

impl Case {
    /// Migrations that stop half-way are an error of the run.
    fn of(refusal: &Refusal<'_>) -> Self {
        Self {
            name: "every migration is applied".to_owned(),
            class: "migrations".to_owned(),
            error: Some(Problem {
                kind: refusal::ID,
                message: xml(&refusal.sentence),
                lines: xml(&refusal.consequence()),
            }),
            ..Self::default()
        }
    }

    /// What is assumed is said, and fails nothing.
    fn of_assumed(assumed: &AssumedObjects<'_>) -> Self {
        Self {
            name: "the history is partial".to_owned(),
            class: "migrations".to_owned(),
            output: Some(xml(&assumed.sentence())),
            ..Self::default()
        }
    }

    fn of_rule(report: &Report<'_>, verdict: &RuleVerdict<'_>) -> Self {
        let rule = verdict.rule;
        let list = |findings: &[Finding], is_doubt| -> Vec<String> {
            let lines = findings.iter().map(|f| line(report, f, is_doubt, Some(rule.span)));
            lines.collect()
        };
        let mut case = Self {
            name: xml(&format!("{}: {}", rule.id, rule.subject)),
            class: xml(&verdict.pack.name),
            ..Self::default()
        };
        let mut output: Vec<String> = Vec::new();
        let is_error = rule.severity == Severity::Error;
        match &verdict.verdict {
            Verdict::Holds { .. } => {}
            Verdict::Suppressed => {
                case.skipped = Some(Skipped { message: "every violation is suppressed" });
            }
            Verdict::Violated(findings) if is_error => {
                case.failure = Some(Problem::of("violated", findings, list(findings, false)));
            }
            Verdict::Undecided(findings) if is_error => {
                case.error = Some(Problem::of("undecided", findings, list(findings, true)));
            }
            Verdict::Violated(findings) => output.extend(list(findings, false)),
            Verdict::Undecided(findings) => output.extend(list(findings, true)),
        }
        output.extend(verdict.suppressed.iter().map(|suppressed| {
            format!("suppressed: {}", line(report, &suppressed.finding, false, Some(rule.span)))
        }));
        case.output = (!output.is_empty()).then(|| output.join("\n"));
        case
    }

    fn of_notice(report: &Report<'_>, notice: &Notice) -> Self {
        let said = line(report, &notice.finding, false, None);
        let mut case = Self {
            name: xml(&format!("{}: {}", notice.kind.id, notice.finding.object)),
            class: "suppressions".to_owned(),
            ..Self::default()
        };
        if notice.kind.severity == Severity::Error {
            let findings = std::slice::from_ref(&notice.finding);
            case.failure = Some(Problem::of(notice.kind.id, findings, vec![said]));
        } else {
            case.output = Some(said);
        }
        case
    }
}

impl Problem {
    fn of(kind: &'static str, findings: &[Finding], lines: Vec<String>) -> Self {
        let first = findings.first().map_or("", |finding| &finding.message);
        let more = match findings.len() {
            0 | 1 => String::new(),
            number => format!(" (and {} more)", number - 1),
        };
        Self { kind, message: xml(&format!("{first}{more}")), lines: lines.join("\n") }
    }
}

/// A finding on one line, after its place.
fn line(report: &Report<'_>, finding: &Finding, is_doubt: bool, rule: Option<Span>) -> String {
    let span = finding.primary.as_ref().map(|label| label.span).or(rule);
    let place = span.map_or(String::new(), |span| {
        let place = report.facts.files.location(span);
        format!("{place}: ")
    });
    xml(&format!("{place}{}; {}", message(finding, is_doubt), finding.help))
}

/// Text without the characters that XML cannot hold in any way.
fn xml(text: &str) -> String {
    printable(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
