use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::engine::EngineName;
use super::output::Output;
use super::{CliError, note};
use crate::engine::{Outcome, Platform};
use crate::input::{Folder, Order, read_migrations};
use crate::report;
use crate::span::SourceMap;
use crate::survey;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of migrations, applied in the byte order of their names
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The format of the catalog
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// What makes the catalog
    #[arg(long, value_enum, default_value_t)]
    engine: EngineName,
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
        let folder = Folder::root(&self.folder)?;
        let mut files = SourceMap::default();
        let migrations = read_migrations(&folder, Order::Name, &mut files)?;
        let engine = self.engine.engine(self.platform);
        let outcome = survey::apply(&*engine, &files, &migrations)?;
        note_what_is_missing(&outcome, &files);
        self.output.write(|out| match self.format {
            Format::Text => report::catalog_text(&outcome.catalog, out),
            Format::Json => report::catalog_json(&outcome, &files, out),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn note_what_is_missing(outcome: &Outcome, files: &SourceMap) {
    for gap in &outcome.gaps {
        note(format_args!("{}: not interpreted: {}", files.location(gap.span), gap.reason));
    }
    if let Some(failure) = &outcome.failure {
        let (place, message) = (files.location(failure.span), &failure.message);
        let sqlstate = &failure.sqlstate;
        note(format_args!("{place}: the migrations stop here: {message} (SQLSTATE {sqlstate})"));
    }
}
