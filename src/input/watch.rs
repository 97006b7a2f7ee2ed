//! Waits for files to change.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::folder::Place;
use super::sources::folders_of_sources;
use super::{Folder, Selection};
use crate::source::Language;

/// Editors write in several steps, so that a change counts once it has been quiet for this long,
const QUIET: Duration = Duration::from_millis(10);

/// or once it has gone on for this long.
const PATIENCE: Duration = Duration::from_millis(200);

/// What keeps files from being watched.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch {what}: {error}")]
pub struct WatchError {
    what: String,
    error: notify::Error,
}

/// What ends a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// A file changed that may matter.
    Changed,
    /// The user has seen enough.
    Interrupted,
}

/// Watches the folders of a repository that hold what is judged. Folders of what `.gitignore` excludes are
/// not watched, since there may be very many.
pub struct Watcher {
    inner: RecommendedWatcher,
    sender: Sender<Signal>,
    signals: Receiver<Signal>,
    watched: HashSet<PathBuf>,
}

impl Watcher {
    /// A watcher that watches nothing yet. Changes of the files in `named` count whatever their names are.
    ///
    /// # Errors
    /// If the system has no way to watch files.
    pub fn new(named: Vec<PathBuf>) -> Result<Self, WatchError> {
        let (sender, signals) = channel();
        let changed = sender.clone();
        let named: HashSet<PathBuf> =
            named.into_iter().filter_map(|path| path.canonicalize().ok()).collect();
        let folders: Vec<PathBuf> =
            named.iter().filter_map(|path| path.parent()).map(Path::to_owned).collect();
        let inner = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let may_matter = event.map_or(true, |event| {
                // Reading a file is an event too, so that judging would be followed by judging for ever.
                !event.kind.is_access()
                    && event.paths.iter().any(|path| named.contains(path) || may_matter(path))
            });
            if may_matter {
                let _ = changed.send(Signal::Changed);
            }
        });
        let inner =
            inner.map_err(|error| WatchError { what: "files on this system".to_owned(), error })?;
        let mut watcher = Self { inner, sender, signals, watched: HashSet::new() };
        folders.into_iter().try_for_each(|folder| watcher.add(folder))?;
        Ok(watcher)
    }

    /// Watches the folders of a tree that are not watched yet.
    ///
    /// # Errors
    /// If the system watches no more.
    pub fn watch(
        &mut self,
        root: &Folder,
        migrations: Option<&Folder>,
        selection: &Selection,
    ) -> Result<(), WatchError> {
        // A folder that is gone is forgotten, so that it is watched again when it comes back.
        self.watched.retain(|folder| folder.is_dir());
        for folder in [Some(root), migrations].into_iter().flatten() {
            if let Place::Disk { path, .. } = &folder.place {
                self.add(path.clone())?;
            }
        }
        folders_of_sources(root, selection).into_iter().try_for_each(|folder| self.add(folder))
    }

    fn add(&mut self, folder: PathBuf) -> Result<(), WatchError> {
        if self.watched.contains(&folder) {
            return Ok(());
        }
        match self.inner.watch(&folder, RecursiveMode::NonRecursive) {
            Ok(()) => drop(self.watched.insert(folder)),
            // It went away meanwhile, and whatever is above it will tell.
            Err(_) if !folder.is_dir() => {}
            Err(error) => {
                return Err(WatchError { what: super::folder::slashed(&folder), error });
            }
        }
        Ok(())
    }

    /// How many folders are watched.
    #[must_use]
    pub fn folders(&self) -> usize {
        self.watched.len()
    }

    /// What ends the wait when it is called.
    pub fn interrupter(&self) -> impl Fn() + Send + 'static {
        let sender = self.sender.clone();
        move || {
            let _ = sender.send(Signal::Interrupted);
        }
    }

    /// Waits until something changes and is quiet again, or the wait is interrupted.
    pub fn wait(&self) -> Signal {
        let mut signal = self.signals.recv().unwrap_or(Signal::Interrupted);
        let since = Instant::now();
        while signal == Signal::Changed && since.elapsed() < PATIENCE {
            match self.signals.recv_timeout(QUIET) {
                Ok(next) => signal = next,
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => signal = Signal::Interrupted,
            }
        }
        signal
    }
}

/// Whether a change of this path can change a verdict. What is gone may have been a folder.
fn may_matter(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    Language::of(path).is_some()
        || matches!(ending, "sql" | "yaml" | "yml")
        || path.file_name().is_some_and(|name| name == ".gitignore")
        || path.symlink_metadata().map_or(true, |metadata| !metadata.is_file())
}
