use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::CliError;
use super::attack::{Ground, Target};
use super::engine::ProgramArguments;
use super::output::Output;
use super::place::PlaceArguments;
use super::repository::refuse_unreadable;
use crate::access::{AccessError, Verdict};
use crate::catalog::ObjectName;
use crate::report;
use crate::span::SourceMap;

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Arguments {
    /// The table: schema.name, in public where no schema is given
    #[arg(value_name = "TABLE")]
    table: String,
    #[command(flatten)]
    place: PlaceArguments,
    /// Attack a database that is created and dropped on this server, instead of one of a throw-away server
    #[arg(long, value_name = "URL", env = "RAILCHECK_SHADOW_URL", hide_env_values = true)]
    shadow_url: Option<String>,
    #[command(flatten)]
    programs: ProgramArguments,
    /// The format of the matrix
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For a comment of a pull request
    Markdown,
}

const EXIT_CODES: &str = "\
Exit status: 0 if no visitor (anon, a stranger, an owner) can reach a row of somebody else, 1 if one does, 2 if it could not be tried.";

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let place = self.place.open()?;
        place.note_migrations();
        if place.migrations.is_none() {
            return Err(CliError::NoMigrations);
        }
        let mut files = SourceMap::default();
        let migrations = place.read_migrations(&mut files)?;
        refuse_unreadable(&migrations, &files)?;
        let platform = place.platform;
        let table = self.table.split_once('.').unwrap_or(("public", &self.table));
        let table = ObjectName::new(table.0, table.1);
        let target = Target { platform, files: &files, migrations: &migrations.files };
        let installed = Ground::Installed(self.programs.postgres_bin.as_deref());
        let ground = self.shadow_url.as_deref().map_or(installed, Ground::Server);
        let outcome = target.attack(ground, std::slice::from_ref(&table), &|| {})?.pop();
        let access = outcome.unwrap_or(Err(AccessError::NoTable(table)))?;
        self.output.write(|out| match self.format {
            Format::Text => report::access_text(&access, out),
            Format::Json => report::access_json(&access, out),
            Format::Markdown => report::access_markdown(&access, out),
        })?;
        Ok(ExitCode::from(match access.verdict() {
            Verdict::Holds => 0,
            Verdict::Leaks => 1,
            Verdict::Undecided => 2,
        }))
    }
}
