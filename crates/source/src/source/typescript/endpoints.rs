//! Handlers of Next.js app routers: the methods that `route` files export.

use super::link::Linker;
use super::module::Constant;
use crate::source::{Endpoint, Framework, Method, RouteSegment};
use crate::span::{FileId, Span};

/// The names by which the app router finds handlers.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The handlers that the `route` file `file` exports for `route`.
pub(super) fn endpoints(linker: &Linker, file: FileId, route: &[RouteSegment]) -> Vec<Endpoint> {
    METHODS.iter().filter_map(|method| endpoint(linker, file, route, method)).collect()
}

fn endpoint(
    linker: &Linker,
    file: FileId,
    route: &[RouteSegment],
    method: &str,
) -> Option<Endpoint> {
    let found = linker.export(file, method)?;
    // `export const POST = undefined` is answered like a method that is not exported.
    let is_nothing = |value: &Constant| *value == Constant::Nothing;
    if !found.values.is_empty() && found.values.iter().all(is_nothing) {
        return None;
    }
    let mut modules = found.way;
    for value in found.values {
        if let Constant::Import(path) = value {
            modules.extend(linker.way_to(found.file, path));
        }
    }
    let module = linker.modules.get(&file)?;
    let span = module.export_span(method).unwrap_or(Span { file, start: 0, end: 0 });
    Some(Endpoint {
        method: Method::Named((*method).into()),
        route: route.to_vec(),
        trailing_slash: false,
        framework: Framework::NextJs,
        span,
        modules,
    })
}
