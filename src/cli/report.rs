//! Which reports a run writes, and where each goes.

use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::CliError;
use super::output::{Color, Target, write};
use crate::report::{self, Report, TextStyle, Verbosity};

/// The reports of a run.
#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// The format of the report on standard output [default: text]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write that report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write a further report, to standard output without a file; may be repeated
    #[arg(long = "report", value_name = "FORMAT[=FILE]")]
    reports: Vec<FurtherReport>,
    #[command(flatten)]
    color: Color,
    /// Print one line for each finding and nothing else
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Show every rule, every finding and the history of each fact
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For GitHub Actions: annotations
    Github,
    /// For GitLab: Code Quality
    Gitlab,
    /// For whatever reads test results
    Junit,
    /// For a comment of a pull request
    Markdown,
    /// For a browser: one page
    Html,
}

/// `FORMAT` or `FORMAT=FILE`.
#[derive(Debug, Clone)]
struct FurtherReport {
    format: Format,
    target: Target,
}

impl FromStr for FurtherReport {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((name, "")) => return Err(format!("name a file after `{name}=`")),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = Format::from_str(name, false).map_err(|_| {
            let known: Vec<_> = Format::value_variants()
                .iter()
                .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
                .collect();
            format!("unknown format `{name}`, expected one of {}", known.join(", "))
        })?;
        Ok(Self { format, target: file.map_or(Target::Stdout, Target::File) })
    }
}

impl ReportArguments {
    /// Whether the only report is text on standard output.
    pub(super) fn is_plain(&self) -> bool {
        let is_text = |report: &FurtherReport| {
            report.format == Format::Text && report.target == Target::Stdout
        };
        self.plan().is_ok_and(|plan| plan.iter().all(is_text))
    }

    /// Whether nothing but findings is to be said.
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether all is to be said.
    pub(super) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Whether a report shows who can reach which rows of a table.
    pub(super) fn show_access(&self) -> bool {
        let plan = self.plan().unwrap_or_default();
        plan.iter().any(|report| matches!(report.format, Format::Json | Format::Html))
    }

    /// The reports with their targets: standard output carries one at most, and no file two.
    fn plan(&self) -> Result<Vec<FurtherReport>, CliError> {
        let mut plan = self.reports.clone();
        let is_taken = plan.iter().any(|report| report.target == Target::Stdout);
        // Text goes to standard output by itself unless a report was sent there or elsewhere.
        if self.format.is_some() || self.output.is_some() || !is_taken {
            let target = self.output.clone().map_or(Target::Stdout, Target::File);
            plan.push(FurtherReport { format: self.format.unwrap_or_default(), target });
        }
        for (number, report) in plan.iter().enumerate() {
            if plan.iter().take(number).any(|other| other.target == report.target) {
                return Err(CliError::TwoReports(report.target.clone()));
            }
        }
        // What goes wrong with a file is known before a reader of standard output takes all for done.
        plan.sort_by_key(|report| report.target == Target::Stdout);
        Ok(plan)
    }

    /// Refuses what cannot be written before the work is done for it.
    pub(super) fn check(&self) -> Result<(), CliError> {
        self.plan().map(drop)
    }

    /// Whether the one report goes to standard output and tells what the judgement tells.
    pub(super) fn is_one(&self) -> bool {
        let plan = self.plan().unwrap_or_default();
        !self.show_access() && matches!(plan.as_slice(), [only] if only.target == Target::Stdout)
    }

    /// Whether standard output is coloured.
    pub(super) fn is_coloured(&self) -> bool {
        self.color.of(&Target::Stdout)
    }

    /// The one report that goes to standard output.
    pub(super) fn render(&self, report: &Report<'_>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for FurtherReport { format, target } in self.plan().unwrap_or_default() {
            self.write_as(format, &target, report, &mut bytes)?;
        }
        Ok(bytes)
    }

    fn write_as(
        &self,
        format: Format,
        target: &Target,
        report: &Report<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match format {
            Format::Text => report::text(report, self.style(target), out),
            Format::Json => report::json(report, out),
            Format::Sarif => report::sarif(report, out),
            Format::Github => report::github(report, out),
            Format::Gitlab => report::gitlab(report, out),
            Format::Junit => report::junit(report, out),
            Format::Markdown => report::markdown(report, out),
            Format::Html => report::html(report, out),
        }
    }

    /// Writes every report.
    pub(super) fn write(&self, report: &Report<'_>) -> Result<(), CliError> {
        for FurtherReport { format, target } in self.plan()? {
            write(&target, |out| self.write_as(format, &target, report, out))?;
        }
        Ok(())
    }

    fn style(&self, target: &Target) -> TextStyle {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, false) => Verbosity::Normal,
            (false, true) => Verbosity::Verbose,
        };
        TextStyle { verbosity, color: self.color.of(target) }
    }
}
