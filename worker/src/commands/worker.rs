//! `worker`: works the queue.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;

use crate::cli::{ProviderArgs, WorkerArgs};
use crate::database::{Database, statement_limit};
use crate::login::Login;
use crate::metrics::Metrics;
use crate::provider::anthropic::Anthropic;
use crate::provider::mcp::{Mcp, McpServer};
use crate::provider::noop::Noop;
use crate::provider::offline::Offline;
use crate::provider::openai::Openai;
use crate::provider::{Chain, Provider, ProviderName, Sampling, anthropic, http_client, openai};
use crate::queue::{Store, Worker};
use crate::settings::{self, QueueSettings, Secret, SettingsError};

/// Runs the subcommand.
pub async fn run(args: &WorkerArgs) -> anyhow::Result<ExitCode> {
    let shutdown = super::shutdown()?;
    let metrics = Arc::new(Metrics::default());
    worker(args, &metrics).await?.work(shutdown).await;
    Ok(ExitCode::SUCCESS)
}

/// A worker over the queue of DATABASE_URL, after its login has been checked.
pub async fn worker(args: &WorkerArgs, metrics: &Arc<Metrics>) -> anyhow::Result<Worker> {
    let queue = args.queue.settings()?;
    let chain = chain(&args.provider, &queue, metrics)?;
    let options = settings::worker_database()?;
    let (connections, limit) = (Worker::connections(&queue), statement_limit(queue.lease));
    let database = Database::connect_worker_within(options, connections, limit)
        .await
        .context("cannot log in with DATABASE_URL")?;
    Login::of(&database).await.context("cannot read the login")?.check_worker()?;
    let store = store(database, &queue);
    Ok(Worker::new(queue, store, chain, args.provider.reuse_results, Arc::clone(metrics)))
}

pub(super) fn store(database: Database, queue: &QueueSettings) -> Store {
    Store::new(database, queue.lease, queue.backoff(), queue.max_attempts)
}

/// The fallback chain that was asked for.
pub(super) fn chain(
    args: &ProviderArgs,
    queue: &QueueSettings,
    metrics: &Arc<Metrics>,
) -> anyhow::Result<Chain> {
    let mut models = std::iter::once(args.model.as_deref());
    let mut providers = args
        .provider
        .iter()
        .map(|name| provider(*name, args, models.next().flatten()))
        .collect::<anyhow::Result<Vec<_>>>()?
        .into_iter();
    let first = providers.next().context("at least one --provider is needed")?;
    Ok(Chain::new(first, providers.collect(), queue.backoff(), Arc::clone(metrics)))
}

fn provider(
    name: ProviderName,
    args: &ProviderArgs,
    model: Option<&str>,
) -> anyhow::Result<Box<dyn Provider>> {
    let sampling =
        Sampling { max_output_tokens: args.max_output_tokens, temperature: args.temperature };
    let model_or = |default: &str| model.unwrap_or(default).to_owned();
    Ok(match name {
        ProviderName::Anthropic => {
            let key = Secret::from_environment("ANTHROPIC_API_KEY").ok_or(SettingsError::Missing {
                name: "ANTHROPIC_API_KEY",
                needed_for: "the provider anthropic needs it; `--provider offline` needs no key",
            })?;
            let model = model_or(anthropic::DEFAULT_MODEL);
            let provider = Anthropic::new(http_client()?, &args.anthropic_base_url, key, model);
            Box::new(provider.with_sampling(sampling))
        }
        ProviderName::Openai => {
            let key = Secret::from_environment("OPENAI_API_KEY");
            let model = model_or(openai::DEFAULT_MODEL);
            let provider = Openai::new(http_client()?, &args.openai_base_url, key, model);
            Box::new(provider.with_sampling(sampling))
        }
        ProviderName::Mcp => Box::new(Mcp::new(mcp_server(args)?, args.mcp_tool.clone())),
        ProviderName::Offline => Box::new(Offline::default()),
        ProviderName::Noop => Box::new(Noop),
    })
}

fn mcp_server(args: &ProviderArgs) -> anyhow::Result<McpServer> {
    match (&args.mcp_url, &args.mcp_command) {
        (Some(url), _) => Ok(McpServer::Http { client: http_client()?, url: url.clone() }),
        (None, Some(command)) => Ok(McpServer::Stdio(words(command)?)),
        (None, None) => {
            Err(SettingsError::Contradiction("--provider mcp needs --mcp-url or --mcp-command")
                .into())
        }
    }
}

/// The words of a command, split and quoted as in a shell.
fn words(command: &str) -> Result<Vec<String>, SettingsError> {
    shlex::split(command).filter(|words| !words.is_empty()).ok_or(SettingsError::Contradiction(
        "--mcp-command must name a program, and its quotes must be closed",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_command_may_be_quoted() {
        let split = |command| words(command).ok();
        let expected = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(split("serve --stdio"), expected(&["serve", "--stdio"]));
        assert_eq!(
            split("'/opt/my server/run' --name \"two words\" a\\ b"),
            expected(&["/opt/my server/run", "--name", "two words", "a b"])
        );
        assert_eq!(split("serve 'open"), None);
        assert_eq!(split(" "), None);
    }
}
