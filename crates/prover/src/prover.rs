//! Decides whether an SQL expression is true of every row.
//!
//! A policy that is true for a visitor who has nothing to do with a row protects nothing, and a partial
//! index is of use only if its predicate is true of every row that is asked for. Both are questions about
//! every possible row at once. The evaluator here computes what is constant as PostgreSQL would, and
//! goes every path that the rest leaves open. *Vacuous* is what is true at the end of each path. *Not
//! vacuous* needs proof too: a path on which it is not true, and data that certainly take it (see
//! `path_search`), so that what is not computed proves nothing. Everything else is *unknown*.
//!
//! An expression that raises an error for a row is neither true nor false of it: such rows are passed
//! over. The time zone of the session is taken to be UTC.

mod aggregate;
mod arithmetic;
mod call;
mod canonical;
mod cast;
mod compare;
mod constant;
mod constraint;
mod data;
mod equality;
mod evaluate;
mod evaluator;
mod free;
mod from;
mod function;
mod json;
mod moment;
mod order;
mod path_search;
mod pattern;
mod predicate;
mod procedure;
mod query;
mod scope;
mod sort;
mod table;
mod value;
mod visitor;
mod witness;

use std::ops::ControlFlow;

use indexmap::IndexMap;
use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, visit_expressions_mut,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use crate::catalog::{Catalog, ObjectName, Table};
use constraint::Allowed;
use evaluator::Evaluator;
use path_search::{Outcome, Stop};

pub use canonical::is_same;
pub use visitor::Visitor;

/// Longer expressions are not judged: nobody can read them either.
const LONGEST: usize = 64 * 1024;

/// How deep parentheses may nest.
const DEEPEST: usize = 200;

/// What surrounds an expression.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Functions, tables and enums that the expression may name.
    pub catalog: &'a Catalog,
    /// The table whose rows it is about.
    pub table: &'a Table,
    /// Who asks; `None` where nobody does, as for the predicate of an index.
    pub visitor: Option<Visitor>,
    /// Columns whose values are given.
    pub given: &'a IndexMap<String, String>,
}

/// Whether an expression is true of every row that the constraints of its table allow, for one
/// visitor, whatever else the database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vacuity {
    /// It is.
    Vacuous,
    /// There are data, which the constraints allow, for which it is false or NULL.
    NotVacuous,
    /// Neither is proved.
    Unknown,
}

/// What is to be said of an expression, and by which functions.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Whether it is true of every row.
    pub vacuity: Vacuity,
    /// The functions that were looked up, whether or not they were found.
    pub functions: Vec<ObjectName>,
}

/// Whether an expression is true of every row, whatever else the database holds.
#[must_use]
pub fn prove(sql: &str, context: Context<'_>) -> Proof {
    let Some(expression) = parse(sql) else {
        return Proof { vacuity: Vacuity::Unknown, functions: Vec::new() };
    };
    let mut evaluator = Evaluator::new(context);
    let outcome = match evaluator.play(&expression) {
        Ok(outcome) if outcome == Outcome::UNKNOWN => evaluator.try_witnesses(&expression),
        Ok(outcome) => outcome,
        Err(_) => evaluator.try_witnesses(&expression),
    };
    let vacuity = match outcome {
        Outcome { falsifiable: true, .. } => Vacuity::NotVacuous,
        Outcome { vacuous: true, .. } => Vacuity::Vacuous,
        _ => Vacuity::Unknown,
    };
    Proof { vacuity, functions: evaluator.consulted() }
}

fn parse(sql: &str) -> Option<Expr> {
    if sql.len() > LONGEST {
        return None;
    }
    let parser = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(DEEPEST);
    let mut parser = parser.try_with_sql(sql).ok()?;
    let mut expression = parser.parse_expr().ok()?;
    let _: ControlFlow<()> = visit_expressions_mut(&mut expression, |part| {
        if let Expr::Function(Function { args: FunctionArguments::List(list), .. }) = part {
            list.args.iter_mut().for_each(take_rows_for_values);
        }
        ControlFlow::Continue(())
    });
    (parser.peek_token().token == sqlparser::tokenizer::Token::EOF).then_some(expression)
}

/// Makes an argument `t.*`, as a server spells the row of a table, one that has a value.
fn take_rows_for_values(argument: &mut FunctionArg) {
    if let FunctionArg::Unnamed(value) = argument
        && let FunctionArgExpr::QualifiedWildcard(name) = value
    {
        *value =
            FunctionArgExpr::Expr(Expr::QualifiedWildcard(name.clone(), AttachedToken::empty()));
    }
}

impl Evaluator<'_> {
    /// Goes every path.
    fn play(&mut self, expression: &Expr) -> Result<Outcome, Stop> {
        loop {
            self.restart()?;
            let outcome = match self.outcome(expression) {
                Ok(outcome) => outcome,
                Err(Stop::Impossible) => Outcome::IMPOSSIBLE,
                Err(Stop::TooDeep | Stop::Raised) => Outcome::UNKNOWN,
                Err(Stop::TooMany) => return Err(Stop::TooMany),
            };
            if let Some(outcome) = self.search.next_path(outcome) {
                return Ok(outcome);
            }
        }
    }

    /// What the end of one path shows.
    fn outcome(&mut self, expression: &Expr) -> Result<Outcome, Stop> {
        match self.holds(expression) {
            Ok(true) => return Ok(Outcome::TRUE),
            Ok(_) | Err(Stop::Raised) => {}
            Err(stop) => return Err(stop),
        }
        Ok(match self.rows_are_allowed()? {
            Allowed::Yes => Outcome::NOT_TRUE,
            Allowed::No => Outcome::IMPOSSIBLE,
            Allowed::Unknown => Outcome::UNKNOWN,
        })
    }
}

#[cfg(test)]
mod tests;
