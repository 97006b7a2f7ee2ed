use std::sync::Arc;

use super::{Oid, StoredExpr};

/// What makes a relation an index.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) table: Oid,
    pub(crate) unique: bool,
    pub(crate) primary: bool,
    pub(crate) nulls_not_distinct: bool,
    /// The access method, such as `btree`.
    pub(crate) method: Arc<str>,
    pub(crate) keys: Vec<IndexKey>,
    /// The columns of INCLUDE.
    pub(crate) included: Vec<i16>,
    /// What its own columns are called, by which copies are named: as the table's were when it was made.
    pub(crate) column_names: Vec<String>,
    pub(crate) predicate: Option<StoredExpr>,
    pub(crate) valid: bool,
    /// The PRIMARY KEY, UNIQUE or EXCLUDE constraint that it enforces.
    pub(crate) constraint: Option<Oid>,
    /// The index of the partitioned table that it is a part of.
    pub(crate) parent: Option<Oid>,
}

impl Index {
    /// The columns that are keys or included as they are.
    pub(crate) fn plain_columns(&self) -> Vec<i16> {
        let keys = self.keys.iter().filter_map(IndexKey::column);
        sorted(keys.chain(self.included.iter().copied()).collect())
    }

    /// The columns that expressions and the predicate use.
    pub(crate) fn computed_columns(&self) -> Vec<i16> {
        let keys = self.keys.iter().filter_map(|key| match key {
            IndexKey::Column { .. } => None,
            IndexKey::Expression { expression, .. } => Some(expression),
        });
        sorted(keys.chain(&self.predicate).flat_map(|e| e.columns_of(self.table)).collect())
    }

    /// Every column that it uses, each once.
    pub(crate) fn columns(&self) -> Vec<i16> {
        sorted([self.plain_columns(), self.computed_columns()].concat())
    }
}

fn sorted(mut columns: Vec<i16>) -> Vec<i16> {
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// One key of an index.
#[derive(Debug, Clone)]
pub(crate) enum IndexKey {
    /// A column by its number, with operator class and order as written.
    Column { number: i16, qualifiers: Arc<str> },
    /// An expression, with operator class and order as written.
    Expression { expression: StoredExpr, qualifiers: Arc<str> },
}

impl IndexKey {
    /// The number of the column that it is.
    pub(crate) fn column(&self) -> Option<i16> {
        match self {
            Self::Column { number, .. } => Some(*number),
            Self::Expression { .. } => None,
        }
    }

    /// Operator class and order as written, such as `text_pattern_ops DESC`; may be empty.
    pub(crate) fn qualifiers(&self) -> &str {
        match self {
            Self::Column { qualifiers, .. } | Self::Expression { qualifiers, .. } => qualifiers,
        }
    }
}
