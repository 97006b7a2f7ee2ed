use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, Message, MultiformatMessageString, Notification,
    PhysicalLocation, PropertyBag, Region, ReportingConfiguration, ReportingDescriptor,
    Result as SarifResult, ResultColumnKind, ResultKind, ResultLevel, Run, Sarif,
    Suppression as SarifSuppression, SupressionKind, Tool, ToolComponent, Version,
};

use super::Report;
use super::entry::{Entry, Standing};
use super::location::relative_url;
use crate::checks;
use crate::finding::{Label, Severity, Suppression};
use crate::pack::{Pack, Rule};
use crate::span::{SourceMap, Span};
use crate::suppress::NoticeKind;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The folder that relative URLs start from; where it is on this machine is nobody's business.
const ROOT: &str = "%SRCROOT%";

/// The fingerprint by rule and object. The number grows if what it is made of ever changes.
const FINGERPRINT: &str = "ruleAndObject/v1";

/// For code scanning: SARIF 2.1.0.
///
/// # Errors
/// If the writer fails.
pub fn sarif(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let log = Sarif::builder()
        .schema(SCHEMA)
        .version(json!(Version::V2_1_0))
        .runs(vec![run(report)])
        .build();
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn run(report: &Report<'_>) -> Run {
    let descriptors = descriptors(report);
    let numbers: BTreeMap<&str, i64> =
        (0..).zip(&descriptors).map(|(number, rule)| (rule.id.as_str(), number)).collect();
    let results: Vec<_> =
        report.entries().map(|entry| result(&entry, &numbers, report.facts.files)).collect();
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(descriptors.clone())
        .build();
    let root =
        ArtifactLocation::builder().description(message("The root of the repository")).build();
    Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind(json!(ResultColumnKind::UnicodeCodePoints))
        .original_uri_base_ids(BTreeMap::from([(ROOT.to_owned(), root)]))
        .invocations(vec![invocation(report)])
        .results(results)
        .build()
}

/// The rules of the packs, and the kinds of notices that there are.
fn descriptors(report: &Report<'_>) -> Vec<ReportingDescriptor> {
    let rules = report.packs.iter().flat_map(|p| p.rules.iter().map(|rule| descriptor(p, rule)));
    let mut kinds: Vec<&NoticeKind> = report.notices.iter().map(|notice| notice.kind).collect();
    kinds.sort_by_key(|kind| kind.id);
    kinds.dedup();
    rules.chain(kinds.into_iter().map(notice_descriptor)).collect()
}

fn descriptor(pack: &Pack, rule: &Rule) -> ReportingDescriptor {
    let description = match rule.description.trim() {
        "" => rule.title.as_str(),
        description => description,
    };
    let page = checks::find(rule.check_name).map_or("", |kind| kind.page);
    let help = format!("{}\n\n{description}\n\n{page}", rule.title);
    let tags = vec![pack.name.clone(), rule.check_name.to_owned()];
    let repository = env!("CARGO_PKG_REPOSITORY");
    ReportingDescriptor::builder()
        .id(&*rule.id)
        .short_description(text(&rule.title))
        .full_description(text(description))
        .help(MultiformatMessageString::builder().text(&*help).markdown(&*help).build())
        .help_uri(format!("{repository}/blob/main/docs/checks/{}.md", rule.check_name))
        .default_configuration(configuration(rule.severity))
        .properties(
            PropertyBag::builder().tags(tags).additional_properties(BTreeMap::new()).build(),
        )
        .build()
}

fn notice_descriptor(kind: &NoticeKind) -> ReportingDescriptor {
    ReportingDescriptor::builder()
        .id(kind.id)
        .short_description(text(kind.title))
        .help_uri(format!("{}/blob/main/docs/suppressions.md", env!("CARGO_PKG_REPOSITORY")))
        .default_configuration(configuration(kind.severity))
        .build()
}

fn configuration(severity: Severity) -> ReportingConfiguration {
    ReportingConfiguration::builder().level(json!(level(severity))).build()
}

fn result(entry: &Entry<'_>, numbers: &BTreeMap<&str, i64>, files: &SourceMap) -> SarifResult {
    let (kind, level) = match entry.standing {
        // What is open has no level, says the standard.
        Standing::Undecided => (ResultKind::Open, ResultLevel::None),
        Standing::Broken | Standing::Suppressed(_) => (ResultKind::Fail, level(entry.severity)),
    };
    let suppressions: Vec<_> = match entry.standing {
        Standing::Suppressed(by) => vec![suppression(by, files)],
        Standing::Broken | Standing::Undecided => Vec::new(),
    };
    let related = entry.finding.labels.iter().zip(1_i64..).map(|(label, number)| {
        let mut related = labelled(label, files);
        related.id = Some(number);
        related
    });
    let said = format!("{}. To do: {}.", entry.message(), entry.finding.help);
    let mut result = SarifResult::builder()
        .rule_id(entry.id)
        .kind(kind)
        .level(level)
        .message(message(&said))
        .locations(entry.span().map(|span| vec![location(span, files)]).unwrap_or_default())
        .related_locations(related.collect::<Vec<_>>())
        .partial_fingerprints(BTreeMap::from([(
            FINGERPRINT.to_owned(),
            entry.fingerprint().to_string(),
        )]))
        .suppressions(suppressions)
        .build();
    result.rule_index = numbers.get(entry.id).copied();
    result
}

fn suppression(by: &Suppression, files: &SourceMap) -> SarifSuppression {
    match by {
        Suppression::Comment { span, reason, until } => {
            let until = until.map(|day| ("until".to_owned(), json!(day.to_string())));
            SarifSuppression::builder()
                .kind(json!(SupressionKind::InSource))
                .justification(&**reason)
                .location(location(*span, files))
                .properties(
                    PropertyBag::builder()
                        .additional_properties(until.into_iter().collect::<BTreeMap<_, _>>())
                        .build(),
                )
                .build()
        }
        Suppression::Baseline { first_seen } => SarifSuppression::builder()
            .kind(json!(SupressionKind::External))
            .justification(format!("in the baseline since {first_seen}"))
            .build(),
        Suppression::Before { commit } => SarifSuppression::builder()
            .kind(json!(SupressionKind::External))
            .justification(format!("there at {commit} already"))
            .build(),
    }
}

/// That the run was made, and what could not be interpreted in it.
fn invocation(report: &Report<'_>) -> Invocation {
    let facts = report.facts;
    let files = facts.files;
    let outcome = facts.database.map(|database| database.outcome);
    let gaps = outcome.iter().flat_map(|outcome| &outcome.gaps);
    let source_gaps = facts.sources.iter().flat_map(|index| &index.gaps);
    let notification = |level, span, reason: &str| {
        Notification::builder()
            .level(json!(level))
            .message(message(reason))
            .locations(vec![location(span, files)])
            .build()
    };
    let refusal = report.refusal();
    let refused = refusal.iter().map(|refusal| {
        let said = format!("{}. {}", refusal.sentence, refusal.consequence());
        notification(ResultLevel::Error, refusal.span, &said)
    });
    let gaps = gaps
        .map(|gap| (gap.span, gap.reason.to_string()))
        .chain(source_gaps.map(|gap| (gap.span, gap.reason.clone())))
        .map(|(span, reason)| notification(ResultLevel::Warning, span, &reason));
    let assumed = report.assumed();
    let assumed = assumed.iter().filter_map(|assumed| {
        Some(notification(ResultLevel::Note, assumed.span()?, &assumed.sentence()))
    });
    let notifications: Vec<_> = refused.chain(assumed).chain(gaps).collect();
    Invocation::builder()
        .execution_successful(refusal.is_none())
        .exit_code(i64::from(report.status().exit_code()))
        .tool_execution_notifications(notifications)
        .build()
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Note => ResultLevel::Note,
        Severity::Warning => ResultLevel::Warning,
        Severity::Error => ResultLevel::Error,
    }
}

fn labelled(label: &Label, files: &SourceMap) -> Location {
    let mut location = location(label.span, files);
    location.message = Some(message(&label.text));
    location
}

fn location(span: Span, files: &SourceMap) -> Location {
    let file = files.file(span.file);
    let (start, end) = (file.position(span.start), file.position(span.end));
    let region = Region::builder()
        .start_line(i64::from(start.line))
        .start_column(i64::from(start.column))
        .end_line(i64::from(end.line))
        .end_column(i64::from(end.column))
        .build();
    let url = relative_url(&file.path);
    // A folder that was named by an absolute path has files of absolute ones.
    let artifact = if url.starts_with('/') {
        ArtifactLocation::builder().uri(format!("file://{url}")).build()
    } else {
        ArtifactLocation::builder().uri(url).uri_base_id(ROOT).build()
    };
    let place = PhysicalLocation::builder().artifact_location(artifact).region(region).build();
    Location::builder().physical_location(place).build()
}

fn message(text: &str) -> Message {
    Message::builder().text(text).build()
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}
