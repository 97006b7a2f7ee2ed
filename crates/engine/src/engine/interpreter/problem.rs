//! What executing a statement can end in, other than success.

use std::sync::Arc;

use super::model::Missing;
use super::syntax::SyntaxError;
use crate::catalog::ObjectName;
use crate::engine::Reach;

/// A statement that the server would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (SQLSTATE {sqlstate})")]
pub(crate) struct SqlError {
    /// The five-character code, which exception handlers go by.
    pub(crate) sqlstate: &'static str,
    /// The server's message.
    pub(crate) message: String,
}

impl SqlError {
    /// An error of that code.
    pub(crate) fn new(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self { sqlstate, message: message.into() }
    }
}

/// Why a statement was not executed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// The server would refuse it.
    #[error(transparent)]
    Error(#[from] SqlError),
    /// It is beyond the interpreter; the next statement is executed all the same.
    #[error("{reason}")]
    Gap {
        /// Why, in one lower-case sentence.
        reason: Arc<str>,
        /// What it may have changed.
        reach: Reach,
    },
}

impl Problem {
    /// A statement that the server would refuse.
    pub(crate) fn error(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self::Error(SqlError::new(sqlstate, message))
    }

    /// A statement that cannot be interpreted and touches these objects at most.
    pub(crate) fn gap(
        reason: impl Into<Arc<str>>,
        objects: impl IntoIterator<Item = ObjectName>,
    ) -> Self {
        let objects = objects.into_iter().collect();
        Self::Gap { reason: reason.into(), reach: Reach::Objects(objects) }
    }

    /// A statement that cannot be interpreted and may touch anything.
    pub(crate) fn gap_everywhere(reason: impl Into<Arc<str>>) -> Self {
        Self::Gap { reason: reason.into(), reach: Reach::Everything }
    }
}

impl From<SyntaxError> for Problem {
    fn from(error: SyntaxError) -> Self {
        Self::error(error.sqlstate, error.message)
    }
}

impl From<Missing> for Problem {
    fn from(missing: Missing) -> Self {
        Self::gap_everywhere(missing.to_string())
    }
}
