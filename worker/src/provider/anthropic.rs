//! Anthropic's Messages API. The answer is the input of a tool that the model is forced to call; the tool
//! does nothing, it is the form to fill in.

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
pub const DEFAULT_MODEL: &str = "claude-sonnet-4-5-20250929";

const VERSION: &str = "2023-06-01";
/// The API wants a number. It is also the default that `--help` names.
const MAX_TOKENS: u32 = 4096;
const FORM: &str = "record_diagnosis";

/// The provider.
pub struct Anthropic {
    client: Client,
    url: String,
    key: Secret,
    model: String,
    sampling: Sampling,
}

impl Anthropic {
    /// Asks the Messages API at an origin, given without `/v1`.
    pub fn new(client: Client, origin: &str, key: Secret, model: String) -> Self {
        let url = format!("{}/v1/messages", origin.trim_end_matches('/'));
        Self { client, url, key, model, sampling: Sampling::default() }
    }

    /// The same, with its own way of writing.
    pub fn with_sampling(self, sampling: Sampling) -> Self {
        Self { sampling, ..self }
    }
}

#[async_trait]
impl Provider for Anthropic {
    fn name(&self) -> ProviderName {
        ProviderName::Anthropic
    }

    fn model(&self) -> &str {
        &self.model
    }

    async fn ask(&self, question: Question<'_>) -> Result<Answer, ProviderError> {
        let mut body = json!({
            "model": self.model,
            "max_tokens": self.sampling.max_output_tokens.unwrap_or(MAX_TOKENS),
            "system": prompt::SYSTEM,
            "messages": [{"role": "user", "content": prompt::user_turn(&question)}],
            "tools": [{
                "name": FORM,
                "description": "Records the diagnosis.",
                "input_schema": diagnosis_schema(),
            }],
            "tool_choice": {"type": "tool", "name": FORM},
        });
        if let Some(temperature) = self.sampling.temperature {
            body["temperature"] = temperature.into();
        }
        let request = self
            .client
            .post(&self.url)
            .header("x-api-key", self.key.header())
            .header("anthropic-version", VERSION)
            .json(&body);
        let reply = http::send(request).await?;
        let request_id = reply.headers.get("request-id").and_then(|id| id.to_str().ok());
        let message = reply.body.expose();
        Ok(Answer {
            document: Phi::new(document(message)?),
            model: text_of(message, "model").unwrap_or(&self.model).to_owned(),
            request_id: request_id.or_else(|| text_of(message, "id")).map(str::to_owned),
            usage: usage(message),
        })
    }
}

fn document(message: &Value) -> Result<Value, FailureKind> {
    match text_of(message, "stop_reason") {
        Some("refusal") => return Err(FailureKind::Refusal),
        Some("max_tokens" | "model_context_window_exceeded") => return Err(FailureKind::Truncated),
        Some("end_turn" | "tool_use" | "stop_sequence") | None => {}
        Some(_) => return Err(FailureKind::Stopped),
    }
    let blocks = message.get("content").and_then(Value::as_array).ok_or(FailureKind::Malformed)?;
    let of_kind = |kind| blocks.iter().filter(move |block| text_of(block, "type") == Some(kind));
    if let Some(form) = of_kind("tool_use").next() {
        return form.get("input").cloned().ok_or(FailureKind::Malformed);
    }
    let text: String = of_kind("text").filter_map(|block| text_of(block, "text")).collect();
    answer::document(&text)
}

fn usage(message: &Value) -> Usage {
    let tokens = |field| message["usage"][field].as_u64().unwrap_or(0);
    Usage {
        input_tokens: tokens("input_tokens")
            .saturating_add(tokens("cache_read_input_tokens"))
            .saturating_add(tokens("cache_creation_input_tokens")),
        output_tokens: tokens("output_tokens"),
    }
}

fn text_of<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str()
}
