use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ignore::gitignore::Gitignore;
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::folder::{read_bounded, slashed};
use super::{Folder, Unreadable};
use crate::span::{FileId, SourceFile, SourceMap};

/// The largest source that is read; generated bundles beyond it are gaps.
const MAX_SOURCE: u64 = 32 << 20;

/// Endings of source files.
const ENDINGS: [&str; 9] = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "rs"];

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
    /// The sources that may matter and could be read, sorted by path.
    pub files: Vec<FileId>,
    /// Those that could not be read, and folders that could not be listed.
    pub unreadable: Vec<Unreadable>,
    /// How many sources there are, those that cannot matter included.
    pub considered: usize,
    /// Symbolic links that lead out of the root and are not followed.
    pub outside: Vec<String>,
}

/// Reads the sources below `root` that `may_matter` says may matter, given path and bytes, into `map`.
///
/// What `.gitignore` files exclude, `.git` and `node_modules` are left out. Folders behind symbolic links
/// are not entered: what lies inside the root is found at its own place.
pub fn read_sources(
    root: &Folder,
    selection: &Selection,
    may_matter: impl Fn(&str, &[u8]) -> bool + Sync,
    map: &mut SourceMap,
) -> Sources {
    let reader = Reader { root, selection, may_matter, tally: Mutex::default() };
    walk(root, selection).build_parallel().run(|| {
        let mut buffer = Vec::new();
        let reader = &reader;
        Box::new(move |entry| {
            match entry {
                Ok(entry) => reader.visit(&entry, &mut buffer),
                Err(error) => reader.keep(Found::Unreadable(
                    path_of(&error).map_or(String::new(), |path| relative(root, path)),
                    error.io_error().map_or_else(|| error.to_string(), ToString::to_string),
                )),
            }
            WalkState::Continue
        })
    });
    reader.tally.into_inner().unwrap_or_else(PoisonError::into_inner).into_sources(map)
}

fn walk(root: &Folder, selection: &Selection) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root.path());
    let (root, folders) = (root.clone(), selection.clone());
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
                    && folders.enters(&relative(&root, entry.path())))
        });
    builder
}

fn relative(root: &Folder, path: &Path) -> String {
    slashed(path.strip_prefix(root.path()).unwrap_or(path))
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

/// What a visit of one file or folder found, by path.
enum Found {
    Text(String, String),
    Unreadable(String, String),
    Outside(String),
}

#[derive(Default)]
struct Tally {
    considered: usize,
    found: Vec<Found>,
}

struct Reader<'a, F> {
    root: &'a Folder,
    selection: &'a Selection,
    may_matter: F,
    tally: Mutex<Tally>,
}

impl<F: Fn(&str, &[u8]) -> bool + Sync> Reader<'_, F> {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, found: Found) {
        self.tally().found.push(found);
    }

    fn visit(&self, entry: &DirEntry, buffer: &mut Vec<u8>) {
        let Some(kind) = entry.file_type() else { return };
        let is_source =
            entry.path().extension().is_some_and(|e| ENDINGS.iter().any(|ending| e == *ending));
        if kind.is_dir() {
            self.visit_folder(entry);
        } else if kind.is_symlink() && !self.root.encloses(entry.path()) {
            self.keep(Found::Outside(relative(self.root, entry.path())));
        } else if is_source && !(kind.is_symlink() && entry.path().is_dir()) {
            self.visit_source(entry.path(), buffer);
        }
    }

    /// Git does not follow a `.gitignore` that is a link, nor can a pipe be one. Which files of the
    /// folder are sources is then unknown.
    fn visit_folder(&self, entry: &DirEntry) {
        let ignore_file = entry.path().join(".gitignore");
        if ignore_file.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
            let path = relative(self.root, &ignore_file);
            self.keep(Found::Unreadable(path, "it is not a regular file".to_owned()));
        }
    }

    fn visit_source(&self, path: &Path, buffer: &mut Vec<u8>) {
        let shown = relative(self.root, path);
        if !self.selection.takes(&shown) {
            return;
        }
        self.tally().considered += 1;
        if let Err(reason) = read_bounded(path, MAX_SOURCE, buffer) {
            self.keep(Found::Unreadable(shown, reason));
        } else if is_utf16(buffer) {
            self.keep(Found::Unreadable(shown, "it is UTF-16, not UTF-8".to_owned()));
        } else if (self.may_matter)(&shown, buffer) {
            self.keep(match str::from_utf8(buffer) {
                Ok(text) => Found::Text(shown, text.to_owned()),
                Err(error) => {
                    let reason =
                        format!("it is not valid UTF-8 from byte {} on", error.valid_up_to());
                    Found::Unreadable(shown, reason)
                }
            });
        }
    }
}

/// A byte order mark of UTF-16, which compilers read and a search for bytes would not.
fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

impl Tally {
    fn into_sources(mut self, map: &mut SourceMap) -> Sources {
        self.found.sort_by(|a, b| a.path().cmp(b.path()));
        let mut sources = Sources { considered: self.considered, ..Sources::default() };
        for found in self.found {
            match found {
                Found::Text(path, text) => sources.files.push(map.add(SourceFile::new(path, text))),
                Found::Unreadable(path, reason) => {
                    let file = map.add(SourceFile::new(path, ""));
                    sources.unreadable.push(Unreadable { file, reason });
                }
                Found::Outside(path) => sources.outside.push(path),
            }
        }
        sources
    }
}

impl Found {
    fn path(&self) -> &str {
        match self {
            Self::Text(path, _) | Self::Unreadable(path, _) | Self::Outside(path) => path,
        }
    }
}
