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
use super::web::added;
use crate::source::SourceGap;
use crate::span::{FileId, SourceFile, Span};

/// Reads one file; `is_route` if it handles a guarded endpoint by its path.
pub(super) fn module(
    id: FileId,
    file: &SourceFile,
    prefilter: &Prefilter<'_>,
    is_route: bool,
) -> Module {
    let read =
        || parse::read(&file.path, &file.text, |parsed| analyzed(id, file, parsed, prefilter));
    let (module, unread) = stack::with_room_for(&file.text, read)
        .unwrap_or_else(|| (None, vec![whole(&file.text, "it is too large to be read safely")]));
    let mut module = module.unwrap_or_default();
    let handles = Handles {
        is_route,
        adds_routes: prefilter.may_name_router(&file.path, file.text.as_bytes()),
    };
    module.is_judged = is_route || prefilter.may_declare(file.text.as_bytes());
    if module.exhausted {
        let reason = "its values branch too much to be followed";
        module.gaps.extend(gap(id, &whole(&file.text, reason), prefilter, handles));
    }
    module.gaps.extend(unread.iter().filter_map(|unread| gap(id, unread, prefilter, handles)));
    module
}

fn analyzed(
    id: FileId,
    file: &SourceFile,
    parsed: &Parsed<'_>,
    prefilter: &Prefilter<'_>,
) -> Module {
    let (path, text) = (&*file.path, file.text.as_bytes());
    let source_query = prefilter.source_query();
    let evaluator = Evaluator::new(&parsed.semantic, &source_query.code_fields);
    let names_router = prefilter.may_name_router(path, text);
    evaluator.has_routers.set(names_router || prefilter.may_add(path, text));
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
        added: Vec::new(),
    };
    if routes_of(path).iter().any(|route| route.convention == Convention::NextPages) {
        module.handled = handled(&evaluator);
    }
    // What only explains a finding must not exhaust what finds it.
    if evaluator.has_routers.get() {
        module.added = added(&evaluator, id, names_router);
        if names_router && evaluator.is_exhausted() {
            module.gaps.push(SourceGap {
                span: Span::new(id, 0..0),
                reason: "its routers branch too much to be followed".to_owned(),
                endpoints: true,
                callsites: false,
                codes: false,
            });
        }
    }
    module.dynamic_callsites = dynamic_callsites(&evaluator, id, source_query);
    module
}

/// All of a file as unread.
fn whole(text: &str, reason: &str) -> Unread {
    Unread { range: 0..text.len(), text: text.to_owned(), error: 0, reason: reason.to_owned() }
}

/// How a file may handle endpoints.
#[derive(Clone, Copy)]
struct Handles {
    /// By its path.
    is_route: bool,
    /// By what it adds to routers.
    adds_routes: bool,
}

/// What an unread part of a file may hide; none if it is nothing that matters.
fn gap(
    id: FileId,
    unread: &Unread,
    prefilter: &Prefilter<'_>,
    handles: Handles,
) -> Option<SourceGap> {
    let exports = unread.text.contains("export") || unread.text.contains("module");
    let text = unread.text.as_bytes();
    let gap = SourceGap {
        span: Span::new(id, unread.error..unread.range.end.max(unread.error)),
        reason: unread.reason.clone(),
        endpoints: exports && handles.is_route
            || handles.adds_routes && prefilter.may_add("", text),
        callsites: prefilter.may_call(text),
        codes: prefilter.may_hold_codes(text),
    };
    (gap.endpoints || gap.callsites || gap.codes).then_some(gap)
}
