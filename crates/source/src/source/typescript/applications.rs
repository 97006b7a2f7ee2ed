//! What the configuration of an application says about the routes of its files.

use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_ast::ast::Expression;
use oxc_span::GetSpan;

use super::evaluate::Evaluator;
use super::file_routes::{Convention, FileRoute};
use super::parse;
use super::resolve::ancestors;
use super::stack;
use crate::source::{RouteSegment, SourceQuery, lies_below};
use crate::span::{FileId, SourceFile, Span};

/// The applications of a repository by their folders.
#[derive(Default)]
pub(super) struct Applications {
    /// The text of each `package.json`.
    packages: HashMap<String, String>,
    /// Where Next.js serves an application below a path of its own.
    bases: HashMap<String, Base>,
}

/// The path below which an application is served.
enum Base {
    Path(Vec<RouteSegment>),
    /// It is no constant.
    Unknown(Span),
}

/// What a file is served under.
pub(super) enum Served {
    /// This route of a guarded endpoint.
    Guarded(FileRoute),
    /// A route below a path that is said there and cannot be told.
    Unknown(Span),
    /// No guarded route.
    Elsewhere,
}

/// Whether a file is named as a configuration of Next.js is.
pub(super) fn is_next_config(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.strip_prefix("next.config.")
        .is_some_and(|ending| ["js", "mjs", "cjs", "ts", "mts"].contains(&ending))
}

impl Applications {
    /// Keeps a `package.json`.
    pub(super) fn add_package(&mut self, path: &str, text: &str) {
        if let Some(folder) = path.strip_suffix("package.json") {
            self.packages.insert(folder.trim_end_matches('/').to_owned(), text.to_owned());
        }
    }

    /// Reads a configuration of Next.js.
    pub(super) fn add_next_config(&mut self, id: FileId, file: &SourceFile) {
        if !file.text.contains(BASE_PATH) {
            return;
        }
        let read = || {
            parse::read(&file.path, &file.text, |parsed| {
                base_path(&Evaluator::new(&parsed.semantic, &[]), id)
            })
        };
        let whole = || Base::Unknown(Span::new(id, 0..0));
        let base = match stack::with_room_for(&file.text, read) {
            Some((Some(base), unread)) if unread.is_empty() => base,
            _ => Some(whole()),
        };
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Some(base) = base {
            self.bases.insert(folder.to_owned(), base);
        }
    }

    /// Whether some application is served below a path of its own.
    pub(super) fn has_bases(&self) -> bool {
        !self.bases.is_empty()
    }

    /// What a file with a route by its path is served under.
    pub(super) fn served(&self, route: &FileRoute, query: &SourceQuery) -> Served {
        if !self.has_framework(route) {
            return Served::Elsewhere;
        }
        let is_next = matches!(route.convention, Convention::NextApp | Convention::NextPages);
        let base = is_next.then(|| self.base_of(&route.application)).flatten();
        let mut route = route.clone();
        match base {
            Some(Base::Unknown(span)) => {
                let may_be_guarded = query
                    .endpoint_prefixes
                    .iter()
                    .any(|prefix| may_lie_below(&route.route, prefix));
                return if may_be_guarded { Served::Unknown(*span) } else { Served::Elsewhere };
            }
            Some(Base::Path(base)) => route.route.splice(0..0, base.iter().cloned()).for_each(drop),
            None => {}
        }
        let is_guarded = query
            .endpoint_prefixes
            .iter()
            .any(|prefix| lies_below(&route.route, prefix.split('/')));
        if is_guarded { Served::Guarded(route) } else { Served::Elsewhere }
    }

    fn base_of(&self, application: &str) -> Option<&Base> {
        if self.bases.is_empty() {
            return None;
        }
        ancestors(application).find_map(|folder| self.bases.get(folder))
    }

    /// Whether the packages around say that the framework is there, where they say anything.
    fn has_framework(&self, route: &FileRoute) -> bool {
        let mut packages =
            ancestors(&route.application).filter_map(|folder| self.packages.get(folder)).peekable();
        if packages.peek().is_none() {
            return route.convention != Convention::RemixNested;
        }
        let names: &[&str] = match route.convention {
            Convention::NextApp | Convention::SvelteKit => return true,
            Convention::NextPages => &["\"next\""],
            Convention::Remix => &["\"@remix-run/", "\"@react-router/", "\"react-router\""],
            Convention::RemixNested => {
                &["\"remix-flat-routes\"", "\"@remix-run/v1-route-convention\""]
            }
        };
        packages.any(|text| {
            let is_old = route.convention == Convention::RemixNested && is_remix_1(text);
            is_old || names.iter().any(|name| text.contains(name))
        })
    }
}

const BASE_PATH: &str = "basePath";

/// Whether a package is made with the first Remix, whose routes lie in folders.
fn is_remix_1(text: &str) -> bool {
    text.match_indices("\"@remix-run/").any(|(at, _)| {
        let line = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or("");
        let version = line.split_once(':').map_or("", |(_, version)| version);
        version.trim_start_matches([' ', '"', '^', '~', '=']).starts_with("1.")
    })
}

/// What a configuration says the base path is; none where it has none.
fn base_path(evaluator: &Evaluator<'_, '_>, file: FileId) -> Option<Base> {
    let mut found = Vec::new();
    for node in evaluator.semantic.nodes().iter() {
        let value = match node.kind() {
            AstKind::ObjectProperty(property)
                if property.key.is_specific_static_name(BASE_PATH) =>
            {
                &property.value
            }
            AstKind::AssignmentExpression(assignment)
                if assignment
                    .left
                    .as_member_expression()
                    .is_some_and(|member| member.static_property_name() == Some(BASE_PATH)) =>
            {
                &assignment.right
            }
            _ => continue,
        };
        // Of a redirect it says whether the base path counts.
        if matches!(value, Expression::BooleanLiteral(_)) {
            continue;
        }
        let span = Span { file, start: value.span().start, end: value.span().end };
        found.push((span, evaluator.values(value).only_text().map(ToString::to_string)));
    }
    let (span, first) = found.first()?;
    let is_one = found.iter().all(|(_, text)| text == first);
    let Some(text) = first.as_ref().filter(|_| is_one) else { return Some(Base::Unknown(*span)) };
    let segments = text.split('/').filter(|part| !part.is_empty());
    let segments: Vec<_> = segments.map(|part| RouteSegment::Literal(part.to_owned())).collect();
    (!segments.is_empty()).then_some(Base::Path(segments))
}

/// Whether a route may lie below a guarded path once something stands before it: it begins as the path
/// ends.
pub(super) fn may_lie_below(route: &[RouteSegment], prefix: &str) -> bool {
    let parts: Vec<&str> = prefix.split('/').filter(|part| !part.is_empty()).collect();
    (0..parts.len()).any(|at| lies_below(route, parts[at..].iter().copied()))
}
