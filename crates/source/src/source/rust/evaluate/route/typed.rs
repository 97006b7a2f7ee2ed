//! Routes of axum-extra whose path is that of a type.

use std::rc::Rc;
use std::sync::Arc;

use imbl::OrdSet;

use super::Route;
use crate::source::rust::evaluate::Evaluator;
use crate::source::rust::program::{StructId, Target, TypeId};
use crate::source::rust::syntax::ExprKind;
use crate::source::rust::value::{RouteId, Value};
use crate::span::Span;

impl<'p> Evaluator<'p, '_> {
    /// `router.typed_get(show)` of axum-extra: the first parameter of the handler is of a type that has the path.
    pub(super) fn typed_route(
        &mut self,
        mut routes: OrdSet<RouteId>,
        method: &str,
        handler: &Value<'p>,
        span: Span,
    ) -> Value<'p> {
        let Value::Methods(handlers) = self.method_router(&[Some(method.into())], handler, span)
        else {
            return Value::Router(routes);
        };
        for handler in handler.alternatives() {
            let first = match handler {
                Value::Function(id) => {
                    let def = &self.program.functions[*id];
                    def.function.parameters.first().map(|first| (first, def.scope))
                }
                Value::Closure(closure) => match &closure.expr.kind {
                    ExprKind::Closure { parameters, .. } => {
                        parameters.first().map(|first| (first, closure.scope))
                    }
                    _ => None,
                },
                _ => None,
            };
            let ty = first.and_then(|(first, scope)| Some((first.ty.as_ref()?, scope)));
            let Some(TypeId::Struct(id)) =
                ty.and_then(|(ty, scope)| self.program.type_id(ty, scope))
            else {
                self.route_gap("the type that has the path of a route is not known", span);
                continue;
            };
            let paths = match &self.program.structs[id].item.typed_path {
                Some(path) => vec![Arc::from(path.as_str())],
                None => self.implemented_path(id, span),
            };
            for path in paths {
                let route = Route { path, handlers: Rc::clone(&handlers), takes_rest: false, span };
                routes.extend(self.record_route(route));
            }
        }
        Value::Router(routes)
    }

    /// `const PATH` of an implementation of `TypedPath`.
    fn implemented_path(&mut self, of: StructId, span: Span) -> Vec<Arc<str>> {
        let constant =
            self.program.associated(TypeId::Struct(of), "PATH").iter().find_map(|target| {
                match target {
                    Target::Constant(id) => Some(*id),
                    _ => None,
                }
            });
        match constant {
            Some(id) => {
                let path = self.constant(id);
                self.route_paths(&path, span)
            }
            None => {
                self.route_gap("the path of a route is not a constant", span);
                Vec::new()
            }
        }
    }
}
