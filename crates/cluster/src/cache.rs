//! Data of clusters that are not running, in a folder that several processes share. An entry is made beside
//! the others and renamed, so that it is there as a whole or not at all.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::Error;
use crate::account::Account;

/// How many entries are kept, the last used ones.
const ENTRIES: usize = 6;

/// What an interrupted process has left is removed once it is this old.
const STALE: Duration = Duration::from_secs(60 * 60);

/// How the folder of an entry that is being made begins.
const UNFINISHED: &str = ".making-";

/// An entry: a folder `data`, and a list of its files with their sizes.
pub(crate) struct Kept {
    folder: PathBuf,
    name: String,
}

impl Kept {
    pub(crate) fn new(cache: &Path, name: &str) -> Self {
        Self { folder: cache.join("postgres"), name: name.to_owned() }
    }

    fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Whether somebody has made it.
    pub(crate) fn exists(&self) -> bool {
        self.path().join("files").is_file()
    }

    /// Copies the data for an account. An entry that is not as it was made is refused.
    pub(crate) fn copy_to(&self, target: &Path, account: Account) -> Result<(), Error> {
        let source = self.path();
        self.try_copy(&source, target, account)
            .map_err(|source| Error::Io { action: "copy the cluster that was kept", source })?;
        // When an entry was used last decides which ones stay.
        let _unimportant = fs::File::open(source.join("files"))
            .and_then(|list| list.set_modified(SystemTime::now()));
        Ok(())
    }

    fn try_copy(&self, source: &Path, target: &Path, account: Account) -> io::Result<()> {
        let damaged = || io::Error::other("it is damaged");
        let give = |path: &Path| account.give(path).map_err(io::Error::other);
        let list = fs::read_to_string(source.join("files"))?;
        let list = list.strip_suffix("end\n").ok_or_else(damaged)?;
        let data = source.join("data");
        for line in list.lines() {
            let (size, path) = line.split_once(' ').ok_or_else(damaged)?;
            let copy = target.join(path);
            if size == "folder" {
                make_private_folder(&copy)?;
            } else if size.parse() != Ok(fs::copy(data.join(path), &copy)?) {
                return Err(damaged());
            }
            give(&copy)?;
        }
        Ok(())
    }

    /// Keeps the data of a cluster that was just made, which it gives back. Where that is not possible, the
    /// next process makes it anew.
    pub(crate) fn keep(&self, made: (TempDir, Account)) -> (TempDir, Account) {
        let _next_time = self.try_keep(&made.0.path().join("data"));
        made
    }

    fn try_keep(&self, data: &Path) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        self.sweep();
        let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&self.folder)?;
        let mut list = String::new();
        copy_folder(data, &unfinished.path().join("data"), "", &mut list)?;
        list.push_str("end\n");
        fs::write(unfinished.path().join("files"), list)?;
        // Where another process was faster, its entry is as good.
        let _other = fs::rename(unfinished.path(), self.path());
        Ok(())
    }

    /// Removes an entry that is damaged.
    pub(crate) fn forget(&self) {
        // Renamed first, so that nobody finds a part of it.
        if let Ok(away) = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&self.folder) {
            let _gone = fs::rename(self.path(), away.path().join("away"));
        }
    }

    /// Removes all but the last used entries, and what was left by processes that were interrupted.
    fn sweep(&self) {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                let age = entry.metadata().and_then(|metadata| metadata.modified()).ok();
                let age = age.and_then(|made| SystemTime::now().duration_since(made).ok());
                if age.is_some_and(|age| age > STALE) {
                    let _gone = fs::remove_dir_all(path);
                }
            } else {
                let used = fs::metadata(path.join("files")).and_then(|list| list.modified());
                entries.push((used.unwrap_or(SystemTime::UNIX_EPOCH), path));
            }
        }
        entries.sort_by(|a, b| b.cmp(a));
        for (_, path) in entries.into_iter().skip(ENTRIES - 1) {
            let _gone = fs::remove_dir_all(path);
        }
    }
}

/// Copies a folder with all that lies in it, and lists it.
fn copy_folder(source: &Path, target: &Path, shown: &str, list: &mut String) -> io::Result<()> {
    make_private_folder(target)?;
    // Writing to a string cannot fail.
    let _ = writeln!(list, "folder {shown}");
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|_| io::Error::other("an odd name"))?;
        let path = if shown.is_empty() { name.clone() } else { format!("{shown}/{name}") };
        let target = target.join(&name);
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target, &path, list)?;
        } else {
            let size = fs::copy(entry.path(), target)?;
            let _ = writeln!(list, "{size} {path}");
        }
    }
    Ok(())
}

/// A folder that is its owner's alone, as a server wants its data.
fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
