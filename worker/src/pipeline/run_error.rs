//! What a run records of a failure: enums, numbers and fixed texts, and no way to put anything else in.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error_code::ErrorCode;
use crate::pipeline::validation::SchemaPath;
use crate::provider::{ProviderError, ProviderName};

/// The step of a run in which it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Finding the run and taking its lease.
    Claim,
    /// Reading the assessment.
    Context,
    /// Asking the provider.
    Generate,
    /// Checking the answer.
    Validate,
    /// Keeping the artifact.
    Persist,
    /// Taking a run from a worker that vanished.
    Rescue,
}

/// A failure of a run. None of its fields can hold text from a database, a parser or a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RunError {
    /// The code.
    pub code: ErrorCode,
    /// The step.
    pub stage: Stage,
    /// What happened, from a fixed set.
    pub message: &'static str,
    /// Whether a later attempt may succeed.
    pub retryable: bool,
    /// The provider that was asked, if it came to that.
    pub provider: Option<ProviderName>,
    /// The status that the provider answered with.
    pub http_status: Option<u16>,
    /// Where the answer broke the schema.
    pub schema_path: Option<SchemaPath>,
}

impl RunError {
    const fn new(code: ErrorCode, stage: Stage, message: &'static str, retryable: bool) -> Self {
        Self {
            code,
            stage,
            message,
            retryable,
            provider: None,
            http_status: None,
            schema_path: None,
        }
    }

    /// There is no such run.
    pub const fn run_not_found() -> Self {
        Self::new(ErrorCode::RunNotFound, Stage::Claim, "the run was not found", false)
    }

    /// The run is not queued.
    pub const fn invalid_status() -> Self {
        Self::new(ErrorCode::InvalidStatus, Stage::Claim, "the run is not queued", false)
    }

    /// The assessment or its patient does not exist.
    pub const fn assessment_missing() -> Self {
        let message = "the assessment was not found";
        Self::new(ErrorCode::ContextFetchError, Stage::Context, message, false)
    }

    /// The database did not deliver the context.
    pub const fn context_unavailable() -> Self {
        let message = "the assessment could not be read";
        Self::new(ErrorCode::ContextFetchError, Stage::Context, message, true)
    }

    /// No provider answered usefully.
    pub const fn provider_failed(provider: ProviderName, error: &ProviderError) -> Self {
        Self {
            provider: Some(provider),
            http_status: error.kind.http_status(),
            ..Self::new(
                ErrorCode::LlmError,
                Stage::Generate,
                error.kind.message(),
                error.kind.is_retryable(),
            )
        }
    }

    /// The answer broke the schema, also after the repair.
    pub const fn invalid_result(provider: ProviderName, path: SchemaPath) -> Self {
        let message = "the result does not conform to its schema";
        Self {
            provider: Some(provider),
            schema_path: Some(path),
            ..Self::new(ErrorCode::ValidationError, Stage::Validate, message, false)
        }
    }

    /// The database refused the artifact.
    pub const fn artifact_refused() -> Self {
        let message = "the result could not be stored";
        Self::new(ErrorCode::PersistenceError, Stage::Persist, message, false)
    }

    /// The database refused the context pack.
    pub const fn context_refused() -> Self {
        let message = "the context pack could not be stored";
        Self::new(ErrorCode::PersistenceError, Stage::Context, message, true)
    }

    /// The worker vanished during an attempt that another follows. The error codes are a closed set: what this
    /// attempt may have produced was not kept.
    pub const fn attempt_lost() -> Self {
        let message = "the worker was lost before the attempt had an outcome";
        Self::new(ErrorCode::PersistenceError, Stage::Rescue, message, true)
    }

    /// The worker vanished during the last attempt.
    pub const fn max_attempts_reached() -> Self {
        let message = "the last attempt ended without an outcome";
        Self::new(ErrorCode::MaxAttemptsReached, Stage::Rescue, message, false)
    }

    /// The entry for the run's `errors`.
    pub fn entry(&self, attempt: i32) -> ErrorEntry {
        ErrorEntry {
            code: self.code,
            message: self.message,
            timestamp: Utc::now(),
            stage: self.stage,
            retryable: self.retryable,
            attempt,
            provider: self.provider,
            http_status: self.http_status,
            schema_path: self.schema_path,
        }
    }
}

/// An element of a run's `errors`.
#[derive(Debug, Clone, Serialize, JsonSchema, ToSchema)]
pub struct ErrorEntry {
    /// The code.
    pub code: ErrorCode,
    /// What happened, from a fixed set.
    pub message: &'static str,
    /// When it was recorded.
    pub timestamp: DateTime<Utc>,
    /// The step in which it happened.
    pub stage: Stage,
    /// Whether a later attempt may succeed.
    pub retryable: bool,
    /// The attempt that failed.
    pub attempt: i32,
    /// The provider that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderName>,
    /// The status that the provider answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// Where the answer broke the schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_path: Option<SchemaPath>,
}
