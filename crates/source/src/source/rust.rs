//! The source index of Rust: axum routers, `reqwest` calls, error codes.
//!
//! Files are read one by one (`parse`), in parallel, into a small syntax tree (`syntax`). Together they are a
//! `program`, whose names can be resolved. The `evaluate` room runs it on what is known of its values.

mod attribute;
mod case;
mod evaluate;
mod format_string;
mod lower;
mod manifest;
mod parse;
mod path;
mod program;
mod syntax;
#[cfg(test)]
mod tests;
mod value;
mod vocabulary;

use std::collections::{HashMap, HashSet};

use memchr::memmem;
use rayon::prelude::*;

use super::words::Words;
use crate::source::{Endpoint, Framework, SourceGap, SourceIndex, SourceQuery};
use crate::span::{FileId, SourceFile};
use evaluate::Evaluator;
use manifest::{Captures, Packages};
use program::Program;
use syntax::{Ast, Unread};

/// Words without which no file has a route, or a client to call one by.
const WEB_WORDS: [&str; 4] = ["axum", "reqwest", "route", "Router"];
/// Words without which no file has a constant, a router or a client that another could use.
const SHARED_WORDS: [&str; 4] = ["\"", "Router", "Client", "mod "];

/// Tells which `.rs` files can matter by themselves. Where one file does, all of the repository are
/// handed to [`index`], because it looks constants and functions up in the others; where none does,
/// none is needed.
pub struct Prefilter {
    words: Words,
}

impl Prefilter {
    /// A prefilter for these source_query.
    #[must_use]
    pub fn new(source_query: &SourceQuery) -> Self {
        let names = [&source_query.code_fields, &source_query.code_functions, &source_query.codes];
        let segments = source_query.endpoint_prefixes.iter().filter_map(|p| p.rsplit('/').next());
        let words = WEB_WORDS
            .into_iter()
            .chain(names.into_iter().flatten().map(String::as_str))
            .chain(segments)
            .map(str::to_owned)
            .chain(source_query.codes.iter().map(|code| case::variant(code)));
        Self { words: Words::new(words) }
    }

    /// Whether the text of a file shows that the file can matter by itself.
    #[must_use]
    pub fn may_matter(&self, text: &[u8]) -> bool {
        self.words.is_in(text)
    }
}

fn has(text: &[u8], word: &str) -> bool {
    !word.is_empty() && memmem::find(text, word.as_bytes()).is_some()
}

/// Reads the `.rs` files of a repository. `manifests` are its `Cargo.toml` files, which tell the packages
/// apart and which axum each of them uses.
#[must_use]
pub fn index(
    files: &[(FileId, &SourceFile)],
    manifests: &[&SourceFile],
    source_query: &SourceQuery,
) -> SourceIndex {
    let count = files.len();
    let prefilter = Prefilter::new(source_query);
    let matters = |file: &SourceFile| prefilter.may_matter(file.text.as_bytes());
    if !files.par_iter().any(|(_, file)| matters(file)) {
        return SourceIndex { files: count, ..SourceIndex::default() };
    }
    let is_shared = |text: &str| SHARED_WORDS.iter().any(|word| has(text.as_bytes(), word));
    let asts: Vec<(FileId, &SourceFile, Ast)> = files
        .par_iter()
        .filter(|(_, file)| is_shared(&file.text) || matters(file))
        .map(|(id, file)| (*id, *file, parse::read(*id, &file.text)))
        .collect();
    let packages = Packages::read(manifests);
    let index = stacker::grow(LINK_STACK, || link(asts, &packages, source_query));
    SourceIndex { files: count, ..index }
}

/// Trees are dropped by recursion, as deep as the deepest of them.
const LINK_STACK: usize = 256 << 20;

fn link(
    asts: Vec<(FileId, &SourceFile, Ast)>,
    packages: &Packages,
    source_query: &SourceQuery,
) -> SourceIndex {
    let files: Vec<_> = asts.iter().map(|(id, file, ast)| (*id, &*file.path, ast)).collect();
    let program = Program::new(&files, packages);
    let mut evaluator = Evaluator::new(&program, source_query);
    evaluator.run_all();
    let declarations = evaluator.declarations();
    let paths: HashMap<FileId, &str> = files.iter().map(|(id, path, _)| (*id, *path)).collect();
    let captures = |file: FileId| {
        let package = paths.get(&file).and_then(|path| packages.of(path));
        package.map_or(Captures::Either, |package| package.captures)
    };
    let mut index = SourceIndex {
        endpoints: endpoints(&evaluator, captures),
        declarations,
        callsites: std::mem::take(&mut evaluator.callsites),
        dynamic_callsites: Vec::new(),
        emissions: std::mem::take(&mut evaluator.emissions),
        gaps: std::mem::take(&mut evaluator.gaps),
        files: 0,
    };
    for (_, file, ast) in &asts {
        index.gaps.extend(ast.unread.iter().map(|unread| gap(unread, &file.text, source_query)));
    }
    index.callsites.sort_by_key(|callsite| callsite.span);
    index.emissions.sort_by_key(|emission| emission.span);
    index.gaps.sort_by_key(|gap| gap.span);
    index
}

fn endpoints(
    evaluator: &Evaluator<'_, '_>,
    captures: impl Fn(FileId) -> Captures,
) -> Vec<Endpoint> {
    let mut seen = HashSet::new();
    let mut endpoints = Vec::new();
    for route in evaluator.reachable_routes() {
        let captures = captures(route.span.file);
        for handled in route.handlers.iter() {
            let method = handled.method();
            if !seen.insert((route.span, route.path.clone(), method.clone())) {
                continue;
            }
            let Some((segments, trailing_slash)) =
                path::segments(&route.path, captures, route.takes_rest)
            else {
                continue;
            };
            let mut modules = vec![route.span.file];
            modules.extend(handled.files.iter().copied().filter(|file| *file != route.span.file));
            endpoints.push(Endpoint {
                method,
                route: segments,
                trailing_slash,
                slash_matters: true,
                application: "".into(),
                framework: Framework::Axum,
                span: route.span,
                modules,
            });
        }
    }
    endpoints.sort_by_key(|endpoint| endpoint.span);
    endpoints
}

/// What a part that could not be read may hide, by its bytes.
fn gap(unread: &Unread, text: &str, source_query: &SourceQuery) -> SourceGap {
    let text = text.get(unread.span.range()).unwrap_or(text).as_bytes();
    let any = |words: &[String]| words.iter().any(|word| has(text, word));
    let web = |words: &[&str]| words.iter().any(|word| has(text, word));
    SourceGap {
        span: unread.span,
        reason: unread.reason.clone(),
        endpoints: web(&["route", "nest", "merge", "Router"])
            || any(&source_query.endpoint_prefixes),
        callsites: web(&["reqwest", "get", "post", "put", "patch", "delete", "head", "request"]),
        codes: any(&source_query.codes)
            || any(&source_query.code_fields)
            || any(&source_query.code_functions),
    }
}
