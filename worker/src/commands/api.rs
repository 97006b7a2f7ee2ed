//! `api` and `run`: serves the API, beside the worker or alone.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use super::worker::worker;
use crate::api::{self, Api, KeySource, TokenRules, Verifier};
use crate::cli::{ApiArgs, RunArgs, ServeArgs};
use crate::database::Database;
use crate::login::Login;
use crate::metrics::Metrics;
use crate::provider::http_client;
use crate::queue::Store;
use crate::settings::{self, Secret, SettingsError};

/// Requests that read at the same time; the others wait.
const CALLER_CONNECTIONS: u32 = 10;
/// Requests that write at the same time; the others wait.
const QUEUE_CONNECTIONS: u32 = 5;
/// Attempts that created runs get unless the settings say otherwise.
const DEFAULT_ATTEMPTS: i32 = 3;

/// Runs `api`.
pub async fn run(args: &ApiArgs) -> anyhow::Result<ExitCode> {
    let shutdown = super::shutdown()?;
    serve(&args.serve, args.max_attempts, Arc::default(), shutdown).await?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `run`.
pub async fn run_both(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let shutdown = super::shutdown()?;
    let metrics = Arc::new(Metrics::default());
    let worker = worker(&args.worker, &metrics).await?;
    let max_attempts = args.worker.queue.max_attempts.unwrap_or(DEFAULT_ATTEMPTS);
    // Whichever part ends, takes the other along.
    let serve = async {
        let served = serve(&args.serve, max_attempts, metrics, shutdown.clone()).await;
        shutdown.cancel();
        served
    };
    let work = async {
        worker.work(shutdown.clone()).await;
        shutdown.cancel();
    };
    let (served, ()) = tokio::join!(serve, work);
    served?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(
    args: &ServeArgs,
    max_attempts: i32,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let verifier = Arc::new(verifier(args)?);
    let (options, is_derived) = settings::api_database()?;
    let callers = Database::connect(options, CALLER_CONNECTIONS)
        .await
        .context("cannot log in with API_DATABASE_URL")?;
    Login::of(&callers).await.context("cannot read the API's login")?.check_api(is_derived)?;
    let queue = queue().await?;
    let listener = api::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    tracing::info!(address = %args.listen, "the API is up");
    let router = api::router(Api { callers, queue, verifier, metrics, max_attempts });
    api::serve(listener, router, shutdown).await;
    Ok(())
}

/// The queue, for what callers ask and only the system may write.
async fn queue() -> anyhow::Result<Store> {
    let database = Database::connect_worker(settings::worker_database()?, QUEUE_CONNECTIONS)
        .await
        .context("cannot log in with DATABASE_URL")?;
    Login::of(&database).await.context("cannot read the worker's login")?.check_worker()?;
    Ok(Store::for_requests(database))
}

fn verifier(args: &ServeArgs) -> Result<Verifier, anyhow::Error> {
    let source = if let Some(secret) = Secret::from_environment("SUPABASE_JWT_SECRET") {
        KeySource::Secret(secret)
    } else if let Some(url) = Secret::from_environment("SUPABASE_JWKS_URL") {
        KeySource::Published { client: http_client()?, url: url.expose().to_owned() }
    } else {
        return Err(SettingsError::Missing {
            name: "SUPABASE_JWT_SECRET",
            needed_for: "the API needs it, or SUPABASE_JWKS_URL, to verify its callers' tokens",
        }
        .into());
    };
    let rules = TokenRules { audience: args.jwt_audience.clone(), issuer: args.jwt_issuer.clone() };
    Ok(Verifier::new(source, rules))
}
