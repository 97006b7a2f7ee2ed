//! Rows of queries. A row may be there for certain, perhaps, or stand for any number of rows.

use std::sync::Arc;

use super::value::Value;

/// Whether a row is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Presence {
    /// It is.
    Certain,
    /// It may be.
    Maybe,
    /// Any number of rows like this one, also none.
    Many,
}

/// A row of a result.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) values: Vec<Value>,
    pub(crate) presence: Presence,
}

impl Row {
    /// A row that is there.
    pub(crate) fn certain(values: Vec<Value>) -> Self {
        Self { values, presence: Presence::Certain }
    }

    /// The same row, at most perhaps there.
    pub(crate) fn doubted(self) -> Self {
        Self { presence: self.presence.max(Presence::Maybe), ..self }
    }
}

/// Rows under named columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<Arc<str>>,
    pub(crate) rows: Vec<Row>,
    /// What it depends on that not every row is certain.
    pub(crate) why: Option<Arc<str>>,
    /// There may be columns that are not known.
    pub(crate) open: bool,
}

impl Rows {
    /// Rows that are known to be there.
    pub(crate) fn certain(columns: &[&str], rows: Vec<Vec<Value>>) -> Self {
        Self {
            columns: columns.iter().map(|c| Arc::from(*c)).collect(),
            rows: rows.into_iter().map(Row::certain).collect(),
            ..Self::default()
        }
    }

    /// Any number of rows of unknown values.
    pub(crate) fn unknown(columns: Vec<Arc<str>>, why: impl Into<Arc<str>>) -> Self {
        let why = why.into();
        let values = columns.iter().map(|_| Value::unknown(why.clone())).collect();
        Self {
            columns,
            rows: vec![Row { values, presence: Presence::Many }],
            why: Some(why),
            open: false,
        }
    }

    /// Any number of rows of which not even the columns are known.
    pub(crate) fn open(why: impl Into<Arc<str>>) -> Self {
        Self { open: true, ..Self::unknown(Vec::new(), why) }
    }

    /// Whether it is known which rows there are.
    pub(crate) fn is_certain(&self) -> bool {
        self.rows.iter().all(|r| r.presence == Presence::Certain)
    }

    /// What uncertain rows depend on.
    pub(crate) fn why(&self) -> Arc<str> {
        self.why.clone().unwrap_or_else(|| Arc::from("rows of a table"))
    }
}
