use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;

use super::engine::EngineArguments;
use super::packs::{self, PackOrigin};
use super::{CliError, note};
use crate::config::{self, Config};
use crate::engine::Engine;
use crate::input::{Folder, read_named_text};
use crate::judge::{Judged, Tree, judge};
use crate::pack::Pack;
use crate::span::{SourceFile, SourceMap};
use crate::suppress::{BASELINE_FILE, Baseline, Notice, Terms, suppress};

/// Which repository is judged, and by what.
#[derive(Debug, Args)]
pub(super) struct RepositoryArguments {
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
    #[command(flatten)]
    engine: EngineArguments,
    /// The day on which suppressions must still hold, instead of today's in UTC
    #[arg(long, value_name = "YYYY-MM-DD", hide = true)]
    today: Option<NaiveDate>,
}

/// A repository with its configuration and packs read.
pub(super) struct Repository {
    /// Its folder.
    pub(super) root: Folder,
    /// Its configuration, or the default one.
    pub(super) config: Config,
    /// The packs that it is judged by.
    pub(super) packs: Vec<Pack>,
    /// The files of the packs.
    pub(super) files: SourceMap,
    /// The folder of its migrations.
    pub(super) migrations: Option<Folder>,
    /// What was broken when it began to be verified.
    pub(super) baseline: Option<Baseline>,
    /// The day on which suppressions must still hold.
    pub(super) today: NaiveDate,
    /// It is judged by every pack that it names.
    is_whole: bool,
    engine: EngineArguments,
}

impl RepositoryArguments {
    /// The repository at `root`, judged as its configuration says.
    pub(super) fn of(root: &Path, engine: &EngineArguments, today: Option<NaiveDate>) -> Self {
        Self {
            root: root.to_owned(),
            rules: Vec::new(),
            migrations: None,
            config: None,
            engine: engine.clone(),
            today,
        }
    }

    /// Reads the configuration and the packs, and finds the migrations; `silent` about where.
    pub(super) fn open(&self, silent: bool) -> Result<Repository, CliError> {
        let root = Folder::root(&self.root)?;
        let mut config = self.read_config(&root)?;
        let mut files = SourceMap::default();
        let packs = if self.rules.is_empty() {
            packs::read(&config.packs, PackOrigin::Configuration(&root), &mut files)?
        } else {
            packs::read(&self.rules, PackOrigin::CommandLine, &mut files)?
        };
        let migrations = self.find_migrations(&root, config.migrations.take(), silent)?;
        Ok(Repository {
            baseline: read_baseline(&root, &mut files)?,
            root,
            config,
            packs,
            files,
            migrations,
            today: self
                .today
                .unwrap_or_else(|| DateTime::<Utc>::from(SystemTime::now()).date_naive()),
            is_whole: self.rules.is_empty(),
            engine: self.engine.clone(),
        })
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
        silent: bool,
    ) -> Result<Option<Folder>, CliError> {
        if let Some(named) = &self.migrations {
            return Ok(Some(root.named(&relative_to_root(root, named))?));
        }
        if configured.is_some() {
            return Ok(configured);
        }
        let detected = config::detect_migrations(root);
        if !silent {
            match &detected {
                Some(folder) => note(format_args!("migrations found in {}", folder.shown())),
                None if self.engine.reads_database() => {}
                None => note("no migrations found; name their folder with --migrations"),
            }
        }
        Ok(detected)
    }
}

impl Repository {
    /// Judges the working tree; suppressions are another matter.
    pub(super) fn judge(&self) -> Result<Judged<'_>, CliError> {
        let tree = Tree {
            root: &self.root,
            migrations: self.migrations.as_ref(),
            sources: &self.config.sources,
        };
        let mut judged = judge(tree, &self.packs, &*self.engine()?, self.files.clone())?;
        if let Some((engine, name)) = self.engine.second(self.config.platform)
            && let Err(error) = judged.ask(&engine, name)
        {
            note(format_args!("what is undecided stays so, since engine {name} failed: {error}"));
        }
        Ok(judged)
    }

    /// Takes out of the verdicts what comments and the baseline accept, and tells what is wrong with them.
    pub(super) fn suppress(&self, judged: &mut Judged<'_>) -> Vec<Notice> {
        self.suppress_by(judged, self.baseline.as_ref())
    }

    /// Takes out of the verdicts what comments and this baseline accept.
    pub(super) fn suppress_by(
        &self,
        judged: &mut Judged<'_>,
        baseline: Option<&Baseline>,
    ) -> Vec<Notice> {
        let terms = Terms { baseline, today: self.today, is_whole: self.is_whole };
        suppress(&mut judged.verdicts, &judged.survey.facts(), terms)
    }

    /// The engine that makes the catalog.
    pub(super) fn engine(&self) -> Result<Box<dyn Engine + Sync>, CliError> {
        self.engine.engine(self.config.platform)
    }

    /// How reports call that engine.
    pub(super) fn engine_name(&self) -> &'static str {
        self.engine.name()
    }
}

fn read_baseline(root: &Folder, files: &mut SourceMap) -> Result<Option<Baseline>, CliError> {
    if root.path().join(BASELINE_FILE).symlink_metadata().is_err() {
        return Ok(None);
    }
    let file = files.add(SourceFile::new(BASELINE_FILE, root.read_text(BASELINE_FILE)?));
    Ok(Some(Baseline::read(files, file)?))
}

/// A folder of the root where it has one of that name, else one of the current folder.
fn relative_to_root(root: &Folder, named: &Path) -> PathBuf {
    let inside = root.path().join(named);
    if inside.is_dir() { inside } else { named.to_owned() }
}
