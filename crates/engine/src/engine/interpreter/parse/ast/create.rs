//! What sqlparser reads of CREATE INDEX, CREATE SEQUENCE and CREATE TYPE.

use sqlparser::ast::{self, ObjectName, SequenceOptions, UserDefinedTypeRepresentation};

/// `CREATE INDEX`
#[derive(Debug, Clone)]
pub struct CreateIndex {
    /// The statement without ONLY.
    pub written: Box<ast::CreateIndex>,
    /// Whether it is `ON ONLY` the table, not on its partitions.
    pub only: bool,
}

/// `CREATE SEQUENCE`
#[derive(Debug, Clone)]
pub struct CreateSequence {
    /// Its name.
    pub name: ObjectName,
    /// `TEMPORARY`
    pub temporary: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// `START`, `OWNED BY`, …
    pub options: Vec<SequenceOptions>,
}

/// `CREATE TYPE`
#[derive(Debug, Clone)]
pub struct CreateType {
    /// Its name.
    pub name: ObjectName,
    /// What it consists of; a shell type has nothing.
    pub representation: Option<UserDefinedTypeRepresentation>,
}
