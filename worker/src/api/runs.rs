//! The four endpoints of runs.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::error::ErrorBody;
use super::token::Caller;
use super::{Api, ApiError, body};
use crate::pipeline::create::{NewRun, create_run};
use crate::pipeline::record::{RunRecord, RunSummary, SELECT_RECENT, SELECT_RUN};
use crate::queue::Status;

/// Room in the index that keeps correlation ids unique, and more than any key needs.
const LONGEST_CORRELATION_ID: usize = 200;
/// How long `?wait=true` waits: less than a request may take.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What a run is created from.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub(super) struct CreateBody {
    /// The assessment to diagnose.
    assessment_id: Uuid,
    /// The caller's idempotency key.
    correlation_id: String,
}

/// A run, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunReply {
    /// Always true.
    success: bool,
    /// The run.
    run_id: Uuid,
    /// Where it stands.
    status: Status,
}

/// What creating and processing answer with.
type RunResult = Result<(StatusCode, Json<RunReply>), ApiError>;

impl RunReply {
    const fn with(code: StatusCode, run_id: Uuid, status: Status) -> (StatusCode, Json<Self>) {
        (code, Json(Self { success: true, run_id, status }))
    }
}

/// The runs that the caller may see.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListReply {
    /// Always true.
    success: bool,
    /// The 50 most recent, newest first.
    runs: Vec<RunSummary>,
}

/// One run.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShowReply {
    /// Always true.
    success: bool,
    /// Every column of it.
    run: RunRecord,
}

/// How to process.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct ProcessQuery {
    /// Wait for the outcome, for up to 25 seconds.
    #[serde(default)]
    wait: bool,
}

/// Creates a run, or finds the one that was created with the same assessment and correlation id.
#[utoipa::path(
    post, path = "/api/diagnosis-runs", request_body = CreateBody, security(("bearer" = [])),
    responses(
        (status = 201, description = "created", body = RunReply),
        (status = 200, description = "it existed", body = RunReply),
        (status = 404, description = "the caller can see no such assessment", body = ErrorBody),
        ErrorBody,
    )
)]
pub(super) async fn create(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> RunResult {
    let fields = body::fields(&headers, &body)?;
    let assessment_id = text(&fields, "assessmentId", "assessmentId is required")?;
    let assessment_id = Uuid::parse_str(assessment_id.trim())
        .map_err(|_| ApiError::InvalidField("assessmentId must be a UUID"))?;
    let correlation_id = text(&fields, "correlationId", "correlationId is required")?.to_owned();
    if correlation_id.len() > LONGEST_CORRELATION_ID || correlation_id.contains(char::is_control) {
        return Err(ApiError::InvalidField("correlationId must be a line of at most 200 bytes"));
    }
    let query = sqlx::query_scalar(include_str!("may_create.sql")).bind(assessment_id);
    let may_create: bool =
        caller.read(&api.callers, |connection| Box::pin(query.fetch_one(connection))).await?;
    if !may_create {
        return Err(ApiError::AssessmentNotFound);
    }
    let run = NewRun { assessment_id, correlation_id, max_attempts: api.max_attempts };
    let created = create_run(api.queue.database(), &run).await?;
    let code = if created.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(RunReply::with(code, created.id, created.status))
}

/// Lists the 50 most recent runs that the caller may see.
#[utoipa::path(
    get, path = "/api/diagnosis-runs", security(("bearer" = [])),
    responses(
        (status = 200, description = "the runs", body = ListReply),
        ErrorBody,
    )
)]
pub(super) async fn list(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<ListReply>, ApiError> {
    let query = sqlx::query_as(SELECT_RECENT);
    let runs =
        caller.read(&api.callers, |connection| Box::pin(query.fetch_all(connection))).await?;
    Ok(Json(ListReply { success: true, runs }))
}

/// Shows a run in full.
#[utoipa::path(
    get, path = "/api/diagnosis-runs/{id}", params(("id" = Uuid, Path, description = "the run")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "the run", body = ShowReply),
        (status = 404, description = "the caller can see no such run", body = ErrorBody),
        ErrorBody,
    )
)]
pub(super) async fn show(
    State(api): State<Api>,
    caller: Caller,
    id: Result<Path<Uuid>, PathRejection>,
) -> Result<Json<ShowReply>, ApiError> {
    let query = sqlx::query_as(SELECT_RUN).bind(run_id(id)?);
    let run: Option<RunRecord> =
        caller.read(&api.callers, |connection| Box::pin(query.fetch_optional(connection))).await?;
    let run = run.ok_or(ApiError::RunNotFound)?;
    Ok(Json(ShowReply { success: true, run }))
}

/// Makes a queued run due now, whoever's it is. For admins and the system.
#[utoipa::path(
    post, path = "/api/diagnosis-runs/{id}/process",
    params(("id" = Uuid, Path, description = "the run"), ProcessQuery), security(("bearer" = [])),
    responses(
        (status = 202, description = "it is due", body = RunReply),
        (status = 200, description = "it ended while the request waited", body = RunReply),
        (status = 403, description = "the caller is neither admin nor system", body = ErrorBody),
        (status = 404, description = "there is no such run", body = ErrorBody),
        (status = 409, description = "the run is not queued", body = ErrorBody),
        ErrorBody,
    )
)]
pub(super) async fn process(
    State(api): State<Api>,
    caller: Caller,
    id: Result<Path<Uuid>, PathRejection>,
    query: Result<Query<ProcessQuery>, QueryRejection>,
) -> RunResult {
    if !caller.is_operator {
        return Err(ApiError::Forbidden);
    }
    let run_id = run_id(id)?;
    let Query(query) = query.map_err(|_| ApiError::InvalidField("wait must be true or false"))?;
    if !api.queue.make_due(run_id).await? {
        return Err(match api.queue.outcome(run_id).await? {
            None => ApiError::RunNotFound,
            Some(_) => ApiError::RunNotQueued,
        });
    }
    let status = if query.wait { wait_for_outcome(&api, run_id).await? } else { Status::Queued };
    let code = if status.is_terminal() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok(RunReply::with(code, run_id, status))
}

async fn wait_for_outcome(api: &Api, run_id: Uuid) -> Result<Status, ApiError> {
    let until = Instant::now() + LONGEST_WAIT;
    loop {
        let (status, _) = api.queue.outcome(run_id).await?.ok_or(ApiError::RunNotFound)?;
        if status.is_terminal() || Instant::now() >= until {
            return Ok(status);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// The id in a path; what is no id names no run.
fn run_id(id: Result<Path<Uuid>, PathRejection>) -> Result<Uuid, ApiError> {
    id.map(|Path(id)| id).map_err(|_| ApiError::RunNotFound)
}

fn text<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
    required: &'static str,
) -> Result<&'a str, ApiError> {
    fields
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
        .ok_or(ApiError::InvalidField(required))
}
