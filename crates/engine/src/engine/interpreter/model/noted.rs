//! Rows of tables of a platform, of which not every column and trigger is known: what statements say of them in plain
//! constants. No statement is refused for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Model, Oid};

/// A row by the names of its columns: a value as text, or that it is not known; NULL where there is none.
pub(crate) type NotedRow = BTreeMap<String, Option<String>>;

/// The rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotedRows {
    pub(crate) rows: Vec<NotedRow>,
    /// There are no others.
    pub(crate) complete: bool,
}

impl Model {
    /// What is known of the rows of a platform's table.
    pub(crate) fn noted_rows(&self, table: Oid) -> NotedRows {
        let untouched = || NotedRows { rows: Vec::new(), complete: true };
        let mut noted = self.noted.get(&table).map_or_else(untouched, |rows| (**rows).clone());
        noted.complete &= !self.noted_in_doubt;
        noted
    }

    /// Remembers what is known of the rows of a platform's table.
    pub(crate) fn note_rows(&mut self, table: Oid, rows: NotedRows) {
        self.noted.insert(table, Arc::new(rows));
    }

    /// Any row of a table may be another now.
    pub(super) fn doubt_noted(&mut self, table: Oid) {
        self.note_rows(table, NotedRows { rows: Vec::new(), complete: false });
    }

    /// Any row of any table may be another now.
    pub(super) fn doubt_all_noted(&mut self) {
        self.noted.clear();
        self.noted_in_doubt = true;
    }

    /// Another state knows the rows otherwise, and either may be so.
    pub(super) fn doubt_noted_unlike(&mut self, other: &Self) {
        if self.noted_in_doubt != other.noted_in_doubt || self.noted != other.noted {
            self.doubt_all_noted();
        }
    }
}
