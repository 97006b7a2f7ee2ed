//! axum's routers and method routers.

mod typed;

use std::rc::Rc;
use std::sync::Arc;

use imbl::OrdSet;

use super::{Evaluator, Records};
use crate::source::rust::syntax::{Expr, ExprKind};
use crate::source::rust::value::{Handled, RouteId, Value};
use crate::source::rust::vocabulary::{self, ANY};
use crate::source::{Method, SourceGap};
use crate::span::{FileId, Span};

/// A route of a router, with the prefixes of the routers that it is nested in.
#[derive(Debug, Clone)]
pub(in crate::source::rust) struct Route {
    pub(in crate::source::rust) path: Arc<str>,
    pub(in crate::source::rust) handlers: Rc<Vec<Handled>>,
    /// A nested service takes every path below its own.
    pub(in crate::source::rust) takes_rest: bool,
    pub(in crate::source::rust) span: Span,
}

/// Routers that are nested into themselves grow without end.
const MOST_ROUTES: usize = 50_000;

impl Handled {
    /// The method as the index has it.
    pub(in crate::source::rust) fn method(&self) -> Method {
        match self.method.as_deref() {
            Some(ANY) => Method::Any,
            Some(name) => Method::Named(name.into()),
            None => Method::Unknown,
        }
    }
}

impl<'p> Evaluator<'p, '_> {
    /// The routes that the program has.
    pub(in crate::source::rust) fn reachable_routes(&self) -> impl Iterator<Item = &Route> {
        let reachable = |id: &RouteId| self.escaped.contains(id) || !self.nested.contains(id);
        self.routes.iter().enumerate().filter(move |(id, _)| reachable(id)).map(|(_, route)| route)
    }

    /// `Router::new()`, `get(handler)`, `on(filter, handler)`, `MethodRouter::new()`.
    pub(super) fn routing_call(
        &mut self,
        path: &[String],
        values: &[Value<'p>],
        span: Span,
    ) -> Option<Value<'p>> {
        let (name, of) = path.split_last()?;
        let constructor = matches!(name.as_str(), "new" | "default" | "with_openapi");
        if constructor && (vocabulary::is_router(of) || of == ["Router"]) {
            return Some(Value::Router(OrdSet::new()));
        }
        if constructor && (vocabulary::is_method_router(of) || of == ["MethodRouter"]) {
            return Some(Value::Methods(Rc::default()));
        }
        let is_routing = vocabulary::is_axum(path) || of.is_empty() || of == ["routing"];
        if !is_routing {
            return None;
        }
        match (name.as_str(), values) {
            ("on" | "on_service", [filter, handler]) => self.filtered(filter, handler, span),
            (name, [handler, ..]) => {
                let method = vocabulary::method_function(name)?;
                Some(self.method_router(&[Some(method.into())], handler, span))
            }
            _ => None,
        }
    }

    fn filtered(
        &mut self,
        filter: &Value<'p>,
        handler: &Value<'p>,
        span: Span,
    ) -> Option<Value<'p>> {
        let methods: Vec<Option<Rc<str>>> = match filter {
            Value::Filter(methods) => methods.iter().cloned().map(Some).collect(),
            _ => vec![None],
        };
        Some(self.method_router(&methods, handler, span))
    }

    fn method_router(
        &mut self,
        methods: &[Option<Rc<str>>],
        handler: &Value<'p>,
        span: Span,
    ) -> Value<'p> {
        let mut files = vec![span.file];
        self.handler_files(handler, &mut files);
        self.escape(handler);
        let handled =
            methods.iter().map(|method| Handled { method: method.clone(), files: files.clone() });
        Value::Methods(Rc::new(handled.collect()))
    }

    fn handler_files(&self, handler: &Value<'p>, files: &mut Vec<FileId>) {
        for alternative in handler.alternatives() {
            let file = match alternative {
                Value::Function(id) => self.program.functions[*id].span.file,
                Value::Closure(closure) => closure.file,
                _ => continue,
            };
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }

    /// A method of a router, a method router or a method filter; none if it is something else's.
    pub(super) fn routing_method(
        &mut self,
        base: &Value<'p>,
        name: &str,
        arguments: &'p [Expr],
        values: &[Value<'p>],
        call: Span,
    ) -> Option<Value<'p>> {
        match base {
            Value::Methods(known) => return self.method_router_method(known, name, values, call),
            Value::Filter(known) => {
                let ("or", [Value::Filter(more)]) = (name, values) else { return None };
                return Some(Value::Filter(
                    known.iter().chain(more.iter()).cloned().collect::<Vec<_>>().into(),
                ));
            }
            _ => {}
        }
        let routes = base.alternatives().iter().find_map(|value| match value {
            Value::Router(routes) => Some(routes.clone()),
            _ => None,
        });
        let is_router = routes.is_some();
        let routes = routes.unwrap_or_default();
        match (name, values) {
            ("route" | "api_route" | "route_with_tsr", [path, Value::Methods(handlers)])
                if is_router || base.is_vague() =>
            {
                let handlers = Rc::clone(handlers);
                Some(self.add_route(routes, path, &handlers, false, call))
            }
            ("route" | "api_route" | "route_with_tsr", [path, handlers]) if is_router => {
                let known = handlers.alternatives().iter().flat_map(|value| match value {
                    Value::Methods(handlers) => handlers.to_vec(),
                    _ => vec![Handled { method: None, files: vec![call.file] }],
                });
                let handlers = Rc::new(known.collect());
                Some(self.add_route(routes, path, &handlers, false, call))
            }
            ("route_service", [path, service]) if is_router => {
                let handlers = self.service(service, call);
                Some(self.add_route(routes, path, &handlers, false, call))
            }
            ("nest" | "nest_service" | "nest_api_service", [path, inner]) => {
                let inner_router = inner.alternatives().iter().find_map(|value| match value {
                    Value::Router(inner) => Some(inner.clone()),
                    _ => None,
                });
                match inner_router {
                    Some(inner) if is_router || base.is_vague() => {
                        Some(self.nest(routes, path, &inner, call))
                    }
                    None if is_router && name != "nest" => {
                        let handlers = self.service(inner, call);
                        Some(self.add_route(routes, path, &handlers, true, call))
                    }
                    _ => is_router.then(|| base.clone()),
                }
            }
            ("merge", [other]) => match other {
                Value::Router(other) if is_router || base.is_vague() => {
                    Some(Value::Router(routes.union(other.clone())))
                }
                _ => is_router.then(|| base.clone()),
            },
            (name, [handler]) if is_router && vocabulary::typed_method(name).is_some() => {
                let method = vocabulary::typed_method(name)?;
                Some(self.typed_route(routes, method, handler, call))
            }
            ("routes", [Value::List(handlers)]) if is_router => {
                Some(self.documented_routes(routes, handlers, call))
            }
            ("split_for_parts", []) if is_router => {
                Some(Value::list(vec![Value::Router(routes), Value::Existing]))
            }
            _ if is_router => {
                if !matches!(arguments.first().map(|a| &a.kind), Some(ExprKind::Closure { .. })) {
                    values.iter().for_each(|value| self.hand_over(value));
                }
                Some(Value::Router(routes))
            }
            _ => None,
        }
    }

    fn method_router_method(
        &mut self,
        known: &Rc<Vec<Handled>>,
        name: &str,
        values: &[Value<'p>],
        call: Span,
    ) -> Option<Value<'p>> {
        let more = match (name, values) {
            ("on" | "on_service", [filter, handler]) => self.filtered(filter, handler, call)?,
            ("merge", [Value::Methods(more)]) => Value::Methods(Rc::clone(more)),
            // `fallback` handles what no method does, and is no handler of its own.
            ("fallback" | "fallback_service" | "any" | "any_service", _) => {
                values.iter().for_each(|value| self.escape(value));
                return Some(Value::Methods(Rc::clone(known)));
            }
            (name, [handler, ..]) => match vocabulary::method_function(name) {
                Some(method) => self.method_router(&[Some(method.into())], handler, call),
                None => {
                    values.iter().for_each(|value| self.hand_over(value));
                    return Some(Value::Methods(Rc::clone(known)));
                }
            },
            _ => return Some(Value::Methods(Rc::clone(known))),
        };
        let Value::Methods(more) = more else { return None };
        Some(Value::Methods(Rc::new(known.iter().chain(more.iter()).cloned().collect())))
    }

    /// The methods of a service: those of a method router, else all.
    fn service(&mut self, service: &Value<'p>, call: Span) -> Rc<Vec<Handled>> {
        if let Value::Methods(known) = service {
            return Rc::clone(known);
        }
        self.escape(service);
        Rc::new(vec![Handled { method: Some(ANY.into()), files: vec![call.file] }])
    }

    fn add_route(
        &mut self,
        mut routes: OrdSet<RouteId>,
        path: &Value<'p>,
        handlers: &Rc<Vec<Handled>>,
        takes_rest: bool,
        span: Span,
    ) -> Value<'p> {
        for path in self.route_paths(path, span) {
            let route = Route { path, handlers: Rc::clone(handlers), takes_rest, span };
            routes.extend(self.record_route(route));
        }
        Value::Router(routes)
    }

    fn record_route(&mut self, route: Route) -> Option<RouteId> {
        if self.frame.test || self.records != Records::All {
            return None;
        }
        if self.routes.len() >= MOST_ROUTES {
            self.route_gap("there are too many routes to follow", route.span);
            return None;
        }
        self.routes.push(route);
        Some(self.routes.len() - 1)
    }

    /// A route that is not known keeps the handlers from being known.
    fn route_gap(&mut self, reason: &str, span: Span) {
        if self.frame.test
            || self.records != Records::All
            || !self.seen.insert((span, reason.to_owned()))
        {
            return;
        }
        let reason = reason.to_owned();
        self.gaps.push(SourceGap { span, reason, endpoints: true, callsites: false, codes: false });
    }

    /// The constant paths that a value can be. A path that is made otherwise leaves a gap; one that is handed on
    /// from no one known is not the program's.
    fn route_paths(&mut self, path: &Value<'p>, span: Span) -> Vec<Arc<str>> {
        let mut paths = Vec::new();
        for alternative in path.alternatives() {
            match alternative {
                Value::Text(text) => paths.push(Arc::from(&*text.value)),
                _ => self.route_gap("the path of a route is not a constant", span),
            }
        }
        paths
    }

    fn nest(
        &mut self,
        mut routes: OrdSet<RouteId>,
        prefix: &Value<'p>,
        inner: &OrdSet<RouteId>,
        span: Span,
    ) -> Value<'p> {
        let prefixes = self.route_paths(prefix, span);
        for &id in inner {
            if self.routes.len() >= MOST_ROUTES {
                self.route_gap("there are too many routes to follow", span);
                break;
            }
            let Some(route) = self.routes.get(id).cloned() else { continue };
            for prefix in &prefixes {
                let path = nested_path(prefix, &route.path).into();
                routes.extend(self.record_route(Route { path, ..route.clone() }));
            }
            self.nested.insert(id);
        }
        Value::Router(routes)
    }

    /// `routes!(list, create)` of utoipa, by what `#[utoipa::path]` says of each handler.
    fn documented_routes(
        &mut self,
        mut routes: OrdSet<RouteId>,
        handlers: &[Value<'p>],
        span: Span,
    ) -> Value<'p> {
        for handler in handlers {
            let Value::Function(id) = handler else { continue };
            let def = &self.program.functions[*id];
            let Some((methods, path)) = &def.function.documented_route else { continue };
            let mut files = vec![span.file];
            self.handler_files(handler, &mut files);
            let handled = methods.iter().map(|method| Handled {
                method: Some(method.to_ascii_uppercase().into()),
                files: files.clone(),
            });
            let handlers = Rc::new(handled.collect());
            let route = Route { path: path.as_str().into(), handlers, takes_rest: false, span };
            routes.extend(self.record_route(route));
        }
        Value::Router(routes)
    }
}

/// The path of a nested route, as axum joins it: `/` of a nested router is the prefix itself.
fn nested_path(prefix: &str, path: &str) -> String {
    if prefix.ends_with('/') {
        format!("{prefix}{}", path.trim_start_matches('/'))
    } else if path == "/" {
        prefix.to_owned()
    } else {
        format!("{prefix}{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::nested_path;

    #[test]
    fn nested_paths_are_joined_as_axum_does() {
        let cases = [
            ("/api", "/runs", "/api/runs"),
            ("/api", "/", "/api"),
            ("/api/", "/", "/api/"),
            ("/api/", "/runs", "/api/runs"),
            ("/", "/runs", "/runs"),
            ("/api/{tenant}", "/runs/{id}", "/api/{tenant}/runs/{id}"),
        ];
        for (prefix, path, expected) in cases {
            assert_eq!(nested_path(prefix, path), expected, "{prefix} {path}");
        }
    }
}
