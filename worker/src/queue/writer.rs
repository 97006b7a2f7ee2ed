//! Completes runs. Completions that arrive while a statement is under way share the next one, and that one
//! also claims the runs that take their places.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{Mutex, OwnedSemaphorePermit, mpsc, oneshot};
use tokio::task::yield_now;

use crate::database::{DatabaseError, Lane};
use crate::phi::Phi;
use crate::queue::{Claimed, Exchanged, Fence, Leases, Store};

/// Whether a completion landed, or its lease had been lost.
type Landed = Result<bool, DatabaseError>;

/// An artifact that is to complete its run.
pub(super) struct Completion {
    finished: (Fence, Phi<Value>),
    landed: oneshot::Sender<Landed>,
}

/// The way to whoever writes.
#[derive(Clone)]
pub struct Writer(mpsc::UnboundedSender<Completion>);

/// The writing end, shared by all who write.
#[derive(Clone)]
pub struct Completions(Arc<Mutex<mpsc::UnboundedReceiver<Completion>>>);

/// What came to hand: claimed runs, and the places that the completed ones have left.
pub(super) struct Intake {
    pub(super) claimed: Vec<Claimed>,
    pub(super) places: Option<OwnedSemaphorePermit>,
}

impl Writer {
    /// Both ends.
    pub fn channel() -> (Self, Completions) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), Completions(Arc::new(Mutex::new(receiver))))
    }

    /// Keeps an artifact and completes its run; false if the lease was lost.
    pub async fn complete(&self, fence: Fence, artifact: Phi<Value>) -> Landed {
        let (landed, reply) = oneshot::channel();
        // Both ends fail only while the runtime shuts down.
        self.0
            .send(Completion { finished: (fence, artifact), landed })
            .map_err(|_| DatabaseError::Unreachable)?;
        reply.await.map_err(|_| DatabaseError::Unreachable)?
    }
}

impl Completions {
    /// Waits for completions and takes up to `most` of them. Nothing is lost if it is dropped while it waits.
    pub(super) async fn take(&self, taken: &mut Vec<Completion>, most: usize) {
        if taken.is_empty() {
            self.0.lock().await.recv_many(taken, most).await;
        }
    }

    /// Takes more, as long as runs that are about to finish do.
    pub(super) async fn gather(&self, taken: &mut Vec<Completion>, most: usize) {
        let mut before = 0;
        while before < taken.len() && taken.len() < most {
            before = taken.len();
            yield_now().await;
            let mut waiting = self.0.lock().await;
            while taken.len() < most
                && let Ok(completion) = waiting.try_recv()
            {
                taken.push(completion);
            }
        }
    }

    /// Writes completions one by one until it is dropped, and claims nothing.
    pub async fn write(self, store: Store, leases: Arc<Leases>) {
        let mut lane = store.database().lane();
        let mut taken = Vec::new();
        loop {
            self.take(&mut taken, 1).await;
            // Whoever waits for the completion is told of the error.
            let _ = exchange(&store, &mut lane, &leases, &mut taken, 0).await;
        }
    }
}

/// Completes runs and claims up to `limit` others in one statement. The leases of the completed end here,
/// before anybody is told, so that their places pass to the claimed.
pub(super) async fn exchange(
    store: &Store,
    lane: &mut Lane,
    leases: &Leases,
    completions: &mut Vec<Completion>,
    limit: usize,
) -> Result<Intake, DatabaseError> {
    // Statements that lock several rows do so in the order of their ids.
    completions.sort_unstable_by_key(|completion| completion.finished.0.id);
    let (finished, replies): (Vec<_>, Vec<_>) =
        completions.drain(..).map(|done| (done.finished, done.landed)).unzip();
    match store.exchange(lane, &finished, limit).await {
        Ok(exchanged) => {
            let mut places = None;
            for ((fence, _), reply) in finished.iter().zip(replies) {
                let landed = outcome(&exchanged, *fence);
                if landed.is_ok() {
                    merge(&mut places, leases.end(*fence));
                }
                // The run's task is gone only when the process shuts down.
                let _ = reply.send(landed);
            }
            Ok(Intake { claimed: exchanged.claimed, places })
        }
        Err(error) if finished.len() <= 1 || error.will_pass() => {
            for reply in replies {
                let _ = reply.send(Err(error));
            }
            Err(error)
        }
        // One artifact that the database refuses must not take the others along.
        Err(_) => {
            for (completion, reply) in finished.iter().zip(replies) {
                let written = store.exchange(lane, std::slice::from_ref(completion), 0).await;
                let _ = reply.send(written.and_then(|written| outcome(&written, completion.0)));
            }
            Ok(Intake { claimed: Vec::new(), places: None })
        }
    }
}

fn outcome(exchanged: &Exchanged, fence: Fence) -> Landed {
    if exchanged.busy.contains(&fence.id) {
        return Err(DatabaseError::Busy);
    }
    Ok(exchanged.landed.contains(&fence.id))
}

pub(super) fn merge(places: &mut Option<OwnedSemaphorePermit>, more: Option<OwnedSemaphorePermit>) {
    match (places.as_mut(), more) {
        (Some(places), Some(more)) => places.merge(more),
        (None, Some(more)) => *places = Some(more),
        (_, None) => {}
    }
}
