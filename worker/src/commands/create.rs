//! `create`: creates a run, or finds it.

use std::process::ExitCode;

use anyhow::Context;

use crate::cli::CreateArgs;
use crate::database::Database;
use crate::pipeline::create::{NewRun, create_run};
use crate::settings;

/// Runs the subcommand.
pub async fn run(args: &CreateArgs) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(!args.correlation.trim().is_empty(), "--correlation must not be blank");
    let database = Database::connect_worker(settings::worker_database()?, 1)
        .await
        .context("cannot log in with DATABASE_URL")?;
    let run = NewRun {
        assessment_id: args.assessment,
        correlation_id: args.correlation.clone(),
        max_attempts: args.max_attempts,
    };
    let created = create_run(&database, &run).await.context("cannot create the run")?;
    super::print(created.id)?;
    Ok(ExitCode::SUCCESS)
}
