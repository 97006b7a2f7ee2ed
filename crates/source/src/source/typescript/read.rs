//! Reads one file to a [`Module`], and says what of it could not be read.

use super::callsites::{callsites, dynamic_callsites};
use super::declarations::declarations;
use super::emissions::emissions;
use super::evaluate::Evaluator;
use super::exports::ExportReader;
use super::file_routes::{Convention, routes_of};
use super::handled::handled;
use super::module::Module;
use super::parse::{self, Parsed, Unread};
use super::prefilter::Prefilter;
use super::stack;
use crate::source::SourceGap;
use crate::span::{FileId, SourceFile, Span};

/// Reads one file; `is_route` if it handles a guarded endpoint by its path.
pub(super) fn module(
    id: FileId,
    file: &SourceFile,
    prefilter: &Prefilter<'_>,
    is_route: bool,
) -> Module {
    let read = || {
        parse::read(&file.path, &file.text, |parsed| analyzed(id, &file.path, parsed, prefilter))
    };
    let (module, unread) = stack::with_room_for(&file.text, read)
        .unwrap_or_else(|| (None, vec![whole(&file.text, "it is too large to be read safely")]));
    let mut module = module.unwrap_or_default();
    module.is_judged = is_route || prefilter.may_declare(file.text.as_bytes());
    if module.exhausted {
        let reason = "its values branch too much to be followed";
        module.gaps.extend(gap(id, &whole(&file.text, reason), prefilter, is_route));
    }
    module.gaps.extend(unread.iter().filter_map(|unread| gap(id, unread, prefilter, is_route)));
    module
}

fn analyzed(id: FileId, path: &str, parsed: &Parsed<'_>, prefilter: &Prefilter<'_>) -> Module {
    let source_query = prefilter.source_query();
    let evaluator = Evaluator::new(&parsed.semantic, &source_query.code_fields);
    let reader = ExportReader { evaluator: &evaluator, record: &parsed.record, file: id };
    let (emissions, calls) = emissions(&evaluator, id, source_query);
    let mut module = Module {
        exports: reader.exports(),
        stars: reader.stars(),
        callsites: callsites(&evaluator, id, source_query),
        dynamic_callsites: Vec::new(),
        declarations: declarations(&evaluator, id),
        emissions,
        calls,
        gaps: Vec::new(),
        exhausted: evaluator.is_exhausted(),
        is_judged: false,
        handled: None,
    };
    if routes_of(path).iter().any(|route| route.convention == Convention::NextPages) {
        module.handled = handled(&evaluator);
    }
    // What only explains a finding must not exhaust what finds it.
    module.dynamic_callsites = dynamic_callsites(&evaluator, id, source_query);
    module
}

/// All of a file as unread.
fn whole(text: &str, reason: &str) -> Unread {
    Unread { range: 0..text.len(), text: text.to_owned(), error: 0, reason: reason.to_owned() }
}

/// What an unread part of a file may hide; none if it is nothing that matters.
fn gap(
    id: FileId,
    unread: &Unread,
    prefilter: &Prefilter<'_>,
    is_route: bool,
) -> Option<SourceGap> {
    let exports = unread.text.contains("export") || unread.text.contains("module");
    let text = unread.text.as_bytes();
    let gap = SourceGap {
        span: Span::new(id, unread.error..unread.range.end.max(unread.error)),
        reason: unread.reason.clone(),
        endpoints: exports && is_route,
        callsites: prefilter.may_call(text),
        codes: prefilter.may_hold_codes(text),
    };
    (gap.endpoints || gap.callsites || gap.codes).then_some(gap)
}
