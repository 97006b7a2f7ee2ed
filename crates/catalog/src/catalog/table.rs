use super::{History, ObjectName, Policy};

/// How a table is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// An ordinary table, partitions and inheritance children included.
    Table,
    /// A partitioned table.
    Partitioned,
    /// A foreign table.
    Foreign,
}

/// A table with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Table {
    /// Schema and name.
    pub name: ObjectName,
    /// How it is stored.
    pub kind: TableKind,
    /// Columns as they stand, inherited ones included, in their order.
    pub columns: Vec<Column>,
    /// The primary key.
    pub primary_key: Option<Key>,
    /// UNIQUE constraints; a bare unique index is an index.
    pub unique: Vec<Key>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// CHECK constraints.
    pub checks: Vec<Check>,
    /// Row-level security is enabled.
    pub rls_enabled: bool,
    /// Row-level security applies to the owner too.
    pub rls_forced: bool,
    /// The statements that switched row-level security.
    pub rls_history: History,
    /// Policies, whether or not row-level security is enabled.
    pub policies: Vec<Policy>,
    /// Indexes, without those of PRIMARY KEY and UNIQUE constraints.
    pub indexes: Vec<Index>,
    /// Triggers, without the internal ones.
    pub triggers: Vec<Trigger>,
    /// The statements that made and changed it.
    pub history: History,
}

impl Table {
    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Name.
    pub name: String,
    /// What `format_type` says with search_path `public, extensions`.
    pub data_type: String,
    /// The enum behind the type, where it is one.
    pub enum_type: Option<ObjectName>,
    /// NOT NULL, by its own constraint or the primary key.
    pub not_null: bool,
    /// Has a default, or is an identity or generated column.
    pub default: bool,
    /// The default or generation expression as SQL.
    pub default_expression: Option<String>,
    /// Computed from other columns: `GENERATED ALWAYS AS (…) STORED`.
    pub generated: bool,
    /// The statements that made and changed it.
    pub history: History,
}

/// A PRIMARY KEY or UNIQUE constraint.
#[derive(Debug, Clone)]
pub struct Key {
    /// Constraint name.
    pub name: String,
    /// Key columns in order.
    pub columns: Vec<String>,
    /// The statements that made and changed it.
    pub history: History,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub struct ForeignKey {
    /// Constraint name.
    pub name: String,
    /// Referencing columns in order.
    pub columns: Vec<String>,
    /// Referenced table.
    pub table: ObjectName,
    /// Referenced columns in order.
    pub referenced: Vec<String>,
    /// The statements that made and changed it.
    pub history: History,
}

/// A CHECK constraint.
#[derive(Debug, Clone)]
pub struct Check {
    /// Constraint name.
    pub name: String,
    /// The expression as SQL.
    pub expression: String,
    /// The statements that made and changed it.
    pub history: History,
}

/// An index.
#[derive(Debug, Clone)]
pub struct Index {
    /// Name.
    pub name: String,
    /// Rejects duplicates.
    pub unique: bool,
    /// Key columns in order, `None` for an expression, without INCLUDE.
    pub columns: Vec<Option<String>>,
    /// The predicate of a partial index as SQL.
    pub predicate: Option<String>,
    /// Access method, such as `btree`.
    pub method: String,
    /// Usable by queries.
    pub valid: bool,
    /// The statements that made and changed it.
    pub history: History,
}

/// A trigger.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// Name.
    pub name: String,
    /// The statements that made and changed it.
    pub history: History,
}
