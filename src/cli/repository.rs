use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use clap::Args;

use super::attack::Target;
use super::engine::EngineArguments;
use super::place::{Place, PlaceArguments};
use super::progress::counted;
use super::rule_choice::{Rules, RulesArguments, rule_of};
use super::{CliError, note};
use crate::access::Attacked;
use crate::config::Config;
use crate::engine::interpreter::{Checkpoints, Interpreter, Resuming};
use crate::engine::{Engine, History, Platform};
use crate::input::{Folder, InputError, Migrations, SourceCache};
use crate::judge::{Judged, judge, judge_applicable};
use crate::load::{Loaded, Tree};
use crate::pack::{Pack, Rule};
use crate::span::SourceMap;
use crate::suppress::{Baseline, Notice, Terms, baseline_file, suppress};
use crate::verify;

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

/// Judges a tree by these packs, or by those of them that apply to it.
pub(super) fn judge_tree<'p>(
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
