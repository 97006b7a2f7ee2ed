//! Arrays of one dimension: <https://www.postgresql.org/docs/current/arrays.html>.

use super::types::Type;
use super::value::Datum;
use super::{Computed, Refusal, io};

/// An array of one dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The elements, all of one type.
    pub items: Vec<Datum>,
    /// The subscript of the first element.
    pub lower: i64,
}

impl Array {
    /// An array whose first subscript is 1.
    #[must_use]
    pub fn new(items: Vec<Datum>) -> Self {
        Self { items, lower: 1 }
    }
}

fn malformed(text: &str) -> Refusal {
    Refusal::error("22P02", format!("malformed array literal: \"{text}\""))
}

/// The texts of the elements of a literal such as `{a,"b c",NULL}`; a missing one is NULL.
pub(crate) fn elements(text: &str) -> Computed<Vec<Option<String>>> {
    let blank = |c: char| c.is_ascii_whitespace() || c == '\u{b}';
    let whole = text.trim_matches(blank);
    if whole.starts_with('[') {
        return Err(Refusal::unknown("an array with subscripts of its own"));
    }
    let body = whole.strip_prefix('{').ok_or_else(|| malformed(text))?;
    let mut items = Vec::new();
    let mut chars = body.char_indices();
    // The text of an element, how much of it quotes or backslashes protect, and whether there were quotes.
    let (mut item, mut kept, mut quoted, mut escaped) = (String::new(), 0, false, false);
    loop {
        let Some((at, c)) = chars.next() else { return Err(malformed(text)) };
        match c {
            '"' => {
                if quoted || !item.is_empty() {
                    return Err(malformed(text));
                }
                quoted = true;
                loop {
                    match chars.next().map(|(_, c)| c) {
                        Some('"') => break,
                        Some('\\') => match chars.next() {
                            Some((_, c)) => item.push(c),
                            None => return Err(malformed(text)),
                        },
                        Some(c) => item.push(c),
                        None => return Err(malformed(text)),
                    }
                }
                kept = item.len();
            }
            '\\' => {
                let Some((_, c)) = chars.next() else { return Err(malformed(text)) };
                if quoted {
                    return Err(malformed(text));
                }
                item.push(c);
                (kept, escaped) = (item.len(), true);
            }
            '{' => return Err(Refusal::unknown("an array of several dimensions")),
            ',' | '}' => {
                let trimmed = item.trim_end_matches(blank).len().max(kept);
                item.truncate(trimmed);
                if item.is_empty() && !quoted {
                    // Only an array without elements may have an empty one.
                    if c == ',' || !items.is_empty() {
                        return Err(malformed(text));
                    }
                } else if !quoted && !escaped && item.eq_ignore_ascii_case("null") {
                    items.push(None);
                } else {
                    items.push(Some(std::mem::take(&mut item)));
                }
                item.clear();
                (kept, quoted, escaped) = (0, false, false);
                if c == '}' {
                    return if body[at + 1..].is_empty() {
                        Ok(items)
                    } else {
                        Err(malformed(text))
                    };
                }
            }
            c if blank(c) && item.is_empty() && !quoted => {}
            c if quoted && blank(c) => {}
            _ if quoted => return Err(malformed(text)),
            c => item.push(c),
        }
    }
}

/// Reads an array.
pub(super) fn input(element: &Type, text: &str) -> Computed<Array> {
    let items = elements(text)?;
    let items = items
        .into_iter()
        .map(|item| item.map_or(Ok(Datum::Null), |text| io::input(element, &text)));
    Ok(Array::new(items.collect::<Computed<_>>()?))
}

/// Writes an array.
pub(super) fn output(element: &Type, array: &Array) -> Computed<String> {
    if matches!(element, Type::Array(_)) {
        return Err(Refusal::unknown("an array of several dimensions"));
    }
    let mut text = String::new();
    if array.lower != 1 && !array.items.is_empty() {
        let upper = array.lower + i64::try_from(array.items.len()).unwrap_or(0) - 1;
        text = format!("[{}:{upper}]=", array.lower);
    }
    text.push('{');
    for (at, item) in array.items.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        match io::output(element, item)? {
            None => text.push_str("NULL"),
            Some(item) => push_quoted(&mut text, &item),
        }
    }
    text.push('}');
    Ok(text)
}

/// Appends an element, with quotes where it needs them.
pub(crate) fn push_quoted(text: &mut String, item: &str) {
    let special = |c: char| {
        matches!(c, '"' | '\\' | '{' | '}' | ',') || c.is_ascii_whitespace() || c == '\u{b}'
    };
    if !item.is_empty() && !item.eq_ignore_ascii_case("null") && !item.contains(special) {
        text.push_str(item);
        return;
    }
    text.push('"');
    for c in item.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}
