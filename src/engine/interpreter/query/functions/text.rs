//! Functions of texts.

use std::sync::Arc;

use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::query::operators::concatenate;
use crate::engine::interpreter::query::pattern::regular_expression;
use crate::engine::interpreter::query::set_returning::captured;
use crate::engine::interpreter::query::value::Value;

const NAMES: [&str; 32] = [
    "abs",
    "btrim",
    "char_length",
    "character_length",
    "initcap",
    "left",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "mod",
    "octet_length",
    "quote_ident",
    "quote_literal",
    "regexp_match",
    "regexp_replace",
    "regexp_split_to_array",
    "repeat",
    "replace",
    "reverse",
    "right",
    "rpad",
    "rtrim",
    "split_part",
    "starts_with",
    "string_to_array",
    "strpos",
    "substr",
    "substring",
    "translate",
    "trim",
    "upper",
];

/// Whether a function of that name is here; all of them give NULL for NULL.
pub(super) fn knows(name: &str) -> bool {
    NAMES.binary_search(&name).is_ok()
}

/// `concat`: NULL counts as nothing.
pub(super) fn concat(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Value {
    let texts = arguments.iter().filter(|a| !a.is_null()).map(|a| boolean_letter(evaluator, a));
    concatenate(&texts.collect::<Vec<_>>())
}

/// `concat_ws`.
pub(super) fn concat_ws(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Value {
    let Some((separator, rest)) = arguments.split_first() else { return Value::Null };
    if separator.is_null() {
        return Value::Null;
    }
    if let Some(unknown) = rest.iter().find_map(Value::doubt) {
        // A value that may be NULL may be left out together with its separator.
        return Value::unknown(unknown.why.clone());
    }
    let mut parts = Vec::new();
    for argument in rest.iter().filter(|a| !a.is_null()) {
        if !parts.is_empty() {
            parts.push(evaluator.text_of(separator));
        }
        parts.push(boolean_letter(evaluator, argument));
    }
    concatenate(&parts)
}

/// The output function of boolean writes a letter, where the cast writes a word.
fn boolean_letter(evaluator: &Evaluator<'_>, value: &Value) -> Value {
    match value {
        Value::Bool(b) => Value::text(if *b { "t" } else { "f" }),
        other => evaluator.text_of(other),
    }
}

/// Calls a function with known arguments that are not NULL: as texts, and as they are.
pub(super) fn call(
    name: &str,
    texts: &[Value],
    arguments: &[Value],
) -> Result<Option<Value>, Problem> {
    let text = |at: usize| texts.get(at).and_then(Value::as_text).map(|t| &**t);
    let int = |at: usize| arguments.get(at).and_then(Value::as_int);
    if let ("abs" | "mod", Some(a)) = (name, int(0)) {
        return Ok(match (name, int(1)) {
            ("abs", _) => a.checked_abs().map(Value::Int),
            (_, Some(0)) => return Err(Problem::error("22012", "division by zero")),
            (_, b) => b.and_then(|b| a.checked_rem(b)).map(Value::Int),
        });
    }
    let Some(subject) = text(0) else { return Ok(None) };
    Ok(match name {
        "lower" => Some(Value::text(subject.to_lowercase())),
        "upper" => Some(Value::text(subject.to_uppercase())),
        "initcap" => Some(Value::text(initcap(subject))),
        "length" | "char_length" | "character_length" => count(subject.chars().count()),
        "octet_length" => count(subject.len()),
        "reverse" => Some(Value::text(subject.chars().rev().collect::<String>())),
        "btrim" | "trim" | "ltrim" | "rtrim" => {
            Some(Value::text(trim(name, subject, text(1).unwrap_or(" "))))
        }
        "replace" => match (text(1), text(2)) {
            (Some(""), Some(_)) => Some(Value::text(subject)),
            (Some(from), Some(to)) => Some(Value::text(subject.replace(from, to))),
            _ => None,
        },
        "starts_with" => text(1).map(|prefix| Value::Bool(subject.starts_with(prefix))),
        "strpos" => text(1).and_then(|needle| {
            count(subject.find(needle).map_or(0, |at| subject[..at].chars().count() + 1))
        }),
        "repeat" => int(1).and_then(|n| repeated(subject, n)),
        "left" | "right" => int(1).map(|n| Value::text(end(name, subject, n))),
        "lpad" | "rpad" => int(1).and_then(|n| pad(name, subject, n, text(2).unwrap_or(" "))),
        "substr" | "substring"
            if int(1).is_some() && !matches!(arguments.get(1), Some(Value::Text(_))) =>
        {
            int(1).map(|from| Value::text(substring(subject, from, int(2))))
        }
        "substring" => text(1).and_then(|pattern| {
            let regex = regular_expression(pattern, "")?;
            Some(regex.captures(subject).map_or(Value::Null, |c| {
                let group = if c.len() > 1 { c.get(1) } else { c.get(0) };
                group.map_or(Value::Null, |g| Value::text(g.as_str()))
            }))
        }),
        "split_part" => match (text(1), int(2)) {
            (Some(separator), Some(n)) => split_part(subject, separator, n).map(Value::text),
            _ => None,
        },
        "translate" => match (text(1), text(2)) {
            (Some(from), Some(to)) => Some(Value::text(translate(subject, from, to))),
            _ => None,
        },
        "string_to_array" => text(1).map(|separator| split(subject, separator)),
        "regexp_match" => text(1).and_then(|pattern| {
            let regex = regular_expression(pattern, text(2).unwrap_or(""))?;
            Some(regex.captures(subject).map_or(Value::Null, |c| captured(&c)))
        }),
        "regexp_split_to_array" => text(1).and_then(|pattern| {
            let regex = regular_expression(pattern, text(2).unwrap_or(""))?;
            Some(Value::array(regex.split(subject).map(Value::text).collect()))
        }),
        "regexp_replace" => match (text(1), text(2)) {
            (Some(pattern), Some(to)) => {
                regexp_replace(subject, pattern, to, text(3).unwrap_or(""))
            }
            _ => None,
        },
        _ => None,
    })
}

fn count(n: usize) -> Option<Value> {
    i64::try_from(n).ok().map(Value::Int)
}

fn initcap(text: &str) -> String {
    let mut inside = false;
    let mut result = String::new();
    for c in text.chars() {
        if inside {
            result.extend(c.to_lowercase());
        } else {
            result.extend(c.to_uppercase());
        }
        inside = c.is_alphanumeric();
    }
    result
}

fn trim<'t>(name: &str, text: &'t str, set: &str) -> &'t str {
    let text = if name == "rtrim" { text } else { text.trim_start_matches(|c| set.contains(c)) };
    if name == "ltrim" { text } else { text.trim_end_matches(|c| set.contains(c)) }
}

fn repeated(text: &str, times: i64) -> Option<Value> {
    let times = usize::try_from(times.max(0)).ok()?;
    (text.len().checked_mul(times)? <= 1 << 20).then(|| Value::text(text.repeat(times)))
}

fn end(name: &str, text: &str, n: i64) -> String {
    let length = text.chars().count();
    let size = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
    let kept = if n < 0 { length.saturating_sub(size) } else { size.min(length) };
    let skipped = if name == "left" { 0 } else { length - kept };
    text.chars().skip(skipped).take(kept).collect()
}

fn pad(name: &str, text: &str, size: i64, fill: &str) -> Option<Value> {
    let size = usize::try_from(size.max(0)).ok().filter(|s| *s <= 1 << 16)?;
    let length = text.chars().count();
    if length >= size {
        return Some(Value::text(text.chars().take(size).collect::<String>()));
    }
    let padding: String = fill.chars().cycle().take(size - length).collect();
    Some(Value::text(if name == "lpad" {
        format!("{padding}{text}")
    } else {
        format!("{text}{padding}")
    }))
}

fn substring(text: &str, from: i64, size: Option<i64>) -> String {
    let end = size.map_or(i64::MAX, |s| from.saturating_add(s));
    text.chars().zip(1_i64..).filter(|(_, at)| (from..end).contains(at)).map(|(c, _)| c).collect()
}

fn split_part(text: &str, separator: &str, n: i64) -> Option<String> {
    let parts: Vec<&str> =
        if separator.is_empty() { vec![text] } else { text.split(separator).collect() };
    let at = if n > 0 {
        usize::try_from(n - 1).ok()?
    } else {
        match parts.len().checked_sub(usize::try_from(n.unsigned_abs()).ok()?) {
            Some(at) => at,
            None => return Some(String::new()),
        }
    };
    Some(parts.get(at).map_or_else(String::new, |p| (*p).to_owned()))
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    text.chars()
        .filter_map(|c| match from.chars().position(|f| f == c) {
            Some(at) => to.get(at).copied(),
            None => Some(c),
        })
        .collect()
}

fn split(text: &str, separator: &str) -> Value {
    let items: Vec<Arc<str>> = match (text, separator) {
        ("", _) => Vec::new(),
        (text, "") => vec![text.into()],
        (text, separator) => text.split(separator).map(Arc::from).collect(),
    };
    Value::array(items.into_iter().map(Value::Text).collect())
}

fn regexp_replace(text: &str, pattern: &str, to: &str, flags: &str) -> Option<Value> {
    let regex = regular_expression(pattern, flags)?;
    // `\1` and `\&` there are `$1` and `$0` here.
    let mut replacement = String::new();
    let mut chars = to.chars();
    while let Some(c) = chars.next() {
        match c {
            '$' => replacement.push_str("$$"),
            '\\' => match chars.next() {
                Some('&') => replacement.push_str("${0}"),
                Some(d) if d.is_ascii_digit() => replacement.push_str(&format!("${{{d}}}")),
                Some(other) => replacement.push(other),
                None => replacement.push('\\'),
            },
            other => replacement.push(other),
        }
    }
    let limit = usize::from(!flags.contains('g'));
    Some(Value::text(&*regex.replacen(text, limit, replacement.as_str())))
}
