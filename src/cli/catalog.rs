use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::engine::EngineArguments;
use super::output::Output;
use super::{CliError, note};
use crate::engine::embedded::Embedded;
use crate::engine::{Outcome, Platform};
use crate::input::{Folder, Migrations, Order, read_migrations};
use crate::report;
use crate::span::SourceMap;
use crate::survey;

/// The exit status where the engines disagree or the migrations fail.
const CANNOT_TELL: u8 = 2;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of migrations, applied in the byte order of their names
    #[arg(value_name = "DIR", required_unless_present = "database_url")]
    folder: Option<PathBuf>,
    /// The format of the catalog
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    engine: EngineArguments,
    /// Where the migrations start from
    #[arg(long, value_enum, default_value_t)]
    platform: Platform,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// An outline for people
    #[default]
    Text,
    /// For programs
    Json,
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let mut files = SourceMap::default();
        let migrations = match &self.folder {
            Some(folder) => read_migrations(&Folder::root(folder)?, Order::Name, &mut files)?,
            None => Migrations::default(),
        };
        let engine = self.engine.engine(self.platform)?;
        let mut outcome = survey::apply(&*engine, &files, &migrations)?;
        if let Some((engine, name)) = self.engine.second(self.platform) {
            outcome = improved(outcome, &engine, name, &files, &migrations);
        }
        note_what_is_missing(&outcome, &files);
        self.output.write(|out| match self.format {
            Format::Text => {
                report::catalog_text(&outcome.catalog, out)?;
                outcome.comparison.iter().try_for_each(|found| report::comparison_text(found, out))
            }
            Format::Json => report::catalog_json(&outcome, &files, out),
        })?;
        let shows_bug = outcome.comparison.is_some_and(|comparison| comparison.shows_bug());
        // What a server refuses is refused; the catalog of the interpreter is read by programs whatever it lacks.
        let is_refused = outcome.failure.is_some() && !self.engine.interprets();
        let is_wrong = shows_bug || is_refused;
        Ok(if is_wrong { ExitCode::from(CANNOT_TELL) } else { ExitCode::SUCCESS })
    }
}

/// The catalog of the second engine, where the first left gaps and the second does not fail.
fn improved(
    outcome: Outcome,
    engine: &Embedded,
    name: &str,
    files: &SourceMap,
    migrations: &Migrations,
) -> Outcome {
    if outcome.gaps.is_empty() && outcome.failure.is_none() {
        return outcome;
    }
    match survey::apply(engine, files, migrations) {
        Ok(second) if second.failure.is_none() => {
            note(format_args!(
                "the catalog is that of engine {name}, since the interpreter has gaps"
            ));
            second
        }
        _ => outcome,
    }
}

fn note_what_is_missing(outcome: &Outcome, files: &SourceMap) {
    outcome.notes.iter().for_each(note);
    for gap in &outcome.gaps {
        note(format_args!("{}: not interpreted: {}", files.location(gap.span), gap.reason));
    }
    if let Some(failure) = &outcome.failure {
        let (place, message) = (files.location(failure.span), &failure.message);
        let sqlstate = &failure.sqlstate;
        let statement = files.text(failure.span).lines().next().unwrap_or_default();
        note(format_args!(
            "{place}: the migrations stop here: {message} (SQLSTATE {sqlstate}) at {statement:?}"
        ));
    }
}
