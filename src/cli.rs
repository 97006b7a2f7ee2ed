//! The command line: what can be asked, and which file answers it.

mod access;
mod attack;
mod baseline;
mod blame;
mod catalog;
mod completions;
mod engine;
mod explain;
mod fix;
mod init;
mod man;
mod matrix;
mod migrate;
mod mutate;
mod output;
mod packs;
mod place;
mod progress;
mod report;
mod repository;
mod result_cache;
mod rule_choice;
mod rules;
mod verify;
mod watch;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::access::AccessError;
use crate::config::{ChoiceError, ConfigError};
use crate::engine::EngineError;
use crate::engine::session::SessionError;
use crate::fix::FixError;
use crate::input::{HistoryError, InputError, WatchError};
use crate::load::SurveyError;
use crate::migrate::{MigrateError, NewMigrationError};
use crate::yaml::YamlError;

/// Checks what migrations and sources mean against the guardrails a team has written down.
#[derive(Debug, Parser)]
#[command(name = "railcheck", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit status: 0 if every rule holds, 1 if one is violated, 2 if one cannot be decided or railcheck cannot run.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify the rules of packs on a repository
    Verify(verify::Arguments),
    /// Accept what is broken now, so that only what breaks later fails
    Baseline(baseline::Arguments),
    /// Set railcheck up in a repository
    Init(init::Arguments),
    /// Show that each rule fails when a fact is weakened that it asserts
    Mutate(mutate::Arguments),
    /// Show the statements that made, kept and broke what a rule asserts
    Blame(blame::Arguments),
    /// Write a migration that mends what rules find, and show on the catalog that it does
    Fix(fix::Arguments),
    /// Write the table of rules and the checks that verify them, with evidence
    Matrix(matrix::Arguments),
    /// Print the catalog that migrations result in
    Catalog(catalog::Arguments),
    /// Apply migrations to a database, if no rule breaks
    Migrate(migrate::Arguments),
    /// Prove by attack who can reach which rows of a table
    Access(access::Arguments),
    /// Explain a rule or a check
    Explain(explain::Arguments),
    /// List the rules of packs
    Rules(rules::Arguments),
    /// Print the completions of a shell
    Completions(completions::Arguments),
    /// Print the man page
    Man(man::Arguments),
}

/// What keeps a command from running.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A folder or file cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The configuration is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It has several databases, and none of them was chosen.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// A report is about one database.
    #[error(
        "a report of several databases is text; choose one for any other format with --database: {0}"
    )]
    OneDatabase(String),
    /// A pack is invalid.
    #[error(transparent)]
    Pack(#[from] YamlError),
    /// Two packs declare the same rule.
    #[error("{place}: rule {id} is declared by pack `{first}` already; give it an id of its own")]
    DuplicateRule {
        /// Where the second one stands.
        place: String,
        /// The id.
        id: String,
        /// The pack of the first one.
        first: String,
    },
    /// The migrations and sources cannot be loaded.
    #[error(transparent)]
    Loaded(#[from] SurveyError),
    /// `explain` was asked for something unknown.
    #[error("there is no rule and no check named `{0}`; `railcheck rules` lists the rules{1}")]
    Unknown(String, String),
    /// There is no such command.
    #[error("there is no command `{0}`; `railcheck help` lists them")]
    UnknownCommand(String),
    /// An engine was asked for that there is no longer.
    #[error(
        "there is no PostgreSQL inside railcheck any more; use --engine postgres, which starts the server that is \
         installed on this machine"
    )]
    NoEmbedded,
    /// `init` has questions and nobody to ask.
    #[error(
        "init asks questions and this is no terminal; run it with --yes, which takes the usual answers"
    )]
    NobodyToAsk,
    /// The migrations fail, so that no pack can be written from what they make.
    #[error(
        "{0}. Nothing is written, since what the migrations make is not known from there on: fix the statement, \
         or name what comes before the first migration as `before:` in railcheck.yaml"
    )]
    NotWhole(String),
    /// An answer cannot be read.
    #[error("cannot read the answer: {0}")]
    Asking(dialoguer::Error),
    /// Two reports would go to one place.
    #[error("only one report can go to {0}; give each a file: --report FORMAT=FILE")]
    TwoReports(output::Target),
    /// No database was named.
    #[error("no database was named; give its URL with --database-url or in DATABASE_URL")]
    NoDatabase,
    /// No folder of migrations was found.
    #[error("no migrations found; name their folder with --migrations")]
    NoMigrations,
    /// There is no session with the database.
    #[error("cannot connect to the database: {0}")]
    Session(#[from] SessionError),
    /// The migrations cannot be applied.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The table cannot be attacked.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The configuration names an engine that needs a server.
    #[error("engine {0} of railcheck.yaml needs a server: name it with {1}, or in the environment")]
    NoUrl(&'static str, &'static str),
    /// PostgreSQL cannot be had.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is no file for a new migration.
    #[error(transparent)]
    NewMigration(#[from] NewMigrationError),
    /// No migration mends what was found.
    #[error(transparent)]
    Fix(#[from] FixError),
    /// A command was asked about a rule that is in none of the packs.
    #[error(
        "there is no rule `{0}` in the packs that are verified here; name its pack with --rules{1}"
    )]
    UnknownRule(String, String),
    /// No pack was named and no shipped one is about the repository.
    #[error("no rules apply here; run `railcheck init`")]
    NoRules,
    /// Every rule is switched off.
    #[error("there are no rules left to verify: railcheck.yaml switches them off")]
    AllOff,
    /// Files cannot be watched.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// Ctrl-C cannot be waited for.
    #[error("cannot wait for Ctrl-C: {0}")]
    Interrupt(String),
    /// The history of the repository cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A folder that is read now was not in the repository before.
    #[error(
        "{0} lies outside ROOT, so that its history is not known; leave --since or --migrations out"
    )]
    NoHistory(String),
    /// The report cannot be written.
    #[error("cannot write {place}: {error}")]
    Output {
        /// Where it was to go.
        place: String,
        /// Why.
        error: std::io::Error,
    },
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// If the command cannot run at all; what it finds is told by the exit code.
    pub fn run(self) -> Result<ExitCode, CliError> {
        match self.command {
            Command::Verify(arguments) => arguments.run(),
            Command::Baseline(arguments) => arguments.run(),
            Command::Init(arguments) => arguments.run(),
            Command::Mutate(arguments) => arguments.run(),
            Command::Blame(arguments) => arguments.run(),
            Command::Fix(arguments) => arguments.run(),
            Command::Matrix(arguments) => arguments.run(),
            Command::Catalog(arguments) => arguments.run(),
            Command::Access(arguments) => arguments.run(),
            Command::Migrate(arguments) => arguments.run(),
            Command::Explain(arguments) => arguments.run(),
            Command::Rules(arguments) => arguments.run(),
            Command::Completions(arguments) => arguments.run(),
            Command::Man(arguments) => arguments.run(),
        }
    }
}

/// Says something beside the report. That it cannot be said is no reason to fail.
fn note(message: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "railcheck: {message}");
}
