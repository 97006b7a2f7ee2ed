//! Calls that are computed again for each row.
//!
//! The planner computes a sub-select that names no column of the row once for a query (an *InitPlan*), and all
//! else for each row. <https://www.postgresql.org/docs/current/planner-optimizer.html>

use std::convert::Infallible;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, FunctionArguments, Query, Select, SetExpr, Visit, VisitMut, Visitor, VisitorMut,
};

use super::{Expression, fold};

/// A call of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name as written: without a schema, or with one.
    pub name: Vec<String>,
    /// How many arguments it is given.
    pub arguments: usize,
    /// One of them names a column.
    pub has_column: bool,
    /// The call as SQL.
    pub text: String,
}

impl Call {
    pub(super) fn of(call: &Function) -> Self {
        let arguments = match &call.args {
            FunctionArguments::List(list) => list.args.len(),
            FunctionArguments::Subquery(_) => 1,
            FunctionArguments::None => 0,
        };
        let parts = call.name.0.iter().filter_map(|part| part.as_ident());
        Self {
            name: parts.map(fold).collect(),
            arguments,
            has_column: names_column(&call.args),
            text: call.to_string(),
        }
    }
}

impl Expression {
    /// The calls that are computed again for each row, in their order: those outside of sub-selects that are
    /// computed once.
    #[must_use]
    pub fn calls_per_row(&self) -> Vec<Call> {
        let mut finder = Finder { once: Vec::new(), calls: Vec::new() };
        let ControlFlow::Continue(()) = self.0.visit(&mut finder);
        finder.calls
    }

    /// Every call, in their order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        struct All(Vec<Call>);
        impl Visitor for All {
            type Break = Infallible;

            fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Infallible> {
                if let Expr::Function(call) = expr {
                    self.0.push(Call::of(call));
                }
                ControlFlow::Continue(())
            }
        }
        let mut all = All(Vec::new());
        let ControlFlow::Continue(()) = self.0.visit(&mut all);
        all.0
    }

    /// The expression with such calls in sub-selects of their own, as SQL.
    #[must_use]
    pub fn computed_once(&self, is_meant: impl Fn(&Call) -> bool) -> String {
        let mut expression = self.0.clone();
        let mut wrapper = Wrapper { once: Vec::new(), is_meant };
        let ControlFlow::Continue(()) = VisitMut::visit(&mut expression, &mut wrapper);
        expression.to_string()
    }
}

/// Whether a query inside an expression is computed once: it has no FROM and names no column.
fn is_computed_once(query: &Query) -> bool {
    let SetExpr::Select(select) = &*query.body else { return false };
    let Select { from, .. } = &**select;
    query.with.is_none() && from.is_empty() && !names_column(query)
}

/// Whether a part of an expression names a column, of whatever table.
fn names_column(part: &impl Visit) -> bool {
    struct Columns;
    impl Visitor for Columns {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    part.visit(&mut Columns).is_break()
}

struct Finder {
    /// For each query around, whether it is computed once.
    once: Vec<bool>,
    calls: Vec<Call>,
}

impl Visitor for Finder {
    type Break = Infallible;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Infallible> {
        self.once.push(is_computed_once(query));
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Infallible> {
        self.once.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Infallible> {
        if let Expr::Function(call) = expr
            && !self.once.contains(&true)
        {
            self.calls.push(Call::of(call));
        }
        ControlFlow::Continue(())
    }
}

struct Wrapper<F> {
    once: Vec<bool>,
    is_meant: F,
}

impl<F: Fn(&Call) -> bool> VisitorMut for Wrapper<F> {
    type Break = Infallible;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Infallible> {
        self.once.push(is_computed_once(query));
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Infallible> {
        self.once.pop();
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        if let Expr::Function(call) = &*expr
            && !self.once.contains(&true)
            && (self.is_meant)(&Call::of(call))
            && let Some(Expression(wrapped)) = Expression::parse(&format!("(SELECT {call})"))
        {
            *expr = wrapped;
        }
        ControlFlow::Continue(())
    }
}
