//! What PostgreSQL checks when it has read a part of a table, a domain or a trigger.

use super::action::{Reduction, refuse};
use super::error::SyntaxError;
use super::query;
use super::token::Token;

/// What constraints may be that are checked at the end of a transaction.
pub(super) const DEFERRABLE: &[&str] =
    &["not deferrable", "deferrable", "initially immediate", "initially deferred"];

/// The same, of foreign keys.
pub(super) const FOREIGN_KEY: &[&str] = &[
    "not deferrable",
    "deferrable",
    "initially immediate",
    "initially deferred",
    "not valid",
    "enforced",
    "not enforced",
];

/// The attributes of a constraint in their order, such as `not valid`, each with its tokens.
fn attributes_of<'a>(r: &Reduction<'_>, mut tokens: &'a [Token]) -> Vec<(String, &'a [Token])> {
    let mut attributes = Vec::new();
    while let Some(first) = tokens.first() {
        let word = r.name(first);
        let length = match word.as_str() {
            "not" | "no" | "initially" => 2,
            _ => 1,
        };
        let (attribute, rest) = tokens.split_at(length.min(tokens.len()));
        let words: Vec<String> = attribute.iter().map(|token| r.name(token)).collect();
        attributes.push((words.join(" "), attribute));
        tokens = rest;
    }
    attributes
}

/// No attribute contradicts those before it.
pub(super) fn attributes(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let before = attributes_of(r, r.part(0));
    let all = attributes_of(r, r.all());
    let had = |name: &str| all.iter().any(|(attribute, _)| attribute == name);
    let is_new = all.len() > before.len();
    if is_new && had("not deferrable") && had("initially deferred") {
        let message = "constraint declared INITIALLY DEFERRED must be DEFERRABLE";
        return refuse(r.part(1), "42601", message);
    }
    let contradictions = [
        ("not deferrable", "deferrable"),
        ("initially immediate", "initially deferred"),
        ("not enforced", "enforced"),
    ];
    if contradictions.iter().any(|(a, b)| had(a) && had(b)) {
        return refuse(r.part(1), "42601", "conflicting constraint properties");
    }
    Ok(())
}

/// The attributes that end a constraint are some that its kind may have.
pub(super) fn allowed(r: &Reduction<'_>, kind: &str, allowed: &[&str]) -> Result<(), SyntaxError> {
    allowed_of(r, r.tokens_before_end(0), kind, allowed)
}

/// The attributes among the tokens are some that a constraint of that kind may have.
pub(super) fn allowed_of(
    r: &Reduction<'_>,
    tokens: &[Token],
    kind: &str,
    allowed: &[&str],
) -> Result<(), SyntaxError> {
    // In the order in which PostgreSQL complains.
    const MARKS: [(&str, &str); 6] = [
        ("deferrable", "DEFERRABLE"),
        ("initially deferred", "DEFERRABLE"),
        ("not valid", "NOT VALID"),
        ("no inherit", "NO INHERIT"),
        ("not enforced", "NOT ENFORCED"),
        ("enforced", "ENFORCED"),
    ];
    let attributes = attributes_of(r, tokens);
    for (mark, name) in MARKS {
        if !allowed.contains(&mark) && attributes.iter().any(|(attribute, _)| attribute == mark) {
            let message = format!("{kind} constraints cannot be marked {name}");
            return refuse(tokens, "0A000", message);
        }
    }
    Ok(())
}

/// A generated column is GENERATED ALWAYS.
pub(super) fn generated(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    if r.has(r.part(1), "default") {
        let message = "for a generated column, GENERATED ALWAYS must be specified";
        return refuse(r.part(1), "42601", message);
    }
    Ok(())
}

/// Only what a deletion sets may be some columns alone.
pub(super) fn key_update(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let action = r.part(2);
    if !action.iter().any(|token| token.is_character(b'(')) {
        return Ok(());
    }
    let what = if r.has(action, "null") { "SET NULL" } else { "SET DEFAULT" };
    let message = format!("a column list with {what} is only supported for ON DELETE actions");
    refuse(r.part(0), "0A000", message)
}

/// A column has at most one collation. Those inside an expression are in parentheses, or follow one that
/// cannot have any after it: what is collated in a default stands before the column's own constraints.
pub(super) fn collations(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    // `a text COLLATE "C" COLLATE "D"`: two in a row, with a name in between.
    let mut last = None;
    let mut inside_expression = false;
    for (at, token) in query::outside(r.tokens_before_end(0)) {
        if r.is(token, "default") || r.is(token, "check") || r.is(token, "as") {
            inside_expression = true;
        } else if r.is(token, "constraint") {
            inside_expression = false;
        } else if r.is(token, "collate") && !inside_expression && last.replace(at).is_some() {
            let tokens = r.tokens_before_end(0).get(at..).unwrap_or_default();
            return refuse(tokens, "42601", "multiple COLLATE clauses not allowed");
        }
    }
    Ok(())
}
