use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet,
};

use super::printable::printable;
use crate::finding::{Finding, Label};
use crate::span::{FileId, SourceFile, SourceMap};

/// A line longer than this, generated as a rule, is named and not shown.
const MAX_LINE: usize = 400;

/// How many lines of the statement at fault are shown.
const SHOWN_LINES: usize = 5;

/// How far apart the labels of one snippet may lie, in bytes, since all between is gone through.
const MAX_SNIPPET: usize = 64 << 10;

/// The statement at fault with its history as labels, and a line of help.
pub(super) fn frame(finding: &Finding, files: &SourceMap, level: Level<'_>, color: bool) -> String {
    let mut group = Group::with_level(level);
    for (file, labels) in by_file(finding) {
        group = group.elements(elements(files.file(file), &labels));
    }
    if !finding.help.is_empty() {
        group = group.element(Level::HELP.message(printable(&finding.help)));
    }
    if group.is_empty() {
        return String::new();
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.decor_style(DecorStyle::Unicode).render(&[group])
}

type Marked<'a> = (AnnotationKind, &'a Label);

/// The labels of a finding by file: that of the statement at fault first, the others in their order.
fn by_file(finding: &Finding) -> Vec<(FileId, Vec<Marked<'_>>)> {
    let mut files: Vec<(FileId, Vec<Marked<'_>>)> = Vec::new();
    let primary = finding.primary.iter().map(|label| (AnnotationKind::Primary, label));
    let others = finding.labels.iter().map(|label| (AnnotationKind::Context, label));
    for (kind, label) in primary.chain(others) {
        match files.iter_mut().find(|(file, _)| *file == label.span.file) {
            Some((_, labels)) => labels.push((kind, label)),
            None => files.push((label.span.file, vec![(kind, label)])),
        }
    }
    for (_, labels) in &mut files {
        labels.sort_by_key(|(_, label)| label.span.start);
    }
    files
}

/// Snippets of one file that show its labels, which are sorted; a label that cannot be shown is named by
/// its place.
fn elements<'a>(file: &'a SourceFile, labels: &[Marked<'a>]) -> Vec<Element<'a>> {
    let mut elements = Vec::new();
    let mut open: Option<Excerpt<'a>> = None;
    for (kind, label) in labels {
        match Excerpt::of(file, *kind, label) {
            Some(excerpt) => match &mut open {
                Some(so_far) if so_far.reaches(&excerpt) => so_far.take_in(excerpt),
                _ => elements.extend(open.replace(excerpt).map(|done| done.snippet(file))),
            },
            None => elements.push(origin(file, label)),
        }
    }
    elements.extend(open.map(|done| done.snippet(file)));
    elements
}

/// Lines of a file with what is to be marked in them, by bytes of the file.
struct Excerpt<'a> {
    lines: Range<usize>,
    marks: Vec<(AnnotationKind, Range<usize>, &'a str)>,
}

impl<'a> Excerpt<'a> {
    /// The first lines of the statement at fault, the first line of another; `None` where a line is
    /// too long to be shown.
    fn of(file: &SourceFile, kind: AnnotationKind, label: &'a Label) -> Option<Self> {
        let Range { start, end } = label.span.range();
        let marked = file.text.get(start..end)?;
        let line_start = file.text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
        let shown = if kind == AnnotationKind::Primary { SHOWN_LINES } else { 1 };
        let mut lines = line_start..line_start;
        for line in file.text.get(line_start..)?.split_inclusive('\n').take(shown) {
            let is_first = lines.is_empty();
            if line.len() > MAX_LINE {
                if is_first {
                    return None;
                }
                break;
            }
            if !is_first && lines.end >= end {
                break;
            }
            lines.end += line.len();
        }
        let underlined = marked.lines().next().unwrap_or("").trim_end().len();
        let first = (kind, start..start + underlined, label.text.as_str());
        let rest = (AnnotationKind::Visible, lines.clone(), "");
        Some(Self { lines, marks: vec![first, rest] })
    }

    fn reaches(&self, next: &Self) -> bool {
        next.lines.end.saturating_sub(self.lines.start) <= MAX_SNIPPET
    }

    fn take_in(&mut self, next: Self) {
        self.lines.end = self.lines.end.max(next.lines.end);
        self.marks.extend(next.marks);
    }

    fn snippet(self, file: &'a SourceFile) -> Element<'a> {
        let from = self.lines.start;
        let annotations = self.marks.into_iter().map(|(kind, range, text)| {
            let range = range.start - from..range.end - from;
            let annotation: Annotation<'_> = kind.span(range);
            if text.is_empty() { annotation } else { annotation.label(printable(text)) }
        });
        let line = file.position(u32::try_from(from).unwrap_or(u32::MAX)).line;
        Snippet::source(file.text.get(self.lines).unwrap_or(""))
            .path(printable(&file.path))
            .line_start(line as usize)
            .annotations(annotations)
            .into()
    }
}

/// The place of a label without its text.
fn origin<'a>(file: &'a SourceFile, label: &Label) -> Element<'a> {
    let position = file.position(label.span.start);
    Origin::path(printable(&file.path))
        .line(position.line as usize)
        .char_column(position.column as usize)
        .into()
}
