use std::collections::HashMap;
use std::fs::Metadata;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::sources::Found;
use crate::source::SourceQuery;

/// File systems tell times in steps of up to this. A file that was written so shortly before it was read
/// could be written once more without a later time.
const STEP: Duration = Duration::from_secs(2);

/// What is known of the sources of a tree since they were read last, so that those that have not changed
/// are not read again.
#[derive(Debug, Default)]
pub struct SourceCache(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    source_query: SourceQuery,
    sources: HashMap<String, Found>,
}

/// Tells whether a file is what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    modified: SystemTime,
    identity: [i64; 4],
}

impl Stamp {
    /// The stamp of a file, unless it was written too recently to be told from what it may become.
    pub(super) fn of(metadata: &Metadata) -> Option<Self> {
        let modified = metadata.modified().ok()?;
        let identity = identity(metadata);
        let [.., seconds, _] = identity;
        let changed = Duration::from_secs(u64::try_from(seconds).ok()?);
        let latest = modified.max(SystemTime::UNIX_EPOCH + changed);
        let age = SystemTime::now().duration_since(latest).ok()?;
        (age >= STEP).then_some(Self { length: metadata.len(), modified, identity })
    }
}

/// Which file it is, and when anything of it was last changed.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> [i64; 4] {
    use std::os::unix::fs::MetadataExt;
    let number = |number: u64| number.cast_signed();
    [number(metadata.dev()), number(metadata.ino()), metadata.ctime(), metadata.ctime_nsec()]
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> [i64; 4] {
    [0; 4]
}

impl SourceCache {
    /// Forgets what was read for other source_query.
    pub fn prepare_for(&self, source_query: &SourceQuery) {
        let mut known = self.known();
        if known.source_query != *source_query {
            *known = Known { source_query: source_query.clone(), sources: HashMap::new() };
        }
    }

    /// Takes out what is known.
    pub(super) fn take(&self) -> HashMap<String, Found> {
        std::mem::take(&mut self.known().sources)
    }

    /// Keeps what was found, as far as it can be told from what it may become.
    pub(super) fn keep(&self, found: &[Found]) {
        let stamped = found.iter().filter(|found| found.stamp.is_some());
        self.known().sources = stamped.map(|found| (found.path.clone(), found.clone())).collect();
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
