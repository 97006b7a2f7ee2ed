//! Waits for files to change.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

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

/// What reaches the one who waits.
enum Message {
    Event(notify::Result<Event>),
    Interrupted,
}

/// Watches the folders of a repository that hold what is judged. Folders of what `.gitignore` excludes are
/// not watched, since there may be very many.
pub struct Watcher {
    inner: RecommendedWatcher,
    sender: Sender<Message>,
    messages: Receiver<Message>,
    /// Files that count whatever their names are.
    named: HashSet<PathBuf>,
    watched: HashSet<PathBuf>,
    /// A folder may be there that is to be watched and is not.
    is_stale: bool,
}

impl Watcher {
    /// A watcher that watches nothing yet. Changes of the files in `named` count whatever their names are,
    /// and whether or not they are there.
    ///
    /// # Errors
    /// If the system has no way to watch files.
    pub fn new(named: Vec<PathBuf>) -> Result<Self, WatchError> {
        let (sender, messages) = channel();
        let changed = sender.clone();
        let inner = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Reading a file is an event too, so that judging would be followed by judging for ever.
            if !event.as_ref().is_ok_and(|event| event.kind.is_access()) {
                let _ = changed.send(Message::Event(event));
            }
        });
        let inner =
            inner.map_err(|error| WatchError { what: "files on this system".to_owned(), error })?;
        let named = named.iter().flat_map(|path| places(path)).flatten().collect();
        Ok(Self { inner, sender, messages, named, watched: HashSet::new(), is_stale: true })
    }

    /// Watches the folders of a tree that are not watched yet, if there may be any.
    ///
    /// # Errors
    /// If the system watches no more.
    pub fn watch(
        &mut self,
        root: &Folder,
        migrations: Option<&Folder>,
        selection: &Selection,
    ) -> Result<(), WatchError> {
        if !std::mem::take(&mut self.is_stale) {
            return Ok(());
        }
        let of_named = self.named.iter().filter_map(|path| path.parent()).map(Path::to_owned);
        let given = [Some(root), migrations].into_iter().flatten().filter_map(Folder::path);
        let folders: Vec<_> = of_named
            .chain(given.map(Path::to_owned))
            .chain(folders_of_sources(root, selection))
            .collect();
        folders.into_iter().try_for_each(|folder| self.add(folder))
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
            let _ = sender.send(Message::Interrupted);
        }
    }

    /// Waits until something changes and is quiet again, or the wait is interrupted.
    pub fn wait(&mut self) -> Signal {
        let Ok(mut message) = self.messages.recv() else { return Signal::Interrupted };
        let (mut quiet, mut end) = (None, None);
        loop {
            match message {
                Message::Interrupted => return Signal::Interrupted,
                Message::Event(event) if self.notice(&event) => {
                    let now = Instant::now();
                    quiet = Some(now + QUIET);
                    end.get_or_insert(now + PATIENCE);
                }
                Message::Event(_) => {}
            }
            let until = quiet.min(end);
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let next = match left {
                Some(Duration::ZERO) => return Signal::Changed,
                Some(left) => self.messages.recv_timeout(left),
                None => self.messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            message = match next {
                Ok(next) => next,
                Err(RecvTimeoutError::Timeout) => return Signal::Changed,
                Err(RecvTimeoutError::Disconnected) => return Signal::Interrupted,
            };
        }
    }

    /// Whether an event can change a verdict. Sees to it that folders which it is about are watched.
    fn notice(&mut self, event: &notify::Result<Event>) -> bool {
        let Some(event) = event.as_ref().ok().filter(|event| !event.need_rescan()) else {
            // Events were lost, so that anything may have happened.
            self.is_stale = true;
            return true;
        };
        let is_gone =
            event.kind.is_remove() || matches!(event.kind, EventKind::Modify(ModifyKind::Name(_)));
        let mut matters = false;
        for path in &event.paths {
            if is_gone {
                self.forget(path);
            }
            let is_named = self.named.contains(path);
            self.is_stale |= is_named || path.is_dir() || decides_on_folders(path);
            matters |= is_named || may_matter(path);
        }
        matters
    }

    /// What was watched under a name is watched no more, and again where something comes to bear the name.
    fn forget(&mut self, path: &Path) {
        for folder in self.watched.extract_if(|folder| folder.starts_with(path)) {
            // The system may have forgotten it by itself.
            let _ = self.inner.unwatch(&folder);
        }
    }
}

/// Where a file is, links followed, and where one of its name may come to be.
fn places(path: &Path) -> [Option<PathBuf>; 2] {
    let beside = path.parent().and_then(|folder| folder.canonicalize().ok()).zip(path.file_name());
    [path.canonicalize().ok(), beside.map(|(folder, name)| folder.join(name))]
}

/// Whether a file says which folders hold sources.
fn decides_on_folders(path: &Path) -> bool {
    has_ending(path, &["yaml", "yml"]) || path.file_name().is_some_and(|name| name == ".gitignore")
}

/// Whether a change of this path can change a verdict. What is gone may have been a folder.
fn may_matter(path: &Path) -> bool {
    Language::of(path).is_some()
        || has_ending(path, &["sql"])
        || decides_on_folders(path)
        || path.symlink_metadata().map_or(true, |metadata| !metadata.is_file())
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known))
}
