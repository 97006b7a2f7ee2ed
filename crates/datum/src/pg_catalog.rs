//! What PostgreSQL's own catalog has in every supported version: keywords, types, casts, operators, functions,
//! conditions, extensions.
//!
//! `cargo xtask tables` reads the tables from servers. They are sorted text, so that a row is found by bisection
//! and only the rows that are asked for are parsed.

mod cast;
mod condition;
mod extension;
mod function;
mod keyword;
mod operator;
mod table;
mod types;

pub(crate) use self::cast::{CastContext, casts};
pub(crate) use self::condition::{known_sqlstate, sqlstates};
pub(crate) use self::extension::{extension_operators, extension_schema};
pub(crate) use self::function::{FunctionRow, functions, has_function};
pub(crate) use self::keyword::{Category, keyword};
pub(crate) use self::operator::operators;
pub(crate) use self::table::Versions;
pub(crate) use self::types::{TypeRow, types};

#[cfg(test)]
const TABLES: [table::Table; 7] = [
    cast::TABLE,
    condition::TABLE,
    extension::TABLE,
    function::TABLE,
    keyword::TABLE,
    operator::TABLE,
    types::TABLE,
];
