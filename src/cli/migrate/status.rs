use std::process::ExitCode;

use clap::Args;

use super::{DatabaseArguments, Format, folder, read};
use crate::cli::CliError;
use crate::cli::output::Output;
use crate::cli::place::PlaceArguments;
use crate::migrate::{State, status};
use crate::report;
use crate::span::SourceMap;

/// Exit code where the files contradict the database.
const CONTRADICTION: u8 = 1;

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: PlaceArguments,
    #[command(flatten)]
    database: DatabaseArguments,
    /// The format of the list
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: Output,
}

const EXIT_CODES: &str = "\
Exit status: 1 if a migration was changed after it was applied or left unfinished, 2 if railcheck cannot run, else 0.";

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let place = self.place.open()?;
        place.note_migrations();
        let mut files = SourceMap::default();
        let migrations = read(folder(&place)?, &mut files)?;
        let mut session = self.database.connect()?;
        let entries = status(&mut *session, &files, &migrations, self.database.history)?;
        self.output.write(|out| match self.format {
            Format::Text => report::migrations_text(&entries, out),
            Format::Json => report::migrations_json(&entries, out),
        })?;
        let contradicts = |state| matches!(state, State::Changed | State::Unfinished);
        Ok(if entries.iter().any(|entry| contradicts(entry.state)) {
            ExitCode::from(CONTRADICTION)
        } else {
            ExitCode::SUCCESS
        })
    }
}
