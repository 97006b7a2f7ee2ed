//! `migrate`: new migrations, how they stand, and their guarded application.

mod apply;
mod new;
mod status;

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::CliError;
use super::place::Place;
use super::repository::refuse_unreadable;
use crate::engine::session::Session;
use crate::engine::session::options::ConnectOptions;
use crate::engine::session::server::ServerSession;
use crate::input::{Folder, Migrations, Order, read_migrations};
use crate::migrate::{HistoryTable, Migration, in_order};
use crate::span::{FileId, SourceMap};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a file for a new migration after those that are there
    New(new::Arguments),
    /// List the migrations: applied, pending, changed, missing
    Status(status::Arguments),
    /// Apply the pending migrations in one transaction, and commit it only if every rule holds
    Apply(apply::Arguments),
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        match self.command {
            Command::New(arguments) => arguments.run(),
            Command::Status(arguments) => arguments.run(),
            Command::Apply(arguments) => arguments.run(),
        }
    }
}

/// Which database, and by which of its histories.
#[derive(Debug, Args)]
struct DatabaseArguments {
    /// The database: postgres://USER:PASSWORD@HOST:PORT/DATABASE
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Go by this history table alone, instead of those that the database has
    #[arg(id = "history_table", long = "history-table", value_name = "TABLE", value_enum)]
    history: Option<HistoryTable>,
}

impl DatabaseArguments {
    fn connect(&self) -> Result<Box<dyn Session>, CliError> {
        connect(self.database_url.as_deref().ok_or(CliError::NoDatabase)?)
    }
}

fn connect(url: &str) -> Result<Box<dyn Session>, CliError> {
    let options = ConnectOptions::parse(url)?.application_name("railcheck migrate");
    Ok(Box::new(ServerSession::connect_with(&options)?))
}

/// The format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// The folder of the migrations of a place.
fn folder(place: &Place) -> Result<&Folder, CliError> {
    place.migrations.as_ref().ok_or(CliError::NoMigrations)
}

/// The migrations of a folder, all of which must be readable.
pub(super) fn read(folder: &Folder, files: &mut SourceMap) -> Result<Vec<Migration>, CliError> {
    let found = read_migrations(folder, Order::Version, files)?;
    readable(&found, &found.files, files)
}

/// These of the migrations that were found, all of which must be readable.
fn readable(
    found: &Migrations,
    migrations: &[FileId],
    files: &SourceMap,
) -> Result<Vec<Migration>, CliError> {
    refuse_unreadable(found, files)?;
    Ok(in_order(files, migrations)?)
}
