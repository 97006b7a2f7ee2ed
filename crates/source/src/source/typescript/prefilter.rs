//! Which files can matter: told by their bytes, so that the others are not parsed.

use memchr::memmem::{Finder, find};

use super::file_routes::routes_of;
use super::web::{CALLS, NAMES};
use crate::source::words::Words;
use crate::source::{Caller, SourceQuery, lies_below};

/// Tells which TypeScript and JavaScript files can matter.
pub struct Prefilter<'i> {
    source_query: &'i SourceQuery,
    /// The last segment of each guarded path: no literal callsite is without it.
    segments: Vec<Finder<'i>>,
    codes: Vec<Finder<'i>>,
    sinks: Vec<Finder<'i>>,
    /// What a callsite is a call of.
    callers: Vec<Finder<'i>>,
    /// What names a library of routers.
    libraries: Words,
    /// What adds a route to a router.
    route_calls: Words,
    /// Words without which no text has a callsite or a declaration, escapes aside.
    words: Words,
}

impl<'i> Prefilter<'i> {
    /// A prefilter for these source_query.
    #[must_use]
    pub fn new(source_query: &'i SourceQuery) -> Self {
        let finders = |names: &'i [String]| names.iter().map(Finder::new).collect::<Vec<_>>();
        let guards = !source_query.endpoint_prefixes.is_empty();
        let libraries = if guards { &NAMES[..] } else { &[] };
        Self {
            source_query,
            segments: source_query
                .endpoint_prefixes
                .iter()
                .map(|prefix| Finder::new(last_of(prefix)))
                .collect(),
            codes: finders(&source_query.codes),
            sinks: finders(&source_query.code_fields)
                .into_iter()
                .chain(finders(&source_query.code_functions))
                .collect(),
            callers: finders(&source_query.callers)
                .into_iter()
                .chain(source_query.other_callers.iter().map(|caller| Finder::new(caller.last())))
                .chain([Finder::new("fetch")])
                .collect(),
            words: Words::new(
                source_query
                    .codes
                    .iter()
                    .chain(&source_query.callers)
                    .map(String::as_str)
                    .chain(source_query.other_callers.iter().map(Caller::last))
                    .chain(["fetch"])
                    .chain(source_query.endpoint_prefixes.iter().map(|prefix| last_of(prefix)))
                    .chain(libraries.iter().copied()),
            ),
            libraries: Words::new(libraries),
            route_calls: Words::new(CALLS),
        }
    }

    pub(super) fn source_query(&self) -> &'i SourceQuery {
        self.source_query
    }

    /// Whether a file may handle a guarded endpoint by its path.
    pub(super) fn is_guarded(&self, path: &str) -> bool {
        routes_of(path).iter().any(|route| {
            let prefixes = &self.source_query.endpoint_prefixes;
            prefixes.iter().any(|prefix| lies_below(&route.route, prefix.split('/')))
        })
    }

    /// Whether a file is worth parsing for itself, not only because another one imports it.
    #[must_use]
    pub fn may_matter(&self, path: &str, text: &[u8]) -> bool {
        let names_something = self.words.is_in(text) || find(text, ESCAPE).is_some();
        (names_something
            && (self.may_call(text)
                || self.may_declare(text)
                || self.may_name_router(path, text)
                || self.may_add_guarded(path, text)))
            || self.is_guarded(path)
    }

    /// The text may import a library of routers. Applications that tests make up serve nobody.
    pub(super) fn may_name_router(&self, path: &str, text: &[u8]) -> bool {
        self.libraries.is_in(text) && !is_test(path)
    }

    /// The text may add routes to routers, whoever made them.
    pub(super) fn may_add(&self, path: &str, text: &[u8]) -> bool {
        self.route_calls.is_in(text) && !is_test(path)
    }

    /// The text may add a guarded route to a router of another module.
    fn may_add_guarded(&self, path: &str, text: &[u8]) -> bool {
        self.segments.iter().any(|segment| segment.find(text).is_some()) && self.may_add(path, text)
    }

    /// The text may hold a callsite of a guarded endpoint.
    pub(super) fn may_call(&self, text: &[u8]) -> bool {
        let has = |finder: &Finder<'_>| finder.find(text).is_some();
        // Escapes can spell anything.
        (self.callers.iter().any(has) || find(text, ESCAPE).is_some())
            && (self.segments.iter().any(has) || find_escape(text))
    }

    /// The text may declare the codes: it names at least two of them.
    pub(super) fn may_declare(&self, text: &[u8]) -> bool {
        let wanted = self.codes.len().min(2);
        wanted > 0
            && self.codes.iter().filter(|code| code.find(text).is_some()).take(wanted).count()
                == wanted
    }

    /// The text names a code, a code field or a code function.
    pub(super) fn may_hold_codes(&self, text: &[u8]) -> bool {
        self.codes.iter().chain(&self.sinks).any(|finder| finder.find(text).is_some())
    }
}

/// The last segment of a path.
fn last_of(prefix: &str) -> &str {
    prefix.trim_end_matches('/').rsplit('/').next().unwrap_or("")
}

/// Whether a file holds tests, as far as its path tells.
fn is_test(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    name.contains(".test.")
        || name.contains(".spec.")
        || folders.split('/').any(|folder| {
            matches!(folder, "__tests__" | "__mocks__" | "test" | "tests" | "e2e" | "mocks")
        })
}

/// How any letter can be spelled.
const ESCAPE: &[u8] = b"\\u";

/// An escape of a letter, or a line continued within a string.
fn find_escape(text: &[u8]) -> bool {
    [&b"\\u"[..], b"\\x", b"\\\n", b"\\\r"].iter().any(|escape| find(text, escape).is_some())
}
