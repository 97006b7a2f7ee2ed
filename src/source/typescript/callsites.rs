//! Literal callsites: calls of `fetch` with a literal URL.

use std::sync::Arc;

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, CallExpression, Expression, TemplateLiteral};

use super::evaluate::Evaluator;
use super::members::{Key, Lookup};
use super::value::{Value, Values};
use crate::source::{Callsite, Method, UrlPath, UrlPiece};
use crate::span::{FileId, Span};

/// Every literal callsite of a module; one for each method that a call may use.
pub(super) fn callsites(evaluator: &Evaluator<'_, '_>, file: FileId) -> Vec<Callsite> {
    let mut found = Vec::new();
    for node in evaluator.semantic.nodes().iter() {
        let AstKind::CallExpression(call) = node.kind() else { continue };
        if !evaluator.is_fetch(&call.callee) {
            continue;
        }
        let Some(path) = call.arguments.first().and_then(|url| evaluator.literal_path(url)) else {
            continue;
        };
        let span = Span { file, start: call.span.start, end: call.span.end };
        for method in evaluator.methods(call) {
            found.push(Callsite { method, path: path.clone(), span });
        }
    }
    found
}

impl<'a> Evaluator<'a, '_> {
    fn is_fetch(&self, callee: &'a Expression<'a>) -> bool {
        let values = self.values(callee);
        !values.is_empty() && values.iter().all(|value| matches!(value, Value::Fetch))
    }

    fn literal_path(&self, argument: &'a Argument<'a>) -> Option<UrlPath> {
        let pieces = match argument.as_expression()?.get_inner_expression() {
            Expression::StringLiteral(literal) => {
                vec![UrlPiece::Text(literal.value.to_string())]
            }
            Expression::TemplateLiteral(template) => self.pieces(template),
            _ => return None,
        };
        UrlPath::of(&pieces)
    }

    fn pieces(&self, template: &'a TemplateLiteral<'a>) -> Vec<UrlPiece> {
        let mut pieces = Vec::new();
        for (at, quasi) in template.quasis.iter().enumerate() {
            let text = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw);
            pieces.push(UrlPiece::Text(text.to_string()));
            let Some(hole) = template.expressions.get(at) else { continue };
            let is_first = at == 0 && text.is_empty();
            if !is_first && self.is_query_string(hole, 0) {
                pieces.push(UrlPiece::Text("?".to_owned()));
                break;
            }
            pieces.push(UrlPiece::Hole);
        }
        pieces
    }

    /// Whether a placeholder can only be empty or begin a query string or fragment.
    fn is_query_string(&self, hole: &'a Expression<'a>, depth: usize) -> bool {
        const DEEPEST: usize = 16;
        let is_one = |part| depth < DEEPEST && self.is_query_string(part, depth + 1);
        match hole.get_inner_expression() {
            Expression::ConditionalExpression(conditional) => {
                is_one(&conditional.consequent) && is_one(&conditional.alternate)
            }
            Expression::LogicalExpression(logical) => is_one(&logical.right),
            Expression::BinaryExpression(binary) => is_one(&binary.left),
            Expression::TemplateLiteral(template) if !template.expressions.is_empty() => {
                template.quasis.first().is_some_and(|first| first.value.raw.starts_with(['?', '#']))
            }
            Expression::Identifier(identifier) => match self.initializer(identifier) {
                Some(initializer) => is_one(initializer),
                None => self.are_query_strings(&self.values(hole)),
            },
            _ => self.are_query_strings(&self.values(hole)),
        }
    }

    fn are_query_strings(&self, values: &Values<'a>) -> bool {
        !values.is_empty()
            && values.iter().all(|value| match value {
                Value::Text { text, .. } => text.is_empty() || text.starts_with(['?', '#']),
                _ => false,
            })
    }

    /// The methods that a call of `fetch` may use.
    fn methods(&self, call: &'a CallExpression<'a>) -> Vec<Method> {
        let get = || vec![Method::Named("GET".into())];
        let options = match call.arguments.get(1) {
            None => return get(),
            Some(Argument::SpreadElement(_)) => return vec![Method::Unknown],
            Some(argument) => match argument.as_expression() {
                Some(expression) => expression,
                None => return vec![Method::Unknown],
            },
        };
        let mut methods = Vec::new();
        let mut add = |method: Method| {
            if !methods.contains(&method) {
                methods.push(method);
            }
        };
        let assigned = self.assigned_methods(options);
        for value in self.values(options) {
            match value {
                Value::Object(object) => {
                    let found = self.property(object, &Key::name("method"));
                    self.own_methods(found, &assigned).into_iter().for_each(&mut add);
                }
                Value::Nothing => add(Method::Named("GET".into())),
                _ => add(Method::Unknown),
            }
        }
        if methods.is_empty() { vec![Method::Unknown] } else { methods }
    }

    /// `options.method = …`, where the options are a constant.
    fn assigned_methods(&self, options: &'a Expression<'a>) -> Values<'a> {
        match options.get_inner_expression() {
            Expression::Identifier(identifier) => {
                self.symbol_of(identifier).map_or_else(Values::default, |symbol| {
                    self.assigned_members(symbol, &Key::name("method"))
                })
            }
            _ => Values::default(),
        }
    }

    fn own_methods(&self, found: Lookup<'a>, assigned: &Values<'a>) -> Vec<Method> {
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut absent = !found.definite && !found.uncertain && assigned.is_empty();
        let mut unknown = found.uncertain;
        for value in found.values.and(assigned.clone()) {
            match value {
                Value::Text { text, .. } => {
                    let name = normalized(&text);
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                Value::Nothing => absent = true,
                _ => unknown = true,
            }
        }
        if absent && !names.iter().any(|name| **name == *"GET") {
            names.push("GET".into());
        }
        // A spread of unknown options leaves the method that is written.
        if names.is_empty() && unknown {
            return vec![Method::Unknown];
        }
        names.into_iter().map(Method::Named).collect()
    }
}

/// `fetch` upper-cases these six methods, and no other.
fn normalized(method: &str) -> Arc<str> {
    const NORMALIZED: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
    NORMALIZED
        .iter()
        .find(|name| name.eq_ignore_ascii_case(method))
        .map_or_else(|| method.into(), |name| (*name).into())
}
