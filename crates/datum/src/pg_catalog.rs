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

pub use self::cast::{CastContext, casts};
pub use self::condition::{known_sqlstate, sqlstates};
pub use self::extension::{extension_operators, extension_schema};
pub use self::function::{FunctionRow, functions, has_function};
pub use self::keyword::{Category, keyword};
pub use self::operator::operators;
pub use self::table::Versions;
pub use self::types::{TypeRow, types};

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
