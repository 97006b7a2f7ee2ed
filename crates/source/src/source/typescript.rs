//! Reads TypeScript and JavaScript with oxc: handlers of routes by file and by call, literal callsites
//! of `fetch`, declared and emitted codes.
//!
//! Each file is parsed and evaluated by itself, with its scopes, to a `Module` that no
//! longer needs its syntax tree; then modules are linked along their imports. Only files that can
//! matter are parsed, and those that they turn out to import something from.

mod applications;
mod bindings;
mod calls;
mod callsites;
mod code_argument;
mod declarations;
mod emissions;
mod endpoints;
mod evaluate;
mod exports;
mod file_routes;
mod flow;
mod handled;
mod link;
mod members;
mod merged;
mod module;
mod parse;
mod place;
mod prefilter;
mod project;
mod read;
mod resolve;
mod stack;
mod targets;
#[cfg(test)]
mod tests;
mod value;
mod versions;
mod web;

use std::collections::{BTreeSet, HashSet};

use rayon::iter::{IntoParallelRefIterator, ParallelExtend, ParallelIterator};

use self::applications::{Applications, Served, is_next_config};
use self::endpoints::{endpoints, unresolved};
use self::file_routes::{FileRoute, routes_of};
use self::link::Linker;
pub use self::prefilter::Prefilter;
use self::project::Projects;
use self::web::Web;
use super::{LoadText, SourceGap, SourceIndex, SourceQuery};
use crate::span::{FileId, SourceMap, Span};

/// Indexes TypeScript and JavaScript files: the `relevant` ones, which [`Prefilter`] tells, and of
/// those that are `deferred` each that another one imports something from. The `configs` are those of
/// projects: they tell where modules are.
#[must_use]
pub fn index(
    map: &mut SourceMap,
    relevant: &[FileId],
    deferred: &[FileId],
    configs: &[FileId],
    source_query: &SourceQuery,
    load: LoadText<'_>,
) -> SourceIndex {
    let prefilter = Prefilter::new(source_query);
    let path = |id: &FileId| (*id, map.file(*id).path.clone());
    let mut paths: Vec<_> = relevant.iter().chain(deferred).map(path).collect();
    paths.sort_unstable_by_key(|(id, _)| *id);
    let candidates: Vec<(FileId, FileRoute)> = paths
        .iter()
        .flat_map(|(id, path)| routes_of(path).into_iter().map(|route| (*id, route)))
        .collect();
    let next_configs: Vec<FileId> = paths
        .iter()
        .filter(|(_, path)| !candidates.is_empty() && is_next_config(path))
        .map(|(id, _)| *id)
        .collect();
    let files = paths.len();
    let mut projects = Projects::default();
    let mut applications = Applications::default();
    if !next_configs.is_empty() {
        let unread: Vec<_> =
            next_configs.iter().copied().filter(|id| !relevant.contains(id)).collect();
        load(map, &unread);
        for id in &next_configs {
            applications.add_next_config(*id, map.file(*id));
        }
    }
    if !configs.is_empty() && (!relevant.is_empty() || applications.has_bases()) {
        load(map, configs);
        let configs = configs.iter().map(|id| map.file(*id));
        projects = Projects::new(configs.clone().map(|file| (&*file.path, &*file.text)));
        configs.for_each(|file| applications.add_package(&file.path, &file.text));
    }
    let mut routes = FileRoutes::default();
    for (id, route) in &candidates {
        match applications.served(route, source_query) {
            Served::Guarded(route) => routes.guarded.push((*id, route)),
            Served::Unknown(span) => drop(routes.unknown.insert(span)),
            Served::Elsewhere => {}
        }
    }
    let is_route = |id: FileId| routes.guarded.iter().any(|(route, _)| *route == id);
    let mut linker = Linker::new(paths.into_iter().collect(), projects);
    // Where an application is served below a path of its own, its files do not tell by their paths.
    let mut wanted = relevant.to_vec();
    let is_further = |id: &FileId| !relevant.contains(id);
    let mut further: Vec<FileId> =
        routes.guarded.iter().map(|(id, _)| *id).filter(is_further).collect();
    further.dedup();
    if !further.is_empty() {
        load(map, &further);
        wanted.extend(further);
    }
    loop {
        let texts = &*map;
        let read =
            |id: &FileId| (*id, read::module(*id, texts.file(*id), &prefilter, is_route(*id)));
        linker.modules.par_extend(wanted.par_iter().map(read));
        let index = linked(&linker, &routes, source_query);
        wanted = linker.take_missing().into_iter().collect();
        if wanted.is_empty() {
            return SourceIndex { files, ..index };
        }
        load(map, &wanted);
    }
}

/// The guarded routes by file.
#[derive(Default)]
struct FileRoutes {
    guarded: Vec<(FileId, FileRoute)>,
    /// Where a base path is said that is no constant, and would have to be known.
    unknown: BTreeSet<Span>,
}

/// What the modules say together.
fn linked(linker: &Linker, routes: &FileRoutes, source_query: &SourceQuery) -> SourceIndex {
    let mut index = SourceIndex::default();
    for (id, route) in &routes.guarded {
        index.endpoints.extend(endpoints(linker, *id, route));
    }
    index.gaps.extend(unresolved(linker, routes.guarded.iter().map(|(id, _)| *id)));
    index.gaps.extend(routes.unknown.iter().map(|span| SourceGap {
        span: *span,
        reason: "the base path is not a constant".to_owned(),
        endpoints: true,
        callsites: false,
        codes: false,
    }));
    let (by_call, gaps) = Web::of(linker, source_query);
    index.endpoints.extend(by_call);
    index.gaps.extend(gaps);
    let handlers: HashSet<FileId> =
        index.endpoints.iter().flat_map(|endpoint| endpoint.modules.iter().copied()).collect();
    let mut modules: Vec<_> = linker.modules.iter().collect();
    modules.sort_unstable_by_key(|(id, _)| **id);
    for (id, module) in modules {
        index.callsites.extend_from_slice(&module.callsites);
        index.dynamic_callsites.extend_from_slice(&module.dynamic_callsites);
        index.gaps.extend_from_slice(&module.gaps);
        // What other modules emit is their own business, so what they import need not be read.
        if module.is_judged || handlers.contains(id) {
            index.declarations.extend(linker.declarations(*id, module, &source_query.codes));
            index.emissions.extend(linker.emissions(*id, module));
        }
    }
    index
}
