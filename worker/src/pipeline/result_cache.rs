//! Artifacts that this process remembers, in memory and nowhere else.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use lru::LruCache;
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;

use crate::phi::Phi;
use crate::pipeline::artifact::{ContextPack, SCHEMA_VERSION};
use crate::provider::{Chain, prompt};

const CAPACITY: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// Everything that an answer depends on, as a digest under a key that ends with the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CacheKey([u8; 32]);

/// Artifacts by run, and optionally by what they were made from.
pub(super) struct ResultCache {
    key: [u8; 64],
    unsaved: Mutex<LruCache<(Uuid, CacheKey), Phi<Value>>>,
    results: Option<Mutex<LruCache<CacheKey, Phi<Value>>>>,
}

impl ResultCache {
    /// Remembers artifacts until they are saved, and with `reuse` for equal runs after that.
    pub(super) fn new(reuse: bool) -> Self {
        Self {
            key: rand::random(),
            unsaved: Mutex::new(LruCache::new(CAPACITY)),
            results: reuse.then(|| Mutex::new(LruCache::new(CAPACITY))),
        }
    }

    /// What an answer to this context would be made from.
    pub(super) fn origin(&self, context: &Phi<ContextPack>, chain: &Chain) -> CacheKey {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        let (provider, model) = chain.preferred();
        for part in [
            provider.as_str(),
            model,
            prompt::VERSION,
            SCHEMA_VERSION,
            &serde_json::to_string(context.expose()).unwrap_or_default(),
        ] {
            mac.update(&part.len().to_le_bytes());
            mac.update(part.as_bytes());
        }
        CacheKey(mac.finalize().into_bytes().into())
    }

    /// Keeps a validated artifact before it is saved, so that a database that hiccups, even for longer than
    /// the lease, does not make the provider bill twice.
    pub(super) fn keep(&self, run: Uuid, origin: CacheKey, artifact: Phi<Value>) {
        lock(&self.unsaved).put((run, origin), artifact);
    }

    /// The artifact that an earlier attempt at the run could not save.
    pub(super) fn unsaved(&self, run: Uuid, origin: CacheKey) -> Option<Phi<Value>> {
        lock(&self.unsaved).get(&(run, origin)).cloned()
    }

    /// The artifact is saved: it is forgotten, or offered to equal runs.
    pub(super) fn saved(&self, run: Uuid, origin: CacheKey) {
        let artifact = lock(&self.unsaved).pop(&(run, origin));
        if let (Some(results), Some(artifact)) = (&self.results, artifact) {
            lock(results).put(origin, artifact);
        }
    }

    /// The artifact of an equal run.
    pub(super) fn reusable(&self, origin: CacheKey) -> Option<Phi<Value>> {
        lock(self.results.as_ref()?).get(&origin).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
