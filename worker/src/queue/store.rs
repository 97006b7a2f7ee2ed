//! The queue's statements. All times are the server's.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::database::{Database, DatabaseError, Lane};
use crate::phi::Phi;
use crate::pipeline::artifact::ContextPack;
use crate::pipeline::run_error::RunError;
use crate::queue::backoff::{Backoff, MOST_ATTEMPTS, milliseconds};
use crate::queue::claim_cursor::{ClaimCursor, Place};
use crate::queue::lost_replies::LostReplies;
use crate::queue::{Claimed, Depth, Fence, Leases, Status};

/// The queue in the database, as one worker process sees it.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
    owner: Arc<str>,
    lease: Duration,
    backoff: Backoff,
    max_attempts: i32,
    cursor: ClaimCursor,
    lost_replies: LostReplies,
}

/// A completed run or a busy one by its id alone, or a claimed one: id, whether it is busy, assessment,
/// attempt, lease epoch, and since when it was due.
type ExchangeRow = (Uuid, bool, Option<Uuid>, Option<i32>, Option<i64>, Option<DateTime<Utc>>);

/// What came of an exchange. Finished runs that are neither landed nor busy had lost their leases.
#[derive(Debug, Default)]
pub struct Exchanged {
    /// The finished runs that are completed now.
    pub landed: Vec<Uuid>,
    /// The finished runs that somebody else has locked.
    pub busy: Vec<Uuid>,
    /// The runs that were claimed.
    pub claimed: Vec<Claimed>,
}

/// What a rescue did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rescued {
    /// Runs that are queued again.
    pub queued: u64,
    /// Runs that had used up their attempts.
    pub failed: u64,
}

impl Store {
    /// The queue for a new worker process. The owner is a UUID per start: a host's name would tell of the
    /// host, and would not tell one start from the next.
    pub fn new(
        database: Database,
        lease: Duration,
        backoff: Backoff,
        max_attempts: Option<i32>,
    ) -> Self {
        Self {
            database,
            owner: Uuid::new_v4().to_string().into(),
            lease,
            backoff,
            max_attempts: max_attempts.unwrap_or(MOST_ATTEMPTS as i32),
            cursor: ClaimCursor::default(),
            lost_replies: LostReplies::default(),
        }
    }

    /// The queue for requests, which claim nothing.
    pub fn for_requests(database: Database) -> Self {
        Self::new(database, Duration::ZERO, Backoff::new(Duration::ZERO, Duration::ZERO), None)
    }

    /// The database.
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// Claims whose replies may have been lost.
    pub(super) const fn lost_replies(&self) -> &LostReplies {
        &self.lost_replies
    }

    /// Keeps artifacts, completes their runs and claims up to so many due ones, less the busy, all in one
    /// statement. Fewer claimed than that are all that were due.
    pub async fn exchange(
        &self,
        lane: &mut Lane,
        finished: &[(Fence, Phi<Value>)],
        limit: usize,
    ) -> Result<Exchanged, DatabaseError> {
        let start = self.cursor.start();
        let mut exchanged = self.exchange_behind(start, lane, finished, limit).await?;
        let missing = limit.saturating_sub(exchanged.busy.len() + exchanged.claimed.len());
        if start.is_some() && missing > 0 {
            // What is claimed and landed stays so, whether or not there is more.
            let more = self.exchange_behind(None, lane, &[], missing).await;
            exchanged.claimed.extend(more.unwrap_or_default().claimed);
        }
        Ok(exchanged)
    }

    async fn exchange_behind(
        &self,
        start: Option<Place>,
        lane: &mut Lane,
        finished: &[(Fence, Phi<Value>)],
        limit: usize,
    ) -> Result<Exchanged, DatabaseError> {
        let (ids, epochs) = columns(finished.iter().map(|(fence, _)| fence));
        let artifacts: Vec<_> =
            finished.iter().map(|(_, artifact)| Json(artifact.expose().clone())).collect();
        let (due_since, due_id) = start.unzip();
        let query = sqlx::query_as(include_str!("sql/exchange.sql"))
            .bind(ids)
            .bind(epochs)
            .bind(artifacts)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind(self.owner.to_string())
            .bind(milliseconds(self.lease))
            .bind(due_since)
            .bind(due_id);
        let rows: Vec<ExchangeRow> = lane
            .run(|connection| Box::pin(query.fetch_all(connection)))
            .await
            .inspect_err(|error| self.note_lost_reply(*error, limit))?;
        let (mut exchanged, mut places) = (Exchanged::default(), Vec::new());
        for row in rows {
            match row {
                (id, _, Some(assessment_id), Some(attempt), Some(lease_epoch), due_since) => {
                    exchanged.claimed.push(Claimed { id, assessment_id, attempt, lease_epoch });
                    places.extend(due_since.map(|since| (since, id)));
                }
                (id, true, ..) => exchanged.busy.push(id),
                (id, ..) => exchanged.landed.push(id),
            }
        }
        self.cursor.reach(places.into_iter());
        Ok(exchanged)
    }

    fn note_lost_reply(&self, error: DatabaseError, limit: usize) {
        if limit > 0 && error.is_ambiguous() {
            self.lost_replies.note();
        }
    }

    /// Gives back what this worker has claimed and does not hold, and tells how many runs those were. No
    /// claim may be under way: what it brings is not held yet.
    pub async fn give_back_unheld(
        &self,
        lane: &mut Lane,
        leases: &Leases,
    ) -> Result<usize, DatabaseError> {
        let query = sqlx::query_scalar(include_str!("sql/give_back_unheld.sql"))
            .bind(self.owner.to_string())
            .bind(leases.worked());
        let given: Vec<Uuid> = lane.run(|connection| Box::pin(query.fetch_all(connection))).await?;
        for id in &given {
            tracing::warn!(run_id = %id, "gave back a run whose claim was lost on its way here");
        }
        Ok(given.len())
    }

    /// Claims one run, due or not; none if it is not queued.
    pub async fn claim_one(&self, id: Uuid) -> Result<Option<Claimed>, DatabaseError> {
        let query = sqlx::query_as(include_str!("sql/claim_one.sql"))
            .bind(id)
            .bind(self.owner.to_string())
            .bind(milliseconds(self.lease));
        self.database.run(|connection| Box::pin(query.fetch_optional(connection))).await
    }

    /// Renews leases, and tells which are still held, and whether they were renewed.
    pub async fn heartbeat(
        &self,
        lane: &mut Lane,
        told: &[Fence],
    ) -> Result<HashMap<Uuid, bool>, DatabaseError> {
        let (ids, epochs) = columns(told);
        let query = sqlx::query_as(include_str!("sql/heartbeat.sql"))
            .bind(ids)
            .bind(epochs)
            .bind(milliseconds(self.lease));
        let rows: Vec<(Uuid, bool)> =
            lane.run(|connection| Box::pin(query.fetch_all(connection))).await?;
        let mut held = HashMap::with_capacity(told.len());
        for (id, is_renewed) in rows {
            *held.entry(id).or_default() |= is_renewed;
        }
        Ok(held)
    }

    /// Keeps the context pack; false if the lease was lost.
    pub async fn save_context(
        &self,
        fence: Fence,
        context: &Phi<ContextPack>,
    ) -> Result<bool, DatabaseError> {
        let query = sqlx::query(include_str!("sql/save_context.sql"))
            .bind(fence.id)
            .bind(fence.epoch)
            .bind(Json(context.expose().clone()));
        let done = self.database.run(|connection| Box::pin(query.execute(connection))).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends an attempt that failed, and tells where the run stands now; none if the lease was lost.
    pub async fn settle_failure(
        &self,
        claimed: &Claimed,
        error: &RunError,
        retry_after: Option<Duration>,
    ) -> Result<Option<Status>, DatabaseError> {
        let query = sqlx::query_scalar(include_str!("sql/settle_failure.sql"))
            .bind(claimed.id)
            .bind(claimed.lease_epoch)
            .bind(Json([error.entry(claimed.attempt)]))
            .bind(error.retryable)
            .bind(self.backoff.delays())
            .bind(self.backoff.least_delay(retry_after))
            .bind(self.max_attempts);
        self.database.run(|connection| Box::pin(query.fetch_optional(connection))).await
    }

    /// Gives a run back without an outcome, to be due after a delay; false if the lease was lost.
    pub async fn give_back(&self, fence: Fence, delay: Duration) -> Result<bool, DatabaseError> {
        let query = sqlx::query(include_str!("sql/give_back.sql"))
            .bind(fence.id)
            .bind(fence.epoch)
            .bind(milliseconds(delay));
        let given =
            self.database.run(|connection| Box::pin(query.fetch_optional(connection))).await?;
        Ok(given.is_some())
    }

    /// Makes a queued run due now and wakes a worker; false if it is not queued.
    pub async fn make_due(&self, id: Uuid) -> Result<bool, DatabaseError> {
        let query = sqlx::query(include_str!("sql/make_due.sql")).bind(id);
        let due =
            self.database.run(|connection| Box::pin(query.fetch_optional(connection))).await?;
        Ok(due.is_some())
    }

    /// Rescues up to a hundred runs whose leases ran out.
    pub async fn rescue(&self, lane: &mut Lane) -> Result<Rescued, DatabaseError> {
        let query = sqlx::query_as(include_str!("sql/rescue.sql"))
            .bind(milliseconds(self.lease))
            .bind(self.backoff.delays())
            .bind(Json(RunError::max_attempts_reached().entry(0)))
            .bind(self.max_attempts)
            .bind(Json(RunError::attempt_lost().entry(0)));
        let runs: Vec<(Uuid, Status, Option<String>)> =
            lane.run(|connection| Box::pin(query.fetch_all(connection))).await?;
        let mut rescued = Rescued::default();
        for (id, status, owner) in runs {
            // Whoever put the run in progress by hand may have written anything.
            let owner = owner.and_then(|owner| Uuid::parse_str(&owner).ok()).unwrap_or_default();
            let status_now = status.as_str();
            tracing::warn!(run_id = %id, status = status_now, %owner, "rescued a run from a lost worker");
            match status {
                Status::Queued => rescued.queued += 1,
                _ => rescued.failed += 1,
            }
        }
        Ok(rescued)
    }

    /// Where a run stands, and under which epoch; none if there is no such run.
    pub async fn outcome(&self, id: Uuid) -> Result<Option<(Status, i64)>, DatabaseError> {
        let query = sqlx::query_as(include_str!("sql/outcome.sql")).bind(id);
        self.database.run(|connection| Box::pin(query.fetch_optional(connection))).await
    }

    /// Whether nothing is due or running anywhere.
    pub async fn is_idle(&self) -> Result<bool, DatabaseError> {
        let query = sqlx::query_scalar(include_str!("sql/is_idle.sql"));
        self.database.run(|connection| Box::pin(query.fetch_one(connection))).await
    }

    /// The queue at a glance.
    pub async fn depth(&self) -> Result<Depth, DatabaseError> {
        let query = sqlx::query_as(include_str!("sql/depth.sql"));
        self.database.run(|connection| Box::pin(query.fetch_one(connection))).await
    }
}

fn columns<'a>(fences: impl IntoIterator<Item = &'a Fence>) -> (Vec<Uuid>, Vec<i64>) {
    fences.into_iter().map(|fence| (fence.id, fence.epoch)).unzip()
}
