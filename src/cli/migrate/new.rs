use std::process::ExitCode;

use chrono::Utc;
use clap::Args;

use super::{folder, read};
use crate::cli::CliError;
use crate::cli::output::Output;
use crate::cli::place::PlaceArguments;
use crate::migrate::NewMigration;
use crate::span::SourceMap;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What it does, such as create_runs
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    place: PlaceArguments,
    #[command(flatten)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let place = self.place.open()?;
        let folder = folder(&place)?;
        let migrations = read(folder, &mut SourceMap::default())?;
        let migration = NewMigration::after(folder, &migrations, &self.name, Utc::now())?;
        migration.create(&migration.heading())?;
        self.output.write(|out| writeln!(out, "{}", migration.path()))?;
        Ok(ExitCode::SUCCESS)
    }
}
