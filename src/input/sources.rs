use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ignore::gitignore::Gitignore;
use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;

use super::commit::Commit;
use super::folder::{Place, encloses, read_bounded, read_regular, slashed};
use super::history::{Kind, Target};
use super::source_cache::{SourceCache, Stamp};
use super::{Folder, Unreadable};
use crate::source::Language;
use crate::source::comments::may_hold_remark;
use crate::span::{FileId, SourceFile, SourceMap};

/// The largest source that is read; generated bundles beyond it are gaps.
const MAX_SOURCE: u64 = 32 << 20;

/// Folders that never hold sources of the repository.
const NEVER: [&str; 2] = [".git", "node_modules"];

/// Which files are sources.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Folders relative to the root; all of it if there is none.
    pub folders: Vec<String>,
    /// Patterns of files, at least one of which must match, unless there is none.
    pub includes: Gitignore,
    /// Patterns of files and folders that are left out.
    pub excludes: Gitignore,
}

impl Default for Selection {
    fn default() -> Self {
        let (includes, excludes) = (Gitignore::empty(), Gitignore::empty());
        Self { folders: Vec::new(), includes, excludes }
    }
}

impl Selection {
    fn enters(&self, folder: &str) -> bool {
        let leads_to = |wanted: &String| is_below(wanted, folder) || is_below(folder, wanted);
        (self.folders.is_empty() || self.folders.iter().any(leads_to))
            && !self.excludes.matched(folder, true).is_ignore()
    }

    fn takes(&self, file: &str) -> bool {
        (self.folders.is_empty() || self.folders.iter().any(|folder| is_below(file, folder)))
            && (self.includes.is_empty()
                || self.includes.matched_path_or_any_parents(file, false).is_ignore())
            && !self.excludes.matched(file, false).is_ignore()
    }
}

/// Whether `path` is `folder` or lies in it.
fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The sources of a repository.
#[derive(Debug, Default)]
pub struct Sources {
    /// The files that may matter and could be read, by path.
    pub files: Vec<(FileId, Language)>,
    /// Those that cannot matter by themselves, manifests among them, without their text.
    pub deferred: Vec<(FileId, Language)>,
    /// Those that could not be read, and folders that could not be listed.
    pub unreadable: Vec<Unreadable>,
    /// How many sources there are, those that cannot matter included.
    pub considered: usize,
    /// Symbolic links that lead out of the root and are not followed.
    pub outside: Vec<String>,
}

/// Finds the sources below `root`, and reads those that may matter by themselves, as `may_matter` tells from
/// path and bytes. Of the others no more than the path is kept, and the text of those whose comments may say
/// something to railcheck.
///
/// A file on disk that is what it was when `cache` last knew of it is not read again.
///
/// What `.gitignore` files exclude, `.git` and `node_modules` are left out. Folders behind symbolic links
/// are not entered: what lies inside the root is found at its own place.
pub fn find_sources(
    root: &Folder,
    selection: &Selection,
    cache: Option<&SourceCache>,
    may_matter: impl Fn(Language, &str, &[u8]) -> bool + Sync,
) -> FoundSources {
    let known = cache.map(SourceCache::take);
    let reader = Reader { selection, known, may_matter, tally: Mutex::default() };
    match &root.place {
        Place::Disk { path, boundary } => reader.walk(path, boundary),
        Place::Commit(commit) => reader.visit_commit(commit),
    }
    let tally = reader.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(cache) = cache {
        cache.keep(&tally.found);
    }
    tally
}

/// Reads deferred files into `map`. By itself such a file cannot matter, so that bytes that
/// are no text are no gap: only what others import from it counts.
pub fn read_deferred(root: &Folder, files: &[FileId], map: &mut SourceMap) {
    let read = |id: &FileId| {
        let bytes = root.read(&map.file(*id).path, MAX_SOURCE).ok()?;
        Some((*id, String::from_utf8_lossy(&bytes).into_owned()))
    };
    let texts: Vec<_> = files.par_iter().filter_map(read).collect();
    for (id, text) in texts {
        map.fill(id, text);
    }
}

fn walk(root: &Path, selection: &Selection) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root);
    let (root, selection) = (root.to_owned(), selection.clone());
    builder
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .git_exclude(false)
        .parents(false)
        .require_git(false)
        .threads(rayon::current_num_threads())
        .filter_entry(move |entry| {
            !entry.file_type().is_some_and(|kind| kind.is_dir())
                || (!NEVER.iter().any(|name| entry.file_name() == *name)
                    && selection.enters(&relative(&root, entry.path())))
        });
    builder
}

/// The folders on disk that sources are looked for in.
pub(super) fn folders_of_sources(root: &Folder, selection: &Selection) -> Vec<PathBuf> {
    let Place::Disk { path, .. } = &root.place else { return Vec::new() };
    let entries = walk(path, selection).build().filter_map(Result::ok);
    let is_folder = |entry: &DirEntry| entry.file_type().is_some_and(|kind| kind.is_dir());
    entries.filter(is_folder).map(DirEntry::into_path).collect()
}

fn relative(root: &Path, path: &Path) -> String {
    slashed(path.strip_prefix(root).unwrap_or(path))
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}

/// What was found at a path.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) path: String,
    what: What,
    /// What tells whether it is still so, where that is asked and can be told.
    pub(super) stamp: Option<Stamp>,
}

#[derive(Debug, Clone)]
enum What {
    Text(Language, Arc<str>),
    /// What can only matter to another file, with its text where that says something to railcheck.
    Deferred(Language, Arc<str>),
    Unreadable(String),
    Outside,
}

/// Sources that were found and are in no map yet.
#[derive(Debug, Default)]
pub struct FoundSources {
    considered: usize,
    found: Vec<Found>,
}

struct Reader<'a, F> {
    selection: &'a Selection,
    /// What was found last time, where that is known.
    known: Option<HashMap<String, Found>>,
    may_matter: F,
    tally: Mutex<FoundSources>,
}

impl<F: Fn(Language, &str, &[u8]) -> bool + Sync> Reader<'_, F> {
    fn tally(&self) -> MutexGuard<'_, FoundSources> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, found: Found) {
        self.tally().found.push(found);
    }

    fn found(&self, path: String, what: What) {
        self.keep(Found { path, what, stamp: None });
    }

    /// Visits a folder on disk.
    fn walk(&self, root: &Path, boundary: &Path) {
        walk(root, self.selection).build_parallel().run(|| {
            let mut buffer = Vec::new();
            Box::new(move |entry| {
                match entry {
                    Ok(entry) => self.visit(root, boundary, &entry, &mut buffer),
                    Err(error) => self.found(
                        path_of(&error).map_or(String::new(), |path| relative(root, path)),
                        What::Unreadable(
                            error.io_error().map_or_else(|| error.to_string(), ToString::to_string),
                        ),
                    ),
                }
                WalkState::Continue
            })
        });
    }

    fn visit(&self, root: &Path, boundary: &Path, entry: &DirEntry, buffer: &mut Vec<u8>) {
        let Some(kind) = entry.file_type() else { return };
        let path = relative(root, entry.path());
        if kind.is_dir() {
            self.visit_folder(root, entry.path());
        } else if kind.is_symlink() && !encloses(boundary, entry.path()) {
            self.found(path, What::Outside);
        } else if let Some(language) = Language::of(entry.path())
            && !(kind.is_symlink() && entry.path().is_dir())
            && self.takes(language, &path)
        {
            let stamp = self.stamp(entry);
            if let Some(known) = self.known_as(&path, stamp.as_ref()) {
                return self.keep(known.clone());
            }
            let read = if kind.is_file() { read_regular } else { read_bounded };
            let read = read(entry.path(), MAX_SOURCE, buffer);
            self.visit_source(language, path, read, buffer, stamp);
        }
    }

    /// What a regular file is like before it is read, where that is to be known next time.
    fn stamp(&self, entry: &DirEntry) -> Option<Stamp> {
        self.known.as_ref()?;
        let metadata = entry.metadata().ok()?;
        metadata.is_file().then(|| Stamp::of(&metadata)).flatten()
    }

    fn known_as(&self, path: &str, stamp: Option<&Stamp>) -> Option<&Found> {
        let known = self.known.as_ref()?.get(path)?;
        (known.stamp.as_ref() == Some(stamp?)).then_some(known)
    }

    /// Visits what a commit has, as a folder on disk would be.
    fn visit_commit(&self, commit: &Commit) {
        let visible = commit.visible(|folder| self.selection.enters(folder));
        visible.into_par_iter().for_each_init(Vec::new, |buffer, (path, entry)| {
            let target = match entry.kind {
                Kind::Link => commit.resolve(path),
                Kind::File | Kind::Folder => Target::File(path.to_owned()),
            };
            let path = path.to_owned();
            if entry.kind == Kind::Link && path.rsplit('/').next() == Some(".gitignore") {
                let what = What::Unreadable("it is not a regular file".to_owned());
                self.found(path.clone(), what);
            }
            match (target, Language::of(Path::new(&path))) {
                (Target::Outside, _) => self.found(path, What::Outside),
                (Target::File(target), Some(language)) if self.takes(language, &path) => {
                    let entry = commit.entry(&target).unwrap_or(entry);
                    let read = commit.read(entry, MAX_SOURCE, buffer);
                    self.visit_source(language, path, read, buffer, None);
                }
                _ => {}
            }
        });
    }

    /// Git does not follow a `.gitignore` that is a link, nor can a pipe be one. Which files of the
    /// folder are sources is then unknown.
    fn visit_folder(&self, root: &Path, path: &Path) {
        let ignore_file = path.join(".gitignore");
        if ignore_file.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
            let what = What::Unreadable("it is not a regular file".to_owned());
            self.found(relative(root, &ignore_file), what);
        }
    }

    /// Whether a file is read: a source that is selected, which is counted, or a manifest.
    fn takes(&self, language: Language, path: &str) -> bool {
        let is_source = language.is_source();
        let is_taken = !is_source || self.selection.takes(path);
        self.tally().considered += usize::from(is_source && is_taken);
        is_taken
    }

    fn visit_source(
        &self,
        language: Language,
        path: String,
        read: Result<(), String>,
        buffer: &[u8],
        stamp: Option<Stamp>,
    ) {
        if let Err(reason) = read {
            return self.found(path, What::Unreadable(reason));
        }
        let what = if (self.may_matter)(language, &path, buffer) || is_utf16(buffer) {
            as_text(language, buffer)
        } else if may_hold_remark(buffer) {
            What::Deferred(language, String::from_utf8_lossy(buffer).into())
        } else {
            What::Deferred(language, Arc::default())
        };
        self.keep(Found { path, what, stamp });
    }
}

fn as_text(language: Language, bytes: &[u8]) -> What {
    match str::from_utf8(bytes) {
        Ok(text) => What::Text(language, text.into()),
        Err(_) if is_utf16(bytes) => What::Unreadable("it is UTF-16, not UTF-8".to_owned()),
        Err(error) => {
            What::Unreadable(format!("it is not valid UTF-8 from byte {} on", error.valid_up_to()))
        }
    }
}

/// A byte order mark of UTF-16, which compilers read and a search for words would not.
fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

impl FoundSources {
    /// What is not told by the contents of what could be read: how many sources there are, and why some were not
    /// read.
    pub(super) fn unread(&self) -> Vec<String> {
        let mut unread: Vec<String> = self
            .found
            .iter()
            .filter_map(|found| match &found.what {
                What::Unreadable(reason) => Some(format!("{}: {reason}", found.path)),
                What::Outside => Some(format!("{} leads out", found.path)),
                What::Text(..) | What::Deferred(..) => None,
            })
            .collect();
        unread.sort();
        unread.push(self.considered.to_string());
        unread
    }

    /// Puts them into a map, by path.
    #[must_use]
    pub fn into_map(mut self, map: &mut SourceMap) -> Sources {
        self.found.sort_by(|a, b| a.path.cmp(&b.path));
        let mut sources = Sources { considered: self.considered, ..Sources::default() };
        for Found { path, what, .. } in self.found {
            match what {
                What::Text(language, text) => {
                    sources.files.push((map.add(SourceFile::new(path, text)), language));
                }
                What::Deferred(language, text) => {
                    sources.deferred.push((map.add(SourceFile::new(path, text)), language));
                }
                What::Unreadable(reason) => {
                    let file = map.add(SourceFile::new(path, ""));
                    sources.unreadable.push(Unreadable { file, reason });
                }
                What::Outside => sources.outside.push(path),
            }
        }
        sources
    }
}
