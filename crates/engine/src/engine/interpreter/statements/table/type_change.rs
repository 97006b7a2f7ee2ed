//! What uses a column whose type changes: CHECKs and indexes are made anew over the new type, and what
//! they were written with keeps the type that it had.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function as Call, InTarget, UnaryOperator, Value, Visit, Visitor,
};

use super::default::unwrapped;
use crate::engine::interpreter::analyze::arguments;
use crate::engine::interpreter::model::{
    Constraint, ConstraintKind, IndexKey, Oid, StoredExpr, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// Looks for an operator or function that the new type of a column does not have.
struct Finder<'a> {
    session: &'a Session,
    table: Oid,
    column: &'a str,
    old: Oid,
    new: &'a TypeRef,
}

impl Session {
    /// Refuses a change of a column's type under an expression that cannot take the new one.
    pub(super) fn check_users_of_type(
        &self,
        table: Oid,
        number: i16,
        old: &TypeRef,
    ) -> Result<(), Problem> {
        let relation = self.model.relation(table)?;
        let Some(column) = relation.column_at(number) else { return Ok(()) };
        let base = self.base_type(old.oid);
        if self.has_user_casts {
            return Ok(());
        }
        let finder = Finder {
            session: self,
            table,
            column: &column.name,
            old: base,
            new: &column.data_type,
        };
        // A varchar is cast to text where it is used. Any type can be, but not each for all time.
        if base == Oid::VARCHAR {
            return finder.check_text_in_indexes(number);
        }
        for (_, constraint) in self.model.parts::<Constraint>(table) {
            if let ConstraintKind::Check { expression, .. } = &constraint.kind {
                finder.look_into(expression, number, true)?;
            }
        }
        for index in self.model.indexes(table).filter_map(|(_, relation)| relation.index.as_ref()) {
            if let Some(predicate) = &index.predicate {
                finder.look_into(predicate, number, true)?;
            }
            for key in &index.keys {
                if let IndexKey::Expression { expression, .. } = key {
                    finder.look_into(expression, number, false)?;
                }
            }
        }
        Ok(())
    }
}

impl Finder<'_> {
    fn look_into(
        &self,
        stored: &StoredExpr,
        number: i16,
        is_condition: bool,
    ) -> Result<(), Problem> {
        if !stored.columns_of(self.table).contains(&number) {
            return Ok(());
        }
        let expr = stored.current(&self.session.model);
        if is_condition {
            self.check_condition(&expr)?;
        }
        let mut visitor = Uses(self);
        match expr.visit(&mut visitor) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(problem) => Err(problem),
        }
    }

    /// Refuses an index that uses the text of values that other settings or labels may change.
    fn check_text_in_indexes(&self, number: i16) -> Result<(), Problem> {
        let new = self.session.base_type(self.new.oid);
        if !self.session.has_changing_text(new) {
            return Ok(());
        }
        let indexes = self.session.model.indexes(self.table);
        for index in indexes.filter_map(|(_, relation)| relation.index.as_ref()) {
            let keys = index.keys.iter().filter_map(|key| match key {
                IndexKey::Expression { expression, .. } => Some((expression, "expression")),
                IndexKey::Column { .. } => None,
            });
            let predicate = index.predicate.iter().map(|predicate| (predicate, "predicate"));
            for (stored, word) in keys.chain(predicate) {
                let expr = stored.current(&self.session.model);
                let used = stored.columns_of(self.table).contains(&number)
                    && expr.visit(&mut TextUse(self)).is_break();
                if used {
                    let message = format!("functions in index {word} must be marked IMMUTABLE");
                    return Err(Problem::error("42P17", message));
                }
            }
        }
        Ok(())
    }

    /// A column that is a condition by itself stays a boolean.
    fn check_condition(&self, expr: &Expr) -> Result<(), Problem> {
        match unwrapped(expr) {
            Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
                self.check_condition(left)?;
                self.check_condition(right)
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => self.check_condition(expr),
            expr if self.is_column(expr) => {
                self.session.check_is_condition(expr, self.session.base_type(self.new.oid))
            }
            _ => Ok(()),
        }
    }

    fn is_column(&self, expr: &Expr) -> bool {
        match unwrapped(expr) {
            Expr::Identifier(ident) => *names::stored(ident) == *self.column,
            Expr::CompoundIdentifier(parts) => {
                parts.last().is_some_and(|ident| *names::stored(ident) == *self.column)
            }
            _ => false,
        }
    }

    /// The type that an operand had when the expression was stored.
    fn type_of(&self, expr: &Expr) -> Option<Oid> {
        match unwrapped(expr) {
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(_) | Value::EscapedStringLiteral(_) => {
                    Some(if self.old == Oid::BPCHAR { Oid::TEXT } else { self.old })
                }
                Value::Null => None,
                _ => self.session.type_of(expr).map(|found| found.oid),
            },
            Expr::Identifier(ident) => {
                let relation = self.session.model.relation(self.table).ok()?;
                relation.column(&names::stored(ident)).map(|column| column.data_type.oid)
            }
            other => self.session.type_of(other).map(|found| found.oid),
        }
    }

    /// The column on the left of an operator.
    fn compare(&self, op: &str, operand: &Expr) -> ControlFlow<Problem> {
        let Some(other) = self.type_of(operand) else { return ControlFlow::Continue(()) };
        self.operator(op, [self.session.base_type(self.new.oid), self.session.base_type(other)])
    }

    /// The column on the right of an operator.
    fn compared(&self, op: &str, operand: &Expr) -> ControlFlow<Problem> {
        let Some(other) = self.type_of(operand) else { return ControlFlow::Continue(()) };
        self.operator(op, [self.session.base_type(other), self.session.base_type(self.new.oid)])
    }

    fn match_text(&self, op: &str) -> ControlFlow<Problem> {
        self.operator(op, [self.session.base_type(self.new.oid), Oid::TEXT])
    }

    fn operator(&self, op: &str, operands: [Oid; 2]) -> ControlFlow<Problem> {
        flow(self.session.check_operator(op, operands))
    }

    /// A call with the column among its arguments.
    fn call(&self, call: &Call) -> ControlFlow<Problem> {
        let given = arguments(call);
        if !given.iter().flatten().any(|expr| self.is_column(expr)) {
            return ControlFlow::Continue(());
        }
        match self.argument_types(&given) {
            Some(types) => flow(self.session.check_call_anew(&call.name, &types)),
            None => ControlFlow::Continue(()),
        }
    }

    /// The types of arguments before and after the change, where they can be told.
    fn argument_types(&self, given: &[Option<&Expr>]) -> Option<Vec<(Oid, Oid)>> {
        let types = |argument: &Option<&Expr>| {
            let expr = (*argument)?;
            if self.is_column(expr) {
                return Some((self.old, self.session.base_type(self.new.oid)));
            }
            let found = self.session.type_over(expr, self.table)?.oid;
            Some((found, found))
        };
        given.iter().map(types).collect()
    }
}

fn flow(result: Result<(), Problem>) -> ControlFlow<Problem> {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(problem) => ControlFlow::Break(problem),
    }
}

struct Uses<'f, 'a>(&'f Finder<'a>);

impl Visitor for Uses<'_, '_> {
    type Break = Problem;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Problem> {
        let finder = self.0;
        match expr {
            Expr::BinaryOp { left, op, right } if is_comparison(op) => {
                if finder.is_column(left) {
                    finder.compare(&op.to_string(), right)?;
                } else if finder.is_column(right) {
                    finder.compared(&op.to_string(), left)?;
                }
            }
            Expr::BinaryOp {
                left,
                op:
                    op @ (BinaryOperator::PGRegexMatch
                    | BinaryOperator::PGRegexIMatch
                    | BinaryOperator::PGRegexNotMatch
                    | BinaryOperator::PGRegexNotIMatch),
                ..
            } if finder.is_column(left) => finder.match_text(&op.to_string())?,
            Expr::Like { expr, .. } if finder.is_column(expr) => finder.match_text("~~")?,
            Expr::ILike { expr, .. } if finder.is_column(expr) => finder.match_text("~~*")?,
            Expr::In { expr, target: InTarget::List(list), .. } if finder.is_column(expr) => {
                list.iter().try_for_each(|item| finder.compare("=", item))?;
            }
            Expr::Between { expr, low, high, .. } if finder.is_column(expr) => {
                finder.compare(">=", low)?;
                finder.compare("<=", high)?;
            }
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                if finder.is_column(left) {
                    finder.compare("=", right)?;
                } else if finder.is_column(right) {
                    finder.compared("=", left)?;
                }
            }
            Expr::AnyOp { left, compare_op, right, .. } if finder.is_column(left) => {
                if let Expr::Array(array) = unwrapped(right) {
                    let op = compare_op.to_string();
                    array.elem.iter().try_for_each(|item| finder.compare(&op, item))?;
                }
            }
            Expr::Function(call) => finder.call(call)?,
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Looks for a use of the column as text.
struct TextUse<'f, 'a>(&'f Finder<'a>);

impl Visitor for TextUse<'_, '_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let is_column = |expr: &Expr| self.0.is_column(expr);
        let used = match expr {
            Expr::BinaryOp { left, right, .. } => is_column(left) || is_column(right),
            Expr::Like { expr, .. } | Expr::ILike { expr, .. } | Expr::In { expr, .. } => {
                is_column(expr)
            }
            Expr::Function(call) => {
                let given = arguments(call);
                let taken = self.0.argument_types(&given).and_then(|types| {
                    let old: Vec<Oid> = types.iter().map(|(old, _)| *old).collect();
                    self.0.session.taken_by(&call.name, &old)
                });
                let mut taken = given.iter().zip(taken.into_iter().flatten());
                taken.any(|(argument, taken)| {
                    taken == Some(Oid::TEXT) && argument.is_some_and(is_column)
                })
            }
            _ => false,
        };
        if used { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq)
}
