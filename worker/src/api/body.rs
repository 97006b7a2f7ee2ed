//! Request bodies: bounded for every route, and read as JSON where one is expected.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::StreamExt;
use serde_json::{Map, Value};

use super::ApiError;

/// More than any request needs.
const LIMIT: usize = 64 * 1024;
/// How much of a body that is too large is still read, so that the sender gets to see the reply.
const DRAIN_LIMIT: usize = 16 * 1024 * 1024;

/// Reads the whole body, up to the limit, before anything else looks at the request.
pub(super) async fn limit(request: Request, next: Next) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let body = read(body).await?;
    Ok(next.run(Request::from_parts(parts, Body::from(body))).await)
}

async fn read(body: Body) -> Result<Bytes, ApiError> {
    let mut chunks = body.into_data_stream();
    let (mut kept, mut size) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ApiError::MalformedBody)?;
        size += chunk.len();
        if size > DRAIN_LIMIT {
            break;
        }
        if size <= LIMIT {
            kept.extend_from_slice(&chunk);
        }
    }
    if size > LIMIT { Err(ApiError::TooLarge) } else { Ok(kept.into()) }
}

/// The fields of a JSON object.
pub(super) fn fields(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    if !is_json(headers) {
        return Err(ApiError::UnsupportedMediaType);
    }
    match serde_json::from_slice(body).map_err(|_| ApiError::MalformedBody)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(ApiError::InvalidField("the body must be a JSON object")),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}
