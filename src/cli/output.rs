use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;

use anstream::{AutoStream, ColorChoice};
use clap::{Args, ValueEnum};

use super::CliError;

/// The formats of what is no report on rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file of the user's choice.
    File(PathBuf),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// When a report is coloured.
#[derive(Debug, Args)]
pub(super) struct Color {
    /// When to use colours; NO_COLOR is honoured
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = clap::ColorChoice::Auto)]
    color: clap::ColorChoice,
}

impl Color {
    /// Whether a report that goes there is to be coloured.
    pub(super) fn of(&self, target: &Target) -> bool {
        match self.color {
            clap::ColorChoice::Always => true,
            clap::ColorChoice::Never => false,
            clap::ColorChoice::Auto => {
                *target == Target::Stdout && AutoStream::choice(&io::stdout()) != ColorChoice::Never
            }
        }
    }
}

/// The one report of a command that has no other.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Output {
    /// Where the report goes.
    pub(super) fn target(&self) -> Target {
        self.output.clone().map_or(Target::Stdout, Target::File)
    }

    /// Writes the report.
    pub(super) fn write(
        self,
        report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        write(&self.target(), report)
    }
}

/// Writes a report. A reader that has gone away has read enough.
pub(super) fn write(
    target: &Target,
    report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), CliError> {
    let written = match target {
        Target::File(path) => File::create(path).and_then(|file| flushed(file, report)),
        Target::Stdout => flushed(io::stdout().lock(), report),
    };
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            let to = if *target == Target::Stdout { "to " } else { "" };
            Err(CliError::Output { place: format!("{to}{target}"), error })
        }
        Ok(()) => Ok(()),
    }
}

fn flushed(
    out: impl Write,
    report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    report(&mut out)?;
    out.flush()
}
