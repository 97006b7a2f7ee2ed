//! Completes runs. Completions that arrive while a statement is under way share the next one.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use crate::database::{DatabaseError, Lane};
use crate::phi::Phi;
use crate::queue::{Fence, Store};

/// Whether a completion landed, or its lease had been lost.
type Landed = Result<bool, DatabaseError>;

struct Completion {
    finished: (Fence, Phi<Value>),
    landed: oneshot::Sender<Landed>,
}

/// The way to the writing tasks.
#[derive(Clone)]
pub struct Writer(mpsc::UnboundedSender<Completion>);

impl Writer {
    /// Starts so many writing tasks, each of which completes up to `batch` runs in one statement. They end
    /// once every handle is dropped.
    pub fn start(store: &Store, tasks: usize, batch: usize) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..tasks {
            tokio::spawn(write(store.clone(), Arc::clone(&receiver), batch));
        }
        Self(sender)
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

async fn write(store: Store, queue: Arc<Mutex<mpsc::UnboundedReceiver<Completion>>>, batch: usize) {
    let mut lane = store.database().lane();
    let mut completions = Vec::with_capacity(batch);
    while queue.lock().await.recv_many(&mut completions, batch).await > 0 {
        // Statements that lock several rows do so in the order of their ids.
        completions.sort_unstable_by_key(|completion| completion.finished.0.id);
        let (finished, replies): (Vec<_>, Vec<_>) =
            completions.drain(..).map(|done| (done.finished, done.landed)).unzip();
        match store.complete(&mut lane, &finished).await {
            Ok(landed) => answer_all(&finished, replies, &landed),
            Err(error) if finished.len() == 1 || error.is_outage() => {
                for reply in replies {
                    let _ = reply.send(Err(error));
                }
            }
            // One artifact that the database refuses must not take the others along.
            Err(_) => write_singly(&store, &mut lane, &finished, replies).await,
        }
    }
}

fn answer_all(
    finished: &[(Fence, Phi<Value>)],
    replies: Vec<oneshot::Sender<Landed>>,
    landed: &[Uuid],
) {
    for ((fence, _), reply) in finished.iter().zip(replies) {
        // The run's task is gone only when the process shuts down.
        let _ = reply.send(Ok(landed.contains(&fence.id)));
    }
}

async fn write_singly(
    store: &Store,
    lane: &mut Lane,
    finished: &[(Fence, Phi<Value>)],
    replies: Vec<oneshot::Sender<Landed>>,
) {
    for (completion, reply) in finished.iter().zip(replies) {
        let landed = store.complete(lane, std::slice::from_ref(completion)).await;
        let _ = reply.send(landed.map(|ids| !ids.is_empty()));
    }
}
