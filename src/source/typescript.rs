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
mod link;
mod members;
mod module;
mod parse;
mod prefilter;
mod read;
mod resolve;
mod route_path;
mod stack;
#[cfg(test)]
mod tests;
mod url;
mod value;

use std::collections::{HashMap, HashSet};

use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use self::endpoints::endpoints;
use self::link::Linker;
use self::module::Module;
pub use self::prefilter::Prefilter;
use super::{Interests, SourceGap, SourceIndex};
use crate::span::{FileId, SourceFile};

/// Indexes TypeScript and JavaScript files. Those that cannot matter cost one scan of their bytes,
/// so every source can be given: a handler may come from any of them.
#[must_use]
pub fn index(files: &[(FileId, &SourceFile)], interests: &Interests) -> SourceIndex {
    let prefilter = Prefilter::new(interests);
    let is_relevant =
        |(_, file): &(FileId, &SourceFile)| prefilter.is_relevant(&file.path, file.text.as_bytes());
    let read = |(id, file): (FileId, &SourceFile)| (id, read::module(id, file, &prefilter));
    let pool = ThreadPoolBuilder::new().stack_size(stack::USUAL).build();
    let in_parallel = |work: &(dyn Fn() -> HashMap<FileId, Module> + Sync)| match &pool {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    };
    let mut linker = Linker::new(files);
    linker.modules =
        in_parallel(&|| files.par_iter().copied().filter(is_relevant).map(read).collect());
    loop {
        let mut index = linked(&linker, files, &prefilter);
        let missing = linker.take_missing();
        if missing.is_empty() {
            index.files = files.len();
            return index;
        }
        let is_missing = |(id, _): &(FileId, &SourceFile)| missing.contains(id);
        linker.modules.extend(in_parallel(&|| {
            files.par_iter().copied().filter(is_missing).map(read).collect()
        }));
    }
}

/// What the modules say together.
fn linked(
    linker: &Linker<'_>,
    files: &[(FileId, &SourceFile)],
    prefilter: &Prefilter<'_>,
) -> SourceIndex {
    let mut index = SourceIndex::default();
    for (id, file) in files {
        if let Some(route) = prefilter.guarded_route(&file.path) {
            index.endpoints.extend(endpoints(linker, *id, &route));
            index.gaps.extend(linker.unresolved_stars(*id).map(|star| SourceGap {
                span: star.span,
                reason: format!("{} is not among the sources", star.specifier),
                endpoints: true,
                callsites: false,
                codes: false,
            }));
        }
    }
    let handlers: HashSet<FileId> =
        index.endpoints.iter().flat_map(|endpoint| endpoint.modules.iter().copied()).collect();
    for (id, file) in files {
        let Some(module) = linker.modules.get(id) else { continue };
        index.callsites.extend_from_slice(&module.callsites);
        index.gaps.extend_from_slice(&module.gaps);
        // What other modules emit is their own business, so what they import need not be read.
        if handlers.contains(id) || prefilter.may_be_judged(&file.path, file.text.as_bytes()) {
            let codes = &prefilter.interests().codes;
            index.declarations.extend(linker.declarations(*id, module, codes));
            index.emissions.extend(linker.emissions(*id, module));
        }
    }
    index
}
