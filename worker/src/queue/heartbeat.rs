//! Renews all leases of this process, in one statement per interval.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::queue::{Leases, Store};

/// After a failed heartbeat the next one comes this much sooner.
const RETRY_FRACTION: u32 = 4;

/// Beats until it is dropped.
pub async fn beat(store: Store, leases: Arc<Leases>, every: Duration) {
    let mut lane = store.database().lane();
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let told = leases.fences();
        if told.is_empty() {
            continue;
        }
        let sent = Instant::now();
        match store.heartbeat(&mut lane, &told).await {
            Ok(held) => leases.renewed(&told, &held, sent),
            Err(error) => {
                tracing::warn!(%error, "heartbeat failed");
                ticks.reset_after(every / RETRY_FRACTION);
            }
        }
    }
}
