//! Transactions: what BEGIN, COMMIT, ROLLBACK and savepoints keep and undo, and the run of a file.

use std::sync::Arc;

use super::model::{Behavior, Model, Oid, Relation};
use super::names;
use super::parse::ast::{self, Transaction};
use super::parse::{ParsedStatement, StatementKind};
use super::problem::{Problem, SqlError};
use super::session::Session;
use super::settings::Settings;
use crate::engine::{Failure, Gap, Reach};

/// Everything that a rollback brings back.
#[derive(Debug, Clone)]
struct Snapshot {
    model: Model,
    settings: Settings,
    lasting: Settings,
    temporary_schema: Option<Oid>,
    /// What a statement that is undone might have touched, it did not.
    gaps: usize,
}

/// The transaction under way. There always is one: a file without BEGIN is one.
#[derive(Debug, Clone)]
pub(crate) struct TransactionState {
    /// Opened by BEGIN.
    block: bool,
    /// The file is applied a statement at a time, each in a transaction of its own.
    one_by_one: bool,
    start: Option<Snapshot>,
    savepoints: Vec<(Arc<str>, Snapshot)>,
    /// What settings go back to at the end: without those of SET LOCAL.
    pub(super) lasting: Settings,
}

impl TransactionState {
    /// The state of a new connection.
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            block: false,
            one_by_one: false,
            start: None,
            savepoints: Vec::new(),
            lasting: settings,
        }
    }
}

impl Session {
    /// Runs a statement of a migration, which is one batch; a failure undoes what was not committed.
    pub(super) fn run_in_batch(&mut self, statement: &ParsedStatement) -> Result<(), Failure> {
        self.span = statement.span;
        self.run_statement(statement).map_err(|error| {
            self.rollback();
            Failure {
                limit: None,
                span: statement.span,
                sqlstate: error.sqlstate.into(),
                message: error.message,
            }
        })
    }

    /// Runs one statement; one that cannot be interpreted leaves the model as it was, and a gap.
    pub(super) fn run_statement(&mut self, statement: &ParsedStatement) -> Result<(), SqlError> {
        let mut saved = self.model.clone();
        let mut result = self.execute_with_events(statement);
        if self.is_partial {
            result = self.assuming(statement, &mut saved, result);
        }
        let problem = match result {
            Ok(()) => return Ok(()),
            // What no server can read fails whatever there is.
            Err(Problem::Error(error)) if self.refuses(statement, &error) => return Err(error),
            Err(Problem::Error(error)) => self.doubted(statement, error)?,
            Err(gap) => gap,
        };
        if let Problem::Gap { reason, reach } = problem {
            self.model = saved;
            self.forget_rows_within(&reach);
            self.gaps.push(Gap { span: statement.span, reason, reach });
        }
        Ok(())
    }

    /// Whether an error is one of syntax, which no other statement can have helped.
    fn refuses(&self, statement: &ParsedStatement, error: &SqlError) -> bool {
        let refusal = match &*statement.kind {
            StatementKind::Refused { .. } => return true,
            StatementKind::Read(statement) => match &**statement {
                ast::Statement::Do(code) => code.refusal.as_ref(),
                ast::Statement::CreateFunction(function) => self.refused_body(function),
                _ => None,
            },
            StatementKind::Unparsed { .. } => None,
        };
        refusal.is_some_and(|refusal| refusal.message == error.message)
    }

    /// What a statement that is not interpreted does to rows is not known.
    pub(super) fn forget_rows_within(&mut self, reach: &Reach) {
        if !matches!(reach, Reach::Objects(names) if !names.is_empty()) {
            return self.model.forget_all_rows();
        }
        let tables: Vec<Oid> = self
            .model
            .all::<Relation>()
            .filter(|(oid, _)| {
                self.model.relation_name(*oid).is_ok_and(|name| reach.touches(&name))
            })
            .map(|(oid, _)| oid)
            .collect();
        for table in tables {
            self.forget_rows_around(table);
        }
    }

    /// Forgets the rows of a table, and of all that may change with them.
    pub(crate) fn forget_rows_around(&mut self, table: Oid) {
        let mut tables = self.model.descendants(table);
        tables.extend(self.model.relation(table).map_or(Vec::new(), |t| t.parents.clone()));
        let mut next = 0;
        while let Some(table) = tables.get(next).copied() {
            next += 1;
            let referring = self.referring_tables(table);
            tables
                .extend(referring.into_iter().filter(|t| !tables.contains(t)).collect::<Vec<_>>());
            self.model.forget_rows(table);
        }
    }

    pub(super) fn begin_file(&mut self) {
        self.settings = Settings::defaults(self.platform);
        self.model.forget_new_labels();
        self.transaction = TransactionState::new(self.settings.clone());
        // A role that is gone is set for nobody; the settings are then as they were.
        let _unset = self.initial_settings();
        self.transaction.start = Some(self.snapshot());
    }

    /// An implicit transaction is committed, one that BEGIN opened is lost.
    pub(super) fn end_file(&mut self) {
        if self.transaction.block {
            self.rollback();
        }
        if let Some(schema) = self.temporary_schema.take() {
            // Temporary objects go with the session; nothing lasting can depend on them.
            let _nothing_depends = self.drop_objects(&[schema.into()], Behavior::Cascade);
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            model: self.model.clone(),
            settings: self.settings.clone(),
            lasting: self.transaction.lasting.clone(),
            temporary_schema: self.temporary_schema,
            gaps: self.gaps.len(),
        }
    }

    fn restore(&mut self, snapshot: Snapshot) {
        self.model = snapshot.model;
        self.settings = snapshot.settings;
        self.transaction.lasting = snapshot.lasting;
        self.temporary_schema = snapshot.temporary_schema;
        self.gaps.truncate(snapshot.gaps);
    }

    /// Whether what a statement does is committed with others.
    pub(super) fn is_in_transaction(&self) -> bool {
        self.transaction.block || self.run.is_under_way() || !self.transaction.one_by_one
    }

    /// Fails where a statement that has to be a transaction by itself is a part of one. Otherwise its file
    /// is applied a statement at a time.
    pub(super) fn refuse_in_transaction(&mut self, statement: &str) -> Result<(), Problem> {
        let message = if self.transaction.block {
            format!("{statement} cannot run inside a transaction block")
        } else if self.run.is_under_way() {
            format!("{statement} cannot be executed from a function")
        } else {
            self.transaction.one_by_one = true;
            self.model.forget_new_labels();
            return Ok(());
        };
        Err(Problem::error("25001", message))
    }

    /// Executes a statement that controls the transaction.
    pub(crate) fn control_transaction(&mut self, statement: &Transaction) -> Result<(), Problem> {
        match statement {
            Transaction::Begin => self.transaction.block = true,
            Transaction::Commit { chain } => {
                self.check_chain(*chain, "COMMIT")?;
                self.commit();
                self.transaction.block = *chain;
            }
            Transaction::Rollback { chain } => {
                self.check_chain(*chain, "ROLLBACK")?;
                self.rollback();
                self.transaction.block = *chain;
            }
            Transaction::Savepoint(name) => {
                self.check_block("SAVEPOINT")?;
                let snapshot = self.snapshot();
                self.transaction.savepoints.push((names::stored(name).into(), snapshot));
            }
            Transaction::RollbackTo(name) => {
                self.check_block("ROLLBACK TO SAVEPOINT")?;
                let at = self.savepoint(&names::stored(name))?;
                self.transaction.savepoints.truncate(at + 1);
                if let Some((_, snapshot)) = self.transaction.savepoints.last().cloned() {
                    self.restore(snapshot);
                }
            }
            Transaction::Release(name) => {
                self.check_block("RELEASE SAVEPOINT")?;
                let at = self.savepoint(&names::stored(name))?;
                self.transaction.savepoints.truncate(at);
            }
            Transaction::Prepare => {
                return Err(Problem::gap_everywhere(
                    "what PREPARE TRANSACTION holds back is committed elsewhere, if at all",
                ));
            }
        }
        Ok(())
    }

    fn check_block(&self, statement: &str) -> Result<(), Problem> {
        if self.transaction.block {
            return Ok(());
        }
        let message = format!("{statement} can only be used in transaction blocks");
        Err(Problem::error("25P01", message))
    }

    fn check_chain(&self, chain: bool, statement: &str) -> Result<(), Problem> {
        if chain { self.check_block(&format!("{statement} AND CHAIN")) } else { Ok(()) }
    }

    fn savepoint(&self, name: &str) -> Result<usize, Problem> {
        let found = self.transaction.savepoints.iter().rposition(|(n, _)| &**n == name);
        found.ok_or_else(|| Problem::error("3B001", format!("savepoint \"{name}\" does not exist")))
    }

    /// Whether the transaction under way has made an object.
    pub(crate) fn is_new_object(&self, oid: Oid) -> bool {
        self.transaction.start.as_ref().is_some_and(|start| oid >= start.model.next_oid())
    }

    fn commit(&mut self) {
        self.model.forget_new_labels();
        self.settings = self.transaction.lasting.clone();
        self.transaction.savepoints.clear();
        self.transaction.start = Some(self.snapshot());
    }

    fn rollback(&mut self) {
        if let Some(start) = self.transaction.start.clone() {
            self.restore(start);
        }
        self.settings = self.transaction.lasting.clone();
        self.transaction.savepoints.clear();
        self.transaction.block = false;
    }
}
