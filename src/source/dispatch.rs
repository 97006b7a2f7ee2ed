use super::{Interests, Language, Relevance, SourceIndex, rust};
use crate::span::{FileId, SourceFile, SourceMap};

/// Whether a file can matter, as far as its path and bytes tell.
#[must_use]
pub fn relevance(language: Language, _path: &str, text: &[u8], interests: &Interests) -> Relevance {
    match language {
        Language::Rust if rust::may_matter(text, interests) => Relevance::WithOthers,
        Language::TypeScript | Language::Rust | Language::CargoManifest => Relevance::None,
    }
}

/// Indexes files, each by the reader of its language.
#[must_use]
pub fn index(map: &SourceMap, files: &[(FileId, Language)], interests: &Interests) -> SourceIndex {
    let of = |wanted: Language| -> Vec<(FileId, &SourceFile)> {
        let is_wanted = files.iter().filter(|(_, language)| *language == wanted);
        is_wanted.map(|(file, _)| (*file, map.file(*file))).collect()
    };
    let manifests: Vec<_> =
        of(Language::CargoManifest).into_iter().map(|(_, manifest)| manifest).collect();
    rust::index(&of(Language::Rust), &manifests, interests)
}
