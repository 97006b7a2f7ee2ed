//! Whether a value can be assigned to a column, as far as its type tells (`cookDefault`).
//!
//! Only what a server certainly refuses is refused: a type that is not listed here may have a cast,
//! and a cast that the migrations made may go from any type to any other.

use serde::de::IgnoredAny;
use sqlparser::ast::{Expr, Value};

use super::default::unwrapped;
use crate::engine::interpreter::model::{Address, Oid, TypeKind, TypeRef};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::parse_bool;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Refuses an expression whose value can certainly not be assigned to a column.
    pub(super) fn check_assignable(&self, column: Address, expr: &Expr) -> Result<(), Problem> {
        let Some(column) = self.model.column(column) else { return Ok(()) };
        let target = &column.data_type;
        self.check_literal(expr, target)?;
        match self.type_of(expr) {
            Some(found) if self.certainly_not_castable(found.oid, target.oid) => {
                Err(Problem::error(
                    "42804",
                    format!(
                        "column \"{}\" is of type {} but default expression is of type {}",
                        column.name,
                        self.type_name(target),
                        self.type_name(&found)
                    ),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Refuses an expression whose value can certainly not be given to a column of a row.
    pub(crate) fn check_assigned(&self, column: Address, expr: &Expr) -> Result<(), Problem> {
        let Some(column) = self.model.column(column) else { return Ok(()) };
        let target = &column.data_type;
        self.check_literal(expr, target)?;
        match self.type_of(expr) {
            Some(found)
                if found.oid != Oid::UNKNOWN
                    && self.certainly_not_castable(found.oid, target.oid) =>
            {
                let (name, target) = (&column.name, self.type_name(target));
                let found = self.type_name(&found);
                let message = format!(
                    "column \"{name}\" is of type {target} but expression is of type {found}"
                );
                Err(Problem::error("42804", message))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a literal that is no value of the type that it gets.
    fn check_literal(&self, expr: &Expr, target: &TypeRef) -> Result<(), Problem> {
        match unwrapped(expr) {
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) => self.check_input(text, target),
                _ => Ok(()),
            },
            Expr::Cast { expr, data_type, .. } => match self.resolve_type(data_type) {
                Ok(target) => self.check_literal(expr, &target),
                Err(_) => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Refuses a text that the input function of a type certainly refuses.
    pub(crate) fn check_input(&self, text: &str, target: &TypeRef) -> Result<(), Problem> {
        let base = self.base_type(target.oid);
        let found = self.model.data_type(base)?;
        let message = match &found.kind {
            TypeKind::Enum { labels } if labels.iter().any(|label| **label == *text) => {
                return self.check_label(base, text);
            }
            TypeKind::Array { element } if text.starts_with('{') => {
                return self.check_elements(text, *element);
            }
            TypeKind::Enum { labels } if !labels.iter().any(|label| **label == *text) => {
                format!("invalid input value for enum {}: \"{text}\"", found.name)
            }
            TypeKind::Array { .. } if !text.trim_start().starts_with(['{', '[']) => {
                format!("malformed array literal: \"{text}\"")
            }
            TypeKind::Base if !may_be_input(base, text) => {
                let name = self.type_name(&TypeRef::plain(base));
                format!("invalid input syntax for type {name}: \"{text}\"")
            }
            _ => return Ok(()),
        };
        Err(Problem::error("22P02", message))
    }

    /// Refuses an array literal with a label that no value can have; other elements are not looked at.
    fn check_elements(&self, text: &str, element: Oid) -> Result<(), Problem> {
        let plain = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let is_enum = self.model.data_type(self.base_type(element))?.is_enum();
        let Some(plain) = plain.filter(|text| is_enum && !text.contains(['"', '{', '}', '\\']))
        else {
            return Ok(());
        };
        for label in plain.split(',').map(str::trim) {
            if !label.is_empty() && !label.eq_ignore_ascii_case("null") {
                self.check_input(label, &TypeRef::plain(element))?;
            }
        }
        Ok(())
    }

    /// Types of different families have no cast on assignment, but for those to strings; what a
    /// family is not known of may have one.
    pub(super) fn certainly_not_castable(&self, from: Oid, to: Oid) -> bool {
        let (from, to) = (self.base_type(from), self.base_type(to));
        match (self.element(from), self.element(to)) {
            (Some(from), Some(to)) => self.certainly_not_castable(from, to),
            (Some(_), None) => {
                self.family(to).is_some_and(|to| to != Family::String) && !self.has_user_casts()
            }
            (None, Some(_)) => self.family(from).is_some() && !self.has_user_casts(),
            (None, None) => match (self.family(from), self.family(to)) {
                (_, Some(Family::String)) | (None, _) | (_, None) => false,
                (Some(from), Some(to)) => from != to && !self.has_user_casts(),
            },
        }
    }

    fn element(&self, array: Oid) -> Option<Oid> {
        match self.model.data_type(array).ok()?.kind {
            TypeKind::Array { element } => Some(element),
            _ => None,
        }
    }

    pub(super) fn family(&self, oid: Oid) -> Option<Family> {
        match family(oid) {
            None if self.model.data_type(oid).is_ok_and(|t| t.is_enum()) => Some(Family::Enum(oid)),
            family => family,
        }
    }
}

/// Types that can be assigned to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    String,
    Number,
    Boolean,
    Uuid,
    Json,
    Date,
    Interval,
    Enum(Oid),
}

fn family(oid: Oid) -> Option<Family> {
    Some(match oid {
        Oid::TEXT | Oid::VARCHAR | Oid::BPCHAR => Family::String,
        Oid::INT2 | Oid::INT4 | Oid::INT8 | Oid::NUMERIC | Oid::FLOAT4 | Oid::FLOAT8 => {
            Family::Number
        }
        Oid::BOOL => Family::Boolean,
        Oid::UUID => Family::Uuid,
        Oid::JSON | Oid::JSONB => Family::Json,
        Oid::DATE | Oid::TIMESTAMP | Oid::TIMESTAMPTZ => Family::Date,
        Oid::INTERVAL => Family::Interval,
        _ => return None,
    })
}

/// Whether the input function of a type may take a text; newer servers take more than older ones.
fn may_be_input(data_type: Oid, text: &str) -> bool {
    match data_type {
        Oid::BOOL => parse_bool(text).is_some(),
        Oid::INT2 | Oid::INT4 | Oid::INT8 => may_be_integer(text.trim()),
        Oid::NUMERIC | Oid::FLOAT4 | Oid::FLOAT8 => {
            may_be_integer(text.trim()) || text.trim().parse::<f64>().is_ok()
        }
        Oid::UUID => {
            let digits = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
            digits.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
                && digits.chars().filter(char::is_ascii_hexdigit).count() == 32
        }
        Oid::JSON | Oid::JSONB => serde_json::from_str::<IgnoredAny>(text).is_ok(),
        _ => true,
    }
}

/// Digits with a sign, or what PostgreSQL 16 added: `0x1F`, `0o17`, `0b11` and `1_000`.
fn may_be_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && (digits.starts_with('0') || digits.chars().all(|c| c.is_ascii_digit() || c == '_'))
}
