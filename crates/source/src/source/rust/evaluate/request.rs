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
use crate::source::{Callsite, Method, UrlPath, UrlPiece};
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
        let Some(path) = literal(url).and_then(|pieces| UrlPath::of(&pieces)) else { return };
        for method in methods.alternatives() {
            let method = match method {
                Value::Method(name) => Method::Named(Arc::from(&**name)),
                _ => Method::Unknown,
            };
            if self.seen.insert((span, format!("{method} {path}"))) {
                self.callsites.push(Callsite { method, path: path.clone(), span });
            }
        }
    }
}

/// Conversions that leave a literal one.
const CONVERSIONS: [&str; 7] =
    ["to_string", "to_owned", "as_str", "into", "clone", "as_ref", "borrow"];

/// The pieces of a string literal or of a `format!` of one.
fn literal(url: &Expr) -> Option<Vec<UrlPiece>> {
    match &url.kind {
        ExprKind::Text(text) => Some(vec![UrlPiece::Text(text.clone())]),
        ExprKind::Format(pieces) => Some(
            pieces
                .iter()
                .map(|piece| match piece {
                    FormatPiece::Text(text) => UrlPiece::Text(text.clone()),
                    FormatPiece::Display(Expr { kind: ExprKind::Text(text), .. }) => {
                        UrlPiece::Text(text.clone())
                    }
                    _ => UrlPiece::Hole,
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
