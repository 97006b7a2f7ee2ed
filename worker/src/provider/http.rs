//! One JSON request to a provider over HTTP: limits, and failures without the server's words.

use std::time::Duration;

use chrono::Utc;
use futures_util::StreamExt;
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::Value;

use crate::phi::Phi;
use crate::provider::retry_after::retry_after;
use crate::provider::{FailureKind, ProviderError};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const CALL_LIMIT: Duration = Duration::from_secs(120);
const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// A client for providers. It follows no redirect: that would hand the key and the data to another host.
pub fn client() -> Result<Client, reqwest::Error> {
    // Whoever comes first installs the process's cryptography; it is the same for all.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT_LIMIT)
        .timeout(CALL_LIMIT)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("diagnosis-worker/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// A successful reply.
pub(super) struct Reply {
    pub(super) headers: HeaderMap,
    pub(super) body: Phi<Value>,
}

/// Sends a request and reads the JSON document that it is answered with.
pub(super) async fn send(request: RequestBuilder) -> Result<Reply, ProviderError> {
    let response = request.send().await.map_err(|error| failure(&error))?;
    let status = response.status();
    if !status.is_success() {
        return Err(ProviderError {
            kind: FailureKind::Status(status.as_u16()),
            retry_after: retry_after(response.headers(), Utc::now()),
        });
    }
    let headers = response.headers().clone();
    let body = read_body(response).await?;
    let body = serde_json::from_slice(&body).map_err(|_| FailureKind::Malformed)?;
    Ok(Reply { headers, body: Phi::new(body) })
}

async fn read_body(response: Response) -> Result<Vec<u8>, FailureKind> {
    if response.content_length().is_some_and(|length| length > BODY_LIMIT as u64) {
        return Err(FailureKind::TooLarge);
    }
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| match failure(&error) {
            FailureKind::Unreachable => FailureKind::Interrupted,
            kind => kind,
        })?;
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(FailureKind::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failure(error: &reqwest::Error) -> FailureKind {
    if error.is_timeout() {
        FailureKind::Timeout
    } else if error.is_connect() {
        FailureKind::Unreachable
    } else {
        FailureKind::Interrupted
    }
}
