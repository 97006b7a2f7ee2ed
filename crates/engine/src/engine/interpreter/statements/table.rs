//! Tables: their columns, defaults, constraints, inheritance and partitions.

mod add_drop;
mod alter;
mod alter_column;
mod applicable;
mod assign;
mod check;
mod column;
mod comparable;
mod create;
mod create_as;
mod default;
mod foreign_key;
mod inherit;
mod key;
mod like;
mod partition;
mod plan;
mod rename;
mod spec;

pub(super) use key::UniqueIndex;
pub(super) use spec::KeyKind;
mod type_change;
