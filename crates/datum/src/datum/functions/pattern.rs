//! Functions of regular expressions.

use crate::datum::regex::{Captures, Pattern};
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::{Array, Computed, Datum, Refusal};

fn part(text: &str, span: Option<(usize, usize)>) -> Datum {
    Datum::optional_text(span.and_then(|(from, to)| text.get(from..to)))
}

/// `substring(text from pattern)`: the first group, or all of the match where there is none.
fn substring(call: &Call<'_>) -> Computed {
    let text = call.text(0)?;
    let pattern = Pattern::new(call.text(1)?, "")?;
    let Some(found) = pattern.captures(text, 0)? else { return Ok(Datum::Null) };
    Ok(part(text, found.get(usize::from(pattern.groups() > 0)).copied().flatten()))
}

/// The flags of a call without `g`, and whether `g` is among them.
fn flags(call: &Call<'_>, at: usize) -> Computed<(String, bool)> {
    let flags = if call.count() > at { call.text(at)?.as_ref() } else { "" };
    Ok((flags.replace('g', ""), flags.contains('g')))
}

fn groups(text: &str, found: &Captures) -> Datum {
    let spans = if found.len() > 1 { found.get(1..).unwrap_or(&[]) } else { found };
    Datum::Array(Array::new(spans.iter().map(|span| part(text, *span)).collect()).into())
}

fn regexp_match(call: &Call<'_>) -> Computed {
    let (flags, global) = flags(call, 2)?;
    if global {
        let message = "regexp_match() does not support the \"global\" option";
        return Err(Refusal::error("22023", message));
    }
    let text = call.text(0)?;
    let found = Pattern::new(call.text(1)?, &flags)?.captures(text, 0)?;
    Ok(found.map_or(Datum::Null, |found| groups(text, &found)))
}

/// Every match from the start on. After an empty one the search goes on at the next character.
fn all(pattern: &Pattern, text: &str, only_first: bool) -> Computed<Vec<Captures>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(next) = pattern.captures(text, from)? {
        let Some(Some((start, end))) = next.first().copied() else { break };
        found.push(next);
        from = if end > start {
            end
        } else {
            match text.get(end..).and_then(|rest| rest.chars().next()) {
                Some(c) => end + c.len_utf8(),
                None => break,
            }
        };
        if only_first || from > text.len() {
            break;
        }
        if found.len() > 1 << 15 {
            return Err(Refusal::unknown("very many matches"));
        }
    }
    Ok(found)
}

/// The groups of each match of `regexp_matches`, as arrays.
pub(crate) fn matches(text: &str, pattern: &str, flags: &str) -> Computed<Vec<Datum>> {
    let pattern = Pattern::new(pattern, &flags.replace('g', ""))?;
    let found = all(&pattern, text, !flags.contains('g'))?;
    Ok(found.iter().map(|found| groups(text, found)).collect())
}

fn regexp_replace(call: &Call<'_>) -> Computed {
    let (flags, global) = flags(call, 3)?;
    let (text, with) = (call.text(0)?, call.text(2)?);
    let pattern = Pattern::new(call.text(1)?, &flags)?;
    let mut result = String::new();
    let mut done = 0;
    for found in all(&pattern, text, !global)? {
        let Some(Some((start, end))) = found.first().copied() else { continue };
        result.push_str(text.get(done..start).unwrap_or(""));
        push_replacement(&mut result, text, with, &found);
        done = end;
    }
    result.push_str(text.get(done..).unwrap_or(""));
    Ok(Datum::text(result))
}

/// `\1` is a group, `\&` the match, `\\` a backslash; any other backslash stands for itself.
fn push_replacement(result: &mut String, text: &str, with: &str, found: &Captures) {
    let mut chars = with.chars().peekable();
    while let Some(c) = chars.next() {
        let group = match (c, chars.peek()) {
            ('\\', Some('&')) => Some(0),
            ('\\', Some(digit @ '1'..='9')) => digit.to_digit(10).map(|d| d as usize),
            ('\\', Some('\\')) => {
                chars.next();
                result.push('\\');
                continue;
            }
            _ => None,
        };
        match group {
            Some(group) => {
                chars.next();
                if let Some(Some((from, to))) = found.get(group) {
                    result.push_str(text.get(*from..*to).unwrap_or(""));
                }
            }
            None => result.push(c),
        }
    }
}

fn split(call: &Call<'_>) -> Computed {
    let (flags, global) = flags(call, 2)?;
    if global {
        let message = "regexp_split_to_array() does not support the \"global\" option";
        return Err(Refusal::error("22023", message));
    }
    let text = call.text(0)?;
    let pattern = Pattern::new(call.text(1)?, &flags)?;
    let mut items = Vec::new();
    let mut done = 0;
    for found in all(&pattern, text, false)? {
        let Some(Some((start, end))) = found.first().copied() else { continue };
        // An empty match at the start, at the end, or right behind another one parts nothing.
        if start == end && (start == done || start == text.len()) {
            continue;
        }
        items.push(Datum::text(text.get(done..start).unwrap_or("")));
        done = end;
    }
    items.push(Datum::text(text.get(done..).unwrap_or("")));
    Ok(Datum::Array(Array::new(items).into()))
}

fn count(call: &Call<'_>) -> Computed {
    let (flags, _) = flags(call, 3)?;
    if call.count() > 2 && call.int(2)? != 1 {
        return Err(Refusal::unknown("regexp_count from a place on"));
    }
    let pattern = Pattern::new(call.text(1)?, &flags)?;
    let found = all(&pattern, call.text(0)?, false)?.len();
    Ok(Datum::Int(i64::try_from(found).unwrap_or(i64::MAX)))
}

fn like(call: &Call<'_>) -> Computed {
    Ok(Datum::Bool(Pattern::new(call.text(1)?, "")?.is_match(call.text(0)?)?))
}

pub(super) const LINES: &[Line] = &[
    line("substring(text, text) -> text", substring).nullable(),
    line("regexp_like(text, text) -> bool", like),
    line("regexp_count(text, text) -> int4", count).facts(Facts::COUNT),
    line("regexp_match(text, text) -> text[]", regexp_match).nullable(),
    line("regexp_match(text, text, text) -> text[]", regexp_match).nullable(),
    line("regexp_replace(text, text, text) -> text", regexp_replace),
    line("regexp_replace(text, text, text, text) -> text", regexp_replace),
    line("regexp_split_to_array(text, text) -> text[]", split),
    line("regexp_split_to_array(text, text, text) -> text[]", split),
];
