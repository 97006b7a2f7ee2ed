use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use super::CliError;
use crate::input::Folder;

/// The folder that commands write in: never outside of it, and never through a symbolic link.
#[derive(Debug)]
pub(super) struct Workspace<'a> {
    root: &'a Folder,
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Present {
    /// Nothing.
    Nothing,
    /// A file with this text.
    File(String),
    /// A folder.
    Folder,
    /// A link, a device, a file that is no text: something that is not to be touched.
    Other,
}

impl<'a> Workspace<'a> {
    /// The workspace of a repository.
    pub(super) fn of(root: &'a Folder) -> Self {
        Self { root }
    }

    /// What stands at a path relative to the root.
    pub(super) fn look(&self, relative: &str) -> Present {
        let Some(root) = self.root.path() else { return Present::Other };
        let path = root.join(relative);
        match path.symlink_metadata() {
            Err(_) => Present::Nothing,
            Ok(metadata) if metadata.is_dir() => Present::Folder,
            Ok(metadata) if metadata.is_file() => {
                self.root.read_text(relative).map_or(Present::Other, Present::File)
            }
            Ok(_) => Present::Other,
        }
    }

    /// Whether something may be written at a path.
    pub(super) fn may_write(&self, relative: &str) -> bool {
        self.path(relative).is_ok()
    }

    /// Writes a file, with the folders that lead to it.
    pub(super) fn write(&self, relative: &str, text: &str) -> Result<(), CliError> {
        self.put(relative, text, false)
    }

    /// Writes a file that can be executed.
    pub(super) fn write_program(&self, relative: &str, text: &str) -> Result<(), CliError> {
        self.put(relative, text, true)
    }

    fn put(&self, relative: &str, text: &str, is_program: bool) -> Result<(), CliError> {
        let written = self.path(relative).and_then(|path| {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            let mut file = options.open(&path)?;
            file.write_all(text.as_bytes())?;
            if is_program { make_executable(&path) } else { Ok(()) }
        });
        written.map_err(|error| CliError::Output { place: relative.to_owned(), error })
    }

    /// The path to write at, of which no part is a link.
    fn path(&self, relative: &str) -> io::Result<PathBuf> {
        let root = self.root.path().ok_or_else(|| io::Error::other("a commit stays as it is"))?;
        let mut path = root.to_owned();
        for part in Path::new(relative).components() {
            let Component::Normal(name) = part else {
                return Err(io::Error::other("it leads out of the repository"));
            };
            path.push(name);
            if path.is_symlink() {
                return Err(io::Error::other("a part of the path is a symbolic link"));
            }
        }
        Ok(path)
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}
