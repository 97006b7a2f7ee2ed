//! Settings and transactions.

use sqlparser::ast::Ident;

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// `DEFAULT`, or `RESET`
    Default,
    /// `FROM CURRENT`
    Current,
    /// A list of values, unquoted; identifiers are folded.
    List(Vec<String>),
}

/// `SET [SESSION | LOCAL] name {TO | =} value`, `RESET name`
#[derive(Debug, Clone)]
pub enum Setting {
    /// One setting.
    Set {
        /// `LOCAL`
        local: bool,
        /// Its name, folded: `search_path`, `role`, `session_authorization`.
        name: String,
        /// Its value.
        value: SettingValue,
    },
    /// `RESET ALL`, `DISCARD ALL`
    ResetAll,
    /// `SET CONSTRAINTS`, `SET TRANSACTION`
    NoEffect,
}

/// A setting that later sessions start with.
#[derive(Debug, Clone)]
pub struct StoredSetting {
    /// `ALTER ROLE name`; `ALL` is every role.
    pub role: Option<Ident>,
    /// `ALTER DATABASE name`, `IN DATABASE name`
    pub database: Option<Ident>,
    /// What is set.
    pub setting: Setting,
}

/// Transaction control.
#[derive(Debug, Clone)]
pub enum Transaction {
    /// `BEGIN`, `START TRANSACTION`
    Begin,
    /// `COMMIT`, `END`
    Commit {
        /// `AND CHAIN`
        chain: bool,
    },
    /// `ROLLBACK`, `ABORT`
    Rollback {
        /// `AND CHAIN`
        chain: bool,
    },
    /// `SAVEPOINT`
    Savepoint(Ident),
    /// `ROLLBACK TO`
    RollbackTo(Ident),
    /// `RELEASE`
    Release(Ident),
    /// `PREPARE TRANSACTION`
    Prepare,
}
