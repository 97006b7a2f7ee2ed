//! The worker's traffic with the queue: finished runs go in, due runs come out, and each of those is executed
//! in a task of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::database::Lane;
use crate::pipeline::execute::Executor;
use crate::queue::writer::{Completion, Intake, exchange, merge};
use crate::queue::{Completions, Leases, Notifier, Store};
use crate::settings::QueueSettings;

/// Statements under way at the same time, at most. More of them get in each other's way.
const MOST_LANES: usize = 10;
/// Runs that share a statement, where the settings do not say.
const DEFAULT_BATCH: usize = 100;
/// How often a worker that is to end with the queue looks whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How many runs are in hand, how many of them share a statement, and how many statements it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Traffic {
    pub(super) capacity: usize,
    pub(super) batch: usize,
    pub(super) lanes: usize,
}

impl Traffic {
    pub(super) fn new(settings: &QueueSettings) -> Self {
        // With batches, one waits in hand while the last is written and the next is claimed.
        let waiting = 2 * settings.batch.unwrap_or(1).saturating_sub(1);
        let capacity = settings.concurrency + waiting;
        let batch = settings.batch.unwrap_or(DEFAULT_BATCH).min(capacity);
        Self { capacity, batch, lanes: capacity.div_ceil(batch).min(MOST_LANES) }
    }
}

/// What the lanes of a worker share.
pub(super) struct Exchange {
    pub(super) settings: QueueSettings,
    pub(super) traffic: Traffic,
    pub(super) store: Store,
    pub(super) leases: Arc<Leases>,
    pub(super) executor: Arc<Executor>,
    pub(super) completions: Completions,
    pub(super) notifier: Notifier,
    /// One permit per run that could be taken in hand.
    pub(super) room: Arc<Semaphore>,
    /// The runs in hand.
    pub(super) runs: TaskTracker,
    /// Cancelled when nothing more is to be claimed.
    pub(super) closing: CancellationToken,
}

/// What a lane does next.
enum Turn {
    /// Completes what is finished and claims what is due.
    Exchange(Option<OwnedSemaphorePermit>),
    /// Looks for due runs.
    Look,
    /// Claims nothing any more.
    Close,
}

impl Exchange {
    /// Exchanges until it is dropped, on a connection of its own. One of the lanes polls; it wakes the others
    /// when it finds more than it can take.
    pub(super) async fn serve(self: Arc<Self>, polls: bool) {
        let mut lane = self.store.database().lane();
        let mut finished = Vec::with_capacity(self.traffic.batch);
        let mut may_be_due = true;
        loop {
            match self.turn(&mut finished, may_be_due, polls).await {
                Turn::Exchange(room) => {
                    self.completions.gather(&mut finished, self.traffic.batch).await;
                    may_be_due = self.exchange(&mut lane, &mut finished, room).await;
                }
                Turn::Look => may_be_due = true,
                Turn::Close => may_be_due = false,
            }
        }
    }

    async fn turn(&self, finished: &mut Vec<Completion>, may_be_due: bool, polls: bool) -> Turn {
        let is_open = !self.closing.is_cancelled();
        tokio::select! {
            biased;
            () = self.completions.take(finished, self.traffic.batch) => Turn::Exchange(None),
            () = self.closing.cancelled(), if is_open => Turn::Close,
            room = self.room(), if is_open && may_be_due => Turn::Exchange(room),
            () = self.notifier.rung(), if is_open && !may_be_due => Turn::Look,
            () = sleep(self.poll_interval()), if is_open && !may_be_due && polls => Turn::Look,
        }
    }

    /// Waits for room, and takes as much as one statement may fill.
    async fn room(&self) -> Option<OwnedSemaphorePermit> {
        let mut room = Arc::clone(&self.room).acquire_owned().await.ok();
        merge(&mut room, self.more_room(self.traffic.batch - 1));
        room
    }

    fn more_room(&self, most: usize) -> Option<OwnedSemaphorePermit> {
        let free = self.room.available_permits().min(most);
        let free = u32::try_from(free).ok().filter(|free| *free > 0)?;
        Arc::clone(&self.room).try_acquire_many_owned(free).ok()
    }

    /// One exchange. Whether more runs may be due.
    async fn exchange(
        &self,
        lane: &mut Lane,
        finished: &mut Vec<Completion>,
        mut room: Option<OwnedSemaphorePermit>,
    ) -> bool {
        // What this claims is among the runs that a shutdown waits for.
        let _claiming = self.runs.token();
        let is_open = !self.closing.is_cancelled();
        let taken = finished.len() + room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        merge(&mut room, self.more_room(self.traffic.batch.saturating_sub(taken)));
        let free = finished.len() + room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let limit = if is_open { free.min(self.traffic.batch) } else { 0 };
        let claim = self.store.lost_replies().claim().await;
        let sent = Instant::now();
        match exchange(&self.store, lane, &self.leases, finished, limit).await {
            Ok(intake) => {
                let is_full = limit > 0 && intake.claimed.len() == limit;
                self.execute(intake, room, sent);
                drop(claim);
                if is_full && self.traffic.lanes > 1 {
                    self.notifier.ring();
                }
                if is_open && !is_full && self.is_done().await {
                    self.closing.cancel();
                }
                is_full
            }
            Err(error) => {
                tracing::warn!(%error, "an exchange with the queue failed");
                false
            }
        }
    }

    fn execute(&self, intake: Intake, mut places: Option<OwnedSemaphorePermit>, sent: Instant) {
        merge(&mut places, intake.places);
        for run in intake.claimed {
            let place = places.as_mut().and_then(|places| places.split(1));
            let lease = self.leases.hold(run.fence(), sent, place);
            let executor = Arc::clone(&self.executor);
            self.runs.spawn(async move { executor.execute(&run, &lease).await });
        }
    }

    /// Whether the queue is empty and that is the end; a database that cannot say so is asked again.
    async fn is_done(&self) -> bool {
        self.settings.until_empty
            && self.leases.count() == 0
            && self.store.is_idle().await.unwrap_or(false)
    }

    /// The poll interval, spread so that workers do not poll in step.
    fn poll_interval(&self) -> Duration {
        let poll = self.settings.poll.mul_f64(rand::random_range(0.75..1.25));
        if self.settings.until_empty { poll.min(LOOK_EVERY) } else { poll }
    }
}
