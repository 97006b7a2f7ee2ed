//! Event triggers.

use sqlparser::ast::{Ident, ObjectName};

/// `CREATE EVENT TRIGGER`
#[derive(Debug, Clone)]
pub struct CreateEventTrigger {
    /// Its name.
    pub name: Ident,
    /// `ddl_command_start`, `ddl_command_end`, `sql_drop`, `table_rewrite`; folded.
    pub event: String,
    /// What WHEN asks for: variables with the values that they may have.
    pub filters: Vec<(String, Vec<String>)>,
    /// The function that it calls.
    pub function: ObjectName,
}

/// `ALTER EVENT TRIGGER name …`
#[derive(Debug, Clone)]
pub struct AlterEventTrigger {
    /// Its name.
    pub name: Ident,
    /// What happens to it.
    pub change: EventTriggerChange,
}

/// What `ALTER EVENT TRIGGER` does.
#[derive(Debug, Clone)]
pub enum EventTriggerChange {
    /// `ENABLE [REPLICA | ALWAYS]`, `DISABLE`, as `evtenabled` has it.
    Enabled(char),
    /// `RENAME TO`
    Rename(Ident),
    /// `OWNER TO`
    NoEffect,
}
