//! Reads TypeScript and JavaScript with oxc: handlers of Next.js app routers, literal callsites of
//! `fetch`, declared and emitted codes.
//!
//! Each file is parsed and evaluated by itself, with its scopes, to a `Module` that no
//! longer needs its syntax tree; then modules are linked along their imports. Only files that can
//! matter are parsed, and those that they turn out to import something from.

mod bindings;
mod calls;
mod callsites;
mod code_argument;
mod declarations;
mod emissions;
mod endpoints;
mod evaluate;
mod exports;
mod flow;
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
mod route_path;
mod stack;
mod targets;
#[cfg(test)]
mod tests;
mod value;
mod versions;

use std::collections::HashSet;

use rayon::iter::{IntoParallelRefIterator, ParallelExtend, ParallelIterator};

use self::endpoints::endpoints;
use self::link::Linker;
pub use self::prefilter::Prefilter;
use self::project::Projects;
use super::{LoadText, RouteSegment, SourceGap, SourceIndex, SourceQuery};
use crate::span::{FileId, SourceMap};

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
    let routes: Vec<_> =
        paths.iter().filter_map(|(id, path)| Some((*id, prefilter.guarded_route(path)?))).collect();
    let files = paths.len();
    let mut projects = Projects::default();
    if !relevant.is_empty() && !configs.is_empty() {
        load(map, configs);
        let configs = configs.iter().map(|id| map.file(*id));
        projects = Projects::new(configs.map(|file| (&*file.path, &*file.text)));
    }
    let mut linker = Linker::new(paths.into_iter().collect(), projects);
    let mut wanted = relevant.to_vec();
    loop {
        let texts = &*map;
        let read = |id: &FileId| (*id, read::module(*id, texts.file(*id), &prefilter));
        linker.modules.par_extend(wanted.par_iter().map(read));
        let index = linked(&linker, &routes, source_query);
        wanted = linker.take_missing().into_iter().collect();
        if wanted.is_empty() {
            return SourceIndex { files, ..index };
        }
        load(map, &wanted);
    }
}

/// What the modules say together.
fn linked(
    linker: &Linker,
    routes: &[(FileId, Vec<RouteSegment>)],
    source_query: &SourceQuery,
) -> SourceIndex {
    let mut index = SourceIndex::default();
    for (id, route) in routes {
        index.endpoints.extend(endpoints(linker, *id, route));
        index.gaps.extend(linker.unresolved_stars(*id).map(|star| SourceGap {
            span: star.span,
            reason: format!("{} is not among the sources", star.specifier),
            endpoints: true,
            callsites: false,
            codes: false,
        }));
    }
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
