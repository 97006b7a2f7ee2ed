//! Executes an attempt at a claimed run: context, generate, validate, persist.

use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::database::DatabaseError;
use crate::metrics::{Metrics, RunOutcome};
use crate::phi::Phi;
use crate::pipeline::artifact::{
    Artifact, ContextPack, Diagnosis, Metadata, SCHEMA_VERSION, Usage,
};
use crate::pipeline::context::fetch_context_pack;
use crate::pipeline::result_cache::{CacheKey, ResultCache};
use crate::pipeline::run_error::RunError;
use crate::pipeline::safety;
use crate::pipeline::validation::{SchemaPath, validate};
use crate::provider::{Answered, Chain, FailureKind, Question, prompt};
use crate::queue::{Claimed, Lease, Status, Store, Writer};

/// How long a write is repeated that the database refuses. An outage is waited for as long as the lease.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why an attempt stopped without an artifact.
enum Stop {
    /// It failed; the provider may have asked to be left alone.
    Failed(RunError, Option<Duration>),
    /// The lease is lost: whatever this attempt found out is not its to write.
    LeaseLost,
    /// It was interrupted through no fault of the run, which is due again after a delay.
    Interrupted(Duration),
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The outcome.
    pub outcome: RunOutcome,
    /// The failure, if it was one.
    pub error: Option<RunError>,
}

/// Executes attempts. One per process, shared by all runs.
pub struct Executor {
    store: Store,
    writer: Writer,
    chain: Chain,
    /// One permit per run that may be worked at the same time.
    hands: Semaphore,
    kept: ResultCache,
    metrics: Arc<Metrics>,
    interrupt: CancellationToken,
}

impl Executor {
    /// An executor that works so many runs at the same time, and stops asking providers once `interrupt` is
    /// cancelled.
    pub fn new(
        store: Store,
        writer: Writer,
        chain: Chain,
        concurrency: usize,
        reuse_results: bool,
        metrics: Arc<Metrics>,
        interrupt: CancellationToken,
    ) -> Self {
        let hands = Semaphore::new(concurrency);
        Self {
            store,
            writer,
            chain,
            hands,
            kept: ResultCache::new(reuse_results),
            metrics,
            interrupt,
        }
    }

    /// Executes one attempt at a run that is held under a lease, and settles how it ended.
    #[tracing::instrument(
        name = "run",
        skip_all,
        fields(run_id = %claimed.id, attempt = claimed.attempt, epoch = claimed.lease_epoch)
    )]
    pub async fn execute(&self, claimed: &Claimed, lease: &Lease) -> Ended {
        let start = Instant::now();
        let ended = match self.attempt(claimed, lease).await {
            Ok(()) => Ended { outcome: RunOutcome::Completed, error: None },
            Err(Stop::LeaseLost) => self.lease_lost(),
            Err(Stop::Interrupted(delay)) => self.give_back(lease, delay).await,
            Err(Stop::Failed(error, retry_after)) => {
                self.settle(claimed, lease, error, retry_after).await
            }
        };
        if ended.outcome == RunOutcome::LeaseLost {
            lease.abandon();
        }
        self.metrics.run_ended(ended.outcome, start.elapsed());
        ended
    }

    async fn attempt(&self, claimed: &Claimed, lease: &Lease) -> Result<(), Stop> {
        let (artifact, origin) = {
            // The write waits for others to share its statement with; meanwhile another run is worked.
            let _hand = self.hands.acquire().await;
            self.produce(claimed, lease).await?
        };
        self.persist(lease, &artifact).await?;
        if let Some(origin) = origin {
            self.kept.saved(claimed.id, origin);
        }
        Ok(())
    }

    /// The artifact, and what it was made from where that is remembered.
    async fn produce(
        &self,
        claimed: &Claimed,
        lease: &Lease,
    ) -> Result<(Phi<Value>, Option<CacheKey>), Stop> {
        if !self.chain.reads_context() {
            let context = Phi::new(ContextPack::unread(claimed.assessment_id));
            return Ok((self.generate(lease, &context).await?, None));
        }
        let context = self.context(claimed, lease).await?;
        let origin = self.kept.origin(&context, &self.chain);
        let artifact = match self.remembered(claimed.id, origin) {
            Some(artifact) => artifact,
            None => self.generate(lease, &context).await?,
        };
        self.kept.keep(claimed.id, origin, artifact.clone());
        Ok((artifact, Some(origin)))
    }

    async fn context(&self, claimed: &Claimed, lease: &Lease) -> Result<Phi<ContextPack>, Stop> {
        let database = self.store.database();
        let context = self
            .patiently(lease, || fetch_context_pack(database, claimed.assessment_id))
            .await
            .map_err(|stop| stop.or_failed(RunError::context_unavailable()))?
            .ok_or(Stop::Failed(RunError::assessment_missing(), None))?;
        let saved = self
            .patiently(lease, || self.store.save_context(claimed.fence(), &context))
            .await
            .map_err(|stop| stop.or_failed(RunError::context_refused()))?;
        if saved { Ok(context) } else { Err(self.stale()) }
    }

    fn remembered(&self, run: Uuid, origin: CacheKey) -> Option<Phi<Value>> {
        self.kept.unsaved(run, origin).or_else(|| {
            let mut artifact = self.kept.reusable(origin)?.into_exposed();
            self.metrics.cache_hit();
            artifact["metadata"]["cached"] = true.into();
            Some(Phi::new(artifact))
        })
    }

    /// Asks, validates, and asks once more where the answer breaks the schema.
    async fn generate(
        &self,
        lease: &Lease,
        context: &Phi<ContextPack>,
    ) -> Result<Phi<Value>, Stop> {
        let first = self.ask(lease, Question { context, broken: &[] }).await?;
        let broken = match validate(&first.answer.document) {
            Ok(diagnosis) => return artifact(diagnosis, context, &first, Usage::default()),
            Err(broken) => broken,
        };
        tracing::warn!(places = broken.len(), "the answer breaks the schema, asking for a repair");
        let second = self.ask(lease, Question { context, broken: &broken }).await?;
        match validate(&second.answer.document) {
            Ok(diagnosis) => artifact(diagnosis, context, &second, first.answer.usage),
            Err(broken) => {
                let path = broken.first().copied().unwrap_or(SchemaPath::ROOT);
                Err(Stop::Failed(RunError::invalid_result(second.provider, path), None))
            }
        }
    }

    async fn ask(&self, lease: &Lease, question: Question<'_>) -> Result<Answered, Stop> {
        tokio::select! {
            biased;
            () = lease.lost() => Err(Stop::LeaseLost),
            () = self.interrupt.cancelled() => Err(Stop::Interrupted(Duration::ZERO)),
            answered = self.chain.ask(question) => answered.map_err(|failed| {
                let retry_after = failed.error.retry_after;
                match failed.error.kind {
                    // Nobody was asked, so no attempt was used up.
                    FailureKind::CircuitOpen => Stop::Interrupted(retry_after.unwrap_or_default()),
                    _ => Stop::Failed(
                        RunError::provider_failed(failed.provider, &failed.error),
                        retry_after,
                    ),
                }
            }),
        }
    }

    async fn persist(&self, lease: &Lease, artifact: &Phi<Value>) -> Result<(), Stop> {
        let fence = lease.fence();
        let landed = self
            .patiently(lease, || self.writer.complete(fence, artifact.clone()))
            .await
            .map_err(|stop| stop.or_failed(RunError::artifact_refused()))?;
        if landed {
            return Ok(());
        }
        // The reply to an earlier COMMIT may have been lost: completed under this epoch is success.
        match self.patiently(lease, || self.store.outcome(fence.id)).await {
            Ok(Some((Status::Completed, epoch))) if epoch == fence.epoch => Ok(()),
            _ => Err(self.stale()),
        }
    }

    async fn settle(
        &self,
        claimed: &Claimed,
        lease: &Lease,
        error: RunError,
        retry_after: Option<Duration>,
    ) -> Ended {
        tracing::warn!(code = error.code.as_str(), reason = error.message, "the attempt failed");
        let settle = || self.store.settle_failure(claimed, &error, retry_after);
        match self.patiently(lease, settle).await {
            Ok(Some(Status::Queued)) => Ended { outcome: RunOutcome::Retried, error: Some(error) },
            Ok(Some(_)) => Ended { outcome: RunOutcome::Failed, error: Some(error) },
            Ok(None) => {
                self.stale();
                self.lease_lost()
            }
            // The lease will run out and the run be rescued.
            Err(_) => self.lease_lost(),
        }
    }

    async fn give_back(&self, lease: &Lease, delay: Duration) -> Ended {
        match self.store.give_back(lease.fence(), delay).await {
            Ok(true) => Ended { outcome: RunOutcome::GivenBack, error: None },
            Ok(false) => {
                self.stale();
                self.lease_lost()
            }
            Err(_) => self.lease_lost(),
        }
    }

    /// Repeats a statement that fails, while the lease holds: for a while if the database refuses it, for
    /// as long as it takes if the database is away or somebody else has locked the row.
    async fn patiently<T, F>(&self, lease: &Lease, statement: impl FnMut() -> F) -> Result<T, Halt>
    where
        F: Future<Output = Result<T, DatabaseError>>,
    {
        let start = Instant::now();
        let pauses = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_secs(2))
            .without_max_times();
        statement
            .retry(pauses)
            .when(|error| {
                tracing::warn!(%error, "a statement failed");
                !lease.is_lost()
                    && !self.interrupt.is_cancelled()
                    && (error.will_pass() || start.elapsed() < PATIENCE)
            })
            .await
            .map_err(|_| match (lease.is_lost(), self.interrupt.is_cancelled()) {
                (true, _) => Halt::LeaseLost,
                (false, true) => Halt::Interrupted,
                (false, false) => Halt::Refused,
            })
    }

    fn stale(&self) -> Stop {
        self.metrics.stale_write_rejected();
        tracing::warn!("a write was rejected: the lease was lost");
        Stop::LeaseLost
    }

    const fn lease_lost(&self) -> Ended {
        Ended { outcome: RunOutcome::LeaseLost, error: None }
    }
}

/// Why a statement is not repeated any more.
enum Halt {
    LeaseLost,
    Interrupted,
    Refused,
}

impl Halt {
    const fn or_failed(self, error: RunError) -> Stop {
        match self {
            Self::LeaseLost => Stop::LeaseLost,
            Self::Interrupted => Stop::Interrupted(Duration::ZERO),
            Self::Refused => Stop::Failed(error, None),
        }
    }
}

fn artifact(
    diagnosis: Diagnosis,
    context: &Phi<ContextPack>,
    answered: &Answered,
    usage_before: Usage,
) -> Result<Phi<Value>, Stop> {
    let answer = &answered.answer;
    let mut usage = answer.usage;
    usage += usage_before;
    let review = safety::review(&diagnosis, context.expose());
    let artifact = Artifact {
        diagnosis: diagnosis.diagnosis,
        confidence: diagnosis.confidence,
        metadata: Metadata {
            provider: answered.provider,
            model: answer.model.clone(),
            request_id: answer.request_id.clone(),
            usage,
            latency_ms: u64::try_from(answered.latency.as_millis()).unwrap_or(u64::MAX),
            prompt_version: prompt::VERSION.to_owned(),
            schema_version: SCHEMA_VERSION.to_owned(),
            cached: false,
            review,
            remarks: Default::default(),
        },
    };
    let mut document = serde_json::to_value(artifact)
        .map_err(|_| Stop::Failed(RunError::artifact_refused(), None))?;
    // The provider's remarks never replace what the worker knows itself.
    if let Some(metadata) = document["metadata"].as_object_mut() {
        for (key, remark) in diagnosis.metadata {
            metadata.entry(key).or_insert(remark);
        }
    }
    Ok(Phi::new(document))
}
