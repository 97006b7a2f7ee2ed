//! A run as it is stored and shown: every column.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::queue::Status;

/// A JSON document as the database holds it.
type Document = Option<Json<Box<RawValue>>>;

/// Every column of a run.
#[derive(Debug, Serialize, FromRow, ToSchema)]
pub struct RunRecord {
    /// The run.
    pub id: Uuid,
    /// The assessment that is diagnosed.
    pub assessment_id: Uuid,
    /// The caller's idempotency key.
    pub correlation_id: String,
    /// Where the run stands.
    pub status: Status,
    /// The number of the current attempt.
    pub attempt: i32,
    /// The attempt that is the last one.
    pub max_attempts: i32,
    /// What the provider was given.
    #[schema(value_type = Option<Object>)]
    pub context_pack: Document,
    /// The artifact.
    #[schema(value_type = Option<Object>)]
    pub diagnosis_result: Document,
    /// What went wrong.
    #[schema(value_type = Vec<crate::pipeline::run_error::ErrorEntry>)]
    pub errors: Document,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
    /// When the current attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was completed.
    pub completed_at: Option<DateTime<Utc>>,
    /// Version of the contract.
    pub schema_version: String,
    /// When it is due.
    pub next_attempt_at: DateTime<Utc>,
    /// How often it was claimed.
    pub lease_epoch: i64,
    /// The worker process that holds it.
    pub lease_owner: Option<String>,
    /// Until when it is held.
    pub lease_expires_at: Option<DateTime<Utc>>,
}

/// Reads a run by its id, as whoever the connection acts as may see it.
pub const SELECT_RUN: &str = "SELECT * FROM public.diagnosis_runs WHERE id = $1";

/// A run in a list: what identifies it and where it stands.
#[derive(Debug, Serialize, FromRow, ToSchema)]
pub struct RunSummary {
    /// The run.
    pub id: Uuid,
    /// The assessment that is diagnosed.
    pub assessment_id: Uuid,
    /// Where the run stands.
    pub status: Status,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
    /// When the current attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was completed.
    pub completed_at: Option<DateTime<Utc>>,
}

/// Reads the 50 most recent runs that whoever the connection acts as may see.
pub const SELECT_RECENT: &str = "SELECT id, assessment_id, status, created_at, updated_at, started_at, \
     completed_at FROM public.diagnosis_runs ORDER BY created_at DESC, id LIMIT 50";
