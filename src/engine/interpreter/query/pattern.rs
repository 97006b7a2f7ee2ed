//! LIKE and regular expressions.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

use super::eval::why;
use super::value::{Truth, Value};

/// A pattern that an expression has, with whatever tells how it is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Pattern {
    Like { pattern: String, escape: Option<char>, ignore_case: bool },
    Regular { pattern: String, flags: String },
}

/// As many compiled patterns are kept.
const MAX_KEPT: usize = 64;

thread_local! {
    /// Compiling a pattern takes a thousand times as long as matching it, and a query has few
    /// patterns that it applies to every row.
    static KEPT: RefCell<HashMap<Pattern, Option<Regex>>> = RefCell::default();
}

impl Pattern {
    fn regex(self) -> Option<Regex> {
        KEPT.with_borrow_mut(|kept| {
            if kept.len() >= MAX_KEPT && !kept.contains_key(&self) {
                kept.clear();
            }
            kept.entry(self).or_insert_with_key(Self::compile).clone()
        })
    }

    fn compile(&self) -> Option<Regex> {
        match self {
            Self::Like { pattern, escape, ignore_case } => {
                compile_like(pattern, *escape, *ignore_case)
            }
            Self::Regular { pattern, flags } => compile_regular(pattern, flags),
        }
    }
}

/// The operators of LIKE and ILIKE.
pub(super) fn liked(a: &Value, b: &Value, ignore_case: bool, negated: bool) -> Value {
    let truth = like(a, b, Some('\\'), ignore_case);
    (if negated { truth.not() } else { truth }).value(|| why(&[a, b]))
}

/// LIKE and ILIKE.
pub(super) fn like(
    value: &Value,
    pattern: &Value,
    escape: Option<char>,
    ignore_case: bool,
) -> Truth {
    match (value, pattern) {
        (Value::Null, _) | (_, Value::Null) => Truth::Null,
        (Value::Text(value), Value::Text(pattern)) => {
            Pattern::Like { pattern: pattern.to_string(), escape, ignore_case }
                .regex()
                .map_or(Truth::Unknown, |r| r.is_match(value).into())
        }
        _ => Truth::Unknown,
    }
}

fn compile_like(pattern: &str, escape: Option<char>, ignore_case: bool) -> Option<Regex> {
    let mut source = String::from("^");
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            c if Some(c) == escape => source.push_str(&regex::escape(&chars.next()?.to_string())),
            '%' => source.push_str(".*"),
            '_' => source.push('.'),
            c => source.push_str(&regex::escape(&c.to_string())),
        }
    }
    source.push('$');
    RegexBuilder::new(&source).dot_matches_new_line(true).case_insensitive(ignore_case).build().ok()
}

/// The operators `~`, `~*` and their negations.
pub(super) fn regex_match(a: &Value, b: &Value, ignore_case: bool, negated: bool) -> Value {
    let (Value::Text(text), Value::Text(pattern)) = (a, b) else {
        return Value::unknown("a regular expression");
    };
    let flags = if ignore_case { "i" } else { "" };
    match regular_expression(pattern, flags) {
        Some(regex) => Value::Bool(regex.is_match(text) != negated),
        None => Value::unknown(format!("the regular expression {pattern}")),
    }
}

/// PostgreSQL's regular expression, where it means the same to the crate `regex`.
pub(super) fn regular_expression(pattern: &str, flags: &str) -> Option<Regex> {
    Pattern::Regular { pattern: pattern.to_owned(), flags: flags.to_owned() }.regex()
}

fn compile_regular(pattern: &str, flags: &str) -> Option<Regex> {
    // Escapes and directors that only PostgreSQL has, or that mean something else here.
    const FOREIGN: [&str; 10] =
        ["\\m", "\\M", "\\y", "\\Y", "\\Z", "***", "[[.", "[[=", "[[:<:]]", "[[:>:]]"];
    if FOREIGN.iter().any(|f| pattern.contains(f)) {
        return None;
    }
    let mut builder = RegexBuilder::new(pattern);
    builder.dot_matches_new_line(true);
    for flag in flags.chars() {
        match flag {
            'i' => drop(builder.case_insensitive(true)),
            'c' => drop(builder.case_insensitive(false)),
            'g' => {}
            'n' | 'm' => drop(builder.dot_matches_new_line(false).multi_line(true)),
            _ => return None,
        }
    }
    builder.build().ok()
}
