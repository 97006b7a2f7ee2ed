//! `demo`: a run from creation to artifact, on a database of its own and without a provider's key.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::Utc;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use railcheck_cluster::{Cluster, FAST, Programs, Settings, Template};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::worker::store;
use crate::api::{self, Api, KeySource, TokenRules, Verifier};
use crate::cli::DemoArgs;
use crate::client::ApiClient;
use crate::commands::migrate::migrate;
use crate::database::Database;
use crate::metrics::Metrics;
use crate::provider::offline::Offline;
use crate::provider::{Chain, http_client};
use crate::queue::Worker;
use crate::settings::{QueueSettings, Secret};

const PATIENT: &str = "00000000-0000-4000-8000-000000000001";
const ASSESSMENT: &str = "00000000-0000-4000-8000-000000000003";
const SEED: &str = include_str!("demo.sql");
/// Long enough for the states of the run to be seen.
const THINKING: Duration = Duration::from_millis(600);
const LOOK_EVERY: Duration = Duration::from_millis(50);
const AUDIENCE: &str = "authenticated";

/// Runs the subcommand.
pub async fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let shutdown = super::shutdown()?;
    super::print(
        "starting a throw-away PostgreSQL of its own (development only: row-level security",
    )?;
    super::print("binds the API's callers, but both parts log in as its superuser)")?;
    let programs = args.postgres_bin.clone();
    let cluster = tokio::task::spawn_blocking(move || start(programs.as_deref()))
        .await?
        .context("cannot start a PostgreSQL server")?;
    let options = PgConnectOptions::new_without_pgpass()
        .socket(cluster.socket_folder())
        .port(cluster.port())
        .username("postgres")
        .database("postgres");
    let outcome = show_a_run(args, options, shutdown).await;
    tokio::task::spawn_blocking(move || drop(cluster)).await?;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Starts a cluster that goes with this process.
fn start(programs: Option<&Path>) -> Result<Cluster, railcheck_cluster::Error> {
    let template = Template::new(Programs::find(programs)?);
    template.start(Settings { port: None, values: &FAST })
}

async fn show_a_run(
    args: &DemoArgs,
    options: PgConnectOptions,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let database = prepare(options).await?;
    let metrics = Arc::new(Metrics::default());
    let secret = Uuid::new_v4().to_string() + &Uuid::new_v4().to_string();
    let settings = queue_settings();
    let store = store(database.clone(), &settings);
    let api = Api {
        callers: database,
        queue: store.clone(),
        verifier: Arc::new(Verifier::new(
            KeySource::Secret(Secret::new(secret.clone())),
            TokenRules { audience: AUDIENCE.to_owned(), issuer: None },
        )),
        metrics: Arc::clone(&metrics),
        max_attempts: 3,
    };
    // Nobody needs to know the port of a demonstration that ends by itself.
    let mut address = args.listen;
    if args.once {
        address.set_port(0);
    }
    let listener =
        api::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let origin = format!("http://{}", listener.local_addr()?);
    let serving = tokio::spawn(api::serve(listener, api::router(api), shutdown.clone()));

    let token = token(&secret)?;
    let client = ApiClient::new(http_client()?, origin.clone(), Some(Secret::new(token.clone())));
    let run = create(&client).await?;
    let offline = Box::new(Offline { pause: THINKING });
    let chain = Chain::new(offline, Vec::new(), settings.backoff(), Arc::clone(&metrics));
    let worker = Worker::new(settings, store, chain, false, metrics);
    let working = tokio::spawn(worker.work(shutdown.clone()));
    follow(&client, run).await?;

    if !args.once {
        super::print(format_args!(
            "\nthe API is up until Ctrl-C; try\n  curl -H 'Authorization: Bearer {token}' \
             {origin}/api/diagnosis-runs/{run}"
        ))?;
        shutdown.cancelled().await;
    }
    shutdown.cancel();
    working.await?;
    serving.await?;
    Ok(())
}

async fn prepare(options: PgConnectOptions) -> anyhow::Result<Database> {
    let mut connection = PgConnection::connect_with(&options).await?;
    migrate(&mut connection).await?;
    super::print("applied the migrations")?;
    sqlx::raw_sql(SEED).execute(&mut connection).await?;
    connection.close().await?;
    super::print("seeded a patient and an assessment")?;
    Ok(Database::connect_worker(options, 4).await?)
}

fn queue_settings() -> QueueSettings {
    QueueSettings {
        concurrency: 1,
        batch: Some(1),
        poll: Duration::from_millis(200),
        lease: Duration::from_secs(60),
        heartbeat: Duration::from_secs(15),
        backoff_base: Duration::from_secs(1),
        backoff_max: Duration::from_secs(10),
        drain_timeout: Duration::from_secs(5),
        max_attempts: None,
        until_empty: false,
        listen_for_runs: false,
    }
}

fn token(secret: &str) -> anyhow::Result<String> {
    let claims = json!({
        "sub": PATIENT,
        "aud": AUDIENCE,
        "role": "authenticated",
        "exp": Utc::now().timestamp() + 24 * 60 * 60,
        "app_metadata": {"role": "admin"},
    });
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::new(Algorithm::HS256), &claims, &key).context("cannot sign a token")
}

async fn create(client: &ApiClient) -> anyhow::Result<Uuid> {
    let reply = client.create(ASSESSMENT, "demo").await?;
    ensure!(reply.status() == StatusCode::CREATED, "the run was not created: {}", reply.status());
    let reply: Value = reply.json().await?;
    let id = reply["runId"].as_str().context("the reply names no run")?;
    super::print(format_args!("created run {id}"))?;
    id.parse().context("the run's id is no UUID")
}

/// Prints each state of the run, and the artifact.
async fn follow(client: &ApiClient, run: Uuid) -> anyhow::Result<()> {
    let mut last = Value::from("queued");
    super::print("queued")?;
    loop {
        let reply: Value = client.show(run).await?.json().await?;
        let run = &reply["run"];
        if run["status"] != last {
            last = run["status"].clone();
            super::print(last.as_str().unwrap_or_default())?;
        }
        match last.as_str() {
            Some("completed") => {
                let artifact = serde_json::to_string_pretty(&run["diagnosis_result"])?;
                return super::print(format_args!("artifact: {artifact}"));
            }
            Some("failed") => anyhow::bail!("the run failed: {}", run["errors"]),
            _ => sleep(LOOK_EVERY).await,
        }
    }
}
