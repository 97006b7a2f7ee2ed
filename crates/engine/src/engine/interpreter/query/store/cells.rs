//! What is known of the values that columns get.

use sqlparser::ast::{Expr, FunctionArguments, Ident, Value as Literal};

use crate::datum::{self, Context, Refusal, Type};
use crate::engine::interpreter::model::{Address, Cell, Column, Generation, Oid, TypeRef};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::query::scope::Scope;
use crate::engine::interpreter::query::value::Value;

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
        let value = match value {
            Value::Null => return Ok(Cell::Null),
            Value::Unknown(_) => return Ok(Cell::Unknown),
            Value::Text(text) if is_enum => return Ok(Cell::Known(Value::Text(text))),
            value if matches!(base, Oid::TEXT | Oid::VARCHAR) => self.text_of(&value),
            value => value,
        };
        let typed = if literal { value.literal() } else { value.typed() };
        let (Some(typed), Some(to)) = (typed, computed_type(base, data_type)) else {
            return Ok(Cell::Present);
        };
        match datum::cast(&typed, &to, Context::Assignment) {
            Ok(typed) => Ok(Cell::Known(Value::constant(typed))),
            // A number out of range, or a text that is too long.
            Err(Refusal::Error { sqlstate: sqlstate @ ("22001" | "22003"), message }) => {
                Err(Problem::error(sqlstate, message))
            }
            Err(_) => Ok(Cell::Present),
        }
    }
}

/// The type of a column whose values are kept.
fn computed_type(base: Oid, data_type: &TypeRef) -> Option<Type> {
    let modifier = data_type.modifier.as_deref();
    Some(match (base, modifier) {
        (Oid::INT2, None) => Type::Int2,
        (Oid::INT4, None) => Type::Int4,
        (Oid::INT8, None) => Type::Int8,
        (Oid::NUMERIC, None) => Type::Numeric(None),
        (Oid::NUMERIC, Some(modifier)) => return Type::named(&format!("numeric({modifier})")),
        (Oid::FLOAT8, None) => Type::Float8,
        (Oid::BOOL, None) => Type::Bool,
        (Oid::UUID, None) => Type::Uuid,
        (Oid::TEXT | Oid::VARCHAR, None) => Type::Text,
        (Oid::VARCHAR, Some(length)) => Type::Varchar(Some(length.trim().parse().ok()?)),
        _ => return None,
    })
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
