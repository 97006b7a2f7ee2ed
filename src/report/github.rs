use std::io::{self, Write};

use super::Report;
use super::entry::{Entry, Standing};
use super::printable::printable;
use crate::finding::Severity;
use crate::span::{SourceMap, Span};

/// For GitHub Actions: one workflow command for each finding, shown at its line of a pull request.
///
/// # Errors
/// If the writer fails.
pub fn github(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if let Some(refusal) = report.refusal() {
        let place = place(refusal.span, report.facts.files);
        let message = data(&format!("{}\n{}", refusal.sentence, refusal.consequence()));
        writeln!(out, "::error {place}title=A migration is refused::{message}")?;
    }
    if let Some(assumed) = report.assumed() {
        let place = assumed.span().map_or(String::new(), |span| place(span, report.facts.files));
        writeln!(out, "::notice {place}title=Assumed::{}", data(&assumed.sentence()))?;
    }
    for entry in report.entries() {
        let place = entry.span().map_or(String::new(), |span| place(span, report.facts.files));
        let title = property(&title(&entry));
        let message = data(&format!("{}\n{}", entry.message(), entry.finding.help));
        writeln!(out, "::{} {place}title={title}::{message}", command(&entry))?;
    }
    Ok(())
}

fn command(entry: &Entry<'_>) -> &'static str {
    match (entry.standing, entry.severity) {
        (Standing::Suppressed(_), _) | (_, Severity::Note) => "notice",
        (_, Severity::Warning) => "warning",
        (_, Severity::Error) => "error",
    }
}

fn title(entry: &Entry<'_>) -> String {
    match entry.standing {
        Standing::Broken => entry.id.to_owned(),
        Standing::Undecided => format!("{} cannot be decided", entry.id),
        Standing::Suppressed(_) => format!("{} is suppressed", entry.id),
    }
}

fn place(span: Span, files: &SourceMap) -> String {
    let file = files.file(span.file);
    let (start, end) = (file.position(span.start), file.position(span.end));
    let path = property(&file.path);
    let lines = format!("file={path},line={},endLine={},", start.line, end.line);
    // Columns are understood only within one line.
    if start.line == end.line {
        format!("{lines}col={},endColumn={},", start.column, end.column)
    } else {
        lines
    }
}

/// The message of a command, in which a line break must not begin the next command.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().map(printable).collect();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which ends at a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
