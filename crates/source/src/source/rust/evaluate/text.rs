//! Constant strings: `format!`, `+`, conversions, and what a formatter is given.

use super::Evaluator;
use crate::source::rust::syntax::FormatPiece;
use crate::source::rust::value::{Text, Value};
use crate::span::Span;

/// A longer text is no code and no path.
const LONGEST: usize = 4096;
/// More combinations than this are not told apart.
const MOST_COMBINATIONS: usize = 64;

impl<'p> Evaluator<'p, '_> {
    pub(super) fn format(&mut self, pieces: &'p [FormatPiece], span: Span) -> Value<'p> {
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            parts.push(match piece {
                FormatPiece::Text(text) => Value::text(text, span),
                FormatPiece::Display(value) => {
                    let value = self.expr(value);
                    self.displayed(&value, span)
                }
                FormatPiece::Other(value) => match self.expr(value) {
                    Value::Inert | Value::Existing | Value::Instance(_) => Value::Existing,
                    Value::Variant { of, index, .. } => self.debugged(of, index, span),
                    _ => Value::Unknown,
                },
            });
        }
        match parts.as_slice() {
            [one] => one.clone(),
            _ => self.concatenate(&parts, span),
        }
    }

    /// A value as `Display` writes it.
    pub(super) fn displayed(&mut self, value: &Value<'p>, span: Span) -> Value<'p> {
        let displayed = value.alternatives().iter().map(|value| match value {
            Value::Number(number) => Value::text(&number.to_string(), span),
            Value::Bool(value) => Value::text(&value.to_string(), span),
            Value::Variant { of, index, .. } => self.spelled(*of, *index, "Display", span),
            Value::Instance(_) | Value::Inert => Value::Existing,
            value => value.clone(),
        });
        Value::choice(displayed.collect::<Vec<_>>())
    }

    /// The values one after the other, as one text.
    pub(super) fn concatenate(&mut self, values: &[Value<'p>], span: Span) -> Value<'p> {
        let mut texts = vec![String::new()];
        let mut declared = None;
        for value in values {
            let value = self.displayed(value, span);
            let mut longer = Vec::new();
            for alternative in value.alternatives() {
                let Value::Text(text) = alternative else { return self.composed(values) };
                declared = declared.or(text.declared);
                longer.extend(texts.iter().map(|before| format!("{before}{}", text.value)));
            }
            if longer.len() > MOST_COMBINATIONS || longer.iter().any(|text| text.len() > LONGEST) {
                return Value::Unknown;
            }
            texts = longer;
        }
        let text = |text: String| Value::Text(Text { value: text.into(), span, declared });
        Value::choice(texts.into_iter().map(text).collect::<Vec<_>>())
    }

    /// A text of which not all is known: made here if any of it is, else handed on.
    fn composed(&self, values: &[Value<'p>]) -> Value<'p> {
        let has_text =
            |value: &Value<'p>| matches!(value, Value::Text(text) if !text.value.is_empty());
        let made = values.iter().flat_map(Value::alternatives);
        if made.clone().any(|value| has_text(value) || matches!(value, Value::Unknown)) {
            Value::Unknown
        } else {
            Value::Existing
        }
    }

    /// `write!(target, …)`: a formatter takes the text, a string grows.
    pub(super) fn write(&mut self, target: &Value<'p>, text: &Value<'p>) -> Value<'p> {
        if matches!(target, Value::Formatter) {
            let written = self.frame.output.clone();
            let span = Span::new(self.frame.file, 0..0);
            self.frame.output = self.concatenate(&[written, text.clone()], span);
        }
        Value::Inert
    }

    /// Applies a function to each constant text; of other texts nothing is known.
    pub(super) fn change_text(
        &self,
        value: &Value<'p>,
        change: &dyn Fn(&str) -> String,
    ) -> Value<'p> {
        value.map(&mut |value| match value {
            Value::Text(text) => {
                Value::Text(Text { value: change(&text.value).into(), ..text.clone() })
            }
            value => value.clone(),
        })
    }
}
