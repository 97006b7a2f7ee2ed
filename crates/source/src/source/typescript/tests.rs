//! Tables of sources and the facts that they must, or must not, yield.

mod call_routes;
mod callsites;
mod declarations;
mod emissions;
mod endpoints;
mod file_routes;
mod hostile;

use std::path::Path;

use super::{Prefilter, index};
use crate::source::{Language, RouteSegment, SourceIndex, SourceQuery};
use crate::span::{FileId, SourceFile, SourceMap};

const CODES: [&str; 7] = [
    "RUN_NOT_FOUND",
    "INVALID_STATUS",
    "CONTEXT_FETCH_ERROR",
    "LLM_ERROR",
    "VALIDATION_ERROR",
    "PERSISTENCE_ERROR",
    "MAX_ATTEMPTS_REACHED",
];

fn source_query() -> SourceQuery {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    SourceQuery {
        endpoint_prefixes: owned(&["/api/diagnosis-runs"]),
        code_fields: owned(&["errorCode", "error_code"]),
        code_functions: owned(&["addErrorEntry", "add_error_entry"]),
        codes: owned(&CODES),
        callers: Vec::new(),
        other_callers: Vec::new(),
    }
}

/// Fails with every case of a table whose outcome is not the expected one.
fn assert_all<T: PartialEq + std::fmt::Debug>(cases: impl IntoIterator<Item = (String, T, T)>) {
    let wrong: Vec<_> = cases
        .into_iter()
        .filter(|(_, found, expected)| found != expected)
        .map(|(case, found, expected)| {
            format!("{case}\n  found    {found:?}\n  expected {expected:?}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A source, the files beside it by path and text, and what is expected of them.
type WithOthers<E> = (&'static str, &'static [(&'static str, &'static str)], E);

/// An index with the files that it was made from.
struct Indexed {
    index: SourceIndex,
    map: SourceMap,
}

fn indexed(files: &[(&str, &str)]) -> Indexed {
    let mut map = SourceMap::default();
    for (path, text) in files {
        map.add(SourceFile::new(*path, *text));
    }
    let source_query = source_query();
    let prefilter = Prefilter::new(&source_query);
    let (relevant, deferred): (Vec<_>, Vec<_>) = map
        .iter()
        .filter(|(_, file)| Language::of(Path::new(&*file.path)) == Some(Language::TypeScript))
        .partition(|(_, file)| prefilter.may_matter(&file.path, file.text.as_bytes()));
    let ids =
        |files: Vec<(FileId, &SourceFile)>| files.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    let (relevant, deferred) = (ids(relevant), ids(deferred));
    let configs: Vec<_> = map
        .iter()
        .filter(|(_, file)| Language::of(Path::new(&*file.path)) == Some(Language::ProjectConfig))
        .map(|(id, _)| id)
        .collect();
    let index = index(&mut map, &relevant, &deferred, &configs, &source_query, &mut |_, _| {});
    Indexed { index, map }
}

impl Indexed {
    /// `GET /api/diagnosis-runs/[]` and so on, sorted.
    fn endpoints(&self) -> Vec<String> {
        let mut endpoints: Vec<_> = self
            .index
            .endpoints
            .iter()
            .map(|endpoint| {
                let route: String = endpoint.route.iter().map(segment).collect();
                format!("{} {route}", endpoint.method)
            })
            .collect();
        endpoints.sort();
        endpoints
    }

    /// The methods of the endpoints, sorted.
    fn methods(&self) -> String {
        let methods: Vec<_> = self
            .endpoints()
            .iter()
            .filter_map(|endpoint| Some(endpoint.split_once(' ')?.0.to_owned()))
            .collect();
        methods.join(" ")
    }

    /// `POST /api/diagnosis-runs/{}` and so on, in their order.
    fn callsites(&self) -> Vec<String> {
        self.index
            .callsites
            .iter()
            .map(|callsite| format!("{} {}", callsite.method, callsite.path))
            .collect()
    }

    /// The codes emitted in the file of `path` and the text that is at fault, `CODE@text`.
    fn emissions(&self, path: &str) -> Vec<String> {
        self.index
            .emissions
            .iter()
            .filter(|emission| &*self.map.file(emission.span.file).path == path)
            .map(|emission| format!("{}@{}", emission.code, self.map.text(emission.span)))
            .collect()
    }

    /// `NAME{KEY=value,…}` for each declaration.
    fn declarations(&self) -> Vec<String> {
        self.index
            .declarations
            .iter()
            .map(|declaration| {
                let codes: Vec<_> = declaration
                    .codes
                    .iter()
                    .map(|code| format!("{}={}", code.name, code.values.join("|")))
                    .collect();
                format!("{}{{{}}}", declaration.name, codes.join(","))
            })
            .collect()
    }

    /// `path: ecc` with a letter for each kind of fact that a gap may hide.
    fn gaps(&self) -> Vec<String> {
        self.index
            .gaps
            .iter()
            .map(|gap| {
                let flags = [(gap.endpoints, 'e'), (gap.callsites, 'f'), (gap.codes, 'c')];
                let flags: String =
                    flags.iter().filter(|(set, _)| *set).map(|(_, letter)| letter).collect();
                format!("{}: {flags}", self.map.file(gap.span.file).path)
            })
            .collect()
    }
}

fn segment(segment: &RouteSegment) -> String {
    match segment {
        RouteSegment::Literal(text) => format!("/{text}"),
        RouteSegment::Dynamic => "/[]".to_owned(),
        RouteSegment::Partial(before, after) => format!("/{before}[]{after}"),
        RouteSegment::CatchAll => "/[...]".to_owned(),
        RouteSegment::OptionalCatchAll => "/[[...]]".to_owned(),
        RouteSegment::Optional => "/[[]]".to_owned(),
    }
}
