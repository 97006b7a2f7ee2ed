//! The queue: the table `diagnosis_runs`, shared by any number of workers.
//!
//! A run is claimed under a lease, and each claim raises the run's lease epoch. Every later write names the
//! epoch, so that a worker that was frozen or cut off cannot overwrite what a newer attempt has done.

mod backoff;
mod claim_cursor;
mod exchange;
mod heartbeat;
mod lease;
mod lost_replies;
mod notifier;
mod rescuer;
mod store;
mod worker;
mod writer;

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

pub use self::backoff::Backoff;
pub use self::heartbeat::beat;
pub use self::lease::{Lease, Leases};
pub use self::notifier::Notifier;
pub use self::store::{Exchanged, Store};
pub use self::worker::Worker;
pub use self::writer::{Completions, Writer};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "diagnosis_run_status", rename_all = "snake_case")]
pub enum Status {
    /// Waiting until it is due.
    Queued,
    /// Held by a worker.
    InProgress,
    /// Ended with an artifact.
    Completed,
    /// Ended without one.
    Failed,
}

impl Status {
    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Whether the run has ended.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// A run that this process has claimed.
#[derive(Debug, Clone, FromRow)]
pub struct Claimed {
    /// The run.
    pub id: Uuid,
    /// What it is about.
    pub assessment_id: Uuid,
    /// The attempt that begins.
    pub attempt: i32,
    /// The lease epoch of the claim.
    pub lease_epoch: i64,
}

impl Claimed {
    /// What every write of this attempt must name.
    pub const fn fence(&self) -> Fence {
        Fence { id: self.id, epoch: self.lease_epoch }
    }
}

/// A run and the lease epoch under which it may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// The run.
    pub id: Uuid,
    /// The epoch.
    pub epoch: i64,
}

/// The queue at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Depth {
    /// Queued runs, due or not.
    pub queued: i64,
    /// Runs being worked.
    pub in_progress: i64,
    /// Seconds that the longest waiting run has been due.
    pub oldest_due_seconds: i64,
}
