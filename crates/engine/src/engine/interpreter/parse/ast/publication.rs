//! Publications.

use sqlparser::ast::{Expr, Ident, ObjectName};

/// What a publication has, or gets.
#[derive(Debug, Clone)]
pub enum Published {
    /// `TABLE [ONLY] name [(columns)] [WHERE (condition)]`
    Table {
        /// Which.
        name: ObjectName,
        /// The columns that are published; none stands for all.
        columns: Vec<Ident>,
        /// Which rows.
        condition: Option<Box<Expr>>,
    },
    /// `TABLES IN SCHEMA name`; `None` for CURRENT_SCHEMA.
    Schema(Option<Ident>),
    /// `ALL TABLES`
    All,
}

/// What happens to the members of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicationChange {
    /// `CREATE PUBLICATION … FOR`
    Create,
    /// `ADD`
    Add,
    /// `SET`
    Set,
    /// `DROP`
    Drop,
}

/// `CREATE PUBLICATION`, `ALTER PUBLICATION … {ADD | SET | DROP}`
#[derive(Debug, Clone)]
pub struct Publication {
    /// Its name.
    pub name: ObjectName,
    /// What to do.
    pub change: PublicationChange,
    /// With what.
    pub members: Vec<Published>,
}
