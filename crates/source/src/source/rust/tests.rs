//! Tables of sources and of what they mean.

mod codes;
mod emissions;
mod hostile;
mod programs;
mod requests;
mod routes;

use super::index;
use crate::source::{RouteSegment, SourceIndex, SourceQuery};
use crate::span::{FileId, SourceFile};

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
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    SourceQuery {
        endpoint_prefixes: owned(&["/api/diagnosis-runs"]),
        code_fields: owned(&["errorCode", "error_code"]),
        code_functions: owned(&["addErrorEntry", "add_error_entry"]),
        codes: owned(&CODES),
        callers: Vec::new(),
        other_callers: Vec::new(),
    }
}

/// Indexes files of these paths and texts.
fn read(files: &[(&str, &str)]) -> SourceIndex {
    let files: Vec<_> = files.iter().map(|(path, text)| SourceFile::new(*path, *text)).collect();
    let (manifests, sources): (Vec<_>, Vec<_>) =
        files.iter().partition(|file| file.path.ends_with("Cargo.toml"));
    let numbered: Vec<_> = (0..).map(FileId).zip(sources).collect();
    index(&numbered, &manifests, &source_query())
}

fn read_one(text: &str) -> SourceIndex {
    read(&[("src/main.rs", text)])
}

/// Every endpoint as `GET /api/runs/[]`, sorted.
fn endpoints(index: &SourceIndex) -> Vec<String> {
    let mut shown: Vec<_> = index
        .endpoints
        .iter()
        .map(|endpoint| {
            let path: String = endpoint
                .route
                .iter()
                .map(|segment| match segment {
                    RouteSegment::Literal(text) => format!("/{text}"),
                    RouteSegment::Dynamic => "/[]".to_owned(),
                    RouteSegment::Partial(prefix, suffix) => format!("/{prefix}[]{suffix}"),
                    RouteSegment::CatchAll => "/[...]".to_owned(),
                    RouteSegment::OptionalCatchAll => "/[[...]]".to_owned(),
                    RouteSegment::Optional => "/[[]]".to_owned(),
                })
                .collect();
            let slash = if endpoint.trailing_slash || path.is_empty() { "/" } else { "" };
            format!("{} {path}{slash}", endpoint.method)
        })
        .collect();
    shown.sort();
    shown
}

/// Every callsite as `GET /api/runs/{}`, sorted.
fn callsites(index: &SourceIndex) -> Vec<String> {
    let mut shown: Vec<_> = index
        .callsites
        .iter()
        .map(|callsite| format!("{} {}", callsite.method, callsite.path))
        .collect();
    shown.sort();
    shown
}

/// Every emitted code, sorted; `?` for one that is not constant.
fn emissions(index: &SourceIndex) -> Vec<String> {
    let mut shown: Vec<_> =
        index.emissions.iter().map(|emission| emission.code.to_string()).collect();
    shown.sort();
    shown
}

/// Every declaration as `Name: CODE=value|other CODE=value`.
fn declarations(index: &SourceIndex) -> Vec<String> {
    let declarations = index.declarations.iter().map(|declaration| {
        let codes: Vec<_> = declaration
            .codes
            .iter()
            .map(|code| format!("{}={}", code.name, code.values.join("|")))
            .collect();
        format!("{}: {}", declaration.name, codes.join(" "))
    });
    declarations.collect()
}

/// Runs each case of a table and reports all that differ.
fn check<const N: usize>(
    cases: [(&str, &str); N],
    wrap: impl Fn(&str) -> String,
    show: impl Fn(&SourceIndex) -> Vec<String>,
) {
    let mut failures = Vec::new();
    for (source, expected) in cases {
        let found = show(&read_one(&wrap(source))).join(", ");
        if found != expected {
            failures.push(format!("{source}\n  expected: {expected}\n  found:    {found}"));
        }
    }
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
}
