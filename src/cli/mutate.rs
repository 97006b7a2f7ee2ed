use std::process::ExitCode;

use clap::Args;

use super::CliError;
use super::output::{Format, Output};
use super::repository::RepositoryArguments;
use super::verify::note_incompleteness;
use crate::mutate;
use crate::report;

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(flatten)]
    repository: RepositoryArguments,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: Output,
    /// Show every mutant, not only those that no rule notices
    #[arg(short, long)]
    verbose: bool,
}

const EXIT_CODES: &str = "\
Nothing is written: facts are weakened in the model that the rules are judged by.

Exit status: 0 if every rule can fail, 1 if one cannot, 2 if one cannot be tried or railcheck cannot run.";

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let repository = self.repository.open(false)?;
        let judged = repository.judge()?;
        note_incompleteness(&judged.loaded);
        let trials = mutate::mutate(judged.packs.iter().copied(), &judged.loaded.facts());
        self.output.write(|out| match self.format {
            Format::Text => report::mutants_text(&trials, self.verbose, out),
            Format::Json => report::mutants_json(&trials, out),
        })?;
        Ok(ExitCode::from(mutate::status(&trials).exit_code()))
    }
}
