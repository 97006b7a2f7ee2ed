use super::{Interests, Language, Relevance, SourceIndex, rust, typescript};
use crate::span::{FileId, SourceFile, SourceMap};

/// Tells which files can matter, as far as their paths and bytes tell.
pub struct Prefilter<'i> {
    interests: &'i Interests,
    typescript: typescript::Prefilter<'i>,
}

impl<'i> Prefilter<'i> {
    /// A prefilter for these interests.
    #[must_use]
    pub fn new(interests: &'i Interests) -> Self {
        Self { interests, typescript: typescript::Prefilter::new(interests) }
    }

    /// Whether a file can matter.
    #[must_use]
    pub fn relevance(&self, language: Language, path: &str, text: &[u8]) -> Relevance {
        match language {
            Language::TypeScript => self.typescript.relevance(path, text),
            Language::Rust if rust::may_matter(text, self.interests) => Relevance::WithOthers,
            Language::Rust | Language::CargoManifest => Relevance::None,
        }
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
    let mut index = typescript::index(&of(Language::TypeScript), interests);
    index.extend(rust::index(&of(Language::Rust), &manifests, interests));
    index
}
