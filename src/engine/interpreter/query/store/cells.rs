//! What is known of the values that columns get.

use sqlparser::ast::{Expr, FunctionArguments, Ident, Value as Literal};

use crate::engine::interpreter::model::{Address, Cell, Column, Generation, Oid, TypeRef};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::query::scope::Scope;
use crate::engine::interpreter::query::value::{Value, parse_bool};

/// Functions each of whose values is another one.
const FRESH: [&str; 4] = ["gen_random_uuid", "uuid_generate_v1", "uuid_generate_v4", "uuidv7"];

/// Functions whose values are never NULL.
const PRESENT: [&str; 9] = [
    "clock_timestamp",
    "current_date",
    "current_timestamp",
    "localtimestamp",
    "nextval",
    "now",
    "random",
    "statement_timestamp",
    "transaction_timestamp",
];

impl Evaluator<'_> {
    /// The value of an expression that is assigned to a column.
    pub(super) fn assigned(
        &mut self,
        table: Oid,
        column: &Column,
        expr: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Cell, Problem> {
        if is_default(expr) {
            return self.default_cell(table, column);
        }
        if let Some(cell) = called(expr) {
            return Ok(cell);
        }
        self.session.check_assigned(Address::column(table, column.number), expr)?;
        let value = match self.eval(expr, scope) {
            Ok(value) => value,
            Err(gap @ Problem::Gap { .. }) if !self.calls_user_function(expr) => {
                drop(gap);
                return Ok(Cell::Unknown);
            }
            Err(problem) => return Err(problem),
        };
        self.stored(&column.data_type, value, is_literal(expr))
    }

    /// The value that a column gets where none is given.
    pub(super) fn default_cell(&mut self, table: Oid, column: &Column) -> Result<Cell, Problem> {
        match column.generation {
            Generation::IdentityAlways | Generation::IdentityByDefault => return Ok(Cell::Present),
            Generation::Stored => return Ok(Cell::Unknown),
            Generation::None => {}
        }
        let Some(default) = column.default else {
            let base = self.session.base_type(column.data_type.oid);
            // A domain may have a default of its own.
            return Ok(if base == column.data_type.oid { Cell::Null } else { Cell::Unknown });
        };
        let expr = self.session.model.default(default)?.expression.current(&self.session.model);
        if let Some(cell) = called(&expr) {
            return Ok(cell);
        }
        if !self.is_trusted(table, &expr) {
            return Ok(Cell::Unknown);
        }
        match self.expression(&expr) {
            Ok(value) => self.stored(&column.data_type, value, is_literal(&expr)),
            Err(_) => Ok(Cell::Unknown),
        }
    }

    /// A value as a column of a type holds it.
    pub(super) fn stored(
        &self,
        data_type: &TypeRef,
        value: Value,
        literal: bool,
    ) -> Result<Cell, Problem> {
        let base = self.session.base_type(data_type.oid);
        let is_enum = self.session.model.data_type(base)?.is_enum();
        Ok(match (base, value) {
            (_, Value::Null) => Cell::Null,
            (_, Value::Unknown(_)) => Cell::Unknown,
            (Oid::INT2 | Oid::INT4 | Oid::INT8, Value::Int(number)) => {
                check_range(base, number)?;
                Cell::Known(Value::Int(number))
            }
            (Oid::INT2 | Oid::INT4 | Oid::INT8, Value::Text(text)) if literal => {
                match text.trim().parse() {
                    Ok(number) => {
                        check_range(base, number)?;
                        Cell::Known(Value::Int(number))
                    }
                    Err(_) => Cell::Present,
                }
            }
            (Oid::NUMERIC | Oid::FLOAT8, Value::Int(number)) => Cell::Known(Value::Int(number)),
            (Oid::NUMERIC, Value::Decimal(text)) if data_type.modifier.is_none() => {
                Cell::Known(Value::Decimal(text))
            }
            (Oid::BOOL, Value::Bool(value)) => Cell::Known(Value::Bool(value)),
            (Oid::BOOL, Value::Text(text)) if literal => {
                parse_bool(&text).map_or(Cell::Present, |value| Cell::Known(Value::Bool(value)))
            }
            (Oid::TEXT | Oid::VARCHAR, value) => match self.text_of(&value) {
                Value::Text(text) => {
                    self.check_length(data_type, &text)?;
                    Cell::Known(Value::Text(text))
                }
                _ => Cell::Present,
            },
            (Oid::UUID, Value::Text(text)) => {
                let plain: String =
                    text.chars().filter(char::is_ascii_hexdigit).collect::<String>();
                if plain.len() == 32 {
                    Cell::Known(Value::text(plain.to_ascii_lowercase()))
                } else {
                    Cell::Present
                }
            }
            (_, Value::Text(text)) if is_enum => Cell::Known(Value::Text(text)),
            _ => Cell::Present,
        })
    }

    /// Refuses a text that is too long for a column; blanks at its end do not count.
    fn check_length(&self, data_type: &TypeRef, text: &str) -> Result<(), Problem> {
        let limit = data_type.modifier.as_deref().and_then(|m| m.trim().parse::<usize>().ok());
        match limit {
            Some(limit) if text.trim_end_matches(' ').chars().count() > limit => {
                let name = self.session.type_name(data_type);
                Err(Problem::error("22001", format!("value too long for type {name}")))
            }
            _ => Ok(()),
        }
    }
}

fn check_range(data_type: Oid, number: i64) -> Result<(), Problem> {
    let (fits, word) = match data_type {
        Oid::INT2 => (i16::try_from(number).is_ok(), "smallint"),
        Oid::INT4 => (i32::try_from(number).is_ok(), "integer"),
        _ => (true, "bigint"),
    };
    if fits { Ok(()) } else { Err(Problem::error("22003", format!("{word} out of range"))) }
}

/// Whether an expression is the word DEFAULT.
pub(super) fn is_default(expr: &Expr) -> bool {
    let is_word =
        |ident: &Ident| ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default");
    matches!(expr, Expr::Identifier(ident) if is_word(ident))
}

/// What is known of the value of a call.
pub(super) fn called(expr: &Expr) -> Option<Cell> {
    let name = name_of(expr)?;
    if FRESH.contains(&name.as_str()) {
        return Some(Cell::Fresh);
    }
    PRESENT.contains(&name.as_str()).then_some(Cell::Present)
}

/// The name of the function that an expression calls, without its schema.
fn name_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => name_of(inner),
        Expr::Function(call) if !matches!(call.args, FunctionArguments::Subquery(_)) => {
            Some(names::stored(call.name.0.last()?.as_ident()?).into_owned())
        }
        Expr::Identifier(ident) if ident.quote_style.is_none() => {
            Some(names::stored(ident).into_owned())
        }
        _ => None,
    }
}

/// Whether an expression is a string whose type its place decides.
fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_literal(inner),
        Expr::Cast { expr, .. } => is_literal(expr),
        Expr::Value(value) => matches!(
            value.value,
            Literal::SingleQuotedString(_)
                | Literal::EscapedStringLiteral(_)
                | Literal::DollarQuotedString(_)
        ),
        _ => false,
    }
}
