//! What names in an expression stand for.

use std::sync::Arc;

use super::rows::{Row, Rows};
use super::value::{Record, Value};
use crate::engine::interpreter::problem::Problem;

/// Variables of the language around a query, such as PL/pgSQL's.
pub(crate) trait Variables {
    /// The value of `name`, `record.field` or `label.name`.
    fn variable(&self, name: &[&str]) -> Option<Value>;
    /// The value of `$n`.
    fn parameter(&self, number: usize) -> Option<Value>;
}

/// No variables: a statement by itself.
pub(crate) struct NoVariables;

impl Variables for NoVariables {
    fn variable(&self, _: &[&str]) -> Option<Value> {
        None
    }

    fn parameter(&self, _: usize) -> Option<Value> {
        None
    }
}

/// Results of WITH by name.
pub(crate) type Ctes = imbl::OrdMap<Arc<str>, Arc<Rows>>;

/// Where the values of a joined row come from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    pub(crate) columns: Vec<LayoutColumn>,
    /// Names of the items of FROM, each with its range of columns.
    pub(crate) sources: Vec<Source>,
}

/// One column of a joined row.
#[derive(Debug, Clone)]
pub(crate) struct LayoutColumn {
    pub(crate) name: Arc<str>,
    pub(crate) source: usize,
    /// Merged into its namesake by USING: found only when qualified.
    pub(crate) merged: bool,
}

/// An item of FROM.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: Arc<str>,
    pub(crate) first: usize,
    pub(crate) width: usize,
    /// It may have columns that are not known.
    pub(crate) open: bool,
}

/// What a column's name leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// A column of the row.
    Column(usize),
    /// A column of a relation whose columns are not known.
    Open,
    Nothing,
}

impl Layout {
    /// Appends an item of FROM.
    pub(crate) fn push(&mut self, name: Arc<str>, rows: &Rows) {
        let source = self.sources.len();
        let (first, width) = (self.columns.len(), rows.columns.len());
        self.sources.push(Source { name, first, width, open: rows.open });
        self.columns.extend(rows.columns.iter().map(|c| LayoutColumn {
            name: c.clone(),
            source,
            merged: false,
        }));
    }

    /// Appends the items of another layout.
    pub(crate) fn extend(&mut self, other: &Self) {
        let (shift, width) = (self.sources.len(), self.columns.len());
        self.columns.extend(
            other.columns.iter().map(|c| LayoutColumn { source: c.source + shift, ..c.clone() }),
        );
        self.sources
            .extend(other.sources.iter().map(|s| Source { first: s.first + width, ..s.clone() }));
    }

    /// The place of the item of that name.
    pub(crate) fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|s| &*s.name == name)
    }

    /// The place of a column; more than one is an error.
    pub(crate) fn find(&self, qualifier: Option<&str>, name: &str) -> Result<Found, Problem> {
        let named = |source: &Source| qualifier.is_none_or(|q| &*source.name == q);
        let mut found = Found::Nothing;
        for (at, column) in self.columns.iter().enumerate() {
            let fits = &*column.name == name
                && (qualifier.is_some() || !column.merged)
                && self.sources.get(column.source).is_some_and(named);
            if fits {
                if found != Found::Nothing {
                    return Err(ambiguous(name));
                }
                found = Found::Column(at);
            }
        }
        if found == Found::Nothing
            && self.sources.iter().any(|s| s.open && (s.name.is_empty() || named(s)))
        {
            return Ok(Found::Open);
        }
        Ok(found)
    }
}

/// The error of a name that may mean two things.
pub(crate) fn ambiguous(name: &str) -> Problem {
    Problem::error("42702", format!("column reference \"{name}\" is ambiguous"))
}

/// The row that an expression is evaluated for, inside the rows of the queries around it.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    pub(crate) layout: &'s Layout,
    pub(crate) row: &'s [Value],
    /// The rows that aggregates go over.
    pub(crate) group: Option<&'s [Row]>,
    pub(crate) outer: Option<&'s Scope<'s>>,
    pub(crate) ctes: &'s Ctes,
}

impl Scope<'_> {
    /// The value of a column of this query or one around it.
    pub(crate) fn column(
        &self,
        qualifier: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, Problem> {
        match self.layout.find(qualifier, name)? {
            Found::Column(at) => Ok(self.row.get(at).cloned()),
            Found::Open | Found::Nothing => {
                self.outer.map_or(Ok(None), |outer| outer.column(qualifier, name))
            }
        }
    }

    /// A value for a name that may be one of a column that is not known, if nothing else has it.
    pub(crate) fn hidden_column(&self, qualifier: Option<&str>, name: &str) -> Option<Value> {
        match self.layout.find(qualifier, name) {
            Ok(Found::Open) => Some(Value::unknown(format!("the column {name}"))),
            _ => self.outer.and_then(|outer| outer.hidden_column(qualifier, name)),
        }
    }

    /// The whole row of the item of FROM of that name.
    pub(crate) fn whole_row(&self, name: &str) -> Option<Value> {
        let Some(source) = self.layout.source(name) else {
            return self.outer.and_then(|outer| outer.whole_row(name));
        };
        let range = source.first..source.first + source.width;
        let names = self.layout.columns.get(range.clone())?.iter().map(|c| c.name.clone());
        let fields: Vec<_> = names.zip(self.row.get(range)?.iter().cloned()).collect();
        Some(match fields.as_slice() {
            // A function of one column in FROM is the column itself.
            [(column, value)] if &**column == name => value.clone(),
            _ => Value::Record(Arc::new(Record { fields })),
        })
    }
}
