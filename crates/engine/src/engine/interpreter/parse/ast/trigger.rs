//! Triggers.

use sqlparser::ast::{Expr, Ident, ObjectName};

/// When a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerTime {
    /// `BEFORE`
    Before,
    /// `AFTER`
    After,
    /// `INSTEAD OF`
    InsteadOf,
}

/// `CREATE [OR REPLACE] [CONSTRAINT] TRIGGER`
#[derive(Debug, Clone)]
pub struct CreateTrigger {
    /// `OR REPLACE`
    pub or_replace: bool,
    /// `CONSTRAINT`
    pub constraint: bool,
    /// Its name.
    pub name: Ident,
    /// When it fires.
    pub time: TriggerTime,
    /// `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`
    pub events: Vec<String>,
    /// `UPDATE OF` columns.
    pub columns: Vec<Ident>,
    /// Its table or view.
    pub table: ObjectName,
    /// `FROM table` of a constraint trigger.
    pub from: Option<ObjectName>,
    /// Names of its transition tables.
    pub transition_tables: Vec<Ident>,
    /// `FOR EACH ROW`
    pub for_each_row: bool,
    /// `WHEN`
    pub when: Option<Expr>,
    /// The function it calls.
    pub function: ObjectName,
}

/// `ALTER TRIGGER name ON table`
#[derive(Debug, Clone)]
pub struct AlterTrigger {
    /// Its name.
    pub name: Ident,
    /// Its table.
    pub table: ObjectName,
    /// The name to be.
    pub new_name: Option<Ident>,
}

/// `DROP TRIGGER name ON table`
#[derive(Debug, Clone)]
pub struct DropTrigger {
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Its name.
    pub name: Ident,
    /// Its table.
    pub table: ObjectName,
    /// `CASCADE`
    pub cascade: bool,
}
