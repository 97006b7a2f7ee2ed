//! A client of the API, for the demonstration and the tests.

use reqwest::{Client, RequestBuilder, Response};
use serde_json::json;
use uuid::Uuid;

use crate::settings::Secret;

/// Calls the API at an origin, as whoever the token speaks for.
#[derive(Debug, Clone)]
pub struct ApiClient {
    http: Client,
    origin: String,
    token: Option<Secret>,
}

impl ApiClient {
    /// A client for an origin such as `http://127.0.0.1:3000`.
    pub const fn new(http: Client, origin: String, token: Option<Secret>) -> Self {
        Self { http, origin, token }
    }

    /// Creates a run, or finds it.
    pub async fn create(&self, assessment: &str, correlation: &str) -> reqwest::Result<Response> {
        let body = json!({"assessmentId": assessment, "correlationId": correlation});
        let request = self.http.post(format!("{}/api/diagnosis-runs", self.origin)).json(&body);
        self.send(request).await
    }

    /// Lists the most recent runs.
    pub async fn list(&self) -> reqwest::Result<Response> {
        self.send(self.http.get(format!("{}/api/diagnosis-runs", self.origin))).await
    }

    /// Shows a run.
    pub async fn show(&self, run: Uuid) -> reqwest::Result<Response> {
        self.send(self.http.get(format!("{}/api/diagnosis-runs/{}", self.origin, run))).await
    }

    /// Makes a run due now.
    pub async fn process(&self, run: Uuid) -> reqwest::Result<Response> {
        self.send(self.http.post(format!("{}/api/diagnosis-runs/{}/process", self.origin, run)))
            .await
    }

    async fn send(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        match &self.token {
            Some(token) => request.bearer_auth(token.expose()).send().await,
            None => request.send().await,
        }
    }
}
