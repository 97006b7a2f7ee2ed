use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

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
    path: PathBuf,
    boundary: PathBuf,
    shown: String,
}

impl Folder {
    /// The folder at `path`, itself the boundary. Paths of its files are shown relative to it.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn root(path: &Path) -> Result<Self, InputError> {
        let canonical = canonical_folder(path)?;
        Ok(Self { boundary: canonical.clone(), path: canonical, shown: String::new() })
    }

    /// The folder at `path`, which the user named beside this root. Where it lies outside, it is
    /// a boundary of its own and its files are shown under the path as named.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn named(&self, path: &Path) -> Result<Self, InputError> {
        let canonical = canonical_folder(path)?;
        match canonical.strip_prefix(&self.boundary) {
            Ok(inside) => Ok(Self { shown: slashed(inside), ..self.moved_to(&canonical) }),
            Err(_) => {
                Ok(Self { boundary: canonical.clone(), shown: slashed(path), path: canonical })
            }
        }
    }

    /// The folder at a path relative to this one.
    ///
    /// # Errors
    /// If there is no such folder, or it leads out of the boundary.
    pub fn inside(&self, relative: &str) -> Result<Self, InputError> {
        let canonical = canonical_folder(&self.path.join(relative))
            .map_err(|error| error.shown_as(self.shown_path(relative)))?;
        if !canonical.starts_with(&self.boundary) {
            return Err(InputError::Outside { path: self.shown_path(relative) });
        }
        Ok(Self {
            shown: self.shown_path(relative.trim_end_matches('/')),
            ..self.moved_to(&canonical)
        })
    }

    fn moved_to(&self, canonical: &Path) -> Self {
        Self {
            path: canonical.to_owned(),
            boundary: self.boundary.clone(),
            shown: self.shown.clone(),
        }
    }

    /// Where it is on this machine; never to be shown.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
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

    /// Whether a path, symbolic links followed, lies within the boundary.
    #[must_use]
    pub fn encloses(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|path| path.starts_with(&self.boundary))
    }

    /// The text of a file that must be there, such as a configuration, if it is within the boundary.
    ///
    /// # Errors
    /// If it is missing, too large, not UTF-8, or outside.
    pub fn read_text(&self, relative: &str) -> Result<String, InputError> {
        let path = self.path.join(relative);
        if path.exists() && !self.encloses(&path) {
            return Err(InputError::Outside { path: self.shown_path(relative) });
        }
        read_named_text(&path).map_err(|error| error.shown_as(self.shown_path(relative)))
    }
}

impl InputError {
    fn shown_as(self, shown: String) -> Self {
        match self {
            Self::Folder { error, .. } => Self::Folder { path: shown, error },
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
        .and_then(|()| String::from_utf8(bytes).map_err(|_| "it is not valid UTF-8".to_owned()))
        .map_err(|reason| InputError::File { path: slashed(path), reason })
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
        return Err(format!("it is larger than {} MiB", limit >> 20));
    }
    Ok(())
}
