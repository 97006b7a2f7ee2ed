//! Columns that an index could look up.

use std::convert::Infallible;
use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, Ident, SetExpr, Visit, VisitMut, Visitor, VisitorMut};

use super::{Expression, fold};

impl Expression {
    /// The columns of the row that must be equal to something which does not depend on the row, or be among such
    /// things, for the expression to be true by one of its branches. Each is there once.
    #[must_use]
    pub fn looked_up(&self, table: &str, columns: &[String]) -> Vec<String> {
        let row = Row { table, columns };
        let mut found = Vec::new();
        row.collect(&self.0, &mut found);
        found
    }
}

impl Expression {
    /// The columns of which it says no more than that they are not NULL; nothing where it says more.
    #[must_use]
    pub fn required_columns(&self) -> Option<Vec<String>> {
        let mut columns = Vec::new();
        let mut pending = vec![&self.0];
        while let Some(expr) = pending.pop() {
            match expr {
                Expr::Nested(inner) => pending.push(inner),
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                    pending.extend([&**left, &**right]);
                }
                Expr::IsNotNull(column) => match &**column {
                    Expr::Identifier(name) => columns.push(fold(name)),
                    Expr::CompoundIdentifier(parts) => columns.extend(parts.last().map(fold)),
                    _ => return None,
                },
                _ => return None,
            }
        }
        Some(columns)
    }

    /// Its text in one spelling: without parentheses that mean nothing, names as they are stored.
    #[must_use]
    pub fn canonical(&self) -> String {
        struct Speller;
        impl VisitorMut for Speller {
            type Break = Infallible;

            fn pre_visit_ident(&mut self, ident: &mut Ident) -> ControlFlow<Infallible> {
                *ident = Ident::with_quote('"', fold(ident));
                ControlFlow::Continue(())
            }

            fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
                if let Expr::Nested(inner) = expr
                    && matches!(**inner, Expr::Function(_) | Expr::Identifier(_) | Expr::Nested(_))
                {
                    *expr = (**inner).clone();
                }
                ControlFlow::Continue(())
            }
        }
        let mut expression = Expr::Nested(Box::new(self.0.clone()));
        let ControlFlow::Continue(()) = VisitMut::visit(&mut expression, &mut Speller);
        while let Expr::Nested(inner) = expression {
            expression = *inner;
        }
        expression.to_string()
    }
}

/// The row that an expression is about.
struct Row<'a> {
    table: &'a str,
    columns: &'a [String],
}

impl Row<'_> {
    fn collect(&self, expr: &Expr, found: &mut Vec<String>) {
        let mut pending = vec![expr];
        while let Some(expr) = pending.pop() {
            match expr {
                Expr::Nested(inner) => pending.push(inner),
                Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
                    pending.extend([&**right, &**left]);
                }
                Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                    self.compare(left, right, found);
                    self.compare(right, left, found);
                }
                Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                    self.compare(left, right, found);
                }
                Expr::In { expr, target, negated: false, .. } if !self.is_named_in(target) => {
                    self.add(expr, found);
                }
                _ => {}
            }
        }
    }

    fn compare(&self, column: &Expr, with: &Expr, found: &mut Vec<String>) {
        if !self.is_named_in(with) {
            self.add(column, found);
        }
    }

    fn add(&self, column: &Expr, found: &mut Vec<String>) {
        if let Some(name) = self.column(column)
            && !found.contains(&name)
        {
            found.push(name);
        }
    }

    /// The column that an expression is.
    fn column(&self, expr: &Expr) -> Option<String> {
        let (qualifier, name) = match expr {
            Expr::Nested(inner) => return self.column(inner),
            Expr::Identifier(name) => (None, fold(name)),
            Expr::CompoundIdentifier(parts) => match &parts[..] {
                [.., qualifier, name] => (Some(fold(qualifier)), fold(name)),
                _ => return None,
            },
            _ => return None,
        };
        let is_own = qualifier.is_none_or(|qualifier| qualifier == self.table);
        (is_own && self.columns.contains(&name)).then_some(name)
    }

    /// Whether a part may name a column of the row: a query of its own may hide one, which is not looked into.
    fn is_named_in(&self, part: &impl Visit) -> bool {
        struct Search<'a>(&'a Row<'a>, bool);
        impl Visitor for Search<'_> {
            type Break = ();

            fn pre_visit_query(&mut self, query: &sqlparser::ast::Query) -> ControlFlow<()> {
                let hides = match &*query.body {
                    SetExpr::Select(select) => !select.from.is_empty(),
                    _ => true,
                };
                self.1 |= hides;
                ControlFlow::Continue(())
            }

            fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
                let qualified = matches!(expr, Expr::CompoundIdentifier(_));
                // A bare name in a query with FROM is most likely one of its own columns.
                let counts = qualified || !self.1;
                if counts && self.0.column(expr).is_some() {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            }
        }
        part.visit(&mut Search(self, false)).is_break()
    }
}
