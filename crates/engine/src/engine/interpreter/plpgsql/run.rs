//! What is under way across nested calls: the budget, and what may not happen on the server.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ast::{Block, Condition};
use super::condition::catches;
use super::{SyntaxError, parser};
use crate::engine::interpreter::event::Event;
use crate::engine::interpreter::model::Oid;
use crate::engine::interpreter::parse::ParsedStatement;
use crate::engine::interpreter::problem::{Problem, SqlError};
use crate::engine::interpreter::session::Session;
use crate::engine::{Gap, Reach};

/// As many expressions, rows and statements are executed for one statement of a migration.
const MAX_STEPS: u32 = 1_000_000;

/// Of those, each statement is sure to get this many; what it needs beyond them, the statements of all
/// migrations share.
const ASSURED_STEPS: u32 = 20_000;
const SHARED_STEPS: u32 = 10_000_000;

/// As many for a query whose result nobody reads and which changes nothing of the catalog.
const MAX_STEPS_WITHOUT_EFFECT: u32 = 50_000;

/// Functions may call each other this deep.
const MAX_DEPTH: u32 = 32;

/// The state of executing one statement of a migration.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    steps: u32,
    /// What is left of the steps that all statements share.
    shared: u32,
    depth: u32,
    /// Above 0 where the server may not evaluate what is evaluated here.
    pub(crate) doubts: u32,
    /// What the exception handlers around catch, the innermost last.
    pub(super) protections: Vec<Vec<Condition>>,
    /// The functions under way, the innermost last.
    pub(super) calls: Vec<Oid>,
    /// The event whose trigger is under way.
    pub(crate) event: Option<Arc<Event>>,
    /// The trigger functions that changes of rows have fired, with their tables.
    pub(super) fired: HashSet<(Oid, Oid)>,
    /// Bodies by their text.
    bodies: HashMap<Arc<str>, Result<Arc<Block>, SyntaxError>>,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            steps: MAX_STEPS,
            shared: SHARED_STEPS,
            depth: 0,
            doubts: 0,
            protections: Vec::new(),
            calls: Vec::new(),
            event: None,
            fired: HashSet::new(),
            bodies: HashMap::new(),
        }
    }
}

impl Run {
    /// Takes over from the session, for a statement of a migration or one inside a body.
    pub(crate) fn take_over<T>(
        session: &mut Session,
        act: impl FnOnce(&mut Session, &mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut run = std::mem::take(&mut session.run);
        let outermost = run.depth == 0;
        let granted = MAX_STEPS.min(ASSURED_STEPS + run.shared);
        if outermost {
            let Self { bodies, shared, .. } = run;
            run = Self { steps: granted, shared, bodies, ..Self::default() };
        }
        let result = run.deeper(|run| act(session, run));
        if outermost {
            let beyond = (granted - run.steps.min(granted)).saturating_sub(ASSURED_STEPS);
            run.shared = run.shared.saturating_sub(beyond);
        }
        session.run = run;
        result
    }

    /// Does something that is worth fewer steps, and tells whether it used them up.
    pub(super) fn without_effect<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let kept = self.steps.saturating_sub(MAX_STEPS_WITHOUT_EFFECT);
        self.steps -= kept;
        let result = act(self);
        let exhausted = self.is_exhausted();
        self.steps += kept;
        (result, exhausted)
    }

    /// Executes a statement inside a body as if it stood in the migration.
    pub(super) fn execute(
        &mut self,
        session: &mut Session,
        statement: &ParsedStatement,
    ) -> Result<(), Problem> {
        session.run = std::mem::take(self);
        let result = session.run_statement(statement);
        *self = std::mem::take(&mut session.run);
        Ok(result?)
    }

    /// The syntax tree of a body.
    pub(super) fn parsed(&mut self, body: &Arc<str>) -> Result<Arc<Block>, SyntaxError> {
        let parse = || parser::parse(body).map(Arc::new);
        self.bodies.entry(body.clone()).or_insert_with(parse).clone()
    }

    /// Counts a step; an endless loop ends here.
    pub(crate) fn step(&mut self) -> Result<(), Problem> {
        match self.steps.checked_sub(1) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(Problem::gap_everywhere("it takes more steps than the interpreter grants")),
        }
    }

    /// Counts rows that are made at once.
    pub(crate) fn spend(&mut self, rows: usize) -> Result<(), Problem> {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        self.steps = self.steps.saturating_sub(rows);
        self.step()
    }

    /// Whether a body is being executed.
    pub(crate) fn is_under_way(&self) -> bool {
        self.depth > 0
    }

    /// Whether the budget is used up.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps == 0
    }

    /// Does something one call deeper.
    pub(super) fn deeper<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        if self.depth >= MAX_DEPTH {
            return Err(Problem::gap_everywhere("functions call each other too deeply"));
        }
        self.depth += 1;
        let result = act(self);
        self.depth -= 1;
        result
    }

    /// Records a gap at the statement under way.
    pub(crate) fn gap(&mut self, session: &mut Session, reason: impl Into<Arc<str>>, reach: Reach) {
        session.forget_rows_within(&reach);
        let gap = Gap { span: session.span, reason: reason.into(), reach };
        let known = session.gaps.iter().rev().take(16);
        let known = known
            .clone()
            .any(|g| g.span == gap.span && g.reason == gap.reason && g.reach == gap.reach);
        if !known {
            session.gaps.push(gap);
        }
    }

    /// Whether a handler around would catch an error.
    pub(super) fn is_caught(&self, error: &SqlError) -> bool {
        self.protections.iter().any(|conditions| catches(conditions, error.sqlstate))
    }

    /// Does something that the server may not do: what it changes is undone, and is the reach of a gap.
    pub(super) fn hypothetically<T>(
        &mut self,
        session: &mut Session,
        why: &str,
        act: impl FnOnce(&mut Self, &mut Session) -> T,
    ) -> T {
        let model = session.model.clone();
        let settings = session.settings.clone();
        let doubts = std::mem::take(&mut self.doubts);
        let span = session.span;
        let result = act(self, session);
        session.span = span;
        self.doubts = doubts;
        let changed = session.model.changes_since(&model);
        let moved = session.settings.search_path != settings.search_path;
        let tried = std::mem::replace(&mut session.model, model);
        session.model.forget_rows_unlike(&tried);
        session.model.doubt_publications_unlike(&tried);
        session.settings = settings;
        if moved {
            self.gap(
                session,
                format!("whether it changes search_path depends on {why}"),
                Reach::Everything,
            );
        } else if !changed.is_empty() {
            self.gap(
                session,
                format!("whether it is executed depends on {why}"),
                Reach::Objects(changed),
            );
        }
        result
    }
}
