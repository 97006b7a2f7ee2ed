use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::commit::Commit;
use super::history::{HistoryError, Target};

/// What keeps files from being found or read at all.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A folder that the user named cannot be opened.
    #[error("cannot open folder {path}: {error}")]
    Folder {
        /// The folder as it was named.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// A folder that the user named is something else.
    #[error("{path} is not a folder")]
    NotAFolder {
        /// The path as it was named.
        path: String,
    },
    /// A commit has no such path, or a link of it leads out of the root.
    #[error("there is no {path} in the commit")]
    Missing {
        /// The path as it was named.
        path: String,
    },
    /// A path leads out of the root.
    #[error("{path} leads out of the folder that railcheck was given")]
    Outside {
        /// The path as it was named.
        path: String,
    },
    /// A file that must be read cannot be.
    #[error("cannot read {path}: {reason}")]
    File {
        /// The file as it was named.
        path: String,
        /// Why.
        reason: String,
    },
}

/// A folder to read in, and the boundary that nothing is read outside of.
#[derive(Debug, Clone)]
pub struct Folder {
    pub(super) place: Place,
    shown: String,
}

/// Where a folder is.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// On disk, below a boundary.
    Disk { path: PathBuf, boundary: PathBuf },
    /// In a commit, whose root is the boundary, at the path that is shown, links to be followed.
    Commit(Arc<Commit>),
}

impl Folder {
    /// The folder at `path`, itself the boundary. Paths of its files are shown relative to it.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn root(path: &Path) -> Result<Self, InputError> {
        let canonical = canonical_folder(path)?;
        Ok(Self { place: Place::bounding(canonical), shown: String::new() })
    }

    /// This folder, itself the boundary, as it was in the commit from which both a revision and HEAD come,
    /// with that commit's abbreviated id.
    ///
    /// # Errors
    /// If the folder is in no repository, or the history does not reach that commit.
    pub fn at_merge_base(&self, revision: &str) -> Result<(Self, String), HistoryError> {
        let Place::Disk { path, .. } = &self.place else {
            return Err(HistoryError::NoRepository(self.shown.clone()));
        };
        let commit = Commit::merge_base(path, revision)?;
        let id = commit.id().to_owned();
        Ok((Self { place: Place::Commit(Arc::new(commit)), shown: String::new() }, id))
    }

    /// What is staged of this folder, itself the boundary: the next commit.
    ///
    /// # Errors
    /// If the folder is in no repository.
    pub fn staged(&self) -> Result<Self, HistoryError> {
        let Place::Disk { path, .. } = &self.place else {
            return Err(HistoryError::NoRepository(self.shown.clone()));
        };
        let commit = Commit::staged(path)?;
        Ok(Self { place: Place::Commit(Arc::new(commit)), shown: String::new() })
    }

    /// The folder that the user named beside this root: one in it where there is one of that name, else
    /// one of the current folder. Where it lies outside, it is a boundary of its own and its files are shown under the path as named.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn named(&self, path: &Path) -> Result<Self, InputError> {
        let Place::Disk { path: root, boundary } = &self.place else {
            return self.inside(&slashed(path));
        };
        let here = root.join(path);
        let canonical = canonical_folder(if here.is_dir() { &here } else { path })
            .map_err(|error| error.shown_as(slashed(path)))?;
        match canonical.strip_prefix(boundary) {
            Ok(inside) => {
                let (shown, boundary) = (slashed(inside), boundary.clone());
                Ok(Self { place: Place::Disk { path: canonical, boundary }, shown })
            }
            Err(_) => Ok(Self { place: Place::bounding(canonical), shown: slashed(path) }),
        }
    }

    /// Whether it lies within another folder's boundary.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        match (&self.place, &other.place) {
            (Place::Disk { path, .. }, Place::Disk { boundary, .. }) => path.starts_with(boundary),
            (Place::Commit(one), Place::Commit(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// The folder at a path relative to this one.
    ///
    /// # Errors
    /// If there is no such folder, or it leads out of the boundary.
    pub fn inside(&self, relative: &str) -> Result<Self, InputError> {
        let shown = self.shown_path(relative.trim_end_matches('/'));
        match &self.place {
            Place::Disk { path, boundary } => {
                let canonical = canonical_folder(&path.join(relative))
                    .map_err(|error| error.shown_as(self.shown_path(relative)))?;
                if !canonical.starts_with(boundary) {
                    return Err(InputError::Outside { path: self.shown_path(relative) });
                }
                let boundary = boundary.clone();
                Ok(Self { place: Place::Disk { path: canonical, boundary }, shown })
            }
            Place::Commit(commit) => match commit.resolve(&shown) {
                Target::Folder(_) => Ok(Self { place: self.place.clone(), shown }),
                Target::File(_) => Err(InputError::NotAFolder { path: shown }),
                Target::Outside => Err(InputError::Missing { path: shown }),
            },
        }
    }

    /// Where it is on this machine, if it is on disk; never to be shown.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Disk { path, .. } => Some(path),
            Place::Commit(_) => None,
        }
    }

    /// How it is shown: relative to the root, empty for the root itself.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// How a file of this folder is shown.
    #[must_use]
    pub fn shown_path(&self, relative: &str) -> String {
        let relative = relative.strip_prefix("./").unwrap_or(relative);
        if self.shown.is_empty() {
            relative.to_owned()
        } else {
            format!("{}/{relative}", self.shown)
        }
    }

    /// Whether there is something of that name, be it a link that leads nowhere.
    #[must_use]
    pub fn has(&self, relative: &str) -> bool {
        match &self.place {
            Place::Disk { path, .. } => path.join(relative).symlink_metadata().is_ok(),
            Place::Commit(commit) => commit.has(&self.shown_path(relative)),
        }
    }

    /// The text of a file that must be there, such as a configuration, if it is within the boundary.
    ///
    /// # Errors
    /// If it is missing, too large, not UTF-8, or outside.
    pub fn read_text(&self, relative: &str) -> Result<String, InputError> {
        let bytes = self.read(relative, MAX_NAMED_FILE)?;
        as_utf8(bytes)
            .map_err(|reason| InputError::File { path: self.shown_path(relative), reason })
    }

    /// The bytes of a file that must be there.
    pub(super) fn read(&self, relative: &str, limit: u64) -> Result<Vec<u8>, InputError> {
        let shown = self.shown_path(relative);
        let mut bytes = Vec::new();
        let read = match &self.place {
            Place::Disk { path, boundary } => {
                let path = path.join(relative);
                if path.exists() && !encloses(boundary, &path) {
                    return Err(InputError::Outside { path: shown });
                }
                read_bounded(&path, limit, &mut bytes)
            }
            Place::Commit(commit) => {
                let Target::File(path) = commit.resolve(&shown) else {
                    return Err(InputError::Missing { path: shown });
                };
                let entry = commit.entry(&path).ok_or_else(|| "it is missing".to_owned());
                entry.and_then(|entry| commit.read(entry, limit, &mut bytes))
            }
        };
        read.map(|()| bytes).map_err(|reason| InputError::File { path: shown, reason })
    }
}

impl Place {
    /// A folder on disk that is its own boundary.
    fn bounding(canonical: PathBuf) -> Self {
        Self::Disk { boundary: canonical.clone(), path: canonical }
    }
}

/// Whether a path on disk, symbolic links followed, lies within a boundary.
pub(super) fn encloses(boundary: &Path, path: &Path) -> bool {
    path.canonicalize().is_ok_and(|path| path.starts_with(boundary))
}

impl InputError {
    fn shown_as(self, shown: String) -> Self {
        match self {
            Self::Folder { error, .. } => Self::Folder { path: shown, error },
            Self::Missing { .. } => Self::Missing { path: shown },
            Self::NotAFolder { .. } => Self::NotAFolder { path: shown },
            Self::Outside { .. } => Self::Outside { path: shown },
            Self::File { reason, .. } => Self::File { path: shown, reason },
        }
    }
}

fn canonical_folder(path: &Path) -> Result<PathBuf, InputError> {
    let shown = || if path.as_os_str().is_empty() { ".".to_owned() } else { slashed(path) };
    let canonical =
        path.canonicalize().map_err(|error| InputError::Folder { path: shown(), error })?;
    if canonical.is_dir() { Ok(canonical) } else { Err(InputError::NotAFolder { path: shown() }) }
}

/// A path with `/` between its segments on every platform.
pub(super) fn slashed(path: &Path) -> String {
    let shown = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        shown.into_owned()
    } else {
        shown.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// The largest configuration or pack that is read.
const MAX_NAMED_FILE: u64 = 4 << 20;

/// The text of a file that the user named by its path, wherever it is.
///
/// # Errors
/// If it is missing, too large, or not UTF-8.
pub fn read_named_text(path: &Path) -> Result<String, InputError> {
    let mut bytes = Vec::new();
    read_bounded(path, MAX_NAMED_FILE, &mut bytes)
        .and_then(|()| as_utf8(bytes))
        .map_err(|reason| InputError::File { path: slashed(path), reason })
}

fn as_utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "it is not valid UTF-8".to_owned())
}

/// Why a file of more than `limit` bytes is not read.
pub(super) fn too_large(limit: u64) -> String {
    format!("it is larger than {} MiB", limit >> 20)
}

/// Reads a regular file of at most `limit` bytes into `buffer`, whose former content goes.
///
/// A pipe or device is refused before it is opened, since opening one can block for ever.
pub(super) fn read_bounded(path: &Path, limit: u64, buffer: &mut Vec<u8>) -> Result<(), String> {
    let why = |error: std::io::Error| error.to_string();
    let metadata = path.metadata().map_err(why)?;
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    read_regular(path, limit, buffer)
}

/// Reads a file, known to be a regular one, of at most `limit` bytes into `buffer`, whose former
/// content goes.
pub(super) fn read_regular(path: &Path, limit: u64, buffer: &mut Vec<u8>) -> Result<(), String> {
    let why = |error: std::io::Error| error.to_string();
    buffer.clear();
    let file = File::open(path).map_err(why)?;
    // A byte beyond the limit tells a file that is too large, even one that grows meanwhile.
    file.take(limit + 1).read_to_end(buffer).map_err(why)?;
    if buffer.len() as u64 > limit {
        return Err(too_large(limit));
    }
    Ok(())
}
