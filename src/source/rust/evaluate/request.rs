//! Calls of reqwest whose URL is literal.
//!
//! A receiver is a client if it is known to be one: made by reqwest, declared as a client, or given back by
//! a function that returns one. Of a receiver of which nothing at all is known, a request is believed only if
//! it is sent at the end of the chain, which no map and no router is.

use std::sync::Arc;

use super::{Evaluator, Records};
use crate::source::rust::program::Target;
use crate::source::rust::syntax::{Expr, ExprKind, FormatPiece, Path};
use crate::source::rust::value::Value;
use crate::source::rust::vocabulary;
use crate::source::{Callsite, Method, PathPiece};
use crate::span::Span;

impl<'p> Evaluator<'p, '_> {
    /// `reqwest::get(url)` and `Client::get(&client, url)`.
    pub(super) fn request_call(&mut self, path: &'p Path, arguments: &'p [Expr], span: Span) {
        let Target::External(path) = self.program.value(path, self.frame.scope) else { return };
        let Some((name, of)) = path.split_last() else { return };
        if !vocabulary::is_reqwest(&path) {
            return;
        }
        if vocabulary::is_client(of) {
            match (name.as_str(), arguments) {
                ("request", [_, method, url]) => {
                    let methods = self.expr(method);
                    self.request(&methods, url, span);
                }
                (name, [_, url]) => {
                    if let Some(method) = vocabulary::request_method(name) {
                        self.request(&Value::Method(method.into()), url, span);
                    }
                }
                _ => {}
            }
        } else if name == "get"
            && let [url] = arguments
        {
            self.request(&Value::Method("GET".into()), url, span);
        }
    }

    /// `client.get(url)` and `client.request(Method::GET, url)`.
    pub(super) fn request_method(
        &mut self,
        base: &Value<'p>,
        name: &str,
        arguments: &'p [Expr],
        values: &[Value<'p>],
        call: Span,
    ) {
        let is_client = base.alternatives().iter().any(|value| matches!(value, Value::Client));
        if !is_client {
            return;
        }
        match (vocabulary::request_method(name), arguments, values) {
            (Some(method), [url], _) => self.request(&Value::Method(method.into()), url, call),
            (None, [_, url], [method, _]) if name == "request" => {
                self.request(&method.clone(), url, call);
            }
            _ => {}
        }
    }

    /// A chain that ends in `send`: if nothing is known of its beginning, it is one of reqwest's.
    pub(super) fn sent_request(&mut self, mut chain: &'p Expr) {
        while let ExprKind::Method { receiver, name, arguments, call } = &chain.kind {
            let method = vocabulary::request_method(name);
            let url = match (method, arguments.as_slice()) {
                (Some(_), [url]) => url,
                (None, [_, url]) if name == "request" => url,
                _ => {
                    chain = receiver;
                    continue;
                }
            };
            if literal(url).is_none() || !self.is_nameless(receiver) {
                return;
            }
            let method = match method {
                Some(method) => Value::Method(method.into()),
                None => self.expr(&arguments[0]),
            };
            return self.request(&method, url, *call);
        }
    }

    /// Whether an expression is a variable, a field or a call of a method of which nothing is known.
    fn is_nameless(&mut self, expr: &'p Expr) -> bool {
        let place = match &expr.kind {
            ExprKind::Path(path) => {
                path.single().is_some_and(|name| self.frame.variables.contains_key(name))
            }
            ExprKind::Field { .. } | ExprKind::Method { .. } => true,
            _ => false,
        };
        place && matches!(self.expr(expr), Value::Existing)
    }

    fn request(&mut self, methods: &Value<'p>, url: &'p Expr, span: Span) {
        if self.records == Records::Nothing {
            return;
        }
        let Some(path) = literal(url).and_then(|pieces| path_of(&pieces)) else { return };
        for method in methods.alternatives() {
            let method = match method {
                Value::Method(name) => Method::Named(Arc::from(&**name)),
                _ => Method::Unknown,
            };
            if self.seen.insert((span, format!("{method} {path:?}"))) {
                self.callsites.push(Callsite { method, path: path.clone(), span });
            }
        }
    }
}

/// Conversions that leave a literal one.
const CONVERSIONS: [&str; 7] =
    ["to_string", "to_owned", "as_str", "into", "clone", "as_ref", "borrow"];

/// The pieces of a string literal or of a `format!` of one.
fn literal(url: &Expr) -> Option<Vec<PathPiece>> {
    match &url.kind {
        ExprKind::Text(text) => Some(vec![PathPiece::Text(text.clone())]),
        ExprKind::Format(pieces) => Some(
            pieces
                .iter()
                .map(|piece| match piece {
                    FormatPiece::Text(text) => PathPiece::Text(text.clone()),
                    FormatPiece::Display(Expr { kind: ExprKind::Text(text), .. }) => {
                        PathPiece::Text(text.clone())
                    }
                    _ => PathPiece::Hole,
                })
                .collect(),
        ),
        ExprKind::Method { receiver, name, arguments, .. }
            if arguments.is_empty() && CONVERSIONS.contains(&name.as_str()) =>
        {
            literal(receiver)
        }
        ExprKind::Call { callee, arguments } => match (&callee.kind, arguments.as_slice()) {
            (ExprKind::Path(path), [text]) if path.segments == ["String", "from"] => literal(text),
            _ => None,
        },
        _ => None,
    }
}

/// The path of a URL: without what stands before it, the query and the fragment.
fn path_of(url: &[PathPiece]) -> Option<Vec<PathPiece>> {
    let mut path = Vec::new();
    for piece in without_origin(merged(url))? {
        match piece {
            PathPiece::Hole => path.push(PathPiece::Hole),
            PathPiece::Text(text) => match text.find(['?', '#']) {
                Some(0) => break,
                Some(end) => {
                    path.push(PathPiece::Text(text[..end].to_owned()));
                    break;
                }
                None => path.push(PathPiece::Text(text)),
            },
        }
    }
    if path.is_empty() {
        path.push(PathPiece::Text("/".to_owned()));
    }
    Some(path)
}

/// Neighbouring texts as one.
fn merged(url: &[PathPiece]) -> Vec<PathPiece> {
    let mut merged: Vec<PathPiece> = Vec::new();
    for piece in url {
        match (merged.last_mut(), piece) {
            (_, PathPiece::Text(text)) if text.is_empty() => {}
            (Some(PathPiece::Text(before)), PathPiece::Text(text)) => before.push_str(text),
            _ => merged.push(piece.clone()),
        }
    }
    merged
}

/// Takes `scheme://host`, or a leading placeholder, off a URL. What remains starts with a slash, a query
/// or a fragment; none where no path is written.
fn without_origin(url: Vec<PathPiece>) -> Option<Vec<PathPiece>> {
    let mut pieces = url.into_iter();
    let first = pieces.next()?;
    let (mut rest, holds_host) = match first {
        PathPiece::Text(text) => match text.find("://") {
            Some(at) => (vec![PathPiece::Text(text[at + 3..].to_owned())], true),
            None if text.starts_with('/') => (vec![PathPiece::Text(text)], false),
            None => return None,
        },
        PathPiece::Hole => (Vec::new(), true),
    };
    let after_hole = rest.is_empty();
    rest.extend(pieces);
    if !holds_host {
        return Some(rest);
    }
    let mut rest = rest.into_iter();
    let mut first = true;
    while let Some(piece) = rest.next() {
        if let PathPiece::Text(text) = piece {
            let text = text.strip_prefix("://").unwrap_or(&text);
            // `{base}api/runs`, where the base ends in the slash.
            let relative =
                first && after_hole && text.starts_with(|c: char| c.is_ascii_alphanumeric());
            let path = if relative {
                Some(format!("/{text}"))
            } else {
                text.find(['/', '?', '#']).map(|at| text[at..].to_owned())
            };
            if let Some(path) = path {
                return Some(std::iter::once(PathPiece::Text(path)).chain(rest).collect());
            }
        }
        first = false;
    }
    if after_hole { None } else { Some(Vec::new()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::rust::format_string::{Piece, pieces};

    #[test]
    fn the_path_of_a_url_is_what_follows_its_origin() {
        let cases = [
            ("/api/runs", Some("/api/runs")),
            ("http://localhost:3000/api/runs", Some("/api/runs")),
            ("http://localhost:3000", Some("/")),
            ("{}/api/runs", Some("/api/runs")),
            ("{base}/api/runs/{id}", Some("/api/runs/{}")),
            ("{base}/api/runs/{id}/process?x={y}", Some("/api/runs/{}/process")),
            ("{base}/api/runs?x=1#y", Some("/api/runs")),
            ("{base}/api/runs#y", Some("/api/runs")),
            ("{base}/api/runs{query}", Some("/api/runs{}")),
            ("http://{host}/api", Some("/api")),
            ("http://{}:{}/api/{}", Some("/api/{}")),
            ("{scheme}://{host}:{port}/api", Some("/api")),
            ("{base}api/runs", Some("/api/runs")),
            ("{base}:8080/api", Some("/api")),
            ("{base}.example.org/api", Some("/api")),
            ("{base}{path}", None),
            ("{}", None),
            ("{base}?x=1", Some("/")),
            ("api/runs", None),
            ("/api/run-{id}", Some("/api/run-{}")),
            ("{base}/api/{{x}}", Some("/api/{x}")),
            ("", None),
        ];
        for (url, expected) in cases {
            let url_pieces: Vec<_> = pieces(url)
                .into_iter()
                .map(|piece| match piece {
                    Piece::Text(text) => PathPiece::Text(text),
                    Piece::Hole { .. } => PathPiece::Hole,
                })
                .collect();
            let shown = path_of(&url_pieces).map(|path| {
                path.iter()
                    .map(|piece| match piece {
                        PathPiece::Text(text) => text.as_str(),
                        PathPiece::Hole => "{}",
                    })
                    .collect::<String>()
            });
            assert_eq!(shown.as_deref(), expected, "{url}");
        }
    }
}
