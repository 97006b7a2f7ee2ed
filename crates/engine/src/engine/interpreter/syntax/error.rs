//! What is wrong with a text, in the words of the server.

use std::ops::Range;

/// Why PostgreSQL refuses a text before it runs any of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Where: the bytes of the token at fault.
    pub range: Range<usize>,
    /// The server's SQLSTATE, 42601 of nearly all.
    pub sqlstate: &'static str,
    /// The server's message.
    pub message: String,
}

impl SyntaxError {
    /// An error with a message that names no token.
    pub(super) fn new(
        range: Range<usize>,
        sqlstate: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { range, sqlstate, message: message.into() }
    }

    /// An error of the scanner or the parser, which names what stands at its place.
    pub(super) fn near(text: &str, range: Range<usize>, message: &str) -> Self {
        let message = match text.get(range.clone()) {
            Some(token) if !token.is_empty() => format!("{message} at or near \"{token}\""),
            _ => format!("{message} at end of input"),
        };
        Self { range, sqlstate: "42601", message }
    }
}
