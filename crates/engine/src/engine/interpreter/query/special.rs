//! Functions and constants with a syntax of their own.

use sqlparser::ast::{Expr, Interval, TrimWhereField};

use super::constant;
use super::eval::{Evaluator, why};
use super::scope::Scope;
use super::value::{Truth, Value};
use crate::datum::{self, Context, Pattern, Refusal, Type};
use crate::engine::interpreter::problem::Problem;

impl Evaluator<'_> {
    /// The value of an expression of these; `None` for others, of which what they are made of is evaluated for the
    /// functions that it calls.
    pub(super) fn special(
        &mut self,
        expr: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Option<Value>, Problem> {
        Ok(Some(match expr {
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let mut arguments = vec![self.eval(expr, scope)?];
                for part in [substring_from, substring_for].into_iter().flatten() {
                    arguments.push(self.eval(part, scope)?);
                }
                if substring_from.is_none() {
                    arguments.insert(1, Value::Int(1));
                }
                self.builtin_or_unknown("substring", arguments)?
            }
            Expr::Position { expr, r#in } => {
                let arguments = vec![self.eval(r#in, scope)?, self.eval(expr, scope)?];
                self.builtin_or_unknown("strpos", arguments)?
            }
            Expr::Trim { expr, trim_what, trim_where, trim_characters } => {
                let mut arguments = vec![self.eval(expr, scope)?];
                for what in trim_what.as_deref().into_iter().chain(trim_characters.iter().flatten())
                {
                    arguments.push(self.eval(what, scope)?);
                }
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    _ => "btrim",
                };
                self.builtin_or_unknown(name, arguments)?
            }
            Expr::Extract { field, expr, .. } => {
                let field = Value::text(field.to_string().to_ascii_lowercase());
                let value = self.eval(expr, scope)?;
                of_constants("extract", &[field, value])?
            }
            Expr::Ceil { expr, .. } => of_constants("ceil", &[self.eval(expr, scope)?])?,
            Expr::Floor { expr, .. } => of_constants("floor", &[self.eval(expr, scope)?])?,
            Expr::SimilarTo { expr, pattern, negated, escape_char } => {
                let (value, pattern) = (self.eval(expr, scope)?, self.eval(pattern, scope)?);
                let escape = match escape_char {
                    Some(escape) => self.eval(escape, scope)?,
                    None => Value::text("\\"),
                };
                let truth = similar(&value, &pattern, &escape)?;
                let truth = if *negated { truth.not() } else { truth };
                truth.value(|| why(&[&value, &pattern]))
            }
            Expr::Interval(interval) => self.interval(interval, scope)?,
            Expr::AtTimeZone { timestamp, .. } => {
                self.eval(timestamp, scope)?;
                return Ok(None);
            }
            _ => return Ok(None),
        }))
    }

    /// `interval '1 day'`, `interval '1' day`
    fn interval(&mut self, interval: &Interval, scope: &Scope<'_>) -> Result<Value, Problem> {
        let value = self.eval(&interval.value, scope)?;
        let precise = interval.last_field.is_some()
            || interval.leading_precision.is_some()
            || interval.fractional_seconds_precision.is_some();
        let text = match (value, &interval.leading_field) {
            (Value::Text(text), None) if !precise => text,
            (Value::Text(text), Some(unit)) if !precise && text.parse::<i32>().is_ok() => {
                format!("{text} {}", unit.to_string().to_ascii_lowercase()).into()
            }
            (value, _) => return Ok(Value::unknown(why(&[&value]))),
        };
        Value::Text(text).cast_as(&Type::Interval, Context::Explicit)
    }
}

/// A strict function of constants.
fn of_constants(name: &str, arguments: &[Value]) -> Result<Value, Problem> {
    if arguments.iter().any(Value::is_null) {
        return Ok(Value::Null);
    }
    match arguments.iter().find_map(Value::doubt) {
        Some(unknown) => Ok(Value::unknown(unknown.why.clone())),
        None => constant::call(name, arguments),
    }
}

fn similar(value: &Value, pattern: &Value, escape: &Value) -> Result<Truth, Problem> {
    let (value, pattern, escape) = match (value, pattern, escape) {
        (Value::Null, _, _) | (_, Value::Null, _) | (_, _, Value::Null) => return Ok(Truth::Null),
        (Value::Text(value), Value::Text(pattern), Value::Text(escape)) => (value, pattern, escape),
        _ => return Ok(Truth::Unknown),
    };
    let matched = datum::similar_pattern(pattern, escape)
        .and_then(|pattern| Pattern::new(&pattern, ""))
        .and_then(|pattern| pattern.is_match(value));
    match matched {
        Ok(matched) => Ok(matched.into()),
        Err(Refusal::Error { sqlstate, message }) => Err(Problem::error(sqlstate, message)),
        Err(Refusal::Unknown(_)) => Ok(Truth::Unknown),
    }
}
