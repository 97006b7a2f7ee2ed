//! The tree of a commit, or of the one that is staged, read from git's objects: no checkout, and nothing of the work tree changes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::git::Repository;
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
#[derive(Debug)]
pub struct Commit {
    repository: Repository,
    id: String,
    entries: BTreeMap<String, Entry>,
}

/// One file, link or folder of a commit.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    id: String,
}

impl Commit {
    /// The commit from which both a revision and HEAD come, of the repository that a folder is in. Only
    /// what lies below that folder is seen.
    pub(super) fn merge_base(folder: &Path, revision: &str) -> Result<Self, HistoryError> {
        let repository = Repository::of(folder)?;
        let base = merge_base(&repository, revision)?;
        let id = repository.short_id(&base)?;
        let entries = match tree_below(&repository, &base)? {
            Some(root) => entries(&repository, &root, &id)?,
            None => BTreeMap::new(),
        };
        Ok(Self { id, entries, repository })
    }

    /// What is staged below a folder, as if it were committed.
    pub(super) fn staged(folder: &Path) -> Result<Self, HistoryError> {
        let repository = Repository::of(folder)?;
        let mut entries = BTreeMap::new();
        repository.list_index(|mode, id, path| {
            let kind = match mode {
                "120000" => Kind::Link,
                // A submodule.
                "160000" => return,
                _ => Kind::File,
            };
            let mut folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
            if folders.clone().any(|f| NEVER.contains(&f.rsplit('/').next().unwrap_or_default())) {
                return;
            }
            for folder in folders.by_ref() {
                if !entries.contains_key(folder) {
                    let entry = Entry { kind: Kind::Folder, id: String::new() };
                    entries.insert(folder.to_owned(), entry);
                }
            }
            entries.insert(path, Entry { kind, id: id.to_owned() });
        })?;
        if entries.len() > MAX_ENTRIES {
            return Err(HistoryError::TooLarge("index".to_owned()));
        }
        Ok(Self { id: "index".to_owned(), entries, repository })
    }

    /// Its abbreviated id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Reads a file of at most `limit` bytes into `buffer`, whose former content goes.
    pub(super) fn read(
        &self,
        entry: &Entry,
        limit: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<(), String> {
        self.repository.read(&entry.id, limit, buffer)
    }

    pub(super) fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
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
                Some(entry @ Entry { kind: Kind::Link, .. }) if links < MAX_LINKS => {
                    links += 1;
                    at.pop();
                    let mut target = Vec::new();
                    let read = self.read(entry, MAX_SMALL_FILE, &mut target);
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
    pub(super) fn visible(&self, enters: impl Fn(&str) -> bool) -> Vec<(&str, &Entry)> {
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
                visible.push((&**path, entry));
            } else if is_left_out && is_folder {
                closed.insert(path);
            }
        }
        visible
    }

    /// The `.gitignore` of each folder that has one.
    fn ignores(&self) -> HashMap<&str, Gitignore> {
        let named =
            self.entries.keys().filter(|path| path.rsplit('/').next() == Some(".gitignore"));
        // As on disk, one that is a link is followed, and told as one that should be a file.
        let file = |path: &String| match self.resolve(path) {
            Target::File(target) => self.entry(&target),
            Target::Folder(_) | Target::Outside => None,
        };
        named
            .filter_map(|path| Some((parent(path), self.ignore(parent(path), file(path)?))))
            .collect()
    }

    /// A `.gitignore` by its text. A line that is no pattern is passed over, as for files on disk.
    fn ignore(&self, folder: &str, entry: &Entry) -> Gitignore {
        let mut bytes = Vec::new();
        let mut builder = GitignoreBuilder::new(folder);
        if self.read(entry, MAX_SMALL_FILE, &mut bytes).is_ok() {
            let text = String::from_utf8_lossy(&bytes);
            for line in text.trim_start_matches('\u{feff}').lines() {
                let _ = builder.add_line(None, line);
            }
        }
        builder.build().unwrap_or_else(|_| Gitignore::empty())
    }
}

/// The commit from which both a revision and HEAD come.
fn merge_base(repository: &Repository, revision: &str) -> Result<String, HistoryError> {
    let named = match repository.id(revision)? {
        Some(id) => repository.id(&format!("{id}^{{commit}}"))?,
        None => None,
    };
    let named = named.ok_or_else(|| HistoryError::UnknownRevision {
        revision: revision.to_owned(),
        hint: if repository.is_shallow { DEEPEN } else { FETCH },
    })?;
    let head = repository.id("HEAD^{commit}")?.ok_or(HistoryError::NoHead)?;
    repository.merge_base(&named, &head)?.ok_or_else(|| HistoryError::Unrelated {
        revision: revision.to_owned(),
        hint: if repository.is_shallow { DEEPEN } else { "" },
    })
}

/// The tree of the folder in a commit, if it is there.
fn tree_below(repository: &Repository, commit: &str) -> Result<Option<String>, HistoryError> {
    let folder = repository.prefix.trim_end_matches('/');
    if folder.is_empty() {
        return Ok(Some(commit.to_owned()));
    }
    let mut tree = None;
    repository.list(&[commit, "--", folder], |mode, id, _| {
        tree = (mode == "040000").then(|| id.to_owned());
        true
    })?;
    Ok(tree)
}

/// The entries below a tree, by their paths.
fn entries(
    repository: &Repository,
    root: &str,
    commit: &str,
) -> Result<BTreeMap<String, Entry>, HistoryError> {
    let mut entries = BTreeMap::new();
    // The folder that is being passed over, with a slash at its end.
    let mut closed: Option<String> = None;
    repository.list(&["-r", "-t", root], |mode, id, path| {
        if closed.as_ref().is_some_and(|folder| path.starts_with(folder.as_str())) {
            return true;
        }
        let kind = match mode {
            "040000" => Kind::Folder,
            "120000" => Kind::Link,
            // A submodule.
            "160000" => return true,
            _ => Kind::File,
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        if kind == Kind::Folder && NEVER.contains(&name) {
            closed = Some(format!("{path}/"));
            return true;
        }
        entries.insert(path, Entry { kind, id: id.to_owned() });
        entries.len() <= MAX_ENTRIES
    })?;
    if entries.len() > MAX_ENTRIES {
        return Err(HistoryError::TooLarge(commit.to_owned()));
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
