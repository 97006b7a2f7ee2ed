//! Creates runs, each once per assessment, correlation id and schema version.

use sqlx::FromRow;
use uuid::Uuid;

use crate::database::{Database, DatabaseError};
use crate::pipeline::artifact::SCHEMA_VERSION;
use crate::queue::Status;

/// A run that now exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Created {
    /// The run.
    pub id: Uuid,
    /// Where it stands.
    pub status: Status,
    /// Whether this call made it.
    pub is_new: bool,
}

/// What a run is created from.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// The assessment.
    pub assessment_id: Uuid,
    /// The caller's idempotency key.
    pub correlation_id: String,
    /// Attempts that it gets.
    pub max_attempts: i32,
}

/// Creates a run, or finds the one that an earlier or concurrent call created.
pub async fn create_run(database: &Database, run: &NewRun) -> Result<Created, DatabaseError> {
    let insert = sqlx::query_as(
        "INSERT INTO public.diagnosis_runs (assessment_id, correlation_id, schema_version, max_attempts) \
         VALUES ($1, $2, $3, $4) \
         ON CONFLICT (assessment_id, correlation_id, schema_version) DO NOTHING \
         RETURNING id, status, true AS is_new",
    )
    .bind(run.assessment_id)
    .bind(run.correlation_id.clone())
    .bind(SCHEMA_VERSION)
    .bind(run.max_attempts);
    let created = database.run(|connection| Box::pin(insert.fetch_optional(connection))).await?;
    if let Some(created) = created {
        return Ok(created);
    }
    // The conflicting run is committed by now: DO NOTHING waited for whoever was inserting it.
    let find = sqlx::query_as(
        "SELECT id, status, false AS is_new FROM public.diagnosis_runs \
         WHERE assessment_id = $1 AND correlation_id = $2 AND schema_version = $3",
    )
    .bind(run.assessment_id)
    .bind(run.correlation_id.clone())
    .bind(SCHEMA_VERSION);
    database.run(|connection| Box::pin(find.fetch_one(connection))).await
}
