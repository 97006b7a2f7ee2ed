use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;

use super::attack::Target;
use super::engine::EngineArguments;
use super::packs::{self, PackOrigin};
use super::progress::counted;
use super::{CliError, note};
use crate::access::Attacked;
use crate::config::{self, Config, Detected, FILE_NAME, RuleSettings};
use crate::engine::interpreter::{Checkpoints, Interpreter, Resuming};
use crate::engine::{Engine, History, Platform};
use crate::input::{Folder, InputError, Migrations, SourceCache, read_history, read_named_text};
use crate::judge::{Judged, judge, judge_applicable};
use crate::load::{Loaded, Tree};
use crate::pack::{Pack, Rule};
use crate::span::{SourceFile, SourceMap};
use crate::suggest::did_you_mean;
use crate::suppress::{Baseline, Notice, Terms, baseline_file, suppress};
use crate::verify;
use crate::yaml::YamlError;

/// Where a repository and its migrations are.
#[derive(Debug, Clone, Args)]
pub(super) struct PlaceArguments {
    /// The repository
    #[arg(default_value = ".")]
    root: PathBuf,
    /// The folder of migrations, relative to ROOT or to the current folder
    #[arg(long, value_name = "DIR")]
    migrations: Option<PathBuf>,
    /// Which of the databases of railcheck.yaml, where it has several
    #[arg(long, value_name = "NAME", conflicts_with = "migrations")]
    pub(super) database: Option<String>,
    /// Read this configuration instead of railcheck.yaml in ROOT
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Whether the migrations make all that there is, instead of what the configuration says
    #[arg(long, value_enum)]
    history: Option<History>,
    /// What is staged is read, and not the work tree.
    #[arg(skip)]
    staged: bool,
}

/// A repository with its configuration read.
pub(super) struct Place {
    /// Its folder.
    pub(super) root: Folder,
    /// Its configuration, or the default one.
    pub(super) config: Config,
    /// The folder of its migrations.
    pub(super) migrations: Option<Folder>,
    /// Where they start from.
    pub(super) platform: Platform,
    /// Whether they make all that there is.
    pub(super) history: History,
    /// Which of several databases it is.
    database: Option<String>,
    /// What was found out and not named, a sentence each.
    detected: Vec<String>,
    /// The text of the configuration.
    config_text: String,
}

/// By which rules a repository is judged.
#[derive(Debug, Clone, Args)]
pub(super) struct RulesArguments {
    /// Verify this pack, by the name of a shipped one or by its file; may be repeated
    #[arg(long, value_name = "PACK|FILE")]
    rules: Vec<String>,
    /// Only this rule; may be repeated
    #[arg(long = "rule", value_name = "ID")]
    only: Vec<String>,
    /// The day on which suppressions must still hold, instead of today's in UTC
    #[arg(long, value_name = "YYYY-MM-DD", hide = true)]
    today: Option<NaiveDate>,
}

/// The rules that a repository is judged by, and what of them it may break.
pub(super) struct Rules {
    /// The packs.
    pub(super) packs: Vec<Pack>,
    /// The files of the packs and of the baseline.
    pub(super) files: SourceMap,
    /// What was broken when it began to be verified.
    baseline: Option<Baseline>,
    /// The day on which suppressions must still hold.
    today: NaiveDate,
    /// It is judged by every pack that it names.
    is_whole: bool,
    /// The packs were named; otherwise those count that apply.
    are_named: bool,
}

/// Which repository is judged, and by what.
#[derive(Debug, Clone, Args)]
pub(super) struct RepositoryArguments {
    #[command(flatten)]
    place: PlaceArguments,
    #[command(flatten)]
    rules: RulesArguments,
    #[command(flatten)]
    engine: EngineArguments,
    /// The engine is not prepared before it is known whether it is needed.
    #[arg(skip)]
    is_patient: bool,
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
    /// Where they start from.
    pub(super) platform: Platform,
    /// Whether they make all that there is.
    pub(super) history: History,
    /// Which of several databases it is.
    pub(super) database: Option<String>,
    /// What was broken when it began to be verified.
    pub(super) baseline: Option<Baseline>,
    /// The day on which suppressions must still hold.
    pub(super) today: NaiveDate,
    /// It is judged by every pack that it names.
    is_whole: bool,
    /// The packs were named; otherwise those count that apply.
    are_named: bool,
    engine: EngineArguments,
    /// What is kept from one judgement to the next, where there is one.
    memory: Option<Memory>,
    /// The text of the configuration.
    config_text: String,
}

/// What is kept of a repository that is judged again and again.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    cache: Arc<SourceCache>,
    checkpoints: Arc<Checkpoints>,
}

impl RepositoryArguments {
    /// The repository at `root`, judged as its configuration says.
    pub(super) fn of(root: &Path, engine: &EngineArguments, today: Option<NaiveDate>) -> Self {
        Self {
            place: PlaceArguments {
                root: root.to_owned(),
                migrations: None,
                database: None,
                config: None,
                history: None,
                staged: false,
            },
            rules: RulesArguments { rules: Vec::new(), only: Vec::new(), today },
            engine: engine.clone(),
            is_patient: false,
        }
    }

    /// The same, which does not prepare the engine when it is opened.
    pub(super) fn patient(&self) -> Self {
        Self { is_patient: true, ..self.clone() }
    }

    /// The same, of what is staged in git.
    pub(super) fn staged(&self) -> Self {
        let mut staged = self.clone();
        staged.place.staged = true;
        staged
    }

    /// Reads the configuration and the packs, and finds the migrations; `silent` about where.
    pub(super) fn open(&self, silent: bool) -> Result<Repository, CliError> {
        let place = self.place.open()?;
        let engine = self.engine.or(place.config.engine);
        if !self.is_patient {
            engine.prepare(place.platform);
        }
        let rules = self.rules.read(&place)?;
        if !silent {
            place.note_migrations();
            if place.migrations.is_none() && !engine.reads_database() {
                note("no migrations found; name their folder with --migrations");
            }
        }
        Ok(self.repository(place, rules))
    }

    /// The same for each of the databases that the configuration has, where it has several and none was chosen.
    pub(super) fn of_each_database(&self) -> Result<Vec<(String, Self)>, CliError> {
        let databases = self.place.databases()?;
        let of = |name: String| {
            let mut arguments = self.clone();
            arguments.place.database = Some(name.clone());
            (name, arguments)
        };
        Ok(databases.into_iter().map(of).collect())
    }

    /// The same repository as it was in a commit, with the configuration, packs and baseline of that time.
    pub(super) fn open_before(
        &self,
        now: &Repository,
        root: Folder,
    ) -> Result<Repository, CliError> {
        let place = self.place.open_before(now, root)?;
        let rules = self.rules.read(&place)?;
        Ok(self.repository(place, rules))
    }

    fn repository(&self, place: Place, rules: Rules) -> Repository {
        let Rules { packs, files, baseline, today, is_whole, are_named } = rules;
        let Place { root, config, migrations, platform, history, database, config_text, .. } =
            place;
        let (engine, memory) = (self.engine.or(config.engine), None);
        Repository {
            root,
            config,
            packs,
            files,
            migrations,
            platform,
            history,
            database,
            baseline,
            today,
            is_whole,
            are_named,
            engine,
            memory,
            config_text,
        }
    }

    /// Takes the rules that are named, so that every rule is judged.
    pub(super) fn take_chosen_rules(&mut self) -> Vec<String> {
        std::mem::take(&mut self.rules.only)
    }

    /// The root as it was named.
    pub(super) fn root(&self) -> &Path {
        &self.place.root
    }

    /// The files that are read because the command names them, and the baseline.
    pub(super) fn named_files(&self) -> Vec<PathBuf> {
        self.place
            .config
            .iter()
            .cloned()
            .chain(self.rules.rules.iter().map(PathBuf::from))
            .chain([self.root().join(&*baseline_file(self.place.database.as_deref()))])
            .collect()
    }
}

impl RulesArguments {
    /// Reads the packs that are named here, or by the configuration, and the baseline.
    pub(super) fn read(&self, place: &Place) -> Result<Rules, CliError> {
        let mut files = SourceMap::default();
        let mut packs = if self.rules.is_empty() {
            let origin = PackOrigin::Configuration(&place.root);
            packs::read(&place.config.packs, origin, &mut files)?
        } else {
            packs::read(&self.rules, PackOrigin::CommandLine, &mut files)?
        };
        let baseline = read_baseline(&place.root, place.database.as_deref(), &mut files)?;
        let today = || DateTime::<Utc>::from(SystemTime::now()).date_naive();
        let today = self.today.unwrap_or_else(today);
        let is_named = self.rules.is_empty();
        let are_named = !is_named || !self.only.is_empty() || !place.config.packs.is_empty();
        let has_all = apply_settings(&mut packs, place, is_named)?;
        for id in &self.only {
            let _known = rule_of(&packs, id)?;
        }
        if !self.only.is_empty() {
            let is_wanted =
                |rule: &Rule| self.only.iter().any(|id| rule.id.eq_ignore_ascii_case(id));
            packs.iter_mut().for_each(|pack| pack.rules.retain(is_wanted));
            packs.retain(|pack| !pack.rules.is_empty());
        }
        let is_whole = is_named && has_all && self.only.is_empty();
        Ok(Rules { packs, files, baseline, today, is_whole, are_named })
    }
}

impl Rules {
    /// Judges a tree by the packs that were named, or by the shipped ones that apply to it.
    pub(super) fn judge(
        &self,
        tree: Tree<'_>,
        platform: Platform,
        engine: &(dyn Engine + Sync),
    ) -> Result<Judged<'_>, CliError> {
        judge_tree(tree, &self.packs, self.are_named, platform, engine, &self.files)
    }

    /// What suppressions are judged by.
    pub(super) fn terms<'a>(&'a self, settings: Option<&'a RuleSettings>) -> Terms<'a> {
        Terms {
            baseline: self.baseline.as_ref(),
            today: self.today,
            settings,
            is_whole: self.is_whole,
        }
    }
}

impl Place {
    /// The migrations, and what comes before them.
    pub(super) fn read_migrations(&self, files: &mut SourceMap) -> Result<Migrations, InputError> {
        let before = self.config.before.as_deref();
        read_history(&self.root, before, self.migrations.as_ref(), files)
    }

    /// Says where migrations were found that nobody named, and where they start from.
    pub(super) fn note_migrations(&self) {
        self.detected.iter().for_each(note);
    }
}

impl PlaceArguments {
    /// The repository of the current folder.
    pub(super) fn here(database: Option<String>) -> Self {
        Self {
            root: PathBuf::from("."),
            migrations: None,
            database,
            config: None,
            history: None,
            staged: false,
        }
    }

    /// Reads the configuration, and finds the migrations: in the folder that the command names, or the
    /// configuration, or in one of the usual ones.
    pub(super) fn open(&self) -> Result<Place, CliError> {
        let root = self.folder()?;
        let (mut config, config_text) = self.read_config(&root)?;
        let named = match &self.migrations {
            Some(named) => Some(root.named(named)?),
            None => {
                config.choose(self.database.as_deref())?;
                config.migrations.take()
            }
        };
        let (migrations, mut detected) = match named {
            Some(named) => (Some(named), Vec::new()),
            None if self.staged => detect_staged(&root, &Folder::root(&self.root)?),
            None => detect(&root),
        };
        let history = self.history.unwrap_or(config.history);
        let platform = config.platform.unwrap_or_else(|| {
            let chosen = config::likely_platform(&root, migrations.as_ref());
            detected.extend(migrations.as_ref().map(|_| chosen.to_string()));
            chosen.platform
        });
        let database = self.database.clone();
        Ok(Place { root, config, migrations, platform, history, database, detected, config_text })
    }

    fn folder(&self) -> Result<Folder, CliError> {
        let root = Folder::root(&self.root)?;
        Ok(if self.staged { root.staged()? } else { root })
    }

    /// The names of the databases to go through one after the other.
    fn databases(&self) -> Result<Vec<String>, CliError> {
        if self.database.is_some() || self.migrations.is_some() {
            return Ok(Vec::new());
        }
        let (config, _) = self.read_config(&self.folder()?)?;
        Ok(config.databases.into_iter().map(|database| database.name).collect())
    }

    /// The same for a commit, in which a folder that the command names is where it is now.
    fn open_before(&self, now: &Repository, root: Folder) -> Result<Place, CliError> {
        let (mut config, config_text) = self.read_config(&root)?;
        if self.migrations.is_none() {
            config.choose(self.database.as_deref())?;
        }
        let here = |folder: &Folder| root.inside(folder.shown()).ok();
        let migrations = match (&self.migrations, &now.migrations) {
            (Some(_), Some(folder)) if folder.is_within(&now.root) => here(folder),
            (Some(named), _) => return Err(CliError::NoHistory(named.display().to_string())),
            (None, detected) => config
                .migrations
                .take()
                .or_else(|| config::detect_migrations(&root).folder)
                .or_else(|| here(detected.as_ref()?)),
        };
        let history = self.history.unwrap_or(config.history);
        let platform = config.platform.unwrap_or(now.platform);
        let (database, detected) = (self.database.clone(), Vec::new());
        Ok(Place { root, config, migrations, platform, history, database, detected, config_text })
    }

    /// The configuration with its text.
    fn read_config(&self, root: &Folder) -> Result<(Config, String), CliError> {
        let (path, text) = match &self.config {
            Some(path) => (path.display().to_string(), read_named_text(path)?),
            None if root.has(config::FILE_NAME) => {
                (config::FILE_NAME.to_owned(), root.read_text(config::FILE_NAME)?)
            }
            None => return Ok((Config::default(), String::new())),
        };
        Ok((Config::parse(root, &path, &text)?, text))
    }
}

impl Repository {
    /// Judges the repository; suppressions are another matter.
    pub(super) fn judge(&self) -> Result<Judged<'_>, CliError> {
        self.judge_tree(self.tree(None))
    }

    /// What is judged, with the database as it is after the migration of that version.
    pub(super) fn tree<'a>(&'a self, until: Option<&'a str>) -> Tree<'a> {
        Tree {
            root: &self.root,
            migrations: self.migrations.as_ref(),
            before: self.config.before.as_deref(),
            until,
            sources: &self.config.sources,
            cache: self.memory.as_ref().map(|memory| &*memory.cache),
            journal: None,
        }
    }

    /// Begins with what can be done before the migrations are read.
    pub(super) fn prepare(&self) {
        self.engine.prepare(self.platform);
    }

    /// Everything that a judgement depends on and that is read already, or no part of the repository.
    pub(super) fn fixed(&self) -> String {
        let migrations = self.migrations.as_ref().map(Folder::shown);
        let files: Vec<_> = self.files.iter().map(|(_, file)| (&file.path, &file.text)).collect();
        format!(
            "{migrations:?} {:?} {:?} {:?} {} {} {}\0{}\0{files:?}",
            self.platform,
            self.history,
            self.database,
            self.today,
            self.is_whole,
            self.are_named,
            self.config_text
        )
    }

    /// Whether the contents of the repository alone decide what a run prints: no server is asked.
    pub(super) fn is_decided_by_contents(&self) -> bool {
        self.memory.is_none() && self.engine.interprets()
    }

    /// Whether a judgement is that of the interpreter, wherever it is made.
    pub(super) fn is_final(&self, judged: &Judged<'_>) -> bool {
        let wants = || verify::wants_another_engine(&judged.verdicts, &judged.loaded.facts());
        judged.second.is_none() && !(self.engine.may_ask_another() && wants())
    }

    /// Judges a tree of the repository.
    pub(super) fn judge_tree(&self, tree: Tree<'_>) -> Result<Judged<'_>, CliError> {
        let (engine, named) = (self.engine()?, self.are_named);
        let mut judged =
            judge_tree(tree, &self.packs, named, self.platform, &*engine, &self.files)?;
        if let Some((engine, name)) = self.engine.second(self.platform, self.history)
            && let Err(error) = judged.ask(&engine, name)
        {
            note(format_args!(
                "the interpreter's answer stands, since engine {name} failed: {error}"
            ));
        }
        Ok(judged)
    }

    /// The rule of that id.
    pub(super) fn rule(&self, id: &str) -> Result<&Rule, CliError> {
        rule_of(&self.packs, id)
    }

    /// Attacks each table whose row-level security a rule is about, where the engine can tell who gets at
    /// which rows.
    pub(super) fn attack(&self, judged: &Judged<'_>) -> Vec<Attacked> {
        let Some(ground) = self.engine.ground() else { return Vec::new() };
        let Judged { loaded, verdicts, .. } = judged;
        let tables: Vec<_> =
            verify::guarded_tables(verdicts, &loaded.facts()).into_iter().collect();
        if tables.is_empty() {
            return Vec::new();
        }
        let Loaded { files, migrations, .. } = loaded;
        let target = Target { platform: self.platform, files, migrations: &migrations.files };
        let outcomes =
            refuse_unreadable(migrations, files).map_err(CliError::from).and_then(|()| {
                counted("attacking tables", tables.len(), |step| {
                    target.attack(ground, &tables, step)
                })
            });
        let outcomes: Vec<Result<_, String>> = match outcomes {
            Ok(outcomes) => outcomes.into_iter().map(|o| o.map_err(|e| e.to_string())).collect(),
            Err(error) => tables.iter().map(|_| Err(error.to_string())).collect(),
        };
        tables
            .into_iter()
            .zip(outcomes)
            .map(|(table, outcome)| Attacked { table, outcome })
            .collect()
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
        let (today, is_whole) = (self.today, self.is_whole);
        let settings = Some(&self.config.rules);
        let terms = Terms { baseline, today, settings, is_whole };
        suppress(&mut judged.verdicts, &judged.loaded.facts(), terms)
    }

    /// The same, with what is kept of it.
    pub(super) fn remembering(mut self, memory: &Memory) -> Self {
        self.memory = Some(memory.clone());
        self
    }

    /// The engine that makes the catalog.
    pub(super) fn engine(&self) -> Result<Box<dyn Engine + Sync>, CliError> {
        let (platform, history) = (self.platform, self.history);
        match &self.memory {
            Some(Memory { checkpoints, .. }) if self.engine.interprets() => {
                Ok(Box::new(Resuming {
                    interpreter: Interpreter { platform },
                    is_partial: history == History::Partial,
                    checkpoints: checkpoints.clone(),
                }))
            }
            _ => self.engine.engine(platform, history),
        }
    }

    /// The engine that made the catalog of a judgement.
    pub(super) fn engine_of(
        &self,
        judged: &Judged<'_>,
    ) -> Result<Box<dyn Engine + Sync>, CliError> {
        match (judged.second, self.engine.second(self.platform, self.history)) {
            (Some(_), Some((engine, _))) => Ok(Box::new(engine)),
            _ => self.engine(),
        }
    }

    /// How reports call that engine.
    pub(super) fn engine_name(&self) -> &'static str {
        self.engine.name()
    }
}

fn rule_of<'p>(packs: &'p [Pack], id: &str) -> Result<&'p Rule, CliError> {
    let rules = || packs.iter().flat_map(|pack| &pack.rules);
    rules().find(|rule| rule.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
        let meant = did_you_mean(id, rules().map(|rule| &*rule.id));
        CliError::UnknownRule(id.to_owned(), meant)
    })
}

/// Gives single rules the weight that the configuration says, and takes out those that it switches off. Tells
/// whether all are left.
fn apply_settings(packs: &mut Vec<Pack>, place: &Place, is_named: bool) -> Result<bool, CliError> {
    let settings = &place.config.rules;
    let ids = || packs.iter().flat_map(|pack| &pack.rules).map(|rule| &*rule.id);
    // A rule may be of another database, or of a pack that this run does not verify.
    if is_named && place.database.is_none() {
        for (id, setting) in settings {
            if !ids().any(|known| known == id) {
                let meant = did_you_mean(id, ids());
                let message = format!("no pack that is verified here has a rule `{id}`{meant}");
                return Err(YamlError::at(FILE_NAME, setting.place, message).into());
            }
        }
    }
    let is_off = |rule: &Rule| settings.get(&rule.id).is_some_and(|setting| setting.is_off);
    let before = ids().count();
    for pack in &mut *packs {
        pack.rules.retain(|rule| !is_off(rule));
        for rule in &mut pack.rules {
            let severity = settings.get(&rule.id).and_then(|setting| setting.severity);
            rule.severity = severity.unwrap_or(rule.severity);
        }
    }
    packs.retain(|pack| !pack.rules.is_empty());
    let left = packs.iter().map(|pack| pack.rules.len()).sum::<usize>();
    Ok(left == before)
}

fn judge_tree<'p>(
    tree: Tree<'_>,
    packs: &'p [Pack],
    are_named: bool,
    platform: Platform,
    engine: &(dyn Engine + Sync),
    files: &SourceMap,
) -> Result<Judged<'p>, CliError> {
    if are_named {
        if packs.is_empty() {
            return Err(CliError::AllOff);
        }
        return Ok(judge(tree, packs, engine, files.clone())?);
    }
    let judged = judge_applicable(tree, packs, platform, engine, files.clone())?;
    if judged.packs.is_empty() { Err(CliError::NoRules) } else { Ok(judged) }
}

/// The folder of migrations that nobody named, and what is to be said of it.
fn detect(root: &Folder) -> (Option<Folder>, Vec<String>) {
    let Detected { folder, others } = config::detect_migrations(root);
    let found = folder.as_ref().map(|folder| format!("migrations found in {}", folder.shown()));
    let others = others.into_iter().map(|(folder, database)| match database {
        None => format!("{} has migrations too, which are not judged", folder.shown()),
        Some(database) => {
            format!("{} has migrations for {database}, which are not judged", folder.shown())
        }
    });
    let said = found.into_iter().chain(others).collect();
    (folder, said)
}

/// The same of what is staged: the folder that the work tree has, where it is staged too.
fn detect_staged(staged: &Folder, on_disk: &Folder) -> (Option<Folder>, Vec<String>) {
    let (found, said) = detect(on_disk);
    (found.and_then(|folder| staged.inside(folder.shown()).ok()), said)
}

fn read_baseline(
    root: &Folder,
    database: Option<&str>,
    files: &mut SourceMap,
) -> Result<Option<Baseline>, CliError> {
    let path = baseline_file(database);
    if !root.has(&path) {
        return Ok(None);
    }
    let file = files.add(SourceFile::new(&*path, root.read_text(&path)?));
    Ok(Some(Baseline::read(files, file)?))
}

/// Where the migrations are executed, all of them must be readable.
pub(super) fn refuse_unreadable(found: &Migrations, files: &SourceMap) -> Result<(), InputError> {
    match found.unreadable.first() {
        Some(unreadable) => Err(InputError::File {
            path: files.file(unreadable.file).path.to_string(),
            reason: unreadable.reason.clone(),
        }),
        None => Ok(()),
    }
}
