//! LIKE, SIMILAR TO and regular expressions.

use sqlparser::ast::{BinaryOperator as Op, Expr};

use super::evaluator::Evaluator;
use super::path_search::Stop;
use super::sort::Sort;
use super::value::Value;
use crate::datum::{self, Pattern};

/// The ways of matching a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Like,
    SimilarTo,
    Regex,
}

impl Evaluator<'_> {
    /// `[NOT] LIKE`, `ILIKE` and `SIMILAR TO`.
    pub(super) fn like(&mut self, expression: &Expr) -> Result<Value, Stop> {
        let (negated, any, expr, pattern, escape, style, folds) = match expression {
            Expr::Like { negated, any, expr, pattern, escape_char } => {
                (*negated, *any, expr, pattern, escape_char, Style::Like, false)
            }
            Expr::ILike { negated, any, expr, pattern, escape_char } => {
                (*negated, *any, expr, pattern, escape_char, Style::Like, true)
            }
            Expr::SimilarTo { negated, expr, pattern, escape_char } => {
                (*negated, false, expr, pattern, escape_char, Style::SimilarTo, false)
            }
            _ => return Ok(self.fresh(expression)),
        };
        if any {
            return Ok(self.fresh(expression));
        }
        let (text, mut pattern) = (self.evaluate(expr)?, self.evaluate(pattern)?);
        if let Some(escape) = escape {
            let escape = self.evaluate(escape)?;
            pattern = match (&pattern, &escape, style) {
                (Value::Text(pattern), Value::Text(escape), Style::Like) => {
                    match datum::like_escape(pattern, escape) {
                        Ok(pattern) => Value::text(pattern),
                        Err(_) => return Ok(self.fresh(expression)),
                    }
                }
                _ => return Ok(self.fresh(expression)),
            };
        }
        let matches = self.matches(text, pattern, style, folds)?;
        Ok(Value::truth(matches.map(|matches| matches != negated)))
    }

    /// `~`, `~*`, `~~` and their negations.
    pub(super) fn match_operator(
        &mut self,
        text: Value,
        op: &Op,
        pattern: Value,
    ) -> Result<Value, Stop> {
        let (style, folds, negated) = match op {
            Op::PGRegexIMatch => (Style::Regex, true, false),
            Op::PGRegexNotMatch => (Style::Regex, false, true),
            Op::PGRegexNotIMatch => (Style::Regex, true, true),
            Op::PGLikeMatch => (Style::Like, false, false),
            Op::PGILikeMatch => (Style::Like, true, false),
            Op::PGNotLikeMatch => (Style::Like, false, true),
            Op::PGNotILikeMatch => (Style::Like, true, true),
            _ => (Style::Regex, false, false),
        };
        let matches = self.matches(text, pattern, style, folds)?;
        Ok(Value::truth(matches.map(|matches| matches != negated)))
    }

    fn matches(
        &mut self,
        text: Value,
        pattern: Value,
        style: Style,
        folds: bool,
    ) -> Result<Option<bool>, Stop> {
        let (text, pattern) = (self.known(text)?, self.known(pattern)?);
        if let Value::Text(pattern) = &pattern {
            if !matches!(text, Value::Null) && matches_everything(pattern, style) {
                return Ok(Some(true));
            }
            if let Value::Text(text) = &text
                && let Some(matches) = style.matches(text, pattern, folds)
            {
                return Ok(Some(matches));
            }
        }
        let name = format!("{style:?} {folds}");
        if let Value::Text(plain) = &pattern {
            let question = format!("{name}: {text} ? {pattern}");
            let matches = |text: &str| style.matches(text, plain, folds);
            if let Some(matches) = self.free_match(&question, &text, plain, matches)? {
                return Ok(Some(matches));
            }
        }
        let matches = self.uninterpreted(&name, &[text, pattern], Sort::Boolean, false)?;
        self.truth_of(matches)
    }
}

fn matches_everything(pattern: &str, style: Style) -> bool {
    match style {
        Style::Like | Style::SimilarTo => {
            !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'%')
        }
        Style::Regex => matches!(pattern, "" | "^" | "$" | ".*" | "^.*" | ".*$" | "^.*$"),
    }
}

impl Style {
    /// Whether a text matches a pattern; nothing, where that is not certain.
    fn matches(self, text: &str, pattern: &str, folds: bool) -> Option<bool> {
        match self {
            Self::Like => datum::like(text, pattern, folds).ok(),
            Self::SimilarTo => {
                let pattern = datum::similar_pattern(pattern, "\\").ok()?;
                Pattern::new(&pattern, "").ok()?.is_match(text).ok()
            }
            Self::Regex => {
                Pattern::new(pattern, if folds { "i" } else { "" }).ok()?.is_match(text).ok()
            }
        }
    }
}
