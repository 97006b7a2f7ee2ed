//! What the checks judge by: the catalog with its gaps, the source index with its gaps.

use crate::engine::{Gap, Outcome};
use crate::source::SourceIndex;
use crate::span::{FileId, SourceMap, Span};

/// Everything that is known of one repository.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Every file that a span may point into.
    pub files: &'a SourceMap,
    /// What an engine made of the migrations; `None` where no migrations were found.
    pub database: Option<Database<'a>>,
    /// What the sources mean; `None` where no sources were found.
    pub sources: Option<&'a SourceIndex>,
}

/// The migrations and what an engine made of them.
#[derive(Debug, Clone, Copy)]
pub struct Database<'a> {
    /// The catalog, gaps and failure.
    pub outcome: &'a Outcome,
    /// The migrations in the order in which they were applied; empty for a live database.
    pub migrations: &'a [FileId],
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
