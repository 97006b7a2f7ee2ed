use std::fmt;
use std::sync::Arc;

use crate::span::Span;

/// What a statement did to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Made it.
    Created,
    /// Changed it.
    Changed,
    /// Gave it another name or schema.
    Renamed,
    /// Removed it, or removed what it depended on with CASCADE.
    Dropped,
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Renamed => "renamed",
            Self::Dropped => "dropped",
        })
    }
}

/// One statement's effect on one object.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened.
    pub verb: ChangeKind,
    /// The statement; `None` where an engine cannot tell (a live database).
    pub span: Option<Span>,
    /// More about it in a few words, such as `with table public.runs` or `as runs_old`; may be empty.
    pub detail: Arc<str>,
}

/// The statements that made, changed and removed a fact, oldest first.
///
/// Cheap to clone, since the interpreter keeps one version for each savepoint.
#[derive(Debug, Clone, Default)]
pub struct History(imbl::Vector<Event>);

impl History {
    /// A history of one event, the creation.
    #[must_use]
    pub fn created(span: Option<Span>) -> Self {
        let mut history = Self::default();
        history.push(ChangeKind::Created, span, "");
        history
    }

    /// Adds an event.
    pub fn push(&mut self, verb: ChangeKind, span: Option<Span>, detail: impl Into<Arc<str>>) {
        self.0.push_back(Event { verb, span, detail: detail.into() });
    }

    /// The events, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.0.iter()
    }

    /// The latest event.
    #[must_use]
    pub fn last(&self) -> Option<&Event> {
        self.0.last()
    }
}
