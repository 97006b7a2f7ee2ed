use super::{Language, SourceIndex, SourceQuery, rust, typescript};
use crate::span::{FileId, SourceMap};

/// Tells which files can matter by themselves, as far as their paths and bytes tell.
pub struct Prefilter<'i> {
    typescript: typescript::Prefilter<'i>,
    rust: rust::Prefilter,
}

impl<'i> Prefilter<'i> {
    /// A prefilter for these source_query.
    #[must_use]
    pub fn new(source_query: &'i SourceQuery) -> Self {
        Self {
            typescript: typescript::Prefilter::new(source_query),
            rust: rust::Prefilter::new(source_query),
        }
    }

    /// Whether a file can matter by itself.
    #[must_use]
    pub fn may_matter(&self, language: Language, path: &str, text: &[u8]) -> bool {
        match language {
            Language::TypeScript => self.typescript.may_matter(path, text),
            Language::Rust => self.rust.may_matter(text),
            Language::CargoManifest | Language::ProjectConfig => false,
        }
    }
}

/// Reads the texts of deferred files into the map.
pub type LoadText<'f> = &'f mut dyn FnMut(&mut SourceMap, &[FileId]);

/// Indexes files, each by the reader of its language. Those that are `deferred` have no text
/// until another file turns out to need them.
#[must_use]
pub fn index(
    map: &mut SourceMap,
    files: &[(FileId, Language)],
    deferred: &[(FileId, Language)],
    source_query: &SourceQuery,
    load: LoadText<'_>,
) -> SourceIndex {
    let (relevant, others) = (of(files, Language::TypeScript), of(deferred, Language::TypeScript));
    let configs = [files, deferred].map(|files| of(files, Language::ProjectConfig)).concat();
    let mut index = typescript::index(map, &relevant, &others, &configs, source_query, load);

    let relevant = of(files, Language::Rust);
    if !relevant.is_empty() {
        // Constants and functions are looked up in any file of the crate.
        let others = of(deferred, Language::Rust);
        let manifests = [files, deferred].map(|files| of(files, Language::CargoManifest)).concat();
        load(map, &[&*others, &*of(deferred, Language::CargoManifest)].concat());
        let mut sources = [relevant, others].concat();
        sources.sort_unstable();
        let sources: Vec<_> = sources.into_iter().map(|id| (id, map.file(id))).collect();
        let manifests: Vec<_> = manifests.into_iter().map(|id| map.file(id)).collect();
        index.extend(rust::index(&sources, &manifests, source_query));
    }
    index
}

fn of(files: &[(FileId, Language)], wanted: Language) -> Vec<FileId> {
    files.iter().filter(|(_, language)| *language == wanted).map(|(id, _)| *id).collect()
}
