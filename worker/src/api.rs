//! The HTTP API. Row-level security decides what a caller sees; the handlers do not.

mod body;
mod caller;
mod error;
mod health;
mod openapi;
mod runs;
mod server;
mod token;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;
use uuid::Uuid;

pub use self::error::ApiError;
pub use self::openapi::document as openapi_document;
pub use self::server::{bind, serve};
pub use self::token::{KeySource, TokenRules, Verifier};
use crate::database::Database;
use crate::metrics::Metrics;
use crate::queue::Store;

/// How long a request may take, its body included.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// What the handlers share.
#[derive(Clone)]
pub struct Api {
    /// The API's own login, which acts as the caller of each request.
    pub callers: Database,
    /// The queue, as the worker's login: what the policies let nobody but the system write.
    pub queue: Store,
    /// Who may call.
    pub verifier: Arc<Verifier>,
    /// The process's metrics.
    pub metrics: Arc<Metrics>,
    /// Attempts that created runs get.
    pub max_attempts: i32,
}

/// The routes, and what holds for every one of them.
pub fn router(api: Api) -> Router {
    Router::new()
        .route("/api/diagnosis-runs", post(runs::create).get(runs::list))
        .route("/api/diagnosis-runs/{id}", get(runs::show))
        .route("/api/diagnosis-runs/{id}/process", post(runs::process))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(openapi::serve))
        .fallback(async || ApiError::NoSuchPath)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(middleware::from_fn(body::limit))
        .layer(middleware::from_fn(within_limit))
        .layer(CatchPanicLayer::custom(|_| ApiError::Internal.reply()))
        .layer(middleware::from_fn(identify))
        .with_state(api)
}

async fn within_limit(request: Request, next: Next) -> Result<Response, ApiError> {
    tokio::time::timeout(REQUEST_LIMIT, next.run(request)).await.map_err(|_| ApiError::TooSlow)
}

/// Gives each request an id of our own. One that the caller sends is not taken over: it would carry the
/// caller's words into the logs.
async fn identify(request: Request, next: Next) -> Response {
    let id = Uuid::new_v4();
    let span = tracing::info_span!("request", request_id = %id);
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}
