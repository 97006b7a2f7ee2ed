//! The command line. Every flag can also be set in the environment and in a file; secrets cannot.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Arg, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use figment::Figment;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};
use uuid::Uuid;

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
    /// How often leases are renewed, at most half the lease [default: a quarter of the lease].
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub heartbeat: Option<Duration>,
    /// Wait before the second attempt; each further one doubles.
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
    /// The MCP server, as a command that speaks over stdio; its words are separated by spaces.
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

/// Parses the command line, after the environment and the file have taken the place of the defaults.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let command = with_environment(Cli::command());
    let command = match config_file(&command, &arguments) {
        Some(file) => with_file(command, &file)?,
        None => command,
    };
    let matches = command.try_get_matches_from(arguments)?;
    Cli::from_arg_matches(&matches)
}

/// Lets each flag without a variable of its own be set by one named after it.
fn with_environment(command: Command) -> Command {
    every_flag(command, |argument, name| {
        if argument.get_env().is_some() {
            return argument;
        }
        argument.env(format!("DIAGNOSIS_WORKER_{}", name.to_uppercase().replace('-', "_")))
    })
}

fn every_flag(command: Command, change: impl Fn(Arg, &str) -> Arg + Copy) -> Command {
    let change_flag = |argument: Arg| match argument.get_long().map(str::to_owned) {
        Some(name) if !matches!(name.as_str(), "help" | "version") => change(argument, &name),
        _ => argument,
    };
    command.mut_args(change_flag).mut_subcommands(|subcommand| subcommand.mut_args(change_flag))
}

fn config_file(command: &Command, arguments: &[OsString]) -> Option<PathBuf> {
    let matches = command.clone().ignore_errors(true).try_get_matches_from(arguments).ok()?;
    matches.try_get_one::<PathBuf>("config").ok().flatten().cloned()
}

fn with_file(command: Command, file: &PathBuf) -> Result<Command, clap::Error> {
    let refuse = |reason: String| {
        Command::new("diagnosis-worker")
            .error(ErrorKind::InvalidValue, format!("{}: {reason}", file.display()))
    };
    if !file.is_file() {
        return Err(refuse("there is no such file".to_owned()));
    }
    let values: Dict = Figment::from(Toml::file_exact(file))
        .extract()
        .map_err(|error| refuse(error.to_string()))?;
    let known: Vec<String> = command
        .get_subcommands()
        .flat_map(Command::get_arguments)
        .chain(command.get_arguments())
        .filter_map(|argument| argument.get_long().map(str::to_owned))
        .filter(|name| !matches!(name.as_str(), "help" | "version" | "config"))
        .collect();
    if let Some(unknown) = values.keys().find(|key| !known.contains(key)) {
        return Err(refuse(format!("there is no setting `{unknown}`")));
    }
    Ok(every_flag(command, |argument, name| match values.get(name) {
        Some(value) => argument.default_values(texts(value)).required(false),
        None => argument,
    }))
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(_, values) => values.iter().flat_map(texts).collect(),
        Value::String(_, text) => vec![text.clone()],
        Value::Bool(_, flag) => vec![flag.to_string()],
        Value::Num(_, number) => number
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| number.to_f64().map(|number| number.to_string()))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration < Duration::from_millis(1) {
        return Err("must be at least 1ms".to_owned());
    }
    Ok(duration)
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=10_000) => Ok(count),
        _ => Err("must be a number from 1 to 10000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &[&str]) -> Result<Cli, clap::Error> {
        parse(std::iter::once("diagnosis-worker").chain(words.iter().copied()).map(OsString::from))
    }

    fn queue(cli: Cli) -> QueueArgs {
        match cli.command {
            Action::Worker(worker) => worker.queue,
            other => panic!("expected worker, got {other:?}"),
        }
    }

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        with_environment(Cli::command()).debug_assert();
    }

    #[test]
    fn flags_come_before_the_file_and_the_file_before_the_defaults() {
        let folder = tempfile::tempdir().expect("has a folder");
        let file = folder.path().join("worker.toml");
        std::fs::write(&file, "concurrency = 7\nlease = \"9s\"\nuntil-empty = true\n")
            .expect("writes");
        let file = file.to_str().expect("is text");
        let args =
            queue(parse_words(&["worker", "--config", file, "--lease", "8s"]).expect("parses"));
        assert_eq!(args.concurrency, 7);
        assert_eq!(args.lease, Duration::from_secs(8));
        assert!(args.until_empty);
        assert_eq!(args.poll, Duration::from_secs(1));
    }

    #[test]
    fn a_file_with_an_unknown_key_is_refused() {
        let folder = tempfile::tempdir().expect("has a folder");
        let file = folder.path().join("worker.toml");
        std::fs::write(&file, "database-url = \"postgres://u:canary@h/d\"\n").expect("writes");
        let error = parse_words(&["worker", "--config", file.to_str().expect("is text")])
            .expect_err("is refused")
            .to_string();
        assert!(error.contains("there is no setting `database-url`"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }

    #[test]
    fn a_heartbeat_that_would_lose_every_lease_is_refused() {
        let args =
            queue(parse_words(&["worker", "--lease", "2s", "--heartbeat", "2s"]).expect("parses"));
        assert!(args.settings().is_err());
        let args = queue(parse_words(&["worker", "--lease", "2s"]).expect("parses"));
        assert_eq!(args.settings().expect("is fine").heartbeat, Duration::from_millis(500));
    }
}
