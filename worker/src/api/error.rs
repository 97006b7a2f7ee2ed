//! What a caller is told when a request fails: nothing of the inside.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use crate::database::DatabaseError;
use crate::error_code::ErrorCode;

/// A request that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The body is not JSON.
    #[error("the body is not valid JSON")]
    MalformedBody,
    /// A field is missing, blank, or of the wrong type.
    #[error("{0}")]
    InvalidField(&'static str),
    /// The body is not declared as JSON.
    #[error("the content type must be application/json")]
    UnsupportedMediaType,
    /// The body is too large.
    #[error("the body is too large")]
    TooLarge,
    /// The request took too long.
    #[error("the request took too long")]
    TooSlow,
    /// There is no token, or it does not hold.
    #[error("a valid bearer token is required")]
    Unauthorized,
    /// The token does not allow this.
    #[error("the caller's role does not allow this")]
    Forbidden,
    /// The caller can see no such assessment.
    #[error("the assessment was not found")]
    AssessmentNotFound,
    /// The caller can see no such run.
    #[error("the run was not found")]
    RunNotFound,
    /// The run is not queued.
    #[error("the run is not queued")]
    RunNotQueued,
    /// There is no such path.
    #[error("there is no such path")]
    NoSuchPath,
    /// The path does not have this method.
    #[error("the path does not have this method")]
    MethodNotAllowed,
    /// The database or the token's keys are away.
    #[error("the service is unavailable for the moment")]
    Unavailable,
    /// Anything else.
    #[error("internal error")]
    Internal,
}

/// The body of a reply to a request that failed.
#[derive(Debug, Serialize, ToSchema, IntoResponses)]
#[serde(rename_all = "camelCase")]
#[response(status = "default")]
pub(super) struct ErrorBody {
    /// Always false.
    success: bool,
    /// What went wrong, for people.
    error: String,
    /// What went wrong, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<ErrorCode>,
}

impl ApiError {
    const fn code(self) -> Option<ErrorCode> {
        match self {
            // A foreign and a missing thing get the same reply, whatever they are.
            Self::AssessmentNotFound | Self::RunNotFound => Some(ErrorCode::RunNotFound),
            Self::RunNotQueued => Some(ErrorCode::InvalidStatus),
            _ => None,
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::MalformedBody => StatusCode::BAD_REQUEST,
            Self::InvalidField(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::AssessmentNotFound | Self::RunNotFound => ErrorCode::RunNotFound.http_status(),
            Self::RunNotQueued => ErrorCode::InvalidStatus.http_status(),
            Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) fn reply(self) -> Response {
        let body = ErrorBody { success: false, error: self.to_string(), error_code: self.code() };
        let mut reply = (self.status(), Json(body)).into_response();
        if self == Self::Unauthorized {
            let challenge = HeaderValue::from_static("Bearer");
            reply.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        reply
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.reply()
    }
}

impl From<DatabaseError> for ApiError {
    fn from(error: DatabaseError) -> Self {
        match error {
            // Row-level security and grants said no to the caller.
            DatabaseError::Refused(state) if state.as_str() == "42501" => Self::Forbidden,
            error => {
                tracing::error!(%error, "the database failed a request");
                if error.will_pass() { Self::Unavailable } else { Self::Internal }
            }
        }
    }
}
