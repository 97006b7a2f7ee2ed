use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::engine::EngineName;
use super::output::Output;
use super::packs::{self, PackOrigin};
use super::{CliError, note};
use crate::config::{self, Config};
use crate::input::{Folder, read_named_text};
use crate::report::{self, Report, TextStyle, Verbosity};
use crate::span::SourceMap;
use crate::survey::Survey;
use crate::verify::{self, Status};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The repository
    #[arg(default_value = ".")]
    root: PathBuf,
    /// Verify this pack, by the name of a shipped one or by its file; may be repeated
    #[arg(long, value_name = "PACK|FILE")]
    rules: Vec<String>,
    /// The folder of migrations, relative to ROOT or to the current folder
    #[arg(long, value_name = "DIR")]
    migrations: Option<PathBuf>,
    /// Read this configuration instead of railcheck.yaml in ROOT
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What makes the catalog
    #[arg(long, value_enum, default_value_t)]
    engine: EngineName,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: Output,
    /// Print one line for each finding and nothing else
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Show the history of each fact
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
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let root = Folder::root(&self.root)?;
        let config = self.read_config(&root)?;
        let mut files = SourceMap::default();
        let packs = if self.rules.is_empty() {
            packs::read(&config.packs, PackOrigin::Configuration(&root), &mut files)?
        } else {
            packs::read(&self.rules, PackOrigin::CommandLine, &mut files)?
        };
        let migrations = self.find_migrations(&root, config.migrations)?;
        let survey = Survey::of(
            &root,
            migrations.as_ref(),
            &config.sources,
            &verify::interests(&packs),
            &*self.engine.engine(config.platform),
            files,
        )?;
        if !self.quiet {
            note_surprises(&survey);
        }
        let verdicts = verify::verify(&packs, &survey.facts());
        let report = Report {
            packs: &packs,
            verdicts: &verdicts,
            facts: survey.facts(),
            engine: self.engine.name(),
        };
        self.output.write(|out| match self.format {
            Format::Text => report::text(&report, self.style(), out),
            Format::Json => report::json(&report, out),
        })?;
        Ok(ExitCode::from(Status::of(&verdicts).exit_code()))
    }

    fn style(&self) -> TextStyle {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, false) => Verbosity::Normal,
            (false, true) => Verbosity::Verbose,
        };
        TextStyle { verbosity, color: self.output.color() }
    }

    fn read_config(&self, root: &Folder) -> Result<Config, CliError> {
        let (path, text) = match &self.config {
            Some(path) => (path.display().to_string(), read_named_text(path)?),
            None if root.path().join(config::FILE_NAME).symlink_metadata().is_ok() => {
                (config::FILE_NAME.to_owned(), root.read_text(config::FILE_NAME)?)
            }
            None => return Ok(Config::default()),
        };
        Ok(Config::parse(root, &path, &text)?)
    }

    /// The folder that the command names, or the configuration, or one of the usual ones.
    fn find_migrations(
        &self,
        root: &Folder,
        configured: Option<Folder>,
    ) -> Result<Option<Folder>, CliError> {
        if let Some(named) = &self.migrations {
            return Ok(Some(root.named(&relative_to_root(root, named))?));
        }
        if configured.is_some() {
            return Ok(configured);
        }
        let detected = config::detect_migrations(root);
        if !self.quiet {
            match &detected {
                Some(folder) => note(format_args!("migrations found in {}", folder.shown())),
                None => note("no migrations found; name their folder with --migrations"),
            }
        }
        Ok(detected)
    }
}

/// A folder of the root where it has one of that name, else one of the current folder.
fn relative_to_root(root: &Folder, named: &Path) -> PathBuf {
    let inside = root.path().join(named);
    if inside.is_dir() { inside } else { named.to_owned() }
}

/// What is unusual about the input and yet no finding.
fn note_surprises(survey: &Survey) {
    for version in &survey.migrations.duplicate_versions {
        note(format_args!(
            "more than one migration has version {version}; they are applied by name, which the \
             Supabase CLI and sqlx refuse"
        ));
    }
    for path in &survey.migrations.misnamed {
        note(format_args!("{path} is not named <digits>_<name>.sql and is not applied"));
    }
    for path in &survey.outside {
        note(format_args!("{path} is a link that leads nowhere or out of the root; not followed"));
    }
}
