//! Any endpoint that speaks OpenAI's chat completions.

use async_trait::async_trait;
use reqwest::Client;
use serde_json::{Value, json};

use crate::phi::Phi;
use crate::pipeline::artifact::Usage;
use crate::pipeline::validation::diagnosis_schema;
use crate::provider::{
    Answer, FailureKind, Provider, ProviderError, ProviderName, Question, Sampling, answer, http,
    prompt,
};
use crate::settings::Secret;

/// The model that is asked unless another is configured.
pub const DEFAULT_MODEL: &str = "gpt-4o-2024-08-06";

/// The provider.
pub struct Openai {
    client: Client,
    url: String,
    key: Option<Secret>,
    model: String,
    sampling: Sampling,
}

impl Openai {
    /// Asks the chat completions below a base URL, given with its `/v1` as that protocol's clients do; a
    /// bare origin is completed with it. Local servers need no key.
    pub fn new(client: Client, base_url: &str, key: Option<Secret>, model: String) -> Self {
        let base = base_url.trim_end_matches('/');
        let is_origin = base.split_once("://").is_some_and(|(_, host)| !host.contains('/'));
        let url = format!("{base}{}/chat/completions", if is_origin { "/v1" } else { "" });
        Self { client, url, key, model, sampling: Sampling::default() }
    }

    /// The same, with its own way of writing.
    pub fn with_sampling(self, sampling: Sampling) -> Self {
        Self { sampling, ..self }
    }
}

#[async_trait]
impl Provider for Openai {
    fn name(&self) -> ProviderName {
        ProviderName::Openai
    }

    fn model(&self) -> &str {
        &self.model
    }

    async fn ask(&self, question: Question<'_>) -> Result<Answer, ProviderError> {
        let mut body = json!({
            "model": self.model,
            "messages": [
                {"role": "system", "content": prompt::SYSTEM},
                {"role": "user", "content": prompt::user_turn(&question)},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "diagnosis", "schema": diagnosis_schema()},
            },
        });
        if let Some(tokens) = self.sampling.max_output_tokens {
            body["max_completion_tokens"] = tokens.into();
        }
        if let Some(temperature) = self.sampling.temperature {
            body["temperature"] = temperature.into();
        }
        let mut request = self.client.post(&self.url).json(&body);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.expose());
        }
        let reply = http::send(request).await?;
        let completion = reply.body.expose();
        let tokens = |field: &str| completion["usage"][field].as_u64().unwrap_or(0);
        Ok(Answer {
            document: Phi::new(document(completion)?),
            model: completion["model"].as_str().unwrap_or(&self.model).to_owned(),
            request_id: completion["id"].as_str().map(str::to_owned),
            usage: Usage {
                input_tokens: tokens("prompt_tokens"),
                output_tokens: tokens("completion_tokens"),
            },
        })
    }
}

fn document(completion: &Value) -> Result<Value, FailureKind> {
    let choice = completion.pointer("/choices/0").ok_or(FailureKind::Malformed)?;
    match choice["finish_reason"].as_str() {
        Some("content_filter") => return Err(FailureKind::Refusal),
        Some("length") => return Err(FailureKind::Truncated),
        Some("stop") | None => {}
        Some(_) => return Err(FailureKind::Stopped),
    }
    let message = &choice["message"];
    if message["refusal"].is_string() {
        return Err(FailureKind::Refusal);
    }
    answer::document(message["content"].as_str().ok_or(FailureKind::Malformed)?)
}
