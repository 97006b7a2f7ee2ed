//! Metrics in Prometheus' text format. Every label has a closed set of values.

use std::time::Duration;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::pipeline::artifact::Usage;
use crate::provider::{FailureKind, ProviderName};
use crate::queue::Depth;

/// Seconds, from a no-op to a provider's time limit.
const BUCKETS: [f64; 12] = [0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];

/// A label value that is a fixed word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Word(&'static str);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProviderLabel {
    provider: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    provider: Word,
    failure: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    provider: Word,
    direction: Word,
}

/// How an attempt at a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// With an artifact.
    Completed,
    /// With an error, for good.
    Failed,
    /// With an error, to be tried again.
    Retried,
    /// Unfinished, given back on shutdown or because no provider may be asked.
    GivenBack,
    /// With its lease lost to a rescue.
    LeaseLost,
}

impl RunOutcome {
    const ALL: [Self; 5] =
        [Self::Completed, Self::Failed, Self::Retried, Self::GivenBack, Self::LeaseLost];

    const fn label(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Retried => "retried",
            Self::GivenBack => "given_back",
            Self::LeaseLost => "lease_lost",
        }
    }
}

/// All metrics of a process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    queue_depth: Gauge,
    runs_in_progress: Gauge,
    queue_age: Gauge,
    runs: Family<OutcomeLabel, Counter>,
    run_duration: Histogram,
    retries: Counter,
    rescues: Family<OutcomeLabel, Counter>,
    stale_writes: Counter,
    provider_errors: Family<FailureLabels, Counter>,
    provider_duration: Family<ProviderLabel, Histogram>,
    tokens: Family<TokenLabels, Counter>,
    cache_hits: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("diagnosis");
        let metrics = Self {
            queue_depth: Gauge::default(),
            runs_in_progress: Gauge::default(),
            queue_age: Gauge::default(),
            runs: Family::default(),
            run_duration: Histogram::new(BUCKETS),
            retries: Counter::default(),
            rescues: Family::default(),
            stale_writes: Counter::default(),
            provider_errors: Family::default(),
            provider_duration: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            tokens: Family::default(),
            cache_hits: Counter::default(),
            registry: Registry::default(),
        };
        registry.register("queue_depth", "Queued runs", metrics.queue_depth.clone());
        registry.register(
            "runs_in_progress",
            "Runs being worked",
            metrics.runs_in_progress.clone(),
        );
        let help = "Seconds that the longest waiting run has been due";
        registry.register("queue_age_seconds", help, metrics.queue_age.clone());
        registry.register("runs", "Attempts by outcome", metrics.runs.clone());
        let help = "Seconds from claim to outcome";
        registry.register("run_duration_seconds", help, metrics.run_duration.clone());
        registry.register("retries", "Attempts that will be repeated", metrics.retries.clone());
        let help = "Runs taken from a worker whose lease ran out, by outcome";
        registry.register("rescues", help, metrics.rescues.clone());
        let help = "Writes refused because the lease was lost";
        registry.register("stale_writes_rejected", help, metrics.stale_writes.clone());
        let help = "Failures of providers";
        registry.register("provider_errors", help, metrics.provider_errors.clone());
        let help = "Seconds that providers took to answer";
        registry.register("provider_duration_seconds", help, metrics.provider_duration.clone());
        registry.register("tokens", "Tokens billed by providers", metrics.tokens.clone());
        let help = "Runs answered from the result cache";
        registry.register("result_cache_hits", help, metrics.cache_hits.clone());
        for outcome in RunOutcome::ALL {
            metrics.runs.get_or_create(&OutcomeLabel { outcome: Word(outcome.label()) }).inc_by(0);
        }
        metrics.rescued(0, 0);
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// An attempt ended.
    pub fn run_ended(&self, outcome: RunOutcome, duration: Duration) {
        self.runs.get_or_create(&OutcomeLabel { outcome: Word(outcome.label()) }).inc();
        self.run_duration.observe(duration.as_secs_f64());
        if outcome == RunOutcome::Retried {
            self.retries.inc();
        }
    }

    /// Runs were rescued: queued again, or failed for good.
    pub fn rescued(&self, queued: u64, failed: u64) {
        for (word, count) in [("queued", queued), ("failed", failed)] {
            self.rescues.get_or_create(&OutcomeLabel { outcome: Word(word) }).inc_by(count);
        }
    }

    /// A write was refused because the lease was lost.
    pub fn stale_write_rejected(&self) {
        self.stale_writes.inc();
    }

    /// A provider answered.
    pub fn provider_answered(&self, provider: ProviderName, usage: &Usage, latency: Duration) {
        let provider = Word(provider.as_str());
        self.provider_duration
            .get_or_create(&ProviderLabel { provider })
            .observe(latency.as_secs_f64());
        for (direction, tokens) in [("input", usage.input_tokens), ("output", usage.output_tokens)]
        {
            self.tokens
                .get_or_create(&TokenLabels { provider, direction: Word(direction) })
                .inc_by(tokens);
        }
    }

    /// A provider failed.
    pub fn provider_failed(&self, provider: ProviderName, failure: FailureKind) {
        let labels =
            FailureLabels { provider: Word(provider.as_str()), failure: Word(failure.label()) };
        self.provider_errors.get_or_create(&labels).inc();
    }

    /// A run was answered from the result cache.
    pub fn cache_hit(&self) {
        self.cache_hits.inc();
    }

    /// The queue as it was just now.
    pub fn queue_observed(&self, depth: &Depth) {
        self.queue_depth.set(depth.queued);
        self.runs_in_progress.set(depth.in_progress);
        self.queue_age.set(depth.oldest_due_seconds);
    }

    /// All metrics as text, whose content type is [`prometheus_text::CONTENT_TYPE`].
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
