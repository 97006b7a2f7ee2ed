//! The command line. Every flag can also be set in the environment and in a file; secrets cannot.

mod sources;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use uuid::Uuid;

pub use self::sources::parse;

use crate::provider::ProviderName;
use crate::settings::{QueueSettings, SettingsError};

const SECRETS: &str = "Secrets are read from the environment alone:
  DATABASE_URL         the worker's login, a member of service_role
  API_DATABASE_URL     the API's login, a NOINHERIT member of anon and authenticated alone
                       [default: DATABASE_URL, if it can act as both]
  SUPABASE_JWT_SECRET  the key of HS256 tokens; or
  SUPABASE_JWKS_URL    where the public keys of asymmetric tokens are
  ANTHROPIC_API_KEY, OPENAI_API_KEY
RUST_LOG sets the level of logging [default: info].

Flags come before the environment (DIAGNOSIS_WORKER_ and the flag's name), the environment before the
file given with --config, a TOML file with the flags' names as keys.";

/// Works diagnosis runs: the queue, the providers and the HTTP API.
#[derive(Debug, Parser)]
#[command(name = "diagnosis-worker", version, after_help = SECRETS, max_term_width = 110)]
pub struct Cli {
    /// Reads settings from a TOML file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How log lines are written to stderr.
    #[arg(long, global = true, value_enum, default_value = "pretty")]
    pub log_format: LogFormat,
    /// What to do.
    #[command(subcommand)]
    pub command: Action,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object per line.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Shows a run from creation to artifact, with a database of its own and without a provider's key.
    Demo(DemoArgs),
    /// Works the queue and serves the API.
    Run(RunArgs),
    /// Works the queue.
    Worker(WorkerArgs),
    /// Serves the API.
    Api(ApiArgs),
    /// Applies the migrations.
    Migrate,
    /// Creates a run, or finds it, and prints its id.
    Create(CreateArgs),
    /// Works one run now and prints how it ended.
    Process(ProcessArgs),
    /// Prints a run as JSON.
    Show(ShowArgs),
    /// Examines the database, the logins and the queue.
    Doctor,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Exits after the run instead of leaving the API up until Ctrl-C.
    #[arg(long)]
    pub once: bool,
    /// Where the API listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// The folder of the PostgreSQL server's programs, where they are not looked for.
    #[arg(long, value_name = "DIR")]
    pub postgres_bin: Option<PathBuf>,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The API's part.
    #[command(flatten)]
    pub serve: ServeArgs,
    /// The worker's part.
    #[command(flatten)]
    pub worker: WorkerArgs,
}

/// Arguments of `api`.
#[derive(Debug, Args)]
pub struct ApiArgs {
    /// Where and for whom to serve.
    #[command(flatten)]
    pub serve: ServeArgs,
    /// Attempts that created runs get.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..=10))]
    pub max_attempts: i32,
}

/// Where and for whom the API serves.
#[derive(Debug, Args)]
#[command(next_help_heading = "API")]
pub struct ServeArgs {
    /// Where the API listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// The audience that tokens must name.
    #[arg(long, env = "JWT_AUDIENCE", value_name = "NAME", default_value = "authenticated")]
    pub jwt_audience: String,
    /// The issuer that tokens must name; any, if not set.
    #[arg(long, env = "JWT_ISSUER", value_name = "URL")]
    pub jwt_issuer: Option<String>,
}

/// Arguments of `worker`, shared by `run` and `process`.
#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// The queue's part.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// The providers' part.
    #[command(flatten)]
    pub provider: ProviderArgs,
}

/// How the queue is worked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Queue")]
pub struct QueueArgs {
    /// Runs that are worked at the same time.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = count)]
    pub concurrency: usize,
    /// Runs that one statement claims and completes at most; those beyond the concurrency wait in memory
    /// under their lease [default: as many as can be worked].
    #[arg(long, value_name = "N", value_parser = count)]
    pub batch: Option<usize>,
    /// How often the queue is looked at without being woken.
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub poll: Duration,
    /// How long a claim holds without a heartbeat.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub lease: Duration,
    /// How often leases are renewed, well within the lease [default: a quarter of the lease].
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub heartbeat: Option<Duration>,
    /// Wait before the second attempt; each further one doubles, up to --backoff-max.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = duration)]
    pub backoff_base: Duration,
    /// Longest wait between attempts.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub backoff_max: Duration,
    /// How long unfinished runs may go on after SIGTERM before they are given back.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub drain_timeout: Duration,
    /// Attempts that a run gets, where the run's own maximum is not lower; also the maximum of runs created
    /// by `run` [default: the run's own; 3 for created ones].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=10))]
    pub max_attempts: Option<i32>,
    /// Exits once nothing is due or running.
    #[arg(long)]
    pub until_empty: bool,
    /// Polls only, for connection poolers that cannot LISTEN.
    #[arg(long)]
    pub no_listen: bool,
}

impl QueueArgs {
    /// The settings, checked against each other.
    pub fn settings(&self) -> Result<QueueSettings, SettingsError> {
        let settings = QueueSettings {
            concurrency: self.concurrency,
            batch: self.batch,
            poll: self.poll,
            lease: self.lease,
            heartbeat: self.heartbeat.unwrap_or(self.lease / 4),
            backoff_base: self.backoff_base,
            backoff_max: self.backoff_max,
            drain_timeout: self.drain_timeout,
            max_attempts: self.max_attempts,
            until_empty: self.until_empty,
            listen_for_runs: !self.no_listen,
        };
        settings.check()?;
        Ok(settings)
    }
}

/// Who makes diagnoses.
#[derive(Debug, Args)]
#[command(next_help_heading = "Providers")]
pub struct ProviderArgs {
    /// A provider to ask; repeat it for those to fall back to, in order.
    #[arg(long, value_name = "NAME", value_enum, default_value = "anthropic")]
    pub provider: Vec<ProviderName>,
    /// The model to ask [default: claude-sonnet-4-5-20250929 for anthropic, gpt-4o-2024-08-06 for openai].
    /// With several providers, the first one's.
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Tokens that an answer may have at most [default: 4096 for anthropic, the model's own for openai].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_output_tokens: Option<u32>,
    /// How much chance there is in an answer, from 0 to 2; anthropic takes up to 1 [default: the model's own].
    #[arg(long, value_name = "NUMBER", value_parser = temperature)]
    pub temperature: Option<f64>,
    /// Origin of Anthropic's API, without /v1.
    #[arg(
        long,
        env = "ANTHROPIC_BASE_URL",
        value_name = "URL",
        default_value = "https://api.anthropic.com"
    )]
    pub anthropic_base_url: String,
    /// Base of an OpenAI-compatible API.
    #[arg(
        long,
        env = "OPENAI_BASE_URL",
        value_name = "URL",
        default_value = "https://api.openai.com/v1"
    )]
    pub openai_base_url: String,
    /// The MCP server, as the URL of its streamable HTTP endpoint.
    #[arg(long, value_name = "URL", conflicts_with = "mcp_command")]
    pub mcp_url: Option<String>,
    /// The MCP server, as a command that speaks over stdio; its words are split and quoted as in a shell.
    #[arg(long, value_name = "COMMAND")]
    pub mcp_command: Option<String>,
    /// The MCP server's tool that makes diagnoses.
    #[arg(long, value_name = "NAME", default_value = "generate_diagnosis")]
    pub mcp_tool: String,
    /// Answers runs that are equal in context, prompt and model from memory.
    #[arg(long)]
    pub reuse_results: bool,
}

/// Arguments of `create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The assessment to diagnose.
    #[arg(long, value_name = "ID")]
    pub assessment: Uuid,
    /// The idempotency key.
    #[arg(long, value_name = "KEY")]
    pub correlation: String,
    /// Attempts that the run gets.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..=10))]
    pub max_attempts: i32,
}

/// Arguments of `process`.
#[derive(Debug, Args)]
pub struct ProcessArgs {
    /// The run.
    pub run_id: Uuid,
    /// The worker's part.
    #[command(flatten)]
    pub worker: WorkerArgs,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The run.
    pub run_id: Uuid,
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration < Duration::from_millis(1) {
        return Err("must be at least 1ms".to_owned());
    }
    Ok(duration)
}

fn temperature(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(temperature @ 0.0..=2.0) => Ok(temperature),
        _ => Err("must be a number from 0 to 2".to_owned()),
    }
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=10_000) => Ok(count),
        _ => Err("must be a number from 1 to 10000".to_owned()),
    }
}
