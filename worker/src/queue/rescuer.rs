//! Takes runs from workers that died, froze or were cut off.

use std::sync::Arc;

use tokio::time::sleep;

use crate::metrics::Metrics;
use crate::queue::store::Rescued;
use crate::queue::{Leases, Notifier, Store};

/// Rescues every half lease, with jitter so that workers do not do it all at once, until it is dropped.
pub(super) async fn run(
    store: Store,
    leases: Arc<Leases>,
    metrics: Arc<Metrics>,
    notifier: Notifier,
) {
    let mut lane = store.database().lane();
    loop {
        match store.rescue(&mut lane).await {
            Ok(Rescued { queued: 0, failed: 0 }) => {
                sleep(leases.length().mul_f64(rand::random_range(0.4..0.6))).await;
            }
            Ok(Rescued { queued, failed }) => {
                metrics.rescued(queued, failed);
                notifier.ring();
            }
            Err(error) => {
                tracing::warn!(%error, "rescue failed");
                sleep(leases.length() / 4).await;
            }
        }
    }
}
