//! The subcommands, one per file.

pub mod api;
pub mod create;
pub mod demo;
pub mod doctor;
pub mod migrate;
pub mod process;
pub mod show;
pub mod worker;

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::cli::{Action, Cli};

/// Runs a subcommand.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Action::Run(args) => api::run_both(&args).await,
        Action::Worker(args) => worker::run(&args).await,
        Action::Api(args) => api::run(&args).await,
        Action::Migrate => migrate::run().await,
        Action::Create(args) => create::run(&args).await,
        Action::Process(args) => process::run(&args).await,
        Action::Show(args) => show::run(&args).await,
        Action::Doctor => doctor::run().await,
        Action::Demo(args) => demo::run(&args).await,
    }
}

/// Tells the operator why a command failed, causes included.
pub fn report(error: &anyhow::Error) {
    // With stderr gone there is nobody left to tell.
    let _ = writeln!(stderr(), "error: {error:#}");
}

fn print(line: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(stdout(), "{line}").context("cannot write to stdout")
}

/// Cancelled by the first SIGTERM or SIGINT.
fn shutdown() -> anyhow::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot handle SIGINT")?;
    let token = CancellationToken::new();
    let shutdown = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("shutting down");
        shutdown.cancel();
    });
    Ok(token)
}
