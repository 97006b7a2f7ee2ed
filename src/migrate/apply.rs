use std::ops::Range;
use std::time::{Duration, Instant};

use super::lock::Lock;
use super::script::{Script, nontransactional};
use super::{Entry, Guard, HistoryTable, Ledger, MigrateError, Migration, State, entries, history};
use crate::catalog::Catalog;
use crate::engine::EngineError;
use crate::engine::introspect;
use crate::engine::session::{Refusal, STORED_SETTINGS, Session, SessionError};
use crate::span::{SourceMap, Span};
use crate::verify::Status;

/// How migrations are to be applied.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Roll back in any case.
    pub dry_run: bool,
    /// Apply what cannot be part of a transaction alone after the rest.
    pub allow_nontransactional: bool,
    /// How long to wait for another one that is at it.
    pub lock_timeout: Duration,
    /// The history table to go by; those that are there, where none is chosen.
    pub history: Option<HistoryTable>,
}

/// Something to be told while migrations are applied.
#[derive(Debug)]
pub enum Event<'a> {
    /// Another one holds the lock.
    Waiting {
        /// Who.
        holder: &'a str,
        /// How long it is waited for.
        limit: Duration,
    },
    /// A migration was applied that there is no file of.
    Missing(&'a Entry),
    /// A history table is made.
    CreatingHistory(HistoryTable),
    /// A migration is applied.
    Applying(&'a str),
    /// A migration is applied outside of the transaction.
    ApplyingAlone(&'a str),
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// There was nothing to apply.
    NothingPending,
    /// The migrations were applied.
    Committed,
    /// They would have been applied.
    DryRun,
    /// A rule would be broken or cannot be decided.
    RolledBack,
}

/// What became of the pending migrations.
#[derive(Debug)]
pub struct Applied {
    /// How it ended.
    pub ending: Ending,
    /// What the rules say of the database with the migrations.
    pub status: Status,
    /// The paths of the migrations that were pending.
    pub migrations: Vec<String>,
}

/// What is needed to apply migrations.
pub struct Apply<'a, 'p> {
    /// The texts of the migrations.
    pub files: &'a SourceMap,
    /// The folder of the migrations, as shown.
    pub folder: &'a str,
    /// Every migration that there is a file of.
    pub migrations: &'a [Migration],
    /// How.
    pub options: Options,
    /// Who judges the outcome.
    pub guard: &'a mut Guard<'p>,
    /// Who is told about it.
    pub tell: &'a mut dyn FnMut(Event<'_>),
}

/// Applies what is pending, if no rule breaks.
///
/// # Errors
/// If it cannot be done; the error says what became of the database where it is not as before.
pub fn apply(session: &mut dyn Session, mut run: Apply<'_, '_>) -> Result<Applied, MigrateError> {
    let lock = Lock::acquire(session, run.options.lock_timeout, run.tell)?;
    let applied = run.locked(session);
    lock.release(session);
    applied
}

/// What is to be done.
struct Plan<'a> {
    /// Applied in the transaction.
    together: Vec<Script>,
    /// Applied alone after it.
    apart: Vec<Script>,
    /// The history tables.
    tables: Vec<HistoryTable>,
    /// Migrations that one history table knows and the other does not.
    unnoted: Vec<(HistoryTable, &'a Migration)>,
}

impl Apply<'_, '_> {
    fn locked(&mut self, session: &mut dyn Session) -> Result<Applied, MigrateError> {
        let ledgers = history::ledgers(session, self.options.history, self.migrations)?;
        let known = entries(self.migrations, self.files, &ledgers);
        let plan = self.plan(session, &known, &ledgers)?;
        let pending = plan.together.iter().chain(&plan.apart);
        let migrations: Vec<_> = pending.map(|script| self.path(script)).collect();
        let nothing_to_do = migrations.is_empty() && plan.unnoted.is_empty();
        let applied = |ending, status| Applied { ending, status, migrations };
        if nothing_to_do {
            return Ok(applied(Ending::NothingPending, Status::Holds));
        }
        let status = match self.transact(session, &plan) {
            Ok(status) => status,
            Err(error) => {
                // A session that is gone has rolled back already.
                let _ = session.run("ROLLBACK");
                return Err(error);
            }
        };
        if status != Status::Holds || self.options.dry_run {
            asking(session.run("ROLLBACK"), "roll back")?;
            let kept = status == Status::Holds;
            let ending = if kept { Ending::DryRun } else { Ending::RolledBack };
            return Ok(applied(ending, status));
        }
        match session.run("COMMIT") {
            Err(error) if is_lost(&error) => return Err(MigrateError::LostAtCommit(error)),
            result => asking(result, "commit")?,
        };
        let status = self.follow(session, &plan)?.unwrap_or(status);
        Ok(applied(Ending::Committed, status))
    }

    fn path(&self, script: &Script) -> String {
        self.files.file(script.migration.file).path.to_string()
    }

    fn plan<'e>(
        &mut self,
        session: &mut dyn Session,
        known: &'e [Entry],
        ledgers: &[Ledger],
    ) -> Result<Plan<'e>, MigrateError> {
        let wrong = |state| matches!(state, State::Changed | State::Unfinished);
        let contradictions: Vec<_> =
            known.iter().filter(|entry| wrong(entry.state)).cloned().collect();
        if !contradictions.is_empty() {
            return Err(MigrateError::Contradiction(contradictions));
        }
        let mut scripts = Vec::new();
        for entry in known {
            match (entry.state, &entry.migration) {
                (State::Missing, _) => (self.tell)(Event::Missing(entry)),
                (State::Pending, Some(migration)) => {
                    scripts.push(Script::read(self.files, migration.clone())?);
                }
                _ => {}
            }
        }
        let alone = nontransactional(self.files, &scripts);
        let (apart, together) = scripts
            .into_iter()
            .partition(|script| alone.iter().any(|alone| alone.file == script.migration.file));
        if !alone.is_empty() && !self.options.allow_nontransactional {
            return Err(MigrateError::Nontransactional(alone));
        }
        let mut tables: Vec<_> = ledgers.iter().map(|ledger| ledger.table).collect();
        if tables.is_empty() {
            let table = match self.options.history {
                Some(table) => table,
                None => history::fitting(session, self.folder)?,
            };
            (self.tell)(Event::CreatingHistory(table));
            tables.push(table);
        }
        let unnoted = known
            .iter()
            .filter(|entry| entry.state == State::Applied)
            .flat_map(|entry| {
                let missing = tables.iter().filter(move |table| !entry.noted_in.contains(table));
                missing.filter_map(move |table| Some((*table, entry.migration.as_ref()?)))
            })
            .collect();
        Ok(Plan { together, apart, tables, unnoted })
    }

    /// Applies what can be applied in one transaction, notes it, and judges the outcome.
    fn transact(
        &mut self,
        session: &mut dyn Session,
        plan: &Plan<'_>,
    ) -> Result<Status, MigrateError> {
        asking(session.run("BEGIN READ WRITE"), "begin a transaction")?;
        let transaction = transaction(session)?;
        let mut durations = Vec::with_capacity(plan.together.len());
        for script in &plan.together {
            let path = self.path(script);
            (self.tell)(Event::Applying(&path));
            let start = Instant::now();
            start_anew(session)?;
            for range in &script.statements {
                session
                    .run(self.text(script, range))
                    .map_err(|error| self.refused(script, range, error))?;
            }
            durations.push(start.elapsed());
        }
        start_anew(session)?;
        for table in &plan.tables {
            table.create(session)?;
            for (_, migration) in plan.unnoted.iter().filter(|(missing, _)| missing == table) {
                self.note(session, *table, migration, Duration::ZERO)?;
            }
            for (script, duration) in plan.together.iter().zip(&durations) {
                self.note(session, *table, &script.migration, *duration)?;
            }
        }
        // What constraints put off to the commit would come after the judgement.
        asking(session.run("SET CONSTRAINTS ALL IMMEDIATE"), "check the deferred constraints")?;
        let catalog = catalog(session)?;
        if self::transaction(session)? != transaction {
            return Err(MigrateError::TransactionEnded);
        }
        Ok(self.guard.judge(catalog, !plan.apart.is_empty()))
    }

    /// Applies what cannot be part of a transaction, a statement at a time, and judges the outcome again.
    fn follow(
        &mut self,
        session: &mut dyn Session,
        plan: &Plan<'_>,
    ) -> Result<Option<Status>, MigrateError> {
        for script in &plan.apart {
            let path = self.path(script);
            (self.tell)(Event::ApplyingAlone(&path));
            let start = Instant::now();
            if let Err(error) = self.run_alone(session, script) {
                let _ = session.run("ROLLBACK");
                return Err(error);
            }
            // A migration that begins a transaction and leaves it open means it to be committed.
            asking(session.run("COMMIT; BEGIN"), "note the migration in the history")?;
            start_anew(session)?;
            for table in &plan.tables {
                self.note(session, *table, &script.migration, start.elapsed())?;
            }
            asking(session.run("COMMIT"), "note the migration in the history")?;
        }
        if plan.apart.is_empty() {
            return Ok(None);
        }
        asking(session.run("BEGIN READ ONLY"), "read the catalog")?;
        let catalog = catalog(session)?;
        asking(session.run("COMMIT"), "read the catalog")?;
        Ok(Some(self.guard.judge(catalog, false)))
    }

    fn run_alone(&self, session: &mut dyn Session, script: &Script) -> Result<(), MigrateError> {
        start_anew(session)?;
        for (done, range) in script.statements.iter().enumerate() {
            session.run(self.text(script, range)).map_err(|error| MigrateError::RefusedAlone {
                place: self.place(script, range, None),
                refusal: error.to_string(),
                done,
                count: script.statements.len(),
            })?;
        }
        Ok(())
    }

    fn note(
        &self,
        session: &mut dyn Session,
        table: HistoryTable,
        migration: &Migration,
        duration: Duration,
    ) -> Result<(), MigrateError> {
        let text = &self.files.file(migration.file).text;
        let nanoseconds = i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        table.note(session, migration, text, nanoseconds)
    }

    fn text(&self, script: &Script, range: &Range<usize>) -> &str {
        self.files.file(script.migration.file).text.get(range.clone()).unwrap_or_default()
    }

    fn refused(&self, script: &Script, range: &Range<usize>, error: SessionError) -> MigrateError {
        match error {
            SessionError::Refused(refusal) if !ends_the_session(&refusal) => {
                MigrateError::Refused {
                    place: self.place(script, range, refusal.position),
                    refusal: refusal.to_string(),
                    help: help(&refusal.sqlstate),
                }
            }
            other => MigrateError::Lost(other),
        }
    }

    /// Where a statement is, or the character of it that the server points at.
    fn place(&self, script: &Script, range: &Range<usize>, position: Option<usize>) -> String {
        let within = position.and_then(|position| {
            let mut characters = self.text(script, range).char_indices();
            characters.nth(position.saturating_sub(1)).map(|(byte, _)| byte)
        });
        let start = range.start + within.unwrap_or(0);
        self.files.location(Span::new(script.migration.file, start..range.end))
    }
}

/// What may help against an error of that SQLSTATE.
fn help(sqlstate: &str) -> &'static str {
    match sqlstate {
        "55P04" => "; apply the migration that adds the value first, in a run of its own",
        "55006" => "; apply the migrations before it first, in a run of their own",
        _ => "",
    }
}

/// Undoes what a migration set for its session, so that the next one starts as on a new connection.
fn start_anew(session: &mut dyn Session) -> Result<(), MigrateError> {
    let reset = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL";
    asking(session.run(reset), "reset the session")?;
    asking(session.run(STORED_SETTINGS), "set what the database keeps for new sessions")?;
    Ok(())
}

/// The transaction that a session is in.
fn transaction(session: &mut dyn Session) -> Result<String, MigrateError> {
    asking(session.value("SELECT pg_catalog.txid_current()::text"), "ask for the transaction")
}

/// The catalog as the session's transaction sees it.
fn catalog(session: &mut dyn Session) -> Result<Catalog, MigrateError> {
    let path = "SET LOCAL search_path = public, extensions";
    asking(session.run(path), "read the catalog")?;
    Ok(introspect::read(session).map_err(EngineError::from)?)
}

/// Says what was being done when a session failed.
pub(super) fn asking<T>(
    result: Result<T, SessionError>,
    action: &'static str,
) -> Result<T, MigrateError> {
    result.map_err(|source| {
        if is_lost(&source) {
            MigrateError::Lost(source)
        } else {
            MigrateError::Session { action, source }
        }
    })
}

fn is_lost(error: &SessionError) -> bool {
    match error {
        SessionError::Refused(refusal) => ends_the_session(refusal),
        _ => true,
    }
}

/// Whether an administrator or a crash ended the session.
fn ends_the_session(refusal: &Refusal) -> bool {
    ["57P01", "57P02", "57P03"].contains(&refusal.sqlstate.as_str())
}
