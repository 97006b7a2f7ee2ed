//! Where the next claim begins to look.
//!
//! Until the server vacuums the index of due runs it is full of entries of runs that are queued no more, all of
//! them at its head, and a claim that began there would walk past each of them: the longer a queue is drained,
//! the longer each claim would take.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use uuid::Uuid;

/// How often a claim begins at the head of the index. A run that got into the queue before those that are
/// claimed, as from a transaction that took long, waits no longer than this.
const LOOK_BACK: Duration = Duration::from_millis(100);

/// A run's place in the order in which runs are claimed: when it was due, and its id.
pub(super) type Place = (DateTime<Utc>, Uuid);

/// The place that the claims of this process have reached.
#[derive(Debug, Clone, Default)]
pub(super) struct ClaimCursor(Arc<Mutex<Reached>>);

#[derive(Debug, Default)]
struct Reached {
    place: Option<Place>,
    /// When a claim last began at the head.
    looked_back: Option<Instant>,
}

impl ClaimCursor {
    /// The place behind which a claim begins; none for the head of the index.
    pub(super) fn start(&self) -> Option<Place> {
        let mut reached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if reached.looked_back.is_none_or(|at| at.elapsed() >= LOOK_BACK) {
            *reached = Reached { place: None, looked_back: Some(Instant::now()) };
        }
        reached.place
    }

    /// Takes note of what was claimed.
    pub(super) fn reach(&self, claimed: impl Iterator<Item = Place>) {
        let last = claimed.max();
        let mut reached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reached.place = reached.place.max(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(second: i64) -> Place {
        (DateTime::from_timestamp(second, 0).expect("is a time"), Uuid::nil())
    }

    #[tokio::test(start_paused = true)]
    async fn claims_go_on_where_the_last_ended_and_look_back_now_and_then() {
        let cursor = ClaimCursor::default();
        assert_eq!(cursor.start(), None);
        cursor.reach([place(2), place(3), place(1)].into_iter());
        assert_eq!(cursor.start(), Some(place(3)));
        cursor.reach([place(1)].into_iter());
        assert_eq!(cursor.start(), Some(place(3)));
        tokio::time::advance(LOOK_BACK).await;
        assert_eq!(cursor.start(), None);
    }
}
