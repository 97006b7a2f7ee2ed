//! Quoting: <https://www.postgresql.org/docs/current/functions-string.html>, `quote_ident` and `quote_literal`.

use std::borrow::Cow;

use crate::pg_catalog::{Category, keyword};

/// What `quote_ident` makes of a name.
#[must_use]
pub fn quote_identifier(name: &str) -> Cow<'_, str> {
    if needs_quotes(name) {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(name)
    }
}

/// Whether a name is another one without quotes, or a word of SQL.
pub(crate) fn needs_quotes(name: &str) -> bool {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    !plain || is_keyword(name)
}

/// Whether a word is a keyword that is not an unreserved one.
pub(crate) fn is_keyword(word: &str) -> bool {
    keyword(word).is_some_and(|category| category != Category::Unreserved)
}

/// What `quote_literal` makes of a text.
#[must_use]
pub fn quote_literal(text: &str) -> String {
    let escaped = text.replace('\'', "''");
    if escaped.contains('\\') {
        format!("E'{}'", escaped.replace('\\', "\\\\"))
    } else {
        format!("'{escaped}'")
    }
}
