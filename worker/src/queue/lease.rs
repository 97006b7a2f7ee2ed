//! The leases that this process holds, and the moment at which it must stop believing in each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::queue::Fence;

/// The leases held, by run.
#[derive(Debug)]
pub struct Leases {
    length: Duration,
    held: Mutex<HashMap<Uuid, Held>>,
    /// Runs that were worked without an outcome, whose attempt counts, and until when that matters.
    dropped: Mutex<HashMap<Uuid, Instant>>,
}

#[derive(Debug)]
struct Held {
    epoch: i64,
    deadline: watch::Sender<Instant>,
    /// The worker's room that the run takes up.
    place: Option<OwnedSemaphorePermit>,
}

impl Leases {
    /// Leases of a length.
    pub fn new(length: Duration) -> Arc<Self> {
        Arc::new(Self { length, held: Mutex::default(), dropped: Mutex::default() })
    }

    /// How long a lease lasts without a heartbeat.
    pub const fn length(&self) -> Duration {
        self.length
    }

    /// Takes note of a claim that was sent at a moment. The server's clock starts the lease later than that,
    /// so that this process gives up before anybody else may rescue. The run keeps its place as long.
    pub fn hold(
        self: &Arc<Self>,
        fence: Fence,
        sent: Instant,
        place: Option<OwnedSemaphorePermit>,
    ) -> Lease {
        let (sender, deadline) = watch::channel(sent + self.length);
        let held = Held { epoch: fence.epoch, deadline: sender, place };
        self.change(|leases| leases.insert(fence.id, held));
        Lease { fence, deadline, leases: Arc::clone(self) }
    }

    /// Lets go of a lease on this side, and hands over the place of its run.
    pub(super) fn end(&self, fence: Fence) -> Option<OwnedSemaphorePermit> {
        let held = self.change(|leases| {
            // After a lost lease this process may have claimed the run anew, under another epoch.
            let is_held = leases.get(&fence.id).is_some_and(|held| held.epoch == fence.epoch);
            is_held.then(|| leases.remove(&fence.id)).flatten()
        });
        held?.place
    }

    /// Every lease that is held, sorted by run: statements that lock several rows do so in one order.
    pub fn fences(&self) -> Vec<Fence> {
        let mut fences: Vec<_> = self.change(|leases| {
            leases.iter().map(|(id, held)| Fence { id: *id, epoch: held.epoch }).collect()
        });
        fences.sort_unstable_by_key(|fence| fence.id);
        fences
    }

    /// Takes note of a heartbeat that was sent at a moment. Of the leases that the server was told of, some
    /// it still knows, renewed or not; the others are lost.
    pub fn renewed(&self, told: &[Fence], held: &HashMap<Uuid, bool>, sent: Instant) {
        self.change(|leases| {
            for fence in told {
                let Some(lease) = leases.get(&fence.id).filter(|lease| lease.epoch == fence.epoch)
                else {
                    continue;
                };
                match held.get(&fence.id) {
                    Some(true) => drop(lease.deadline.send_replace(sent + self.length)),
                    Some(false) => {}
                    None => drop(lease.deadline.send_replace(Instant::now())),
                }
            }
        });
    }

    /// Every run that is held, and every one that was and was dropped without an outcome.
    pub(super) fn worked(&self) -> Vec<Uuid> {
        let mut worked: Vec<_> = self.fences().into_iter().map(|fence| fence.id).collect();
        let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        dropped.retain(|_, until| *until > Instant::now());
        worked.extend(dropped.keys());
        worked
    }

    /// How many leases are held.
    pub fn count(&self) -> usize {
        self.change(|leases| leases.len())
    }

    fn change<T>(&self, change: impl FnOnce(&mut HashMap<Uuid, Held>) -> T) -> T {
        change(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A lease on a run; dropping it lets go of it on this side only.
#[derive(Debug)]
pub struct Lease {
    fence: Fence,
    deadline: watch::Receiver<Instant>,
    leases: Arc<Leases>,
}

impl Lease {
    /// What every write under this lease must name.
    pub const fn fence(&self) -> Fence {
        self.fence
    }

    /// Drops a run without an outcome: it is left to be rescued, with its attempt counted.
    pub(crate) fn abandon(&self) {
        let until = Instant::now() + self.leases.length * 2;
        let mut dropped = self.leases.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        dropped.insert(self.fence.id, until);
    }

    /// Whether the lease must be taken for lost.
    pub fn is_lost(&self) -> bool {
        *self.deadline.borrow() <= Instant::now()
    }

    /// Waits until the lease must be taken for lost.
    pub async fn lost(&self) {
        let mut deadline = self.deadline.clone();
        loop {
            let until = *deadline.borrow_and_update();
            tokio::select! {
                () = sleep_until(until) => return,
                changed = deadline.changed() => if changed.is_err() { return },
            }
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.leases.end(self.fence));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_secs(60);

    fn fence(epoch: i64) -> Fence {
        Fence { id: Uuid::nil(), epoch }
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_is_lost_at_its_deadline_unless_it_is_renewed() {
        let leases = Leases::new(LENGTH);
        let lease = leases.hold(fence(1), Instant::now(), None);
        tokio::time::advance(LENGTH / 2).await;
        leases.renewed(&[fence(1)], &HashMap::from([(Uuid::nil(), true)]), Instant::now());
        tokio::time::advance(LENGTH - Duration::from_secs(1)).await;
        assert!(!lease.is_lost());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(lease.is_lost());
        lease.lost().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_the_server_did_not_renew_is_lost_at_once() {
        let leases = Leases::new(LENGTH);
        let lease = leases.hold(fence(1), Instant::now(), None);
        leases.renewed(&[fence(1)], &HashMap::new(), Instant::now());
        lease.lost().await;
        assert!(lease.is_lost());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_could_not_be_renewed_this_time_lasts_until_its_deadline() {
        let leases = Leases::new(LENGTH);
        let lease = leases.hold(fence(1), Instant::now(), None);
        leases.renewed(&[fence(1)], &HashMap::from([(Uuid::nil(), false)]), Instant::now());
        assert!(!lease.is_lost());
        tokio::time::advance(LENGTH).await;
        assert!(lease.is_lost());
    }

    #[tokio::test(start_paused = true)]
    async fn letting_go_of_an_old_lease_keeps_the_newer_one() {
        let leases = Leases::new(LENGTH);
        let old = leases.hold(fence(1), Instant::now(), None);
        let new = leases.hold(fence(2), Instant::now(), None);
        drop(old);
        assert_eq!(leases.fences(), [fence(2)]);
        leases.renewed(&[fence(1)], &HashMap::new(), Instant::now());
        assert!(!new.is_lost(), "a heartbeat for the old epoch says nothing of the new");
    }
}
