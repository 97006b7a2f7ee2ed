//! A small evaluator of SQL expressions and queries over the catalog.
//!
//! What depends on rows of tables, on the time or on what is not interpreted is an unknown value or
//! a row that may not be there, never a guess.

use std::sync::Arc;

use sqlparser::ast::Statement;

use super::parse;

mod access;
mod aggregate;
mod cast;
pub(crate) mod catalog;
mod compare;
mod comparison;
mod constant;
mod eval;
mod format;
mod from;
mod function;
mod functions;
mod join;
mod join_index;
mod modify;
mod operators;
mod order;
mod output;
mod registered;
mod rows;
mod scope;
mod select;
mod set_returning;
mod special;
mod store;
mod value;
mod with;

pub(crate) use aggregate::is_aggregate;
pub(crate) use cast::Target;
pub(crate) use compare::equal;
pub(crate) use eval::{Evaluator, why};
pub(crate) use rows::{Presence, Row, Rows};
pub(crate) use scope::{NoVariables, Variables};
pub(crate) use set_returning::is_set;
pub(crate) use value::{Array, Piece, Record, Truth, Unknown, Value, parse_bool};

/// Parses one statement, or says why sqlparser cannot.
pub(crate) fn parse_statement(text: &str) -> Result<Arc<Statement>, Arc<str>> {
    parse::query(text).map(Arc::new).map_err(Arc::from)
}
