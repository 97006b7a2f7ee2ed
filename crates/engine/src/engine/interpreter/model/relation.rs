use std::sync::Arc;

use sqlparser::ast::Query;

use super::{Address, Index, Oid, StoredExpr, TypeRef};
use crate::catalog::History;

/// What shares the namespace of relations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RelationKind {
    Table,
    Partitioned,
    Foreign,
    View,
    MaterializedView,
    Index,
    PartitionedIndex,
    Sequence,
    Composite,
}

impl RelationKind {
    /// A table of any sort.
    pub(crate) fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::Partitioned | Self::Foreign)
    }

    /// An index of any sort.
    pub(crate) fn is_index(self) -> bool {
        matches!(self, Self::Index | Self::PartitionedIndex)
    }

    /// What the server's messages call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Table | Self::Partitioned => "table",
            Self::Foreign => "foreign table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Index | Self::PartitionedIndex => "index",
            Self::Sequence => "sequence",
            Self::Composite => "type",
        }
    }

    /// The letter that `pg_class.relkind` has for it.
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::Table => "r",
            Self::Partitioned => "p",
            Self::Foreign => "f",
            Self::View => "v",
            Self::MaterializedView => "m",
            Self::Index => "i",
            Self::PartitionedIndex => "I",
            Self::Sequence => "S",
            Self::Composite => "c",
        }
    }
}

/// How long the data of a relation lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Persistence {
    Permanent,
    Temporary,
}

/// A table, view, index, sequence or composite type.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) schema: Oid,
    pub(crate) name: Arc<str>,
    pub(crate) kind: RelationKind,
    pub(crate) persistence: Persistence,
    pub(crate) owner: Oid,
    /// Columns that were not dropped, in the order of their numbers.
    pub(crate) columns: Vec<Column>,
    /// The number that the next column gets; numbers are never used twice.
    pub(crate) next_column: i16,
    /// The composite type of its rows.
    pub(crate) row_type: Option<Oid>,
    /// The type of a typed table.
    pub(crate) of_type: Option<Oid>,
    /// The tables that it inherits from, or the one that it is a partition of.
    pub(crate) parents: Vec<Oid>,
    /// Whether it is a partition of its only parent.
    pub(crate) is_partition: bool,
    /// What a partitioned table is partitioned by.
    pub(crate) partition_key: Option<PartitionKey>,
    pub(crate) rls_enabled: bool,
    pub(crate) rls_forced: bool,
    pub(crate) rls_history: History,
    /// What makes it an index.
    pub(crate) index: Option<Index>,
    /// What makes it a sequence.
    pub(crate) sequence: Option<Sequence>,
    /// The query of a view.
    pub(crate) query: Option<Arc<Query>>,
    /// A view whose columns could not be told.
    pub(crate) opaque: bool,
    pub(crate) history: History,
}

impl Relation {
    /// A relation without columns.
    pub(crate) fn new(kind: RelationKind, schema: Oid, name: impl Into<Arc<str>>) -> Self {
        Self {
            schema,
            name: name.into(),
            kind,
            persistence: Persistence::Permanent,
            owner: Oid::POSTGRES,
            columns: Vec::new(),
            next_column: 1,
            row_type: None,
            of_type: None,
            parents: Vec::new(),
            is_partition: false,
            partition_key: None,
            rls_enabled: false,
            rls_forced: false,
            rls_history: History::default(),
            index: None,
            sequence: None,
            query: None,
            opaque: false,
            history: History::default(),
        }
    }

    /// The column of that name.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| &*c.name == name)
    }

    /// The column of that number.
    pub(crate) fn column_at(&self, number: i16) -> Option<&Column> {
        self.columns.iter().find(|c| c.number == number)
    }

    /// The column of that number, to be changed.
    pub(crate) fn column_at_mut(&mut self, number: i16) -> Option<&mut Column> {
        self.columns.iter_mut().find(|c| c.number == number)
    }

    /// Appends a column under the next number, which it returns.
    pub(crate) fn push_column(&mut self, column: Column) -> i16 {
        let number = self.next_column;
        self.next_column = self.next_column.saturating_add(1);
        self.columns.push(Column { number, ..column });
        number
    }

    /// The names of columns by number, without those that are gone.
    pub(crate) fn column_names(&self, numbers: &[i16]) -> Vec<Arc<str>> {
        numbers.iter().filter_map(|n| self.column_at(*n)).map(|c| c.name.clone()).collect()
    }
}

/// How the values of a column come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    /// By INSERT or the default.
    None,
    /// `GENERATED ALWAYS AS (…) STORED`; the expression is the column's default.
    Stored,
    /// `GENERATED ALWAYS AS IDENTITY`
    IdentityAlways,
    /// `GENERATED BY DEFAULT AS IDENTITY`
    IdentityByDefault,
}

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Its number, kept for life (`attnum`).
    pub(crate) number: i16,
    pub(crate) name: Arc<str>,
    pub(crate) data_type: TypeRef,
    pub(crate) not_null: bool,
    /// The default or generation expression.
    pub(crate) default: Option<Oid>,
    pub(crate) generation: Generation,
    /// Declared on this table, perhaps inherited too.
    pub(crate) is_local: bool,
    /// How many parents have it.
    pub(crate) inherited: u16,
    pub(crate) history: History,
}

impl Column {
    /// A nullable column of the relation's own; its number comes from [`Relation::push_column`].
    pub(crate) fn new(name: impl Into<Arc<str>>, data_type: TypeRef) -> Self {
        Self {
            number: 0,
            name: name.into(),
            data_type,
            not_null: false,
            default: None,
            generation: Generation::None,
            is_local: true,
            inherited: 0,
            history: History::default(),
        }
    }
}

/// The default or generation expression of a column (`pg_attrdef`).
#[derive(Debug, Clone)]
pub(crate) struct ColumnDefault {
    pub(crate) relation: Oid,
    pub(crate) column: i16,
    pub(crate) expression: StoredExpr,
    pub(crate) history: History,
}

/// What a partitioned table is partitioned by.
#[derive(Debug, Clone)]
pub(crate) struct PartitionKey {
    /// Key columns, `None` for an expression.
    pub(crate) columns: Vec<Option<i16>>,
}

/// What makes a relation a sequence.
#[derive(Debug, Clone)]
pub(crate) struct Sequence {
    /// The column that owns it.
    pub(crate) owned_by: Option<Address>,
}
