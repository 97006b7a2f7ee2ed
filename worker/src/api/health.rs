//! What operators and their tools ask: is it alive, is it ready, how is it doing.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use prometheus_client::encoding::prometheus_text;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Api, ApiError};
use crate::database::Database;

/// A database that takes longer than this is as good as away.
const LIMIT: Duration = Duration::from_secs(3);

pub(super) async fn alive() -> Json<Value> {
    Json(json!({"success": true}))
}

pub(super) async fn ready(State(api): State<Api>) -> Result<Json<Value>, ApiError> {
    let (callers, queue) = tokio::join!(answers(&api.callers), answers(api.queue.database()));
    if callers && queue { Ok(Json(json!({"success": true}))) } else { Err(ApiError::Unavailable) }
}

async fn answers(database: &Database) -> bool {
    let ask = database.run(|connection| {
        let query = sqlx::query("SELECT 1");
        Box::pin(query.execute(connection))
    });
    matches!(timeout(LIMIT, ask).await, Ok(Ok(_)))
}

pub(super) async fn metrics(State(api): State<Api>) -> Result<impl IntoResponse, ApiError> {
    // Without the database the counters are still worth having.
    if let Ok(Ok(depth)) = timeout(LIMIT, api.queue.depth()).await {
        api.metrics.queue_observed(&depth);
    }
    let text = api.metrics.encode().map_err(|_| ApiError::Internal)?;
    Ok(([(header::CONTENT_TYPE, prometheus_text::CONTENT_TYPE)], text))
}
