//! Wakes the worker when runs are inserted.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::time::sleep;

/// The channel that inserts notify.
pub(super) const CHANNEL: &str = "diagnosis_runs";

/// Workers that wake at the same moment get in each other's way; this spreads them, at a price that an idle
/// worker's latency can bear.
const SPREAD: Duration = Duration::from_millis(2);

/// Rings when there may be work.
#[derive(Debug, Clone, Default)]
pub struct Notifier(Arc<Notify>);

impl Notifier {
    /// There may be work.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits until it rings; a ring that came before is not lost.
    pub async fn rung(&self) {
        self.0.notified().await;
    }
}

/// Listens until it is dropped. While the connection is away the poll stands in for it, and after each
/// reconnect the bell rings, because notifications may have been missed.
pub(super) async fn listen(pool: PgPool, notifier: Notifier) {
    let mut pause = Duration::from_millis(200);
    loop {
        if let Ok(mut listener) = PgListener::connect_with(&pool).await
            && listener.listen(CHANNEL).await.is_ok()
        {
            pause = Duration::from_millis(200);
            notifier.ring();
            while let Ok(Some(_)) = listener.try_recv().await {
                sleep(SPREAD.mul_f64(rand::random())).await;
                notifier.ring();
            }
        }
        tracing::debug!("the listening connection is away");
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}
