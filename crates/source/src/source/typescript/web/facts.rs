//! What a module adds to routers, free of its syntax tree.

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, CallExpression, Expression};

use super::router::key;
use super::{Added, Library, Mount, Origin, Router, What};
use crate::source::typescript::evaluate::Evaluator;
use crate::source::typescript::members::Key;
use crate::source::typescript::module::Constant;
use crate::source::typescript::value::{ImportPath, Value, Values};
use crate::span::{FileId, Span};

/// Methods of routers that add a route of that method.
const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// What a path that is a regular expression begins with.
pub(super) const REGEX: &str = "(regular expression)";

/// Whether a method of a router adds something to it.
pub(super) fn adds(name: &str) -> bool {
    METHODS.contains(&name)
        || matches!(name, "all" | "on" | "route" | "use" | "register" | "openapi" | "mount")
}

/// Everything that a module adds to routers; `is_certain` if it names a library of them.
pub(in crate::source::typescript) fn added(
    evaluator: &Evaluator<'_, '_>,
    file: FileId,
    is_certain: bool,
) -> Vec<Added> {
    let reader = Reader { evaluator, file, is_certain };
    let mut added = Vec::new();
    for node in evaluator.semantic.nodes().iter() {
        let AstKind::CallExpression(call) = node.kind() else { continue };
        reader.read(call, &mut added);
    }
    added
}

struct Reader<'e, 'a, 's> {
    evaluator: &'e Evaluator<'a, 's>,
    file: FileId,
    is_certain: bool,
}

impl<'a> Reader<'_, 'a, '_> {
    fn read(&self, call: &'a CallExpression<'a>, added: &mut Vec<Added>) {
        let member = call.callee.get_inner_expression().as_member_expression();
        let name = member.and_then(|member| member.static_property_name());
        let (Some(member), Some(name)) = (member, name.filter(|name| adds(name))) else {
            if self.is_certain {
                self.handed(call, added);
            }
            return;
        };
        // Elsewhere no more than what looks like a path is asked about, since much has a `get`.
        if !self.is_certain
            && name != "register"
            && !begins_with_slash(call.arguments.first())
            && !is_route(member.object())
        {
            return;
        }
        let mut routers = self.evaluator.routers(member.object());
        routers.dedup();
        for router in routers {
            let library = match &router.origin {
                Origin::Made { made, .. } => Some(made.library),
                _ => None,
            };
            if let Some((what, paths)) = self.what(&router, library, name, call) {
                let span = Span { file: self.file, start: call.span.start, end: call.span.end };
                let is_certain = self.is_certain;
                added.push(Added { on: router, what, paths, span, is_certain });
            }
        }
    }

    fn what(
        &self,
        router: &Router,
        library: Option<Library>,
        name: &str,
        call: &'a CallExpression<'a>,
    ) -> Option<(What, Vec<Constant>)> {
        let at = |index: usize| call.arguments.get(index).and_then(Argument::as_expression);
        let route = |methods: Vec<Constant>, paths: Vec<Constant>, from: usize| {
            let handlers = self.handlers(call, from);
            Some((What::Route { methods, handlers }, paths))
        };
        let here = || vec![text("")];
        match name {
            _ if METHODS.contains(&name) || name == "all" => {
                let method = if name == "all" { "ANY" } else { name };
                let methods = vec![text(&method.to_uppercase())];
                let first = at(0)?;
                let is_handler =
                    self.evaluator.values(first).iter().any(|v| matches!(v, Value::Function(_)));
                if router.is_route {
                    return route(methods, here(), 0);
                }
                if is_handler {
                    // Hono takes the path of the call before.
                    let paths = self.path_before(call).unwrap_or_else(here);
                    return route(methods, paths, 0);
                }
                // `app.get('setting')` reads a setting, `map.get(key)` an entry.
                if call.arguments.len() < 2 {
                    return None;
                }
                route(methods, self.paths(first), 1)
            }
            "on" if library != Some(Library::Express) && library != Some(Library::Fastify) => {
                route(self.each(at(0)?), self.paths(at(1)?), 2)
            }
            "openapi" => {
                let values = self.evaluator.values(at(0)?);
                let of = |name| self.constants(&self.evaluator.member(&values, &key(name)));
                route(of("method"), of("path"), 1)
            }
            "route" if call.arguments.len() == 1 => {
                let options = at(0)?;
                let values = self.evaluator.values(options);
                let is_object =
                    values.iter().any(|v| matches!(v, Value::Object(_) | Value::Layers(_)));
                if !is_object || library.is_some_and(|library| library != Library::Fastify) {
                    return None;
                }
                let of = |name| self.evaluator.member(&values, &key(name));
                let mut paths = of("url");
                if paths.iter().all(|value| matches!(value, Value::Nothing)) {
                    paths = of("path");
                }
                let methods = self.each_of(&of("method"));
                let handlers = self.imports(&of("handler"));
                Some((What::Route { methods, handlers }, self.constants(&paths)))
            }
            "route" => {
                let children = vec![self.constants(&self.evaluator.values(at(1)?))];
                Some((What::Mount { children, mount: Mount::Routers }, self.paths(at(0)?)))
            }
            "mount" if library == Some(Library::Hono) => {
                let children = vec![vec![Constant::Forwarded]];
                Some((What::Mount { children, mount: Mount::Routers }, self.paths(at(0)?)))
            }
            "use" if library != Some(Library::Hono) => {
                let paths = self.paths(at(0)?);
                let has_path = paths
                    .iter()
                    .all(|path| matches!(path, Constant::Text { .. } | Constant::Partial { .. }))
                    || call.arguments.len() > 1 && !self.is_called(at(0)?);
                let from = usize::from(has_path);
                let children = self.middleware(call, from);
                let paths = if has_path { paths } else { here() };
                Some((What::Mount { children, mount: Mount::Middleware }, paths))
            }
            "register" if library.is_none_or(|library| library == Library::Fastify) => {
                let children = vec![self.constants(&self.evaluator.values(at(0)?))];
                let paths = match at(1) {
                    None => here(),
                    Some(options) => {
                        let values = self.evaluator.values(options);
                        let prefix = self.evaluator.member(&values, &key("prefix"));
                        let is_none =
                            prefix.iter().all(|v| matches!(v, Value::Nothing | Value::Missing(_)));
                        if is_none { here() } else { self.constants(&prefix) }
                    }
                };
                Some((What::Mount { children, mount: Mount::Functions(0) }, paths))
            }
            _ => None,
        }
    }

    /// `register(app)`: a function is handed a router.
    fn handed(&self, call: &'a CallExpression<'a>, added: &mut Vec<Added>) {
        let mut callee = None;
        for (index, argument) in call.arguments.iter().enumerate() {
            let Some(argument) = argument.as_expression() else { continue };
            if !matches!(argument.get_inner_expression(), Expression::Identifier(_)) {
                continue;
            }
            for router in self.evaluator.routers(argument) {
                if !matches!(router.origin, Origin::Made { .. }) {
                    continue;
                }
                let functions = callee
                    .get_or_insert_with(|| self.constants(&self.evaluator.values(&call.callee)));
                let what = What::Mount {
                    children: vec![functions.clone()],
                    mount: Mount::Functions(index),
                };
                let span = Span { file: self.file, start: call.span.start, end: call.span.end };
                added.push(Added {
                    on: router,
                    what,
                    paths: vec![text("")],
                    span,
                    is_certain: true,
                });
            }
        }
    }

    fn constants(&self, values: &Values<'a>) -> Vec<Constant> {
        self.evaluator.constants(values, self.file)
    }

    /// The paths that an argument names: those of a list are all used, of other values only one is.
    fn paths(&self, argument: &'a Expression<'a>) -> Vec<Constant> {
        if let Expression::RegExpLiteral(pattern) = argument.get_inner_expression() {
            let after = pattern.regex.pattern.text.to_string();
            return vec![Constant::Partial { before: REGEX.to_owned(), after }];
        }
        if let Expression::ArrayExpression(list) = argument.get_inner_expression() {
            let elements = list.elements.iter().filter_map(|element| element.as_expression());
            return elements
                .flat_map(|element| one(self.constants(&self.evaluator.values(element))))
                .collect();
        }
        one(self.constants(&self.evaluator.values(argument)))
    }

    /// Each value of an argument that is one or a list.
    fn each(&self, argument: &'a Expression<'a>) -> Vec<Constant> {
        self.each_of(&self.evaluator.values(argument))
    }

    fn each_of(&self, values: &Values<'a>) -> Vec<Constant> {
        let is_list = values.iter().any(|value| matches!(value, Value::Array(..)));
        if is_list {
            self.constants(&self.evaluator.member(values, &Key::Any))
        } else {
            self.constants(values)
        }
    }

    fn is_called(&self, argument: &'a Expression<'a>) -> bool {
        let values = self.evaluator.values(argument);
        values
            .iter()
            .any(|value| matches!(value, Value::Function(_) | Value::Router(_) | Value::Import(_)))
    }

    /// What may be a router among the arguments from one on.
    fn middleware(&self, call: &'a CallExpression<'a>, from: usize) -> Vec<Vec<Constant>> {
        let arguments = call.arguments.iter().skip(from).filter_map(Argument::as_expression);
        arguments.map(|argument| self.each(argument)).collect()
    }

    /// The path of the call before in a chain, whose path counts on.
    fn path_before(&self, call: &'a CallExpression<'a>) -> Option<Vec<Constant>> {
        let mut at = call;
        loop {
            let member = at.callee.get_inner_expression().as_member_expression()?;
            let Expression::CallExpression(before) = member.object().get_inner_expression() else {
                return None;
            };
            let name = before
                .callee
                .get_inner_expression()
                .as_member_expression()?
                .static_property_name()?;
            let first = before.arguments.first().and_then(Argument::as_expression)?;
            if METHODS.contains(&name) && self.evaluator.values(first).only_text().is_some() {
                return Some(self.paths(first));
            }
            at = before;
        }
    }

    fn handlers(&self, call: &'a CallExpression<'a>, from: usize) -> Vec<ImportPath> {
        let arguments = call.arguments.iter().skip(from).filter_map(Argument::as_expression);
        arguments.flat_map(|argument| self.imports(&self.evaluator.values(argument))).collect()
    }

    fn imports(&self, values: &Values<'a>) -> Vec<ImportPath> {
        let import = |value: &Value<'a>| match value {
            Value::Import(path) => Some(path.clone()),
            _ => None,
        };
        values.iter().filter_map(import).collect()
    }
}

/// Only one value is certain; of several each may be the one, which `Nothing` marks.
fn one(constants: Vec<Constant>) -> Vec<Constant> {
    if constants.len() > 1 {
        constants.into_iter().chain([Constant::Nothing]).collect()
    } else {
        constants
    }
}

fn text(text: &str) -> Constant {
    Constant::Text { text: text.to_owned(), of_object: false }
}

fn begins_with_slash(argument: Option<&Argument<'_>>) -> bool {
    matches!(argument, Some(Argument::StringLiteral(text)) if text.value.starts_with('/'))
        || matches!(argument, Some(Argument::ObjectExpression(_)))
}

/// Whether a chain goes through `route('/…')`.
fn is_route(object: &Expression<'_>) -> bool {
    let mut at = object.get_inner_expression();
    while let Expression::CallExpression(call) = at {
        if begins_with_slash(call.arguments.first()) {
            return true;
        }
        let Some(member) = call.callee.get_inner_expression().as_member_expression() else { break };
        at = member.object().get_inner_expression();
    }
    false
}
