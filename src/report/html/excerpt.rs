use std::ops::Range;

use maud::{Markup, html as markup};

use crate::report::printable::printable;
use crate::span::{SourceMap, Span};

/// How many lines of the statement at fault are shown.
const LINES_OF_FAULT: usize = 12;

/// How many lines of another statement are shown.
const LINES: usize = 3;

/// How many bytes of a line are shown, at least.
const MAX_LINE: usize = 240;

/// The first lines of what a span covers, numbered, with the span marked in them.
pub(super) fn excerpt(files: &SourceMap, span: Span, is_fault: bool) -> Markup {
    let file = files.file(span.file);
    let Range { start, end } = span.range();
    let (Some(before), true) = (file.text.get(..start), start < end) else {
        return Markup::default();
    };
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let first = file.position(span.start).line;
    let shown = if is_fault { LINES_OF_FAULT } else { LINES };
    let rest = file.text.get(line_start..).unwrap_or("");
    let mut at = line_start;
    let lines = rest.split_inclusive('\n').take(shown).zip(first..).map_while(|(line, number)| {
        let from = at;
        at += line.len();
        let marked = start.saturating_sub(from)..end.saturating_sub(from);
        (from < end).then(|| (number, parts(line.trim_end(), marked)))
    });
    let lines: Vec<_> = lines.collect();
    markup! {
        pre class="excerpt" {
            @for (number, [before, marked, after]) in &lines {
                span {
                    i { (number) }
                    (before)
                    @if !marked.is_empty() { mark { (marked) } }
                    (after)
                }
            }
        }
    }
}

/// A line before, in and after its marked bytes, cut where it is very long.
fn parts(line: &str, marked: Range<usize>) -> [String; 3] {
    let start = marked.start.min(line.len());
    let end = marked.end.clamp(start, line.len());
    let (before, rest) = line.split_at_checked(start).unwrap_or((line, ""));
    let (marked, after) = rest.split_at_checked(end - start).unwrap_or((rest, ""));
    let tail = before.floor_char_boundary(before.len().saturating_sub(MAX_LINE));
    let head = |text: &str| {
        let cut = text.ceil_char_boundary(MAX_LINE);
        let more = if cut < text.len() { "…" } else { "" };
        format!("{}{more}", shown(text.get(..cut).unwrap_or("")))
    };
    let more = if tail > 0 { "…" } else { "" };
    [format!("{more}{}", shown(before.get(tail..).unwrap_or(""))), head(marked), head(after)]
}

/// Code without characters that reorder what is read; tabs stay.
fn shown(code: &str) -> String {
    let code = code.trim_start_matches('\u{feff}');
    code.split('\t').map(printable).collect::<Vec<_>>().join("\t")
}
