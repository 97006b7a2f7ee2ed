//! The worker: claims due runs as long as it has room for them, and executes each in a task of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::database::{DatabaseError, Lane};
use crate::metrics::Metrics;
use crate::pipeline::execute::Executor;
use crate::provider::Chain;
use crate::queue::{Doorbell, Leases, Store, Writer, heartbeat, rescue, wake};
use crate::settings::QueueSettings;

/// Statements that complete runs at the same time, at most.
const MOST_WRITERS: usize = 8;
/// Runs that share a statement, where the settings do not say.
const DEFAULT_BATCH: usize = 100;
/// How long unfinished runs may take to be given back, once they were told.
const GIVE_BACK_LIMIT: Duration = Duration::from_secs(5);

/// A worker process's share of the queue.
pub struct Worker {
    settings: QueueSettings,
    store: Store,
    leases: Arc<Leases>,
    executor: Arc<Executor>,
    metrics: Arc<Metrics>,
    doorbell: Doorbell,
    interrupt: CancellationToken,
    /// One permit per run in hand, waiting or worked.
    room: Arc<Semaphore>,
    capacity: usize,
    /// One permit per run being worked.
    hands: Arc<Semaphore>,
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
        let batch = settings.batch.unwrap_or(DEFAULT_BATCH);
        let writers = settings.concurrency.min(MOST_WRITERS);
        let interrupt = CancellationToken::new();
        let writer = Writer::start(&store, writers, batch);
        let executor = Executor::new(
            store.clone(),
            writer,
            chain,
            reuse_results,
            Arc::clone(&metrics),
            interrupt.clone(),
        );
        // With batches, the next ones wait in hand while the last are worked.
        let capacity = settings.concurrency + settings.batch.unwrap_or(0).saturating_sub(1);
        Self {
            leases: Leases::new(settings.lease),
            executor: Arc::new(executor),
            metrics,
            doorbell: Doorbell::default(),
            interrupt,
            room: Arc::new(Semaphore::new(capacity)),
            capacity,
            hands: Arc::new(Semaphore::new(settings.concurrency)),
            settings,
            store,
        }
    }

    /// Connections that a worker with these settings uses at the same time.
    pub fn connections(settings: &QueueSettings) -> u32 {
        // Claim, heartbeat, rescue, LISTEN, idle check; the writers; and the runs' own statements.
        let connections = 5 + settings.concurrency.min(MOST_WRITERS) + settings.concurrency.min(8);
        u32::try_from(connections).unwrap_or(u32::MAX)
    }

    /// Works until `shutdown` is cancelled, or until the queue is empty if the settings say so; then lets
    /// the runs in hand finish, and gives back those that do not in time.
    pub async fn work(self, shutdown: CancellationToken) {
        let _companions = self.companions();
        let mut tasks = JoinSet::new();
        self.claim_and_execute(&shutdown, &mut tasks).await;
        self.drain(&mut tasks).await;
    }

    fn companions(&self) -> Vec<AbortOnDropHandle<()>> {
        let store = || self.store.clone();
        let leases = || Arc::clone(&self.leases);
        let mut companions = vec![
            tokio::spawn(heartbeat::beat(store(), leases(), self.settings.heartbeat)),
            tokio::spawn(rescue::patrol(
                store(),
                leases(),
                Arc::clone(&self.metrics),
                self.doorbell.clone(),
            )),
        ];
        if self.settings.listen_for_runs {
            let pool = self.store.database().pool().clone();
            companions.push(tokio::spawn(wake::listen(pool, self.doorbell.clone())));
        }
        companions.into_iter().map(AbortOnDropHandle::new).collect()
    }

    async fn claim_and_execute(&self, shutdown: &CancellationToken, tasks: &mut JoinSet<()>) {
        let mut lane = self.store.database().lane();
        while !shutdown.is_cancelled() {
            while tasks.try_join_next().is_some() {}
            let Some(room) = self.room_for_more(shutdown).await else { break };
            let claim = self.claim(&mut lane, room, tasks);
            let wait = match claim.await {
                Ok(Claim::Full) => continue,
                Ok(Claim::Short) => self.poll_interval(),
                Err(error) => {
                    tracing::warn!(%error, "claim failed");
                    self.poll_interval()
                }
            };
            if self.settings.until_empty && self.is_done().await {
                break;
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.doorbell.rung() => {}
                () = sleep(wait) => {}
            }
        }
    }

    /// Waits for room, and takes as much as one statement may fill.
    async fn room_for_more(&self, shutdown: &CancellationToken) -> Option<OwnedSemaphorePermit> {
        let most = self.settings.batch.unwrap_or(DEFAULT_BATCH).min(self.capacity);
        let first = tokio::select! {
            () = shutdown.cancelled() => return None,
            permit = Arc::clone(&self.room).acquire_owned() => permit.ok()?,
        };
        let more = self.room.available_permits().min(most - 1);
        let mut room = first;
        if let Ok(more) =
            Arc::clone(&self.room).try_acquire_many_owned(u32::try_from(more).unwrap_or(0))
        {
            room.merge(more);
        }
        Some(room)
    }

    async fn claim(
        &self,
        lane: &mut Lane,
        mut room: OwnedSemaphorePermit,
        tasks: &mut JoinSet<()>,
    ) -> Result<Claim, DatabaseError> {
        let asked = room.num_permits();
        let sent = Instant::now();
        let claimed = self.store.claim(lane, asked).await?;
        let claim = if claimed.len() < asked { Claim::Short } else { Claim::Full };
        for run in claimed {
            let Some(place) = room.split(1) else { break };
            let lease = self.leases.hold(run.fence(), sent);
            let (executor, hands) = (Arc::clone(&self.executor), Arc::clone(&self.hands));
            tasks.spawn(async move {
                if let Ok(_hand) = hands.acquire_owned().await {
                    executor.execute(&run, &lease).await;
                }
                drop((lease, place));
            });
        }
        Ok(claim)
    }

    /// Whether there is nothing left; a database that cannot say so is asked again.
    async fn is_done(&self) -> bool {
        self.leases.count() == 0 && self.store.is_idle().await.unwrap_or(false)
    }

    /// The poll interval, spread so that workers do not poll in step.
    fn poll_interval(&self) -> Duration {
        let poll = self.settings.poll.mul_f64(rand::random_range(0.75..1.25));
        // A worker that is to end with the queue looks more often whether it has.
        if self.settings.until_empty { poll.min(Duration::from_millis(50)) } else { poll }
    }

    async fn drain(&self, tasks: &mut JoinSet<()>) {
        let all_done = async |tasks: &mut JoinSet<()>| while tasks.join_next().await.is_some() {};
        if timeout(self.settings.drain_timeout, all_done(tasks)).await.is_ok() {
            return;
        }
        tracing::warn!(runs = self.leases.count(), "giving unfinished runs back");
        self.interrupt.cancel();
        if timeout(GIVE_BACK_LIMIT, all_done(tasks)).await.is_err() {
            tracing::warn!(runs = self.leases.count(), "runs are left to be rescued");
        }
    }
}

/// What a claim came to.
enum Claim {
    /// As many runs as there was room for; there may be more.
    Full,
    /// Fewer: nothing else is due.
    Short,
}
