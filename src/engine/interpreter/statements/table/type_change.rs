//! What uses a column whose type changes: CHECKs and indexes are made anew over the new type, and what
//! they were written with keeps the type that it had.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, InTarget, UnaryOperator,
    Value, Visit, Visitor,
};

use super::assign::Family;
use super::default::unwrapped;
use crate::engine::interpreter::model::{
    Constraint, ConstraintKind, IndexKey, Oid, StoredExpr, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// Functions that take text and no type of another family.
const TEXT_FUNCTIONS: [&str; 16] = [
    "btrim",
    "char_length",
    "initcap",
    "left",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "replace",
    "reverse",
    "right",
    "rpad",
    "rtrim",
    "split_part",
    "strpos",
    "upper",
];

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
        if self.has_user_casts() {
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
            expr if self.is_column(expr)
                && self
                    .session
                    .family(self.session.base_type(self.new.oid))
                    .is_some_and(|family| family != Family::Boolean) =>
            {
                let new = self.session.type_name(self.new);
                let message = format!("argument of WHERE must be type boolean, not type {new}");
                Err(Problem::error("42804", message))
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

    fn compare(&self, op: &str, operand: &Expr) -> ControlFlow<Problem> {
        let Some(other) = self.type_of(operand) else { return ControlFlow::Continue(()) };
        let (new, other) = (self.session.base_type(self.new.oid), self.session.base_type(other));
        let missing = match (self.session.family(new), self.session.family(other)) {
            (Some(Family::Json), Some(Family::Json)) => false,
            (Some(new), Some(other)) => new != other,
            _ => false,
        };
        if !missing {
            return ControlFlow::Continue(());
        }
        let new = self.session.type_name(self.new);
        let other = self.session.type_name(&TypeRef::plain(other));
        let message = format!("operator does not exist: {new} {op} {other}");
        ControlFlow::Break(Problem::error("42883", message))
    }

    fn match_text(&self, op: &str) -> ControlFlow<Problem> {
        let family = self.session.family(self.session.base_type(self.new.oid));
        if family.is_none_or(|family| family == Family::String) {
            return ControlFlow::Continue(());
        }
        let new = self.session.type_name(self.new);
        let message = format!("operator does not exist: {new} {op} text");
        ControlFlow::Break(Problem::error("42883", message))
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
                    finder.compare(&op.to_string(), left)?;
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
                    finder.compare("=", left)?;
                }
            }
            Expr::AnyOp { left, compare_op, right, .. } if finder.is_column(left) => {
                if let Expr::Array(array) = unwrapped(right) {
                    let op = compare_op.to_string();
                    array.elem.iter().try_for_each(|item| finder.compare(&op, item))?;
                }
            }
            Expr::Function(call) if finder.old == Oid::TEXT => {
                let name = call.name.0.last().and_then(|part| part.as_ident()).map(names::stored);
                let Some(name) = name.filter(|name| TEXT_FUNCTIONS.contains(&&**name)) else {
                    return ControlFlow::Continue(());
                };
                let FunctionArguments::List(list) = &call.args else {
                    return ControlFlow::Continue(());
                };
                let first = match list.args.first() {
                    Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(first))) => first,
                    _ => return ControlFlow::Continue(()),
                };
                let new = finder.session.base_type(finder.new.oid);
                let other = finder.session.family(new).is_some_and(|f| f != Family::String);
                if finder.is_column(first) && other && !finder.session.is_shadowed(&name) {
                    let new = finder.session.type_name(finder.new);
                    let message = format!("function {name}({new}) does not exist");
                    return ControlFlow::Break(Problem::error("42883", message));
                }
            }
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
                let name = call.name.0.last().and_then(|part| part.as_ident()).map(names::stored);
                let takes_text = name.is_some_and(|name| TEXT_FUNCTIONS.contains(&&*name));
                let first = match &call.args {
                    FunctionArguments::List(list) => list.args.first(),
                    _ => None,
                };
                takes_text
                    && matches!(first, Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(first)))
                        if is_column(first))
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
