use std::process::ExitCode;

use clap::Args;

use super::CliError;
use super::output::{Color, Format, Output};
use super::repository::RepositoryArguments;
use super::verify::note_incompleteness;
use crate::blame::blame;
use crate::report::{self, BlameReport};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A rule such as R-E76-003
    rule: String,
    #[command(flatten)]
    repository: RepositoryArguments,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    color: Color,
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let repository = self.repository.open(false)?;
        let rule = repository.rule(&self.rule)?;
        let judged = repository.judge()?;
        note_incompleteness(&judged.loaded);
        let blame = blame(rule, &judged.loaded, &*repository.engine_of(&judged)?)?;
        let report = BlameReport { rule, blame: &blame, files: &judged.loaded.files };
        let color = self.color.of(&self.output.target());
        self.output.write(|out| match self.format {
            Format::Text => report::blame_text(report, color, out),
            Format::Json => report::blame_json(report, out),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
