//! Small phrases that several statements share.

use sqlparser::ast::{Ident, ObjectName};
use sqlparser::parser::Parser;

use super::tokens::{Cursor, Parsed};

/// The identifier as PostgreSQL folds it: unquoted ones to lower case.
pub(super) fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_ascii_lowercase() }
}

/// `[CASCADE | RESTRICT]`: whether it is CASCADE.
pub(super) fn drop_behavior(parser: &mut Parser<'_>) -> bool {
    parser.eat_one(&["CASCADE", "RESTRICT"]) == Some("CASCADE")
}

/// A name with its schema where it has one.
pub(super) fn name(parser: &mut Parser<'_>) -> Parsed<ObjectName> {
    parser.parse_object_name(false)
}

/// `ON table`
pub(super) fn on_table(parser: &mut Parser<'_>) -> Parsed<ObjectName> {
    parser.need("ON")?;
    name(parser)
}
