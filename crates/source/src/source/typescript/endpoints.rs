//! Handlers of routes by file: what a file exports, by the convention of its framework.

use std::collections::HashSet;

use super::file_routes::{Convention, FileRoute};
use super::link::Linker;
use super::module::Constant;
use crate::source::{Endpoint, Method, SourceGap};
use crate::span::{FileId, Span};

/// The names by which the app router finds handlers.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The handlers that the file `file` exports for a route.
pub(super) fn endpoints(linker: &Linker, file: FileId, route: &FileRoute) -> Vec<Endpoint> {
    let of = |name: &str, method: Method| endpoint(linker, file, route, name, method);
    let named = || METHODS.iter().filter_map(|name| of(name, Method::Named((*name).into())));
    match route.convention {
        Convention::NextApp => named().collect(),
        Convention::SvelteKit => named().chain(of("fallback", Method::Any)).collect(),
        Convention::NextPages => {
            let methods = linker.modules.get(&file).and_then(|module| module.handled.as_deref());
            match methods {
                None | Some([]) => of("default", Method::Any).into_iter().collect(),
                Some(names) => names
                    .iter()
                    .filter_map(|name| of("default", Method::Named(name.as_str().into())))
                    .collect(),
            }
        }
        Convention::Remix | Convention::RemixNested => {
            // A page is called through its form.
            if linker.export(file, "default").is_some() {
                return Vec::new();
            }
            let loader = of("loader", Method::Named("GET".into()));
            loader.into_iter().chain(of("action", Method::Writing)).collect()
        }
    }
}

fn endpoint(
    linker: &Linker,
    file: FileId,
    route: &FileRoute,
    name: &str,
    method: Method,
) -> Option<Endpoint> {
    let found = linker.export(file, name)?;
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
    let span = module.export_span(name).unwrap_or(Span { file, start: 0, end: 0 });
    Some(Endpoint {
        method,
        route: route.route.clone(),
        trailing_slash: false,
        slash_matters: false,
        application: route.application.as_str().into(),
        framework: route.convention.framework(),
        span,
        modules,
    })
}

/// The `export * from` of a route whose exports are not known, each once.
pub(super) fn unresolved(linker: &Linker, files: impl Iterator<Item = FileId>) -> Vec<SourceGap> {
    let mut seen = HashSet::new();
    let stars =
        files.filter(|file| seen.insert(*file)).flat_map(|file| linker.unresolved_stars(file));
    stars
        .map(|star| SourceGap {
            span: star.span,
            reason: format!("{} is not among the sources", star.specifier),
            endpoints: true,
            callsites: false,
            codes: false,
        })
        .collect()
}
