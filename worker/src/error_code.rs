//! The seven codes that a run can fail with. They are declared here and written nowhere else.

use std::fmt;

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request about a run, or the run itself, failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// There is no such run, or the caller may not see it. Never retried.
    RunNotFound,
    /// The run is not queued, so it cannot be worked. Never retried.
    InvalidStatus,
    /// The assessment or its surroundings could not be read. Retried unless they do not exist.
    ContextFetchError,
    /// No provider answered usefully. Retried when the provider may recover.
    LlmError,
    /// The provider's answer broke the schema, also after one repair. Never retried.
    ValidationError,
    /// The database refused to keep what the run produced, which is retried within the attempt; or the
    /// worker vanished before it could be kept, which is retried with the next.
    PersistenceError,
    /// The run's worker vanished during the last attempt that it had. Never retried.
    MaxAttemptsReached,
}

impl ErrorCode {
    /// Every code, in the order of a run's steps.
    pub const ALL: [Self; 7] = [
        Self::RunNotFound,
        Self::InvalidStatus,
        Self::ContextFetchError,
        Self::LlmError,
        Self::ValidationError,
        Self::PersistenceError,
        Self::MaxAttemptsReached,
    ];

    /// The code as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunNotFound => "RUN_NOT_FOUND",
            Self::InvalidStatus => "INVALID_STATUS",
            Self::ContextFetchError => "CONTEXT_FETCH_ERROR",
            Self::LlmError => "LLM_ERROR",
            Self::ValidationError => "VALIDATION_ERROR",
            Self::PersistenceError => "PERSISTENCE_ERROR",
            Self::MaxAttemptsReached => "MAX_ATTEMPTS_REACHED",
        }
    }

    /// The status of an HTTP reply that carries this code.
    pub const fn http_status(self) -> StatusCode {
        match self {
            Self::RunNotFound => StatusCode::NOT_FOUND,
            Self::InvalidStatus | Self::MaxAttemptsReached => StatusCode::CONFLICT,
            Self::LlmError | Self::ValidationError => StatusCode::BAD_GATEWAY,
            Self::ContextFetchError | Self::PersistenceError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_code_writes_its_name() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::json!(code), code.as_str());
            assert_eq!(code.to_string(), code.as_str());
            let read: ErrorCode = serde_json::from_value(code.as_str().into()).expect("reads back");
            assert_eq!(read, code);
        }
    }
}
