//! Whether a text holds any of some words, told in one pass over its bytes.

use aho_corasick::packed::Searcher;

/// Words to search for.
pub(super) struct Words {
    any: bool,
    /// None where there are no words, or too many of them for one pass.
    searcher: Option<Searcher>,
}

impl Words {
    /// A search for these words; an empty one is in no text.
    pub(super) fn new(words: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let words: Vec<_> = words.into_iter().filter(|word| !word.as_ref().is_empty()).collect();
        Self { any: !words.is_empty(), searcher: Searcher::new(&words) }
    }

    /// Whether a text holds one of the words. It may say so where it cannot be told in one pass.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        match &self.searcher {
            Some(searcher) => searcher.find(text).is_some(),
            None => self.any,
        }
    }
}
