//! What an expression may not have where it stands: subqueries, aggregates, window functions and functions
//! that return sets.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Query, Visit, Visitor};

use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::{is_aggregate, is_set};
use crate::engine::interpreter::session::Session;

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clause {
    Check,
    Default,
    Generation,
    IndexExpression,
    IndexPredicate,
    Policy,
    TriggerWhen,
    Transform,
}

impl Clause {
    /// What messages call it, after "cannot use subquery in" and "not allowed in".
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Check => ("check constraint", "check constraints"),
            Self::Default => ("DEFAULT expression", "DEFAULT expressions"),
            Self::Generation => ("column generation expression", "column generation expressions"),
            Self::IndexExpression => ("index expression", "index expressions"),
            Self::IndexPredicate => ("index predicate", "index predicates"),
            Self::Policy => ("policy expression", "policy expressions"),
            Self::TriggerWhen => ("trigger WHEN condition", "trigger WHEN conditions"),
            Self::Transform => ("transform expression", "transform expressions"),
        }
    }
}

struct Finder<'a> {
    session: &'a Session,
    clause: Clause,
    /// How many queries are around.
    depth: usize,
}

impl Visitor for Finder<'_> {
    type Break = Problem;

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<Problem> {
        if self.clause != Clause::Policy {
            let message = format!("cannot use subquery in {}", self.clause.words().0);
            return ControlFlow::Break(Problem::error("0A000", message));
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Problem> {
        self.depth = self.depth.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Problem> {
        let Expr::Function(call) = expr else { return ControlFlow::Continue(()) };
        let Ok((schema, name)) = Session::split_name(&call.name) else {
            return ControlFlow::Continue(());
        };
        let is_own = schema.is_some_and(|schema| &*schema != "pg_catalog")
            || self.session.is_shadowed(&name);
        if self.depth > 0 || is_own {
            return ControlFlow::Continue(());
        }
        let place = self.clause.words().1;
        let (sqlstate, what) = if call.over.is_some() {
            ("42P20", "window functions are")
        } else if is_aggregate(call) {
            ("42803", "aggregate functions are")
        } else if is_set(call) {
            ("0A000", "set-returning functions are")
        } else {
            return ControlFlow::Continue(());
        };
        ControlFlow::Break(Problem::error(sqlstate, format!("{what} not allowed in {place}")))
    }
}

impl Session {
    /// Refuses an expression with what may not stand in its place.
    pub(crate) fn check_placement(&self, expr: &Expr, clause: Clause) -> Result<(), Problem> {
        match expr.visit(&mut Finder { session: self, clause, depth: 0 }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(problem) => Err(problem),
        }
    }
}
