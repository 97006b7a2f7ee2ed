//! Reads migrations with sqlparser and applies them to a model of PostgreSQL's catalog.

pub mod parse;
pub mod split;
