//! What a run has read of the sources, so that the same input is known again by its contents.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::FoundSources;
use crate::span::SourceMap;

/// The SHA-256 of a file.
type Hash = [u8; 32];

/// The contents of the sources that a search came upon, and its result until that is used.
#[derive(Debug, Default)]
pub struct Journal {
    read: Mutex<BTreeMap<String, Hash>>,
    /// What could not be read, and links that are not followed.
    unread: Mutex<Vec<String>>,
    found: Mutex<Option<FoundSources>>,
}

impl Journal {
    /// Notes the contents of a source.
    pub fn read(&self, path: &str, contents: &[u8]) {
        locked(&self.read).insert(path.to_owned(), Sha256::digest(contents).into());
    }

    /// Notes what else a search found.
    pub fn finish(&self, found: &FoundSources) {
        *locked(&self.unread) = found.unread();
    }

    /// Keeps the result of a search that was made before its use.
    pub fn keep(&self, found: FoundSources) {
        *locked(&self.found) = Some(found);
    }

    /// The result of the search that was made before.
    pub fn take(&self) -> Option<FoundSources> {
        locked(&self.found).take()
    }

    /// Adds all of it to a key.
    pub fn add_to(&self, key: &mut Sha256) {
        for (path, hash) in &*locked(&self.read) {
            key.update(path.as_bytes());
            key.update([0]);
            key.update(hash);
        }
        for what in &*locked(&self.unread) {
            key.update(what.as_bytes());
            key.update([0]);
        }
    }

    /// Whether the files that were read again later were what the search had come upon.
    pub fn agrees(&self, files: &SourceMap) -> bool {
        let read = locked(&self.read);
        files.iter().all(|(_, file)| {
            let known = read.get(&*file.path).filter(|_| !file.text.is_empty());
            known.is_none_or(|hash| *hash == <Hash>::from(Sha256::digest(file.text.as_bytes())))
        })
    }
}

fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
