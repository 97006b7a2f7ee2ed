use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::engine::EngineArguments;
use super::output::Output;
use super::place::PlaceArguments;
use super::{CliError, note};
use crate::engine::postgres::Postgres;
use crate::engine::{History, Outcome, Platform};
use crate::facts::{Database, Memo};
use crate::input::{Folder, Migrations, Order, read_migrations};
use crate::load;
use crate::report;
use crate::span::SourceMap;

/// The exit status where the engines disagree or the migrations fail.
const CANNOT_TELL: u8 = 2;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of migrations, applied in the byte order of their names where they are numbered; without it,
    /// that of railcheck.yaml or one of the usual ones
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Which of the databases of railcheck.yaml, where it has several
    #[arg(long, value_name = "NAME", conflicts_with = "folder")]
    database: Option<String>,
    /// The format of the catalog
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    engine: EngineArguments,
    /// Where the migrations start from; supabase with DIR, and what the configuration or they say without
    #[arg(long, value_enum)]
    platform: Option<Platform>,
    /// Whether the migrations make all that there is
    #[arg(long, value_enum)]
    history: Option<History>,
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
        let (migrations, platform, history) = self.read(&mut files)?;
        let engine = self.engine.engine(platform, history)?;
        let mut outcome = load::apply(&*engine, &files, &migrations)?;
        if let Some((engine, name)) = self.engine.second(platform, history) {
            outcome = improved(outcome, &engine, name, &files, &migrations);
        }
        note_what_is_missing(&outcome, &files);
        self.output.write(|out| match self.format {
            Format::Text => {
                report::catalog_text(&outcome.catalog, out)?;
                outcome.comparison.iter().try_for_each(|found| report::comparison_text(found, out))
            }
            Format::Json => {
                let memo = &Memo::default();
                let database = Database { outcome: &outcome, migrations: &migrations.files, memo };
                report::catalog_json(database, &files, out)
            }
        })?;
        let shows_bug = outcome.comparison.is_some_and(|comparison| comparison.shows_bug());
        // What a server refuses is refused; the catalog of the interpreter is read by programs whatever it lacks.
        let is_refused = outcome.failure.is_some() && !self.engine.interprets();
        let is_wrong = shows_bug || is_refused;
        Ok(if is_wrong { ExitCode::from(CANNOT_TELL) } else { ExitCode::SUCCESS })
    }
}

impl Arguments {
    /// The migrations of the folder that was named or is configured, and what they start from.
    fn read(&self, files: &mut SourceMap) -> Result<(Migrations, Platform, History), CliError> {
        if let Some(folder) = &self.folder {
            let migrations = read_migrations(&Folder::root(folder)?, Order::Name, files)?;
            let (platform, history) = (self.platform, self.history);
            return Ok((migrations, platform.unwrap_or_default(), history.unwrap_or_default()));
        }
        if self.engine.reads_database() {
            let (platform, history) = (self.platform, self.history);
            let none = Migrations::default();
            return Ok((none, platform.unwrap_or_default(), history.unwrap_or_default()));
        }
        let place = PlaceArguments::here(self.database.clone()).open()?;
        place.note_migrations();
        if place.migrations.is_none() {
            return Err(CliError::NoMigrations);
        }
        let migrations = place.read_migrations(files)?;
        let platform = self.platform.unwrap_or(place.platform);
        Ok((migrations, platform, self.history.unwrap_or(place.history)))
    }
}

/// The catalog of the second engine, where the first left gaps or stopped. What the second one cannot do for want
/// of an extension, say, is no answer.
fn improved(
    outcome: Outcome,
    engine: &Postgres,
    name: &str,
    files: &SourceMap,
    migrations: &Migrations,
) -> Outcome {
    if outcome.gaps.is_empty() && outcome.failure.is_none() {
        return outcome;
    }
    match load::apply(engine, files, migrations) {
        Ok(second) if second.failure.as_ref().is_none_or(|failure| failure.limit.is_none()) => {
            note(format_args!(
                "the catalog is that of engine {name}, since the interpreter does not know enough"
            ));
            second
        }
        Ok(_) => outcome,
        Err(error) => {
            note(format_args!(
                "the catalog is the interpreter's, since engine {name} failed: {error}"
            ));
            outcome
        }
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
