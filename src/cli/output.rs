use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;

use anstream::{AutoStream, ColorChoice};
use clap::Args;

use super::CliError;

/// Where a report goes.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// When to use colours; NO_COLOR is honoured
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = clap::ColorChoice::Auto)]
    color: clap::ColorChoice,
}

impl Output {
    /// Whether the report is to be coloured.
    pub(super) fn color(&self) -> bool {
        match self.color {
            clap::ColorChoice::Always => true,
            clap::ColorChoice::Never => false,
            clap::ColorChoice::Auto => {
                self.output.is_none() && AutoStream::choice(&io::stdout()) != ColorChoice::Never
            }
        }
    }

    /// Writes the report. A reader that has gone away has read enough.
    pub(super) fn write(
        &self,
        report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let written = match &self.output {
            Some(path) => File::create(path).and_then(|file| flushed(file, report)),
            None => flushed(io::stdout().lock(), report),
        };
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(CliError::Output {
                place: self.output.as_ref().map_or_else(
                    || "to standard output".to_owned(),
                    |path| path.display().to_string(),
                ),
                error,
            }),
            Ok(()) => Ok(()),
        }
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
