//! Evaluates routers: how they are made, and what calls of their methods return.

use oxc_ast::ast::{Argument, CallExpression, ChainElement, Expression};
use oxc_span::{GetSpan, Span};
use oxc_syntax::node::NodeId;

use super::{Library, Made, Origin, Router};
use crate::source::typescript::evaluate::Evaluator;
use crate::source::typescript::members::Key;
use crate::source::typescript::value::{ImportPath, Step, Value};

/// Longer chains of calls are not followed.
const LONGEST_CHAIN: usize = 4096;

impl<'a> Evaluator<'a, '_> {
    /// The router that calling or constructing something of a library makes.
    pub(in crate::source::typescript) fn made(
        &self,
        callee: &ImportPath,
        arguments: &'a [Argument<'a>],
        span: Span,
    ) -> Option<Value<'a>> {
        let library = Library::of(&callee.specifier)?;
        let names: Vec<&str> = callee
            .steps
            .iter()
            .map(|step| match step {
                Step::Member(name) => name.as_str(),
                Step::Call => "()",
                Step::AnyMember => "*",
            })
            .filter(|name| *name != "default")
            .collect();
        let is_part = match (library, names.as_slice()) {
            (Library::Hono, ["Hono" | "OpenAPIHono"] | ["createFactory", "()", "createApp"])
            | (Library::Express, [])
            | (Library::Fastify, [] | ["fastify" | "Fastify"]) => false,
            (Library::Express, ["Router"]) => true,
            _ => return None,
        };
        let options = arguments.first().and_then(Argument::as_expression);
        let says = |name: &str, wanted: bool| {
            options.is_some_and(|options| is_said(options, name, wanted))
        };
        let slash_matters = match library {
            Library::Hono => !says("strict", false),
            Library::Express => false,
            Library::Fastify => !says("ignoreTrailingSlash", true),
        };
        let made = Made { library, is_part, slash_matters };
        let origin = Origin::Made { start: span.start, end: span.end, made };
        Some(Value::Router(Router { origin, base: Vec::new(), is_route: false }.into()))
    }

    /// The routers that a call of a method of a router returns, of those that this module makes.
    pub(in crate::source::typescript) fn chained(
        &self,
        call: &'a CallExpression<'a>,
    ) -> Vec<Router> {
        let Some(member) = call.callee.get_inner_expression().as_member_expression() else {
            return Vec::new();
        };
        let Some(name) = member.static_property_name() else { return Vec::new() };
        let is_made = |router: &Router| matches!(router.origin, Origin::Made { .. });
        let routers = self.routers(member.object()).into_iter().filter(is_made);
        routers.map(|router| self.after(router, name, call)).collect()
    }

    /// Where a node is written.
    pub(in crate::source::typescript) fn span_of_node(&self, node: NodeId) -> Span {
        self.semantic.nodes().kind(node).span()
    }

    /// The routers that an expression may be.
    pub(super) fn routers(&self, expression: &'a Expression<'a>) -> Vec<Router> {
        let mut calls: Vec<(&str, &'a CallExpression<'a>)> = Vec::new();
        let mut base = expression.get_inner_expression();
        while let Some(call) = called(base) {
            let Some(member) = call.callee.get_inner_expression().as_member_expression() else {
                break;
            };
            let Some(name) = member.static_property_name() else { break };
            if !returns_itself(name) || calls.len() >= LONGEST_CHAIN {
                break;
            }
            calls.push((name, call));
            base = member.object().get_inner_expression();
        }
        let routers = self.values(base).into_iter().filter_map(|value| self.router(value));
        routers
            .map(|router| {
                calls
                    .iter()
                    .rev()
                    .fold(router, |router, (name, call)| self.after(router, name, call))
            })
            .collect()
    }

    fn router(&self, value: Value<'a>) -> Option<Router> {
        let origin = match value {
            Value::Router(router) => return Some((*router).clone()),
            Value::Parameter(parameter) if parameter.path.is_empty() => {
                let span = self.span_of_node(parameter.function);
                Origin::Parameter { start: span.start, end: span.end, index: parameter.index }
            }
            Value::Import(path) if Library::of(&path.specifier).is_none() => Origin::Import(path),
            _ => return None,
        };
        Some(Router { origin, base: Vec::new(), is_route: false })
    }

    /// The router that a method of it returns.
    fn after(&self, router: Router, name: &str, call: &'a CallExpression<'a>) -> Router {
        let library = match &router.origin {
            Origin::Made { made, .. } => Some(made.library),
            _ => None,
        };
        let first = || call.arguments.first().and_then(Argument::as_expression);
        let is_base = name == "basePath" && library != Some(Library::Express);
        let is_route = name == "route"
            && call.arguments.len() == 1
            && library.is_none_or(|library| library == Library::Express)
            && !matches!(first(), Some(Expression::ObjectExpression(_)));
        if !is_base && !is_route {
            return router;
        }
        let text = first().and_then(|path| self.values(path).only_text().map(ToString::to_string));
        let mut base = router.base;
        base.push(text);
        Router { base, is_route, ..router }
    }
}

/// What is called, past `await` and `?.`.
fn called<'a>(expression: &'a Expression<'a>) -> Option<&'a CallExpression<'a>> {
    match expression.get_inner_expression() {
        Expression::CallExpression(call) => Some(call),
        Expression::ChainExpression(chain) => match &chain.expression {
            ChainElement::CallExpression(call) => Some(call),
            _ => None,
        },
        _ => None,
    }
}

/// Methods of routers that return the router.
fn returns_itself(name: &str) -> bool {
    super::facts::adds(name)
        || matches!(
            name,
            "basePath"
                | "notFound"
                | "onError"
                | "withTypeProvider"
                | "decorate"
                | "addHook"
                | "setErrorHandler"
                | "setNotFoundHandler"
                | "after"
                | "disable"
                | "enable"
                | "set"
                | "param"
                | "doc"
                | "doc31"
        )
}

/// Whether an object says that a property of it, or of `routerOptions` in it, is this.
fn is_said(options: &Expression<'_>, name: &str, wanted: bool) -> bool {
    let Expression::ObjectExpression(object) = options.get_inner_expression() else { return false };
    object.properties.iter().filter_map(|property| property.as_property()).any(|property| {
        property.key.is_specific_static_name(name)
            && matches!(&property.value, Expression::BooleanLiteral(value) if value.value == wanted)
            || property.key.is_specific_static_name("routerOptions")
                && name != "routerOptions"
                && matches!(&property.value, Expression::ObjectExpression(inner)
                if inner.properties.iter().filter_map(|p| p.as_property()).any(|p| {
                    p.key.is_specific_static_name(name)
                        && matches!(&p.value, Expression::BooleanLiteral(v) if v.value == wanted)
                }))
    })
}

/// The key of a property, for those that read what is added.
pub(super) fn key(name: &str) -> Key {
    Key::name(name)
}
