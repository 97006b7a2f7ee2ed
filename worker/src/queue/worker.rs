//! The worker: takes due runs in hand as long as it has room for them, and ends in order.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::metrics::Metrics;
use crate::pipeline::execute::Executor;
use crate::provider::Chain;
use crate::queue::exchange::{Exchange, Traffic};
use crate::queue::{
    Completions, Leases, Notifier, Store, Writer, heartbeat, lost_replies, notifier, rescuer,
};
use crate::settings::QueueSettings;

/// Statements of the runs themselves at the same time, at most.
const MOST_STATEMENTS: usize = 8;
/// How long unfinished runs may take to be given back, once they were told.
const GIVE_BACK_LIMIT: Duration = Duration::from_secs(5);

/// A worker process's share of the queue.
pub struct Worker {
    settings: QueueSettings,
    store: Store,
    executor: Arc<Executor>,
    completions: Completions,
    metrics: Arc<Metrics>,
    interrupt: CancellationToken,
}

impl Worker {
    /// A worker over a queue.
    pub fn new(
        settings: QueueSettings,
        store: Store,
        chain: Chain,
        reuse_results: bool,
        metrics: Arc<Metrics>,
    ) -> Self {
        let interrupt = CancellationToken::new();
        let (writer, completions) = Writer::channel();
        let executor = Executor::new(
            store.clone(),
            writer,
            chain,
            settings.concurrency,
            reuse_results,
            Arc::clone(&metrics),
            interrupt.clone(),
        );
        Self { settings, store, executor: Arc::new(executor), completions, metrics, interrupt }
    }

    /// Connections that a worker with these settings uses at the same time.
    pub fn connections(settings: &QueueSettings) -> u32 {
        // Heartbeat, rescue, LISTEN, lost replies and idle check; the lanes; and the runs' own statements.
        let lanes = Traffic::new(settings).lanes;
        let connections = 5 + lanes + settings.concurrency.min(MOST_STATEMENTS);
        u32::try_from(connections).unwrap_or(u32::MAX)
    }

    /// Works until `shutdown` is cancelled, or until the queue is empty if the settings say so; then lets
    /// the runs in hand finish, and gives back those that do not in time.
    pub async fn work(self, shutdown: CancellationToken) {
        let traffic = Traffic::new(&self.settings);
        let exchange = Arc::new(Exchange {
            traffic,
            store: self.store.clone(),
            leases: Leases::new(self.settings.lease),
            executor: Arc::clone(&self.executor),
            completions: self.completions.clone(),
            notifier: Notifier::default(),
            room: Arc::new(Semaphore::new(traffic.capacity)),
            runs: TaskTracker::new(),
            closing: shutdown.child_token(),
            settings: self.settings.clone(),
        });
        let _companions = self.background_tasks(&exchange);
        exchange.closing.cancelled().await;
        self.drain(&exchange).await;
    }

    fn background_tasks(&self, exchange: &Arc<Exchange>) -> Vec<AbortOnDropHandle<()>> {
        let store = || self.store.clone();
        let leases = || Arc::clone(&exchange.leases);
        let notifier = || exchange.notifier.clone();
        let metrics = Arc::clone(&self.metrics);
        let mut background_tasks = vec![
            tokio::spawn(heartbeat::beat(store(), leases(), self.settings.heartbeat)),
            tokio::spawn(rescuer::run(store(), leases(), metrics, notifier())),
            tokio::spawn(lost_replies::recover(store(), leases(), notifier())),
        ];
        for lane in 0..exchange.traffic.lanes {
            background_tasks.push(tokio::spawn(Arc::clone(exchange).serve(lane == 0)));
        }
        if self.settings.listen_for_runs {
            let pool = self.store.database().pool().clone();
            background_tasks.push(tokio::spawn(notifier::listen(pool, notifier())));
        }
        background_tasks.into_iter().map(AbortOnDropHandle::new).collect()
    }

    async fn drain(&self, exchange: &Exchange) {
        self.finish(exchange).await;
        let database = self.store.database();
        if self.store.lost_replies().are_recent(database.limit() * 2) {
            lost_replies::give_back(&self.store, &mut database.lane(), &exchange.leases).await;
        }
    }

    async fn finish(&self, exchange: &Exchange) {
        exchange.runs.close();
        if timeout(self.settings.drain_timeout, exchange.runs.wait()).await.is_ok() {
            return;
        }
        tracing::warn!(runs = exchange.leases.count(), "giving unfinished runs back");
        self.interrupt.cancel();
        if timeout(GIVE_BACK_LIMIT, exchange.runs.wait()).await.is_err() {
            tracing::warn!(runs = exchange.leases.count(), "runs are left to be rescued");
        }
    }
}
