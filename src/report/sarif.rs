mod log;

use std::collections::BTreeMap;
use std::io::{self, Write};

use self::log::{
    ArtifactLocation, Invocation, Level, Location, Log, Message, MultiformatMessageString,
    Notification, PhysicalLocation, PropertyBag, Region, ReportingConfiguration,
    ReportingDescriptor, ResultKind, Run, SuppressionKind, Tool, ToolComponent,
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
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: vec![run(report)] };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn run(report: &Report<'_>) -> Run {
    let descriptors = descriptors(report);
    let numbers: BTreeMap<&str, usize> =
        descriptors.iter().enumerate().map(|(number, rule)| (rule.id.as_str(), number)).collect();
    let results =
        report.entries().map(|entry| result(&entry, &numbers, report.facts.files)).collect();
    let root = ArtifactLocation {
        description: Some(message("The root of the repository")),
        ..ArtifactLocation::default()
    };
    let driver = ToolComponent {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: descriptors,
    };
    Run {
        tool: Tool { driver },
        column_kind: "unicodeCodePoints",
        original_uri_base_ids: BTreeMap::from([(ROOT, root)]),
        invocations: vec![invocation(report)],
        results,
    }
}

/// The rules of the packs, and the kinds of notices that there are.
fn descriptors(report: &Report<'_>) -> Vec<ReportingDescriptor> {
    let rules =
        report.packs().into_iter().flat_map(|p| p.rules.iter().map(|rule| descriptor(p, rule)));
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
    ReportingDescriptor {
        id: rule.id.clone(),
        short_description: text(&rule.title),
        full_description: Some(text(description)),
        help: Some(MultiformatMessageString { text: help.clone(), markdown: Some(help) }),
        help_uri: format!("{repository}/blob/main/docs/checks/{}.md", rule.check_name),
        default_configuration: configuration(rule.severity),
        properties: Some(PropertyBag { tags, ..PropertyBag::default() }),
    }
}

fn notice_descriptor(kind: &NoticeKind) -> ReportingDescriptor {
    ReportingDescriptor {
        id: kind.id.to_owned(),
        short_description: text(kind.title),
        full_description: None,
        help: None,
        help_uri: format!("{}/blob/main/docs/suppressions.md", env!("CARGO_PKG_REPOSITORY")),
        default_configuration: configuration(kind.severity),
        properties: None,
    }
}

fn configuration(severity: Severity) -> ReportingConfiguration {
    ReportingConfiguration { level: level(severity) }
}

fn result(entry: &Entry<'_>, numbers: &BTreeMap<&str, usize>, files: &SourceMap) -> log::Result {
    let (kind, level) = match entry.standing {
        // What is open has no level, says the standard.
        Standing::Undecided => (ResultKind::Open, Level::None),
        Standing::Broken | Standing::Suppressed(_) => (ResultKind::Fail, level(entry.severity)),
    };
    let suppressions = match entry.standing {
        Standing::Suppressed(by) => vec![suppression(by, files)],
        Standing::Broken | Standing::Undecided => Vec::new(),
    };
    let related = entry.finding.labels.iter().zip(1..);
    let said = format!("{}. To do: {}.", entry.message(), entry.finding.help);
    log::Result {
        rule_id: entry.id.to_owned(),
        rule_index: numbers.get(entry.id).copied(),
        kind,
        level,
        message: message(&said),
        locations: entry.span().map(|span| location(span, files)).into_iter().collect(),
        related_locations: related
            .map(|(label, number)| Location { id: Some(number), ..labelled(label, files) })
            .collect(),
        partial_fingerprints: BTreeMap::from([(FINGERPRINT, entry.fingerprint().to_string())]),
        suppressions,
    }
}

fn suppression(by: &Suppression, files: &SourceMap) -> log::Suppression {
    let external = |justification| log::Suppression {
        kind: SuppressionKind::External,
        justification,
        location: None,
        properties: None,
    };
    match by {
        Suppression::Comment { span, reason, until } => log::Suppression {
            kind: SuppressionKind::InSource,
            justification: reason.to_string(),
            location: Some(location(*span, files)),
            properties: Some(PropertyBag {
                until: until.map(|day| day.to_string()),
                ..PropertyBag::default()
            }),
        },
        Suppression::Baseline { first_seen } => {
            external(format!("in the baseline since {first_seen}"))
        }
        Suppression::Configured => external("left out by railcheck.yaml".to_owned()),
        Suppression::Before { commit } => external(format!("there at {commit} already")),
    }
}

/// That the run was made, and what could not be interpreted in it.
fn invocation(report: &Report<'_>) -> Invocation {
    let facts = report.facts;
    let files = facts.files;
    let outcome = facts.database.map(|database| database.outcome);
    let gaps = outcome.iter().flat_map(|outcome| &outcome.gaps);
    let source_gaps = facts.sources.iter().flat_map(|index| &index.gaps);
    let notification = |level, span, reason: &str| Notification {
        level,
        message: message(reason),
        locations: vec![location(span, files)],
    };
    let refusal = report.refusal();
    let refused = refusal.iter().map(|refusal| {
        let said = format!("{}. {}", refusal.sentence, refusal.consequence());
        notification(Level::Error, refusal.span, &said)
    });
    let gaps = gaps
        .map(|gap| (gap.span, gap.reason.to_string()))
        .chain(source_gaps.map(|gap| (gap.span, gap.reason.clone())))
        .map(|(span, reason)| notification(Level::Warning, span, &reason));
    let assumed = report.assumed();
    let assumed = assumed.iter().filter_map(|assumed| {
        Some(notification(Level::Note, assumed.span()?, &assumed.sentence()))
    });
    Invocation {
        execution_successful: refusal.is_none(),
        exit_code: report.status().exit_code(),
        tool_execution_notifications: refused.chain(assumed).chain(gaps).collect(),
    }
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Note => Level::Note,
        Severity::Warning => Level::Warning,
        Severity::Error => Level::Error,
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
    let region = Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
    };
    let url = relative_url(&file.path);
    // A folder that was named by an absolute path has files of absolute ones.
    let artifact_location = if url.starts_with('/') {
        ArtifactLocation { uri: Some(format!("file://{url}")), ..ArtifactLocation::default() }
    } else {
        ArtifactLocation { uri: Some(url), uri_base_id: Some(ROOT), ..ArtifactLocation::default() }
    };
    Location {
        id: None,
        physical_location: PhysicalLocation { artifact_location, region },
        message: None,
    }
}

fn message(text: &str) -> Message {
    Message { text: text.to_owned() }
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString { text: text.to_owned(), markdown: None }
}
