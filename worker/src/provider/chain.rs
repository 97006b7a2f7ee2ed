//! The fallback chain: providers in order, each behind its breaker.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::metrics::Metrics;
use crate::provider::breaker::Breaker;
use crate::provider::{Answer, FailureKind, Provider, ProviderError, ProviderName, Question};
use crate::queue::Backoff;

/// Providers in order of preference.
pub struct Chain {
    first: Link,
    rest: Vec<Link>,
    metrics: Arc<Metrics>,
}

struct Link {
    provider: Box<dyn Provider>,
    breaker: Breaker,
}

/// An answer, and who gave it.
#[derive(Debug)]
pub struct Answered {
    /// The provider.
    pub provider: ProviderName,
    /// The answer.
    pub answer: Answer,
    /// How long the provider took.
    pub latency: Duration,
}

/// The failure of the last provider that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}: {error}", provider.as_str())]
pub struct ChainError {
    /// The provider.
    pub provider: ProviderName,
    /// Its failure.
    pub error: ProviderError,
}

impl Chain {
    /// A chain of at least one provider. One that keeps failing is left alone for as long as the backoff says.
    pub fn new(
        first: Box<dyn Provider>,
        rest: Vec<Box<dyn Provider>>,
        backoff: Backoff,
        metrics: Arc<Metrics>,
    ) -> Self {
        let link = |provider| Link { provider, breaker: Breaker::new(backoff) };
        Self { first: link(first), rest: rest.into_iter().map(link).collect(), metrics }
    }

    /// Whether any provider reads the context pack.
    pub fn reads_context(&self) -> bool {
        self.links().any(|link| link.provider.reads_context())
    }

    /// Provider and model of the first link, for the key of the result cache.
    pub fn preferred(&self) -> (ProviderName, &str) {
        (self.first.provider.name(), self.first.provider.model())
    }

    fn links(&self) -> impl Iterator<Item = &Link> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// Asks each provider in turn until one answers. Failures that may pass fall back, and answers that
    /// are no JSON: what one provider refuses for its content or its credentials is not sent to the next.
    pub async fn ask(&self, question: Question<'_>) -> Result<Answered, ChainError> {
        let mut failed = match self.ask_link(&self.first, question).await {
            Err(failed) => failed,
            answered => return answered,
        };
        for link in &self.rest {
            if !failed.error.kind.falls_back() {
                break;
            }
            match self.ask_link(link, question).await {
                // A real failure says more than that a provider was left alone.
                Err(next) if next.error.kind == FailureKind::CircuitOpen => {}
                Err(next) => failed = next,
                answered => return answered,
            }
        }
        Err(failed)
    }

    async fn ask_link(&self, link: &Link, question: Question<'_>) -> Result<Answered, ChainError> {
        let provider = link.provider.name();
        match link.ask(question).await {
            Ok((answer, latency)) => {
                self.metrics.provider_answered(provider, &answer.usage, latency);
                Ok(Answered { provider, answer, latency })
            }
            Err(error) => {
                self.metrics.provider_failed(provider, error.kind);
                let failure = error.kind.label();
                tracing::warn!(provider = provider.as_str(), failure, "a provider failed");
                Err(ChainError { provider, error })
            }
        }
    }
}

impl Link {
    async fn ask(&self, question: Question<'_>) -> Result<(Answer, Duration), ProviderError> {
        let pass = self.breaker.enter().map_err(|pause| ProviderError {
            kind: FailureKind::CircuitOpen,
            retry_after: Some(pause),
        })?;
        let start = Instant::now();
        let outcome = self.provider.ask(question).await;
        match &outcome {
            Err(error) if error.kind.is_retryable() => pass.failed(),
            _ => pass.succeeded(),
        }
        Ok((outcome?, start.elapsed()))
    }
}
