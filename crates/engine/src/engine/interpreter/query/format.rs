//! `format`, `quote_ident`, `quote_literal`.

use std::sync::Arc;

use super::eval::Evaluator;
use super::operators::{from_pieces, push_text};
use super::value::{Piece, Value};
use crate::datum::{quote_identifier, quote_literal};
use crate::engine::interpreter::problem::Problem;

/// One `%` of a format string.
#[derive(Debug, Default)]
struct Specifier {
    /// The argument by number from 1.
    position: Option<usize>,
    left: bool,
    width: usize,
    kind: char,
}

impl Evaluator<'_> {
    /// `quote_ident(text)`.
    pub(super) fn quote_ident(&self, value: &Value) -> Value {
        match self.text_of(value) {
            Value::Text(text) => Value::text(&*quote_identifier(&text)),
            Value::Unknown(unknown) => Value::from_pieces(vec![Piece::Identifier], &unknown.why),
            other => other,
        }
    }

    /// `quote_literal(text)`; `quote_nullable` is the word NULL for NULL.
    pub(super) fn quote_literal(&self, value: &Value, null: Value) -> Value {
        match self.text_of(value) {
            Value::Text(text) => Value::text(quote_literal(&text)),
            Value::Unknown(unknown) => Value::from_pieces(vec![Piece::Literal], &unknown.why),
            _ => null,
        }
    }

    /// `format(text, …)`.
    pub(super) fn format(&self, arguments: &[Value]) -> Result<Value, Problem> {
        let Some((template, arguments)) = arguments.split_first() else { return Ok(Value::Null) };
        let template = match template {
            Value::Text(template) => template.clone(),
            Value::Unknown(unknown) => return Ok(Value::unknown(unknown.why.clone())),
            _ => return Ok(Value::Null),
        };
        let mut pieces = Vec::new();
        let mut doubt: Option<Arc<str>> = None;
        let mut next = 0;
        let mut rest = &*template;
        while let Some((before, after)) = rest.split_once('%') {
            push_text(&mut pieces, before);
            if let Some(after) = after.strip_prefix('%') {
                push_text(&mut pieces, "%");
                rest = after;
                continue;
            }
            let (specifier, after) = specifier(after)?;
            rest = after;
            let at = specifier.position.map_or(next, |p| p.saturating_sub(1));
            next = at + 1;
            let argument = arguments
                .get(at)
                .ok_or_else(|| Problem::error("22023", "too few arguments for format()"))?;
            let formatted = match specifier.kind {
                's' => match self.text_of(argument) {
                    Value::Null => Value::text(""),
                    text => text,
                },
                'I' if argument.is_null() => {
                    return Err(Problem::error(
                        "22004",
                        "null values cannot be formatted as an SQL identifier",
                    ));
                }
                'I' => self.quote_ident(argument),
                'L' => self.quote_literal(argument, Value::text("NULL")),
                other => {
                    let message = format!("unrecognized format() type specifier \"{other}\"");
                    return Err(Problem::error("22023", message));
                }
            };
            match formatted {
                Value::Text(text) => push_text(&mut pieces, &padded(&text, &specifier)),
                Value::Unknown(unknown) => {
                    doubt.get_or_insert_with(|| unknown.why.clone());
                    for piece in unknown.pieces() {
                        match piece {
                            Piece::Text(text) => push_text(&mut pieces, &text),
                            hole => pieces.push(hole),
                        }
                    }
                }
                _ => {}
            }
        }
        push_text(&mut pieces, rest);
        Ok(from_pieces(pieces, doubt))
    }
}

fn specifier(text: &str) -> Result<(Specifier, &str), Problem> {
    let mut found = Specifier::default();
    let mut rest = text;
    if let Some((digits, after)) = text.split_once('$')
        && let Ok(position) = digits.parse()
    {
        found.position = Some(position);
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('-') {
        found.left = true;
        rest = after;
    }
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (width, after) = rest.split_at(digits);
    found.width = width.parse().unwrap_or(0).min(1024);
    let mut chars = after.chars();
    found.kind = chars
        .next()
        .ok_or_else(|| Problem::error("22023", "unterminated format() type specifier"))?;
    Ok((found, chars.as_str()))
}

fn padded(text: &str, specifier: &Specifier) -> String {
    let missing = specifier.width.saturating_sub(text.chars().count());
    let padding = " ".repeat(missing);
    if specifier.left { format!("{text}{padding}") } else { format!("{padding}{text}") }
}
