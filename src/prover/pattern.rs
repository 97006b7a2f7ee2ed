//! LIKE, SIMILAR TO and regular expressions.

use regex::Regex;
use sqlparser::ast::{BinaryOperator as Op, Expr};

use super::evaluator::Evaluator;
use super::path_search::Stop;
use super::sort::Sort;
use super::value::Value;

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
        if any || escape.is_some() {
            return Ok(self.fresh(expression));
        }
        let (text, pattern) = (self.evaluate(expr)?, self.evaluate(pattern)?);
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
            if let (Some(text), Some(regex)) = (text.written(), compile(pattern, style, folds)) {
                return Ok(Some(regex.is_match(&text)));
            }
        }
        let name = format!("{style:?} {folds}");
        if let Value::Text(plain) = &pattern {
            let question = format!("{name}: {text} ? {pattern}");
            let regex = compile(plain, style, folds);
            if let Some(matches) = self.free_match(&question, &text, plain, regex.as_ref())? {
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

/// The pattern as a regular expression of the crate; only those patterns that mean the same there.
fn compile(pattern: &str, style: Style, folds: bool) -> Option<Regex> {
    let flags = if folds { "(?si)" } else { "(?s)" };
    let body = match style {
        Style::Like => format!("^{}$", like_to_regex(pattern)?),
        Style::SimilarTo | Style::Regex => {
            let plain = |c: char| c.is_alphanumeric() || " _-@^$.*+?|()[]".contains(c);
            let foreign = ["(?", "[[", "--", "***", "[^]", "[]"];
            if !pattern.chars().all(plain)
                || foreign.iter().any(|part| pattern.contains(part))
                || folds && !pattern.is_ascii()
            {
                return None;
            }
            match style {
                Style::Regex => pattern.to_owned(),
                // In SIMILAR TO these are no metacharacters.
                _ if pattern.contains(['.', '^', '$', '_']) => return None,
                _ => format!("^(?:{pattern})$"),
            }
        }
    };
    Regex::new(&format!("{flags}{body}")).ok()
}

fn like_to_regex(pattern: &str) -> Option<String> {
    let mut regex = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '\\' => regex.push_str(&regex::escape(&chars.next()?.to_string())),
            other => regex.push_str(&regex::escape(&other.to_string())),
        }
    }
    Some(regex)
}
