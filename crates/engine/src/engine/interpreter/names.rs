//! Names as PostgreSQL stores, quotes and makes them up.

use std::borrow::Cow;
use std::sync::Arc;

use sqlparser::ast::Ident;

use crate::datum;
pub(crate) use crate::datum::{is_keyword, quote_identifier};

/// The longest name in bytes.
pub(crate) const MAX_NAME: usize = 63;

/// The name that an identifier stands for: folded unless quoted, cut at 63 bytes.
pub(crate) fn stored(ident: &Ident) -> Cow<'_, str> {
    let cut = truncated(&ident.value, MAX_NAME);
    if ident.quote_style.is_none() && cut.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(cut.to_ascii_lowercase())
    } else {
        Cow::Borrowed(cut)
    }
}

/// A name cut at so many bytes, never inside a character.
pub(crate) fn truncated(name: &str, bytes: usize) -> &str {
    name.get(..name.floor_char_boundary(bytes)).unwrap_or(name)
}

/// A stored name as an identifier, quoted where it has to be.
pub(crate) fn written(name: &str) -> Ident {
    if datum::needs_quotes(name) { Ident::with_quote('"', name) } else { Ident::new(name) }
}

/// Joins a table's name, those of columns and a label, cutting the longer parts so that the result
/// fits (`makeObjectName`).
pub(crate) fn joined(table: &str, columns: Option<&str>, label: &str) -> String {
    let overhead = label.len() + 1 + usize::from(columns.is_some());
    let available = MAX_NAME.saturating_sub(overhead);
    let (mut first, mut second) = (table.len(), columns.map_or(0, str::len));
    while first + second > available {
        if first > second { first -= 1 } else { second -= 1 }
    }
    let mut name = truncated(table, first).to_owned();
    if let Some(columns) = columns {
        name.push('_');
        name.push_str(truncated(columns, second));
    }
    name.push('_');
    name.push_str(label);
    name
}

/// The first name of the sequence `t_c_label`, `t_c_label1`, … that is not taken.
pub(crate) fn choose(
    table: &str,
    columns: Option<&str>,
    label: &str,
    taken: impl Fn(&str) -> bool,
) -> Arc<str> {
    let mut name = joined(table, columns, label);
    let mut pass = 0_u32;
    while taken(&name) {
        pass += 1;
        name = joined(table, columns, &format!("{label}{pass}"));
    }
    name.into()
}

/// The names of columns joined by `_`, as far as they fit into a name.
pub(crate) fn addition<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for column in columns {
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(column);
        if joined.len() > MAX_NAME {
            break;
        }
    }
    joined
}
