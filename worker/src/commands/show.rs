//! `show`: prints a run as JSON.

use std::process::ExitCode;

use anyhow::Context;

use crate::cli::ShowArgs;
use crate::database::Database;
use crate::pipeline::record::{RunRecord, SELECT_RUN};
use crate::pipeline::run_error::RunError;
use crate::settings;

/// Runs the subcommand.
pub async fn run(args: &ShowArgs) -> anyhow::Result<ExitCode> {
    let database = Database::connect_worker(settings::worker_database()?, 1)
        .await
        .context("cannot log in with DATABASE_URL")?;
    let query = sqlx::query_as(SELECT_RUN).bind(args.run_id);
    let run: Option<RunRecord> = database
        .run(|connection| Box::pin(query.fetch_optional(connection)))
        .await
        .context("cannot read the run")?;
    let run = run.with_context(|| {
        let error = RunError::run_not_found();
        format!("{}: {error}", error.code)
    })?;
    super::print(serde_json::to_string_pretty(&run).context("cannot write the run as JSON")?)?;
    Ok(ExitCode::SUCCESS)
}
