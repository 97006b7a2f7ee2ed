//! The tree of a commit, read from git's objects: no checkout, and nothing of the work tree changes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use gix::bstr::ByteSlice;
use gix::objs::tree::EntryKind;
use gix::prelude::ObjectIdExt;
use gix::{ObjectId, Repository, ThreadSafeRepository};
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::folder::too_large;
use super::history::{HistoryError, Kind, Target};

/// The most files and folders that are read of a commit, since a few objects of git can stand for any number.
const MAX_ENTRIES: usize = 4_000_000;

/// The longest chain of symbolic links that is followed.
const MAX_LINKS: usize = 40;

/// The largest `.gitignore` or target of a link that is read.
const MAX_SMALL_FILE: u64 = 4 << 20;

/// Folders that never hold anything that is read.
const NEVER: [&str; 2] = [".git", "node_modules"];

const FETCH: &str = "; fetch it, or name a branch, tag or commit that is here";
const DEEPEN: &str = "; the clone is shallow, `git fetch --unshallow` gets the rest";

/// The tree of a commit below the root.
pub struct Commit {
    repository: ThreadSafeRepository,
    id: String,
    entries: BTreeMap<String, Entry>,
}

/// One file, link or folder of a commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    id: ObjectId,
}

/// Reads objects on one thread.
pub(super) struct ObjectReader(Repository);

impl std::fmt::Debug for Commit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commit").field("id", &self.id).finish_non_exhaustive()
    }
}

fn broken(error: impl std::fmt::Display) -> HistoryError {
    HistoryError::Object(error.to_string())
}

impl Commit {
    /// The commit from which both a revision and HEAD come, of the repository that a folder is in. Only
    /// what lies below that folder is seen.
    pub(super) fn merge_base(folder: &Path, revision: &str) -> Result<Self, HistoryError> {
        let outside = || HistoryError::NoRepository(super::folder::slashed(folder));
        let repository = gix::discover(folder).map_err(|_| outside())?;
        let top =
            repository.workdir().and_then(|top| top.canonicalize().ok()).ok_or_else(outside)?;
        let below = folder.strip_prefix(&top).map_err(|_| outside())?;
        let base = merge_base(&repository, revision)?;
        let id = base.attach(&repository).shorten_or_id().to_string();
        let entries = match tree_below(&repository, base, below)? {
            Some(root) => entries(&repository, root, &id)?,
            None => BTreeMap::new(),
        };
        Ok(Self { id, entries, repository: repository.into_sync() })
    }

    /// Its abbreviated id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A reader for the thread that asks.
    pub(super) fn reader(&self) -> ObjectReader {
        ObjectReader(self.repository.to_thread_local())
    }

    pub(super) fn entry(&self, path: &str) -> Option<Entry> {
        self.entries.get(path).copied()
    }

    /// Whether there is something of that path, be it a link that leads nowhere.
    pub(super) fn has(&self, path: &str) -> bool {
        path.is_empty() || self.entries.contains_key(path)
    }

    /// What lies directly in a folder: names with their paths.
    pub(super) fn children(&self, folder: &str) -> Vec<(String, String)> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let below = self.entries.range(prefix.clone()..);
        below
            .map_while(|(path, _)| Some((path.strip_prefix(&prefix)?, path)))
            .filter(|(name, _)| !name.contains('/'))
            .map(|(name, path)| (name.to_owned(), path.clone()))
            .collect()
    }

    /// Where a path leads, symbolic links followed.
    pub(super) fn resolve(&self, path: &str) -> Target {
        let reader = self.reader();
        let mut ahead: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut at: Vec<String> = Vec::new();
        let mut links = 0;
        while let Some(segment) = ahead.pop() {
            match &*segment {
                "" | "." => continue,
                ".." if at.pop().is_none() => return Target::Outside,
                ".." => continue,
                _ => at.push(segment),
            }
            match self.entry(&at.join("/")) {
                Some(Entry { kind: Kind::Folder, .. }) => {}
                Some(Entry { kind: Kind::File, .. }) if ahead.is_empty() => {}
                Some(Entry { kind: Kind::Link, id }) if links < MAX_LINKS => {
                    links += 1;
                    at.pop();
                    let mut target = Vec::new();
                    let read = reader.read(id, MAX_SMALL_FILE, &mut target);
                    let target = String::from_utf8_lossy(&target);
                    if read.is_err() || target.starts_with('/') {
                        return Target::Outside;
                    }
                    ahead.extend(target.split('/').rev().map(str::to_owned));
                }
                _ => return Target::Outside,
            }
        }
        let path = at.join("/");
        match self.entry(&path).map(|entry| entry.kind) {
            Some(Kind::File) => Target::File(path),
            _ => Target::Folder(path),
        }
    }

    /// Every file and link that no `.gitignore` excludes, in folders that may be entered.
    pub(super) fn visible(&self, enters: impl Fn(&str) -> bool) -> Vec<(&str, Entry)> {
        let ignores = self.ignores();
        let mut closed: HashSet<&str> = HashSet::new();
        let mut visible = Vec::new();
        // A folder comes before what lies in it.
        for (path, entry) in &self.entries {
            let is_folder = entry.kind == Kind::Folder;
            let is_left_out = closed.contains(parent(path))
                || is_ignored(path, is_folder, &ignores)
                || is_folder && !enters(path);
            if !is_left_out && !is_folder {
                visible.push((&**path, *entry));
            } else if is_left_out && is_folder {
                closed.insert(path);
            }
        }
        visible
    }

    /// The `.gitignore` of each folder that has one.
    fn ignores(&self) -> HashMap<&str, Gitignore> {
        let reader = self.reader();
        let named =
            self.entries.keys().filter(|path| path.rsplit('/').next() == Some(".gitignore"));
        // As on disk, one that is a link is followed, and told as one that should be a file.
        let file = |path: &String| match self.resolve(path) {
            Target::File(target) => self.entry(&target),
            Target::Folder(_) | Target::Outside => None,
        };
        named
            .filter_map(|path| Some((parent(path), ignore(parent(path), &reader, file(path)?.id))))
            .collect()
    }
}

/// The commit from which both a revision and HEAD come.
fn merge_base(repository: &Repository, revision: &str) -> Result<ObjectId, HistoryError> {
    let shallow = repository.is_shallow().unwrap_or(false);
    let named = repository
        .rev_parse_single(revision)
        .and_then(|id| id.object())
        .and_then(|object| object.peel_to_kind(gix::object::Kind::Commit))
        .map_err(|_| HistoryError::UnknownRevision {
            revision: revision.to_owned(),
            hint: if shallow { DEEPEN } else { FETCH },
        })?;
    let head = repository.head_id().map_err(|_| HistoryError::NoHead)?;
    let base = repository.merge_base(named.id, head).ok().flatten();
    base.map(gix::Id::detach).ok_or_else(|| HistoryError::Unrelated {
        revision: revision.to_owned(),
        hint: if shallow { DEEPEN } else { "" },
    })
}

/// The tree of a folder of a commit, if the folder is there.
fn tree_below(
    repository: &Repository,
    commit: ObjectId,
    folder: &Path,
) -> Result<Option<ObjectId>, HistoryError> {
    let commit = repository.find_object(commit).map_err(broken)?;
    let tree = commit.peel_to_tree().map_err(broken)?;
    if folder.as_os_str().is_empty() {
        return Ok(Some(tree.id));
    }
    let entry = tree.lookup_entry_by_path(folder).map_err(broken)?;
    Ok(entry.filter(|entry| entry.mode().is_tree()).map(|entry| entry.object_id()))
}

/// The entries below a tree, by their paths.
fn entries(
    repository: &Repository,
    root: ObjectId,
    commit: &str,
) -> Result<BTreeMap<String, Entry>, HistoryError> {
    let mut entries = BTreeMap::new();
    let mut ahead = vec![(String::new(), root)];
    while let Some((folder, id)) = ahead.pop() {
        let tree = repository.find_tree(id).map_err(broken)?;
        for entry in tree.iter() {
            let entry = entry.map_err(broken)?;
            let kind = match entry.kind() {
                EntryKind::Tree => Kind::Folder,
                EntryKind::Blob | EntryKind::BlobExecutable => Kind::File,
                EntryKind::Link => Kind::Link,
                EntryKind::Commit => continue,
            };
            let name = entry.filename().to_str_lossy();
            if kind == Kind::Folder && NEVER.contains(&&*name) {
                continue;
            }
            let path =
                if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
            let id = entry.object_id();
            if kind == Kind::Folder {
                ahead.push((path.clone(), id));
            }
            entries.insert(path, Entry { kind, id });
        }
        if entries.len() > MAX_ENTRIES {
            return Err(HistoryError::TooLarge(commit.to_owned()));
        }
    }
    Ok(entries)
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Whether the nearest `.gitignore` with a word about a path excludes it.
fn is_ignored(path: &str, is_folder: bool, ignores: &HashMap<&str, Gitignore>) -> bool {
    let mut folder = path;
    while !folder.is_empty() {
        folder = parent(folder);
        let matched = ignores.get(folder).map(|ignore| ignore.matched(path, is_folder));
        if let Some(matched) = matched.filter(|matched| !matched.is_none()) {
            return matched.is_ignore();
        }
    }
    false
}

/// A `.gitignore` by its text. A line that is no pattern is passed over, as for files on disk.
fn ignore(folder: &str, reader: &ObjectReader, id: ObjectId) -> Gitignore {
    let mut bytes = Vec::new();
    let mut builder = GitignoreBuilder::new(folder);
    if reader.read(id, MAX_SMALL_FILE, &mut bytes).is_ok() {
        let text = String::from_utf8_lossy(&bytes);
        for line in text.trim_start_matches('\u{feff}').lines() {
            let _ = builder.add_line(None, line);
        }
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

impl ObjectReader {
    /// Reads a file of at most `limit` bytes into `buffer`, whose former content goes.
    pub(super) fn read_entry(
        &self,
        entry: Entry,
        limit: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<(), String> {
        self.read(entry.id, limit, buffer)
    }

    fn read(&self, id: ObjectId, limit: u64, buffer: &mut Vec<u8>) -> Result<(), String> {
        buffer.clear();
        let why = |error: gix::Error| format!("git cannot read object {id}: {error}");
        if self.0.find_header(id).map_err(why)?.size() > limit {
            return Err(too_large(limit));
        }
        let mut blob = self.0.find_blob(id).map_err(why)?;
        *buffer = blob.take_data();
        Ok(())
    }
}
