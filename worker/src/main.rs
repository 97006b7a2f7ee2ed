//! `diagnosis-worker`: the bundled worker of the diagnosis run pipeline.

use std::process::ExitCode;

use diagnosis_worker::{cli, commands, telemetry};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let telemetry = telemetry::start(cli.log_format);
    let code = commands::run(cli).await.unwrap_or_else(|error| {
        commands::report(&error);
        ExitCode::FAILURE
    });
    telemetry.finish();
    code
}
