use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::output::Output;
use super::repository::RepositoryArguments;
use super::{CliError, note};
use crate::judge::Judged;
use crate::report::{self, Report, TextStyle, Verbosity};
use crate::survey::Survey;
use crate::verify::Status;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    repository: RepositoryArguments,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: Output,
    /// Print one line for each finding and nothing else
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Show the history of each fact
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let repository = self.repository.open(self.quiet)?;
        let Judged { survey, verdicts } = repository.judge()?;
        if !self.quiet {
            note_surprises(&survey);
        }
        let report = Report {
            packs: &repository.packs,
            verdicts: &verdicts,
            facts: survey.facts(),
            engine: repository.engine_name(),
        };
        self.output.write(|out| match self.format {
            Format::Text => report::text(&report, self.style(), out),
            Format::Json => report::json(&report, out),
        })?;
        Ok(ExitCode::from(Status::of(&verdicts).exit_code()))
    }

    fn style(&self) -> TextStyle {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, false) => Verbosity::Normal,
            (false, true) => Verbosity::Verbose,
        };
        TextStyle { verbosity, color: self.output.color() }
    }
}

/// What is unusual about the input and yet no finding.
fn note_surprises(survey: &Survey) {
    for version in &survey.migrations.duplicate_versions {
        note(format_args!(
            "more than one migration has version {version}; they are applied by name, which the \
             Supabase CLI and sqlx refuse"
        ));
    }
    for path in &survey.migrations.misnamed {
        note(format_args!("{path} is not named <digits>_<name>.sql and is not applied"));
    }
    for path in &survey.outside {
        note(format_args!("{path} is a link that leads nowhere or out of the root; not followed"));
    }
}
