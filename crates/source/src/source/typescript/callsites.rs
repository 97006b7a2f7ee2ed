//! Literal callsites: calls of `fetch` with a literal URL.

use std::rc::Rc;
use std::sync::Arc;

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, CallExpression, Expression, TemplateLiteral};

use super::evaluate::Evaluator;
use super::members::Key;
use super::value::{ImportPath, Missing, Step, Value, Values};
use crate::source::{Caller, Callsite, Method, SourceQuery, UrlPath, UrlPiece};
use crate::span::{FileId, Span};

/// Every literal callsite of a module; one for each method that a call may use.
pub(super) fn callsites(
    evaluator: &Evaluator<'_, '_>,
    file: FileId,
    query: &SourceQuery,
) -> Vec<Callsite> {
    let mut found = Vec::new();
    for node in evaluator.semantic.nodes().iter() {
        let AstKind::CallExpression(call) = node.kind() else { continue };
        let span = Span { file, start: call.span.start, end: call.span.end };
        if let Some(caller) = evaluator.other_caller(call, &query.other_callers) {
            let url = call.arguments.get(caller.url);
            let Some(path) = url.and_then(|url| evaluator.literal_path(url)) else { continue };
            let methods = match &caller.method {
                Some(method) => vec![Method::Named(method.clone())],
                None => evaluator.methods(call, caller.options),
            };
            let call = |method| Callsite { method, path: path.clone(), span };
            found.extend(methods.into_iter().map(call));
            continue;
        }
        let Some(path) = call.arguments.first().and_then(|url| evaluator.literal_path(url)) else {
            continue;
        };
        if !evaluator.is_fetch(&call.callee, &query.callers) {
            continue;
        }
        evaluator.minds_escapes.set(true);
        for method in evaluator.methods(call, 1) {
            found.push(Callsite { method, path: path.clone(), span });
        }
        evaluator.minds_escapes.set(false);
    }
    found
}

/// Calls of `fetch` whose URL is no literal and yet known: a constant, or a text that is handed on.
pub(super) fn dynamic_callsites(
    evaluator: &Evaluator<'_, '_>,
    file: FileId,
    query: &SourceQuery,
) -> Vec<Callsite> {
    let mut found = Vec::new();
    for node in evaluator.semantic.nodes().iter() {
        let AstKind::CallExpression(call) = node.kind() else { continue };
        let Some(first) = call.arguments.first() else { continue };
        let Some(url) = first.as_expression() else { continue };
        if evaluator.literal_path(first).is_some()
            || !evaluator.is_fetch(&call.callee, &query.callers)
        {
            continue;
        }
        let span = Span { file, start: call.span.start, end: call.span.end };
        for text in evaluator.values(url).texts() {
            let path = UrlPath::of(&[UrlPiece::Text(text.to_string())]);
            found.extend(path.map(|path| Callsite { method: Method::Unknown, path, span }));
        }
    }
    found
}

/// Modules whose default export, or export `fetch`, is fetch.
const FETCH_MODULES: [&str; 4] = ["node-fetch", "undici", "cross-fetch", "isomorphic-fetch"];

/// Whether an import is `fetch` of a module that has it, or a function that is called as it is.
fn is_fetch_import(path: &ImportPath, callers: &[String]) -> bool {
    let is_of_module =
        FETCH_MODULES.contains(&&*path.specifier) || callers.contains(&path.specifier);
    let names: Option<Vec<&str>> = path
        .steps
        .iter()
        .map(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    match names.as_deref() {
        Some([] | ["default" | "fetch"] | ["default", "default" | "fetch"]) if is_of_module => true,
        Some([.., name]) => callers.iter().any(|caller| caller == name),
        _ => false,
    }
}

impl<'a> Evaluator<'a, '_> {
    fn is_fetch(&self, callee: &'a Expression<'a>, callers: &[String]) -> bool {
        if self.is_caller(callee, callers) {
            return true;
        }
        let values = self.values(callee);
        !values.is_empty()
            && values.iter().all(|value| match value {
                Value::Fetch => true,
                Value::Import(path) => is_fetch_import(path, callers),
                Value::Function(function) => {
                    function.own_name().is_some_and(|name| callers.iter().any(|c| c == name))
                }
                _ => false,
            })
    }

    /// Whether a callee is written by the name of a function that the pack names.
    fn is_caller(&self, callee: &'a Expression<'a>, callers: &[String]) -> bool {
        let name = match callee.get_inner_expression() {
            Expression::Identifier(name) => Some(name.name.as_str()),
            Expression::ChainExpression(chain) => {
                chain.expression.as_member_expression().and_then(|m| m.static_property_name())
            }
            callee => callee.as_member_expression().and_then(|m| m.static_property_name()),
        };
        name.is_some_and(|name| callers.iter().any(|caller| caller == name))
    }

    /// The function that a call is one of, where the pack names functions that are called otherwise than
    /// fetch: by its name as it is written, or by the module that it is imported from.
    fn other_caller<'c>(
        &self,
        call: &'a CallExpression<'a>,
        callers: &'c [Caller],
    ) -> Option<&'c Caller> {
        if callers.is_empty() {
            return None;
        }
        let mut written = Vec::new();
        let mut at = call.callee.get_inner_expression();
        loop {
            match at {
                Expression::Identifier(name) => {
                    written.push(name.name.as_str());
                    break;
                }
                at_member => {
                    let Some(member) = at_member.as_member_expression() else { break };
                    let Some(name) = member.static_property_name() else { break };
                    written.push(name);
                    at = member.object().get_inner_expression();
                }
            }
        }
        written.reverse();
        let is_written = |caller: &&Caller| {
            let parts: Vec<&str> = caller.name.iter().map(String::as_str).collect();
            written.ends_with(&parts)
        };
        if let Some(caller) = callers.iter().find(is_written) {
            return Some(caller);
        }
        // `import http from 'axios'` gives the module another name.
        let is_of_module = |caller: &&Caller| {
            let [module, rest @ ..] = &caller.name[..] else { return false };
            let (Some(member), [method]) = (call.callee.as_member_expression(), rest) else {
                return false;
            };
            member.static_property_name() == Some(method)
                && self.values(member.object()).iter().any(|value| {
                    matches!(value, Value::Import(path) if path.specifier == *module && path.is_whole_module())
                })
        };
        callers.iter().find(is_of_module)
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

    /// The methods that a call of `fetch` may use, as the argument of that number says.
    fn methods(&self, call: &'a CallExpression<'a>, options: usize) -> Vec<Method> {
        let get = || vec![Method::Named("GET".into())];
        let options = match call.arguments.get(options) {
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
        let key = Key::name("method");
        for value in self.values(options) {
            match value {
                Value::Nothing | Value::Missing(_) => add(Method::Named("GET".into())),
                // Whatever else it may be, it may be something else by now.
                Value::Undecided => return vec![Method::Undecided],
                value if has_properties(&value) => {
                    let otherwise = Values::one(Value::Missing(Rc::new(Missing {
                        member: "method".into(),
                        objects: Vec::new(),
                    })));
                    let values = self.property_of(&value, &key, otherwise);
                    methods_of(&values).into_iter().for_each(&mut add);
                }
                _ => add(Method::Unknown),
            }
        }
        if methods.is_empty() { vec![Method::Unknown] } else { methods }
    }
}

fn has_properties(value: &Value<'_>) -> bool {
    matches!(value, Value::Object(_) | Value::Layers(_) | Value::Changed(_))
}

/// The methods that the values of `method` stand for.
fn methods_of(values: &Values<'_>) -> Vec<Method> {
    if values.iter().any(|value| matches!(value, Value::Undecided)) {
        return vec![Method::Undecided];
    }
    let mut names: Vec<Arc<str>> = Vec::new();
    let (mut is_absent, mut is_nothing, mut is_unknown) = (false, false, false);
    for value in values.iter() {
        match value {
            Value::Text { text, .. } => {
                let name = normalized(text);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            Value::Missing(_) => is_absent = true,
            Value::Nothing => is_nothing = true,
            _ => is_unknown = true,
        }
    }
    let is_get = is_nothing || is_absent && !is_unknown;
    if is_get && !names.iter().any(|name| **name == *"GET") {
        names.push("GET".into());
    }
    // A spread of unknown options leaves the method that is written.
    if names.is_empty() {
        return vec![Method::Unknown];
    }
    names.into_iter().map(Method::Named).collect()
}

/// `fetch` upper-cases these six methods, and no other.
fn normalized(method: &str) -> Arc<str> {
    const NORMALIZED: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
    NORMALIZED
        .iter()
        .find(|name| name.eq_ignore_ascii_case(method))
        .map_or_else(|| method.into(), |name| (*name).into())
}
