use std::process::ExitCode;

use clap::Args;

use super::progress::watched;
use super::report::ReportArguments;
use super::repository::RepositoryArguments;
use super::{CliError, note};
use crate::judge::Judged;
use crate::report::Report;
use crate::survey::Survey;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    repository: RepositoryArguments,
    #[command(flatten)]
    reports: ReportArguments,
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        self.reports.check()?;
        let quiet = self.reports.is_quiet();
        let repository = self.repository.open(quiet)?;
        let mut judged = watched("reading migrations and sources", || repository.judge())?;
        let notices = repository.suppress(&mut judged);
        let Judged { survey, verdicts } = judged;
        if !quiet {
            note_surprises(&survey);
        }
        let report = Report {
            packs: &repository.packs,
            verdicts: &verdicts,
            notices: &notices,
            facts: survey.facts(),
            engine: repository.engine_name(),
        };
        self.reports.write(&report)?;
        Ok(ExitCode::from(report.exit_code()))
    }
}

/// What is unusual about the input and yet no finding.
pub(super) fn note_surprises(survey: &Survey) {
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
