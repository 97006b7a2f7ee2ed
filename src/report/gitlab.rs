use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;

use super::entry::{Entry, Standing};
use super::{Report, assumed, refusal};
use crate::finding::{Fingerprint, Severity};
use crate::span::{SourceMap, Span};

/// For GitLab: a Code Quality report.
///
/// # Errors
/// If the writer fails.
pub fn gitlab(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut seen = HashMap::new();
    let refusal = report.refusal();
    let refused = refusal.as_ref().map(|refusal| Issue {
        description: format!("{}. {}", refusal.sentence, refusal.consequence()),
        check_name: refusal::ID,
        fingerprint: distinct(refusal.fingerprint(), &mut seen),
        severity: "critical",
        location: Location::of(refusal.span, report.facts.files),
    });
    let assumed = report.assumed();
    let assumed = assumed.as_ref().and_then(|assumed| {
        Some(Issue {
            description: assumed.sentence(),
            check_name: assumed::ID,
            fingerprint: distinct(assumed.fingerprint(), &mut seen),
            severity: "info",
            location: Location::of(assumed.span()?, report.facts.files),
        })
    });
    let entries =
        report.entries().filter_map(|entry| Issue::of(&entry, report.facts.files, &mut seen));
    let issues: Vec<Issue<'_>> = refused.into_iter().chain(assumed).chain(entries).collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: Fingerprint,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

impl<'a> Issue<'a> {
    /// The issue of a finding; a format in which each must have a place has none for one without.
    fn of(
        entry: &Entry<'a>,
        files: &'a SourceMap,
        seen: &mut HashMap<Fingerprint, usize>,
    ) -> Option<Self> {
        let message = entry.message();
        let description = match entry.standing {
            Standing::Broken => format!("{}: {message}", entry.id),
            Standing::Undecided => format!("{} cannot be decided: {message}", entry.id),
            Standing::Suppressed(_) => format!("{} is suppressed: {message}", entry.id),
        };
        Some(Self {
            description,
            check_name: entry.id,
            fingerprint: distinct(entry.fingerprint(), seen),
            severity: severity(entry),
            location: Location::of(entry.span()?, files),
        })
    }
}

impl<'a> Location<'a> {
    fn of(span: Span, files: &'a SourceMap) -> Self {
        let file = files.file(span.file);
        let line = |offset| file.position(offset).line;
        Self { path: &file.path, lines: Lines { begin: line(span.start), end: line(span.end) } }
    }
}

/// GitLab takes two issues of one fingerprint for one issue, so that those after the first of an
/// object are counted.
fn distinct(fingerprint: Fingerprint, seen: &mut HashMap<Fingerprint, usize>) -> Fingerprint {
    let before = seen.entry(fingerprint.clone()).or_default();
    *before += 1;
    match *before {
        1 => fingerprint,
        number => Fingerprint::of(fingerprint.as_str(), &number.to_string()),
    }
}

fn severity(entry: &Entry<'_>) -> &'static str {
    match (entry.standing, entry.severity) {
        (Standing::Suppressed(_), _) | (_, Severity::Note) => "info",
        (_, Severity::Warning) => "minor",
        (Standing::Undecided, Severity::Error) => "major",
        (Standing::Broken, Severity::Error) => "critical",
    }
}
