//! The text of a body and where it stands.

use std::ops::Range;
use std::sync::Arc;

use crate::span::Span;

/// A body of PL/pgSQL.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) text: Arc<str>,
    /// Where the text starts in the migration, if it stands there as it is.
    pub(super) start: Option<Span>,
}

impl Body {
    /// The place of a part of the body; `None` where the statement under way is the place.
    pub(super) fn span(&self, range: &Range<usize>) -> Option<Span> {
        let start = self.start?;
        let base = start.start as usize;
        Some(Span::new(start.file, base + range.start..base + range.end))
    }
}
