use std::sync::Arc;

use super::{Oid, StoredExpr};
use crate::catalog::{Command, History};

/// A row-level security policy.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) table: Oid,
    pub(crate) name: Arc<str>,
    pub(crate) command: Command,
    pub(crate) permissive: bool,
    /// The roles that it is for; none stands for `public`.
    pub(crate) roles: Vec<Oid>,
    pub(crate) using: Option<StoredExpr>,
    pub(crate) with_check: Option<StoredExpr>,
    pub(crate) history: History,
}

/// A trigger of a table or view.
#[derive(Debug, Clone)]
pub(crate) struct Trigger {
    pub(crate) table: Oid,
    pub(crate) name: Arc<str>,
    pub(crate) function: Oid,
    /// `BEFORE`, `AFTER` or `INSTEAD OF`.
    pub(crate) timing: Arc<str>,
    /// `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`.
    pub(crate) events: Vec<Arc<str>>,
    pub(crate) for_each_row: bool,
    /// The constraint of a constraint trigger.
    pub(crate) constraint: Option<Oid>,
    /// The trigger of the partitioned table that it is a clone of.
    pub(crate) parent: Option<Oid>,
    pub(crate) when: Option<StoredExpr>,
    /// The letter that `pg_trigger.tgenabled` has for its state.
    pub(crate) enabled: &'static str,
    pub(crate) history: History,
}

/// A rewrite rule other than that of a view.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) table: Oid,
    pub(crate) name: Arc<str>,
    pub(crate) history: History,
}
