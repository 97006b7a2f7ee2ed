use std::process::ExitCode;

use clap::Args;

use super::repository::RepositoryArguments;
use super::verify::note_incompleteness;
use super::workspace::Workspace;
use super::{CliError, note};
use crate::input::Folder;
use crate::report::{self, Report};

/// Where the table is without another word about it.
const USUAL_FILE: &str = "docs/RULES_VS_CHECKS_MATRIX.md";

/// Exit code of a table that is not what it should be.
const STALE: u8 = 1;

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(flatten)]
    repository: RepositoryArguments,
    /// The file of the table, relative to ROOT
    #[arg(long, value_name = "FILE", default_value = USUAL_FILE)]
    file: String,
    /// Write nothing, and fail if the file is not what would be written
    #[arg(long)]
    check: bool,
}

const EXIT_CODES: &str = "\
Exit status: 0 if the file is written or current, 1 if --check finds it stale, 2 if railcheck cannot run.";

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let repository = self.repository.open(true)?;
        let mut judged = repository.judge()?;
        note_incompleteness(&judged.loaded);
        repository.suppress(&mut judged);
        let current = report::matrix(&Report {
            verdicts: &judged.verdicts,
            notices: &[],
            access: &[],
            facts: judged.loaded.facts(),
            engine: repository.engine_name(),
        });
        if !self.check {
            Workspace::of(&repository.root).write(&self.file, &current)?;
            note(format_args!("{} is written", self.file));
            return Ok(ExitCode::SUCCESS);
        }
        Ok(self.compare(&repository.root, &current))
    }

    /// Compares a file with what it should be; line ends are the checkout's business.
    fn compare(&self, root: &Folder, current: &str) -> ExitCode {
        let file = &self.file;
        let kept = match root.read_text(file) {
            Ok(kept) => kept.replace("\r\n", "\n"),
            Err(error) => {
                note(format_args!("{error}; write it with `railcheck matrix`"));
                return ExitCode::from(STALE);
            }
        };
        let differing = kept.lines().zip(current.lines()).position(|(kept, now)| kept != now);
        if kept == current {
            return ExitCode::SUCCESS;
        }
        let line = differing.unwrap_or(kept.lines().count().min(current.lines().count())) + 1;
        note(format_args!("{file}:{line}: the matrix is stale; write it with `railcheck matrix`"));
        ExitCode::from(STALE)
    }
}
