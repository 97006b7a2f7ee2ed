//! Expressions whose value must not change: those of indexes and of generated columns.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Visit, Visitor};

use crate::engine::interpreter::model::Oid;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// Functions of the server that are not immutable whatever their arguments are, sorted.
const CHANGING: &[&str] = &[
    "clock_timestamp",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_user",
    "gen_random_uuid",
    "localtime",
    "localtimestamp",
    "nextval",
    "now",
    "pg_backend_pid",
    "random",
    "session_user",
    "statement_timestamp",
    "timeofday",
    "to_char",
    "transaction_timestamp",
    "user",
];

struct Finder<'a>(&'a Session);

impl Visitor for Finder<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(call) = expr
            && let Ok((schema, name)) = Session::split_name(&call.name)
            && CHANGING.binary_search(&&*name).is_ok()
            && schema.is_none_or(|schema| &*schema == "pg_catalog")
            && !self.0.is_shadowed(&name)
        {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

impl Session {
    /// Fails where an expression certainly calls a function that is not immutable.
    pub(crate) fn check_immutable(&self, expr: &Expr, what: &str) -> Result<(), Problem> {
        match expr.visit(&mut Finder(self)) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Problem::error("42P17", refusal(what))),
        }
    }

    /// Whether a schema that is searched has a function of that name beside the server's own.
    fn is_shadowed(&self, name: &str) -> bool {
        self.function_path()
            .into_iter()
            .filter(|schema| *schema != Oid::PG_CATALOG)
            .any(|schema| self.model.find_functions(schema, name).next().is_some())
    }
}

fn refusal(what: &str) -> String {
    if what == "generation expression" {
        "generation expression is not immutable".to_owned()
    } else {
        format!("functions in {what} must be marked IMMUTABLE")
    }
}
