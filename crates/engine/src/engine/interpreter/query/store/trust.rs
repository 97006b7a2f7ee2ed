//! Which expressions over rows of tables mean here what they mean on the server.
//!
//! The evaluator is made for the catalog: its texts have no collation, and its numbers no scale.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, Query, Visit, Visitor};

use crate::engine::interpreter::model::Oid;
use crate::engine::interpreter::names;
use crate::engine::interpreter::query::eval::Evaluator;

/// Functions of the server whose value depends on their arguments alone, sorted.
const FUNCTIONS: [&str; 14] = [
    "abs",
    "btrim",
    "char_length",
    "character_length",
    "coalesce",
    "left",
    "length",
    "ltrim",
    "nullif",
    "num_nonnulls",
    "num_nulls",
    "right",
    "rtrim",
    "trim",
];

/// Those of them whose values are numbers.
const NUMBERS: [&str; 6] =
    ["abs", "char_length", "character_length", "length", "num_nonnulls", "num_nulls"];

/// What an expression is made of.
#[derive(Default)]
struct Parts {
    columns: Vec<String>,
    /// Those whose order matters.
    ordered: Vec<String>,
}

impl Parts {
    /// What is compared by its order, which has to be a number.
    fn order(&mut self, operand: &Expr) -> ControlFlow<()> {
        match operand {
            Expr::Nested(inner) | Expr::UnaryOp { expr: inner, .. } => self.order(inner),
            Expr::Value(_) => ControlFlow::Continue(()),
            Expr::Identifier(ident) => {
                self.ordered.push(names::stored(ident).into_owned());
                ControlFlow::Continue(())
            }
            Expr::BinaryOp { left, right, .. } => {
                self.order(left)?;
                self.order(right)
            }
            Expr::Function(call) => {
                let name = call.name.0.last().and_then(|p| p.as_ident()).map(names::stored);
                match name {
                    Some(name) if NUMBERS.contains(&&*name) => ControlFlow::Continue(()),
                    _ => ControlFlow::Break(()),
                }
            }
            _ => ControlFlow::Break(()),
        }
    }
}

impl Visitor for Parts {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        ControlFlow::Break(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        use BinaryOperator as Op;
        match expr {
            Expr::Identifier(ident) => self.columns.push(names::stored(ident).into_owned()),
            Expr::CompoundIdentifier(parts) => {
                self.columns.extend(parts.last().map(|ident| names::stored(ident).into_owned()));
            }
            Expr::BinaryOp { left, op, right } => match op {
                Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
                    self.order(left)?;
                    self.order(right)?;
                }
                Op::Eq
                | Op::NotEq
                | Op::And
                | Op::Or
                | Op::Plus
                | Op::Minus
                | Op::Multiply
                | Op::StringConcat => {}
                _ => return ControlFlow::Break(()),
            },
            Expr::Between { expr, low, high, .. } => {
                [expr, low, high].into_iter().try_for_each(|operand| self.order(operand))?;
            }
            Expr::Function(call) => {
                let name = call.name.0.last().and_then(|p| p.as_ident()).map(names::stored);
                let known = name.is_some_and(|name| FUNCTIONS.binary_search(&&*name).is_ok());
                if !known || call.over.is_some() || call.filter.is_some() {
                    return ControlFlow::Break(());
                }
            }
            Expr::Nested(_)
            | Expr::Value(_)
            | Expr::UnaryOp { .. }
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotUnknown(_)
            | Expr::In { .. }
            | Expr::Cast { .. }
            | Expr::Array(_)
            | Expr::AnyOp { .. }
            | Expr::Case { .. } => {}
            _ => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }
}

impl Evaluator<'_> {
    /// Whether the value of an expression over a row of a table can be relied upon.
    pub(super) fn is_trusted(&self, table: Oid, expr: &Expr) -> bool {
        let mut parts = Parts::default();
        if expr.visit(&mut parts).is_break() || self.calls_user_function(expr) {
            return false;
        }
        let Ok(relation) = self.session.model.relation(table) else { return false };
        parts.columns.iter().all(|name| {
            let Some(column) = relation.column(name) else { return false };
            let base = self.session.base_type(column.data_type.oid);
            let is_number =
                [Oid::INT2, Oid::INT4, Oid::INT8, Oid::NUMERIC, Oid::FLOAT8].contains(&base);
            // Text is ordered by collations that are not known here, and a UUID is written in many ways.
            is_number || (!parts.ordered.contains(name) && base != Oid::UUID)
        })
    }
}
