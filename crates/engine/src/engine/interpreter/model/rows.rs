//! Rows that the migrations themselves insert, as far as they are known for certain.

use std::collections::BTreeMap;
use std::sync::Arc;

use imbl::ordmap::DiffItem;

use super::{Model, Oid};
use crate::engine::interpreter::query::{Value, equal};

/// As many rows of a table are kept.
const MAX_ROWS: usize = 400;

/// What is known of one value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Known(Value),
    /// Not NULL, and different from any other value, such as that of `gen_random_uuid()`.
    Fresh,
    /// Not NULL.
    Present,
    /// Nothing is known of it.
    Unknown,
}

impl Cell {
    /// Whether two values are certainly equal; NULL is equal to nothing.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => equal(a, b) == Some(true),
            _ => false,
        }
    }

    /// Whether two values are certainly not equal.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => equal(a, b) == Some(false),
            (Self::Null | Self::Fresh, _) | (_, Self::Null | Self::Fresh) => true,
            _ => false,
        }
    }
}

/// A row by the numbers of its columns; one that is not there is NULL. Copying it is cheap, since each
/// state of the model has the rows that it knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct StoredRow(Arc<BTreeMap<i16, Cell>>);

impl StoredRow {
    /// A row in which all is NULL.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Sets the value of a column.
    pub(crate) fn insert(&mut self, column: i16, cell: Cell) {
        Arc::make_mut(&mut self.0).insert(column, cell);
    }

    /// Takes the value of a column away.
    pub(crate) fn remove(&mut self, column: i16) {
        Arc::make_mut(&mut self.0).remove(&column);
    }

    /// Whether a column was given a value.
    pub(crate) fn has(&self, column: i16) -> bool {
        self.0.contains_key(&column)
    }
}

/// What is known of the rows of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TableRows {
    /// Rows that are there for certain.
    pub(crate) rows: Vec<StoredRow>,
    /// There are no others.
    pub(crate) complete: bool,
    /// A statement about this very table may have inserted others.
    pub(crate) written: bool,
}

impl TableRows {
    /// Adds a row that is there for certain, or remembers that there are others.
    pub(crate) fn push(&mut self, row: StoredRow) {
        if self.rows.len() < MAX_ROWS {
            self.rows.push(row);
        } else {
            self.add_others();
        }
    }

    /// There may be others.
    pub(crate) fn add_others(&mut self) {
        self.complete = false;
        self.written = true;
    }
}

/// What is known of a value in a row.
pub(crate) fn cell(row: &StoredRow, column: i16) -> &Cell {
    row.0.get(&column).unwrap_or(&Cell::Null)
}

impl Model {
    /// What is known of the rows of a table.
    pub(crate) fn rows(&self, table: Oid) -> Option<&TableRows> {
        self.rows.get(&table).map(|rows| &**rows)
    }

    /// Whether a table certainly has no rows.
    pub(crate) fn is_empty_table(&self, table: Oid) -> bool {
        self.rows(table).is_some_and(|known| known.complete && known.rows.is_empty())
    }

    /// What is known of the rows of a table, to be changed.
    pub(crate) fn rows_mut(&mut self, table: Oid) -> &mut TableRows {
        Arc::make_mut(self.rows.entry(table).or_default())
    }

    /// A table has no rows.
    pub(crate) fn empty_rows(&mut self, table: Oid) {
        let empty = TableRows { complete: true, ..TableRows::default() };
        self.rows.insert(table, Arc::new(empty));
    }

    /// Nothing is known of the rows of a table any more.
    pub(crate) fn forget_rows(&mut self, table: Oid) {
        if self.rows.contains_key(&table) {
            let written = TableRows { written: true, ..TableRows::default() };
            self.rows.insert(table, Arc::new(written));
        }
    }

    /// Nothing is known of the rows of any table any more.
    pub(crate) fn forget_all_rows(&mut self) {
        self.rows.clear();
    }

    /// Forgets the rows of tables that another state knows otherwise.
    pub(crate) fn forget_rows_unlike(&mut self, other: &Self) {
        let changed: Vec<Oid> = self
            .rows
            .diff(&other.rows)
            .map(|change| match change {
                DiffItem::Add(table, _) | DiffItem::Remove(table, _) => *table,
                DiffItem::Update { old: (table, _), .. } => *table,
            })
            .collect();
        for table in changed {
            self.rows.remove(&table);
        }
    }

    /// Whether the foreign keys of a table and to it are enforced.
    pub(crate) fn enforces_keys(&self, table: Oid) -> bool {
        !self.unenforced.contains(&table)
    }

    /// Says whether the foreign keys of a table and to it are enforced.
    pub(crate) fn enforce_keys(&mut self, table: Oid, enforced: bool) {
        if enforced {
            self.unenforced.remove(&table);
        } else {
            self.unenforced.insert(table);
        }
    }
}
