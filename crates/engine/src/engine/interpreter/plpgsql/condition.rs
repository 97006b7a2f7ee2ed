//! Condition names of PL/pgSQL and the SQLSTATEs behind them.

use super::ast::Condition;
use crate::pg_catalog;

/// What RAISE raises unless told otherwise.
pub(super) const RAISE_EXCEPTION: &str = "P0001";

/// Whether there is a condition of that name.
pub(in crate::engine::interpreter) fn is_condition(name: &str) -> bool {
    pg_catalog::sqlstates(name).next().is_some()
}

/// Whether one of these conditions is that of an error.
pub(super) fn catches(conditions: &[Condition], sqlstate: &str) -> bool {
    conditions.iter().any(|condition| match condition {
        // A cancelled query and a failed assertion are not among the others.
        Condition::Others => !matches!(sqlstate, "57014" | "P0004"),
        Condition::SqlState(code) => covers(code, sqlstate),
        Condition::Name(name) => pg_catalog::sqlstates(name).any(|code| covers(code, sqlstate)),
    })
}

/// A code that ends in three zeros stands for its class.
fn covers(code: &str, sqlstate: &str) -> bool {
    code == sqlstate || code.strip_suffix("000").is_some_and(|class| sqlstate.starts_with(class))
}

/// The SQLSTATE of a condition's name.
pub(super) fn sqlstate(name: &str) -> Option<&'static str> {
    pg_catalog::sqlstates(name).next()
}

/// A SQLSTATE as one of those that the server knows.
pub(super) fn known(code: &str) -> Option<&'static str> {
    pg_catalog::known_sqlstate(code)
}
