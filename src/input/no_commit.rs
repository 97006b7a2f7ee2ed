//! Stands for commits in a build that cannot read them: there is none.

use std::path::Path;

use super::history::{HistoryError, Kind, Target};

/// The tree of a commit, of which this build can make none.
#[derive(Debug)]
pub enum Commit {}

/// One file, link or folder of a commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) kind: Kind,
}

/// Reads objects, of which there are none.
pub(super) struct ObjectReader;

impl Commit {
    pub(super) fn merge_base(_folder: &Path, _revision: &str) -> Result<Self, HistoryError> {
        Err(HistoryError::NotBuiltIn)
    }

    /// Its abbreviated id.
    #[must_use]
    pub fn id(&self) -> &str {
        match *self {}
    }

    pub(super) fn reader(&self) -> ObjectReader {
        match *self {}
    }

    pub(super) fn entry(&self, _path: &str) -> Option<Entry> {
        match *self {}
    }

    pub(super) fn has(&self, _path: &str) -> bool {
        match *self {}
    }

    pub(super) fn children(&self, _folder: &str) -> Vec<(String, String)> {
        match *self {}
    }

    pub(super) fn resolve(&self, _path: &str) -> Target {
        match *self {}
    }

    pub(super) fn visible(&self, _enters: impl Fn(&str) -> bool) -> Vec<(&str, Entry)> {
        match *self {}
    }
}

impl ObjectReader {
    pub(super) fn read_entry(
        &self,
        _entry: Entry,
        _limit: u64,
        _buffer: &mut Vec<u8>,
    ) -> Result<(), String> {
        Err("this build cannot read git's objects".to_owned())
    }
}
