//! Operators and operator classes.

use std::sync::Arc;

use crate::engine::interpreter::model::Oid;

/// What tells operators of one name apart.
pub(super) fn operand_key(left: Option<Oid>, right: Option<Oid>) -> Arc<str> {
    let number = |operand: Option<Oid>| operand.map_or(0, |oid| oid.0);
    format!("{},{}", number(left), number(right)).into()
}
