//! Literals whose type the expression around them decides: the server reads them as values of that type.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, InTarget, Value};

use super::infer;
use super::visit::Resolver;
use crate::engine::interpreter::model::TypeRef;
use crate::engine::interpreter::problem::Problem;

impl Resolver<'_> {
    /// Fails where a literal is none of the type that it is compared with or cast to.
    pub(super) fn literals(&self, expr: &Expr) -> ControlFlow<Problem> {
        match expr {
            Expr::Cast { expr, data_type, .. } => {
                if let (Some(text), Ok(target)) =
                    (literal(expr), self.context.session.resolve_type(data_type))
                {
                    return self.read(text, &target);
                }
            }
            Expr::TypedString(typed) => {
                if let (Value::SingleQuotedString(text), Ok(target)) =
                    (&typed.value.value, self.context.session.resolve_type(&typed.data_type))
                {
                    return self.read(text, &target);
                }
            }
            Expr::BinaryOp { left, op, right } if compares(op) => {
                return self.compared(left, &[right.as_ref()]);
            }
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                return self.compared(left, &[right.as_ref()]);
            }
            Expr::In { expr, target: InTarget::List(list), .. } => {
                return self.compared(expr, &list.iter().collect::<Vec<_>>());
            }
            Expr::Between { expr, low, high, .. } => {
                return self.compared(expr, &[low.as_ref(), high.as_ref()]);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// Literals take the type of what they are compared with, where that is one for all.
    fn compared(&self, left: &Expr, right: &[&Expr]) -> ControlFlow<Problem> {
        let sides: Vec<&Expr> = std::iter::once(left).chain(right.iter().copied()).collect();
        if !sides.iter().any(|side| literal(side).is_some()) {
            return ControlFlow::Continue(());
        }
        let mut common: Option<TypeRef> = None;
        for side in sides.iter().filter(|side| literal(side).is_none()) {
            match (infer::value_type(&self.context, &self.scopes, side), &common) {
                (Some(found), None) => common = Some(found),
                (Some(found), Some(known)) if found.oid == known.oid => {}
                _ => return ControlFlow::Continue(()),
            }
        }
        let Some(target) = common else { return ControlFlow::Continue(()) };
        let text = sides.into_iter().filter_map(literal);
        text.into_iter().try_for_each(|text| self.read(text, &target))
    }

    fn read(&self, text: &str, target: &TypeRef) -> ControlFlow<Problem> {
        match self.context.session.check_input(text, target) {
            Ok(()) => ControlFlow::Continue(()),
            Err(problem) => ControlFlow::Break(problem),
        }
    }
}

/// A string whose type nothing says.
fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Nested(inner) => literal(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn compares(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq)
}
