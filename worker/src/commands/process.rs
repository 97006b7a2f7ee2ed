//! `process`: works one run now.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::worker::{chain, store};
use crate::cli::ProcessArgs;
use crate::database::{Database, statement_limit};
use crate::metrics::{Metrics, RunOutcome};
use crate::pipeline::execute::Executor;
use crate::pipeline::run_error::RunError;
use crate::queue::{Leases, Status, Store, Writer, beat};
use crate::settings;

/// Connections for the claim, the heartbeat, the writer and the run's own statements.
const CONNECTIONS: u32 = 4;

/// Runs the subcommand.
pub async fn run(args: &ProcessArgs) -> anyhow::Result<ExitCode> {
    let queue = args.worker.queue.settings()?;
    let metrics = Arc::new(Metrics::default());
    let chain = chain(&args.worker.provider, &queue, &metrics)?;
    let (options, limit) = (settings::worker_database()?, statement_limit(queue.lease));
    let database = Database::connect_worker_within(options, CONNECTIONS, limit)
        .await
        .context("cannot log in with DATABASE_URL")?;
    let store = store(database, &queue);
    let leases = Leases::new(queue.lease);
    let sent = tokio::time::Instant::now();
    let claim = store.claim_one(args.run_id).await;
    if claim.is_err() {
        // The claim may have been committed all the same; if it cannot be given back, it is rescued.
        let _ = store.give_back_unheld(&mut store.database().lane(), &leases).await;
    }
    let Some(claimed) = claim.context("cannot claim the run")? else {
        return unclaimed(&store, args).await;
    };
    let lease = leases.hold(claimed.fence(), sent, None);
    let _heartbeat = AbortOnDropHandle::new(tokio::spawn(beat(
        store.clone(),
        Arc::clone(&leases),
        queue.heartbeat,
    )));
    let shutdown = super::shutdown()?;
    let (writer, completions) = Writer::channel();
    let writing = completions.write(store.clone(), Arc::clone(&leases));
    let _writing = AbortOnDropHandle::new(tokio::spawn(writing));
    let interrupt = drained(shutdown, &queue);
    let executor = Executor::new(store, writer, chain, 1, false, metrics, interrupt);
    let ended = executor.execute(&claimed, &lease).await;
    let status = match ended.outcome {
        RunOutcome::Completed => Status::Completed,
        RunOutcome::Failed => Status::Failed,
        RunOutcome::Retried | RunOutcome::GivenBack => Status::Queued,
        RunOutcome::LeaseLost => Status::InProgress,
    };
    match ended.error {
        Some(error) => super::print(format_args!("{} {}", status.as_str(), error.code))?,
        None => super::print(status.as_str())?,
    }
    Ok(if status == Status::Completed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn unclaimed(store: &Store, args: &ProcessArgs) -> anyhow::Result<ExitCode> {
    let error = match store.outcome(args.run_id).await.context("cannot read the run")? {
        None => RunError::run_not_found(),
        Some(_) => RunError::invalid_status(),
    };
    super::print(error.code)?;
    Ok(ExitCode::FAILURE)
}

/// Cancelled when a shutdown has lasted for the drain timeout.
fn drained(shutdown: CancellationToken, queue: &settings::QueueSettings) -> CancellationToken {
    let interrupt = CancellationToken::new();
    let (cancelled, patience) = (interrupt.clone(), queue.drain_timeout);
    tokio::spawn(async move {
        shutdown.cancelled().await;
        tokio::time::sleep(patience).await;
        cancelled.cancel();
    });
    interrupt
}
