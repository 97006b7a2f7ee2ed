//! Claims whose replies were lost. The server may have committed them, or may yet do so: they hold runs that
//! nobody works. The worker looks for those, and gives them back before their leases run out.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, RwLock, RwLockReadGuard};
use tokio::time::{Instant, sleep};

use crate::database::Lane;
use crate::queue::{Leases, Notifier, Store};

/// What the claims of a process have in common.
#[derive(Debug, Clone, Default)]
pub(super) struct LostReplies(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// When a reply was last lost.
    last: Mutex<Option<Instant>>,
    noted: Notify,
    /// Claims share it until they are held; whoever gives back what is not held has it alone.
    under_way: RwLock<()>,
}

impl LostReplies {
    /// A reply was lost.
    pub(super) fn note(&self) {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.0.noted.notify_one();
    }

    /// Whether a reply was lost so lately that its claim may not be settled.
    pub(super) fn are_recent(&self, within: Duration) -> bool {
        let last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < within)
    }

    /// To be kept from before a claim is sent until what it brought is held.
    pub(super) async fn claim(&self) -> RwLockReadGuard<'_, ()> {
        self.0.under_way.read().await
    }
}

/// Gives back what lost replies have claimed, until it is dropped.
pub(super) async fn recover(store: Store, leases: Arc<Leases>, notifier: Notifier) {
    let mut lane = store.database().lane();
    let limit = store.database().limit();
    loop {
        store.lost_replies().0.noted.notified().await;
        loop {
            // The server commits nothing later than this that it was sent before the reply was lost.
            let is_settled = !store.lost_replies().are_recent(limit * 2);
            match give_back(&store, &mut lane, &leases).await {
                Some(0) if is_settled => break,
                Some(0) | None => {}
                Some(_) => notifier.ring(),
            }
            sleep(limit / 10).await;
        }
    }
}

/// Gives back what is not held, at a moment when no claim is under way; none if the server cannot be asked.
pub(super) async fn give_back(store: &Store, lane: &mut Lane, leases: &Leases) -> Option<usize> {
    let _alone = store.lost_replies().0.under_way.write().await;
    store
        .give_back_unheld(lane, leases)
        .await
        .inspect_err(|error| tracing::warn!(%error, "lost claims cannot be given back yet"))
        .ok()
}
