//! Who makes diagnoses: one trait, an adapter per kind of provider, and the chain that falls back.

mod answer;
pub mod anthropic;
mod breaker;
mod chain;
mod http;
pub mod mcp;
pub mod noop;
pub mod offline;
pub mod openai;
pub mod prompt;
mod retry_after;

use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use self::chain::{Answered, Chain, ChainError};
pub use self::http::client as http_client;
use crate::phi::Phi;
use crate::pipeline::artifact::{ContextPack, Usage};
use crate::pipeline::validation::SchemaPath;

/// The providers that there are.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    ToSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum ProviderName {
    /// Anthropic's Messages API.
    Anthropic,
    /// Any endpoint that speaks OpenAI's chat completions.
    Openai,
    /// A named tool of an MCP server.
    Mcp,
    /// Made up from the answers on this machine, for development and tests.
    Offline,
    /// Nothing at all, for benchmarks of the queue.
    Noop,
}

impl ProviderName {
    /// The name as it is configured, stored and counted.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Openai => "openai",
            Self::Mcp => "mcp",
            Self::Offline => "offline",
            Self::Noop => "noop",
        }
    }
}

/// What a provider is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The context pack.
    pub context: &'a Phi<ContextPack>,
    /// Where the previous answer broke the schema; empty on the first ask.
    pub broken: &'a [SchemaPath],
}

/// What a provider answered, before validation.
#[derive(Debug)]
pub struct Answer {
    /// The document.
    pub document: Phi<Value>,
    /// The model that answered, as the provider names it.
    pub model: String,
    /// The provider's id of the answer.
    pub request_id: Option<String>,
    /// Tokens that were billed.
    pub usage: Usage,
}

/// How a model is to write. What is not set is left to the provider.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sampling {
    /// Tokens that an answer may have at most.
    pub max_output_tokens: Option<u32>,
    /// How much chance there is in an answer.
    pub temperature: Option<f64>,
}

/// Makes diagnoses.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Its name.
    fn name(&self) -> ProviderName;

    /// The model that it is configured to ask; part of the key of breakers and caches.
    fn model(&self) -> &str;

    /// Whether it reads the context pack; a run is not burdened with one that nobody reads.
    fn reads_context(&self) -> bool {
        true
    }

    /// Asks once. Retries are the queue's business, so that there is one loop of them and not two.
    async fn ask(&self, question: Question<'_>) -> Result<Answer, ProviderError>;
}

/// Why a provider did not answer usefully.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", kind.message())]
pub struct ProviderError {
    /// What happened.
    pub kind: FailureKind,
    /// How long the provider asks to be left alone.
    pub retry_after: Option<Duration>,
}

impl From<FailureKind> for ProviderError {
    fn from(kind: FailureKind) -> Self {
        Self { kind, retry_after: None }
    }
}

/// The ways in which a provider fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// It answered with an HTTP status that is no success.
    Status(u16),
    /// It could not be reached.
    Unreachable,
    /// It did not answer in time.
    Timeout,
    /// The connection broke while it answered.
    Interrupted,
    /// Its answer is larger than anything sensible.
    TooLarge,
    /// Its answer is not in its protocol, like the page of a proxy in between.
    Malformed,
    /// What the model wrote is not the JSON document that it was told to write.
    NotJson,
    /// The model declined.
    Refusal,
    /// The model ran out of tokens.
    Truncated,
    /// The model stopped for a reason that leaves no answer.
    Stopped,
    /// The provider failed so often that it is left alone for a while.
    CircuitOpen,
}

impl FailureKind {
    /// Whether the same question may be answered later. The statuses are those that the clients of
    /// [Anthropic](https://github.com/anthropics/anthropic-sdk-python) and
    /// [OpenAI](https://github.com/openai/openai-python) retry (`_should_retry`), and 425, by which a server
    /// asks for just that ([RFC 8470](https://www.rfc-editor.org/rfc/rfc8470#section-5.2)).
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Status(status) => matches!(status, 408 | 409 | 425 | 429 | 500..=599),
            Self::Unreachable
            | Self::Timeout
            | Self::Interrupted
            | Self::Malformed
            | Self::CircuitOpen => true,
            Self::TooLarge | Self::NotJson | Self::Refusal | Self::Truncated | Self::Stopped => {
                false
            }
        }
    }

    /// Whether the next provider of a chain is asked: it may pass, or another model may do better.
    pub const fn falls_back(self) -> bool {
        self.is_retryable() || matches!(self, Self::NotJson)
    }

    /// The HTTP status, where there was one.
    pub const fn http_status(self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }

    /// What happened, in words of our own.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Status(300..=399) => "the provider redirected the request",
            Self::Status(401 | 403) => "the provider refused the credentials",
            Self::Status(408 | 409 | 425) => "the provider could not take the request now",
            Self::Status(429) => "the provider is rate limiting",
            Self::Status(500..=599) => "the provider is failing",
            Self::Status(_) => "the provider refused the request",
            Self::Unreachable => "the provider could not be reached",
            Self::Timeout => "the provider did not answer in time",
            Self::Interrupted => "the connection to the provider broke",
            Self::TooLarge => "the answer of the provider is too large",
            Self::Malformed => "the answer of the provider is not in its protocol",
            Self::NotJson => "the answer of the model is not JSON",
            Self::Refusal => "the model declined to answer",
            Self::Truncated => "the model ran out of tokens",
            Self::Stopped => "the model stopped without an answer",
            Self::CircuitOpen => "the provider is left alone after repeated failures",
        }
    }

    /// A word for metrics, from a closed set.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Status(300..=399) => "redirect",
            Self::Status(401 | 403) => "auth",
            Self::Status(408 | 409 | 425) => "not_now",
            Self::Status(429) => "rate_limit",
            Self::Status(500..=599) => "server",
            Self::Status(_) => "client",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::NotJson => "not_json",
            Self::Refusal => "refusal",
            Self::Truncated => "truncated",
            Self::Stopped => "stopped",
            Self::CircuitOpen => "circuit_open",
        }
    }
}
