//! Brings together what is known of a repository: an engine applies the migrations on a thread of
//! its own while the sources are found, read and indexed on the others.

use std::panic::resume_unwind;
use std::thread::{self, Scope, ScopedJoinHandle};

use crate::engine::{Engine, EngineError, Gap, Outcome, Reach, unapplied};
use crate::facts::{Database, Facts, Memo, Project};
use crate::input::{
    Folder, FoundSources, InputError, Journal, Migrations, Selection, SourceCache, UnknownVersion,
    find_sources, project_text, read_deferred, read_history, read_project,
};
use crate::source::{self, SourceGap, SourceIndex, SourceQuery};
use crate::span::{FileId, SourceMap, Span};

/// Deeply nested SQL is read by recursion. Only pages that are touched take memory.
const ENGINE_STACK: usize = 512 << 20;

/// What keeps a repository from being loaded at all.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// A folder cannot be listed.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The migration that is to be the last is none of them.
    #[error(transparent)]
    Version(#[from] UnknownVersion),
    /// The engine's thread cannot be started.
    #[error("cannot start a thread for the migrations: {0}")]
    Thread(std::io::Error),
    /// The engine could not make a catalog.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Where the migrations and the sources of one state of a repository are.
#[derive(Debug, Clone, Copy)]
pub struct Tree<'a> {
    /// The repository.
    pub root: &'a Folder,
    /// Its folder of migrations, if there is one.
    pub migrations: Option<&'a Folder>,
    /// The file of what comes before the first migration, relative to the root.
    pub before: Option<&'a str>,
    /// The version of the last migration that counts; all count without one.
    pub until: Option<&'a str>,
    /// Which of its files are sources.
    pub sources: &'a Selection,
    /// What is known of the sources since they were read last, where that is kept.
    pub cache: Option<&'a SourceCache>,
    /// Where it is noted what is read of the sources, where somebody asks.
    pub journal: Option<&'a Journal>,
}

impl Tree<'_> {
    /// Reads the migrations that count.
    ///
    /// # Errors
    /// If they cannot be listed, or the one that is to be the last is unknown.
    pub fn read_migrations(&self, files: &mut SourceMap) -> Result<Migrations, SurveyError> {
        let mut migrations = read_history(self.root, self.before, self.migrations, files)?;
        if let Some(version) = self.until {
            migrations.end_with(version)?;
        }
        Ok(migrations)
    }

    /// The text of the platform's configuration beside the migrations.
    #[must_use]
    pub fn project_text(&self) -> Option<String> {
        Some(project_text(self.root, self.migrations?)?.1)
    }
}

/// Everything found out about a repository.
#[derive(Debug)]
pub struct Loaded {
    /// Every file that a span may point into.
    pub files: SourceMap,
    /// The migrations as they were found.
    pub migrations: Migrations,
    /// What the engine made of them.
    pub outcome: Outcome,
    /// What the sources mean.
    pub index: SourceIndex,
    /// Symbolic links among the sources that lead out of the root.
    pub outside: Vec<String>,
    /// What the platform's configuration beside the migrations says.
    pub project: Option<Project>,
    /// What the rules found out about the outcome's catalog.
    memo: Memo,
    /// Whether the outcome tells anything, for want of migrations.
    has_database: bool,
}

impl Loaded {
    /// Applies the migrations of a tree and indexes its sources. Spans of the packs point into `files`
    /// already.
    ///
    /// # Errors
    /// If the migrations cannot be listed, the one that is to be the last is unknown, or no engine can run.
    pub fn of(
        tree: Tree<'_>,
        source_query: &SourceQuery,
        engine: &(dyn Engine + Sync),
        mut files: SourceMap,
    ) -> Result<Self, SurveyError> {
        // Migrations and sources are found at the same time, and put into one map in this order.
        let search = move || search_sources(tree, source_query);
        let (migrations, outcome, (index, outside)) = thread::scope(|searching| {
            let searched = named_thread("search").spawn_scoped(searching, search);
            let migrations = tree.read_migrations(&mut files)?;
            let only_migrations = files.clone();
            let (outcome, indexed) = thread::scope(|applying| {
                let applied = start(applying, engine, &only_migrations, &migrations)?;
                let found = match searched {
                    Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                    Err(_) => search(),
                };
                let indexed = index_sources(found, tree.root, source_query, &mut files);
                Ok::<_, SurveyError>((joined(applied)?, indexed))
            })?;
            Ok::<_, SurveyError>((migrations, outcome, indexed))
        })?;
        let project =
            tree.migrations.and_then(|folder| read_project(tree.root, folder, &mut files));
        let has_database = !migrations.files.is_empty() || !engine.needs_migrations();
        Ok(Self {
            files,
            migrations,
            outcome,
            index,
            outside,
            project,
            memo: Memo::default(),
            has_database,
        })
    }

    /// Takes the outcome of another engine for that of the first.
    pub fn replace_outcome(&mut self, outcome: Outcome) {
        self.outcome = outcome;
        self.memo = Memo::default();
    }

    /// The facts for the checks.
    #[must_use]
    pub fn facts(&self) -> Facts<'_> {
        let Migrations { files: migrations, .. } = &self.migrations;
        let database = Database { outcome: &self.outcome, migrations, memo: &self.memo };
        Facts {
            files: &self.files,
            database: self.has_database.then_some(database),
            sources: (self.index.files > 0).then_some(&self.index),
            project: self.project.as_ref(),
        }
    }
}

/// Applies migrations on a thread with a stack for deeply nested SQL.
///
/// # Errors
/// If the thread cannot be started, or stops without an outcome.
pub fn apply(
    engine: &(dyn Engine + Sync),
    files: &SourceMap,
    migrations: &Migrations,
) -> Result<Outcome, SurveyError> {
    thread::scope(|scope| joined(start(scope, engine, files, migrations)?))
}

fn joined(applied: Applied<'_>) -> Result<Outcome, SurveyError> {
    Ok(applied.join().unwrap_or(Err(EngineError::Stopped))?)
}

/// The thread on which an engine runs.
type Applied<'scope> = ScopedJoinHandle<'scope, Result<Outcome, EngineError>>;

fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    engine: &'scope (dyn Engine + Sync),
    files: &'scope SourceMap,
    migrations: &'scope Migrations,
) -> Result<Applied<'scope>, SurveyError> {
    let run = move || {
        let mut outcome = engine.run(files, &migrations.files)?;
        outcome.gaps.extend(migrations.unreadable.iter().map(|unreadable| Gap {
            span: Span::new(unreadable.file, 0..0),
            reason: format!("the migration could not be read: {}", unreadable.reason).into(),
            reach: Reach::Everything,
        }));
        outcome.gaps.sort_by_key(|gap| gap.span);
        outcome.unapplied = unapplied(files, &migrations.files, &outcome);
        Ok(outcome)
    };
    named_thread("engine")
        .stack_size(ENGINE_STACK)
        .spawn_scoped(scope, run)
        .map_err(SurveyError::Thread)
}

fn named_thread(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned())
}

/// Finds the sources of a tree and reads those that may matter, unless that was done before.
pub fn search_sources(tree: Tree<'_>, source_query: &SourceQuery) -> FoundSources {
    if let Some(found) = tree.journal.and_then(Journal::take) {
        return found;
    }
    let prefilter = source::Prefilter::new(source_query);
    let may_matter = |language, path: &str, text: &[u8]| {
        if let Some(journal) = tree.journal {
            journal.read(path, text);
        }
        prefilter.may_matter(language, path, text)
    };
    if let Some(cache) = tree.cache {
        cache.prepare_for(source_query);
    }
    let found = find_sources(tree.root, tree.sources, tree.cache, may_matter);
    if let Some(journal) = tree.journal {
        journal.finish(&found);
    }
    found
}

fn index_sources(
    found: FoundSources,
    root: &Folder,
    source_query: &SourceQuery,
    files: &mut SourceMap,
) -> (SourceIndex, Vec<String>) {
    let sources = found.into_map(files);
    let mut index = source::index(
        files,
        &sources.files,
        &sources.deferred,
        source_query,
        &mut |map: &mut SourceMap, needed: &[FileId]| read_deferred(root, needed, map),
    );
    index.files = sources.considered;
    index.gaps.extend(sources.unreadable.into_iter().map(|unreadable| SourceGap {
        span: Span::new(unreadable.file, 0..0),
        reason: unreadable.reason,
        endpoints: true,
        callsites: true,
        codes: true,
    }));
    index.gaps.sort_by_key(|gap| gap.span);
    (index, sources.outside)
}
