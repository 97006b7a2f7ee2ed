//! What the checks judge by: the catalog with its gaps, the source index with its gaps.

mod memo;

use crate::engine::{Gap, Outcome};
use crate::source::SourceIndex;
use crate::span::{FileId, SourceMap, Span};

pub use memo::Memo;

/// Everything that is known of one repository.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Every file that a span may point into.
    pub files: &'a SourceMap,
    /// What an engine made of the migrations; `None` where no migrations were found.
    pub database: Option<Database<'a>>,
    /// What the sources mean; `None` where no sources were found.
    pub sources: Option<&'a SourceIndex>,
    /// What the platform's configuration beside the migrations says; `None` where there is none.
    pub project: Option<&'a Project>,
}

/// What the platform's configuration beside the migrations says of the database.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// The schemas that the API serves, where it says so.
    pub served_schemas: Option<Vec<String>>,
    /// Whether new tables, sequences and functions are granted to the roles of the API, where it says so.
    pub exposes_new_objects: Option<bool>,
    /// The buckets that it makes.
    pub buckets: Vec<Bucket>,
}

/// A bucket of files that the configuration makes.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Its id.
    pub id: String,
    /// Its files have public URLs.
    pub public: bool,
    /// Where it is declared.
    pub span: Span,
}

/// The migrations and what an engine made of them.
#[derive(Debug, Clone, Copy)]
pub struct Database<'a> {
    /// The catalog, gaps and failure.
    pub outcome: &'a Outcome,
    /// The migrations in the order in which they were applied; empty for a live database.
    pub migrations: &'a [FileId],
    /// What was found out about the catalog already.
    pub memo: &'a Memo,
}

impl Database<'_> {
    /// Whether a gap comes after a statement, so that it may have changed what the statement did.
    #[must_use]
    pub fn follows(&self, gap: &Gap, statement: Span) -> bool {
        let position = |span: Span| {
            (self.migrations.iter().position(|file| *file == span.file), span.start, span.end)
        };
        // A gap inside the statement itself (a block that goes on after the change) counts as later.
        position(gap.span) >= position(statement)
            || gap.span.file == statement.file
                && gap.span.start <= statement.start
                && statement.end <= gap.span.end
    }
}
