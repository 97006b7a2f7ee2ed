//! Decides whether an SQL expression is true whatever the data are.
//!
//! A policy that is true for a visitor who has nothing to do with a row protects nothing, and a partial
//! index is of use only if its predicate is true of every row that is asked for. Both are questions about
//! every possible row at once. The evaluator here computes what is constant as PostgreSQL would, and
//! takes everything else (columns, other tables, functions that it cannot read) as unknown: it goes
//! every way that the unknown leaves open (see `trail`), and an expression that is true at the end
//! of each is always true.

mod aggregate;
mod arithmetic;
mod call;
mod cast;
mod compare;
mod evaluate;
mod evaluator;
mod from;
mod function;
mod json;
mod pattern;
mod predicate;
mod procedure;
mod query;
mod scope;
mod trail;
mod value;
mod visitor;

use std::sync::Arc;

use indexmap::IndexMap;
use sqlparser::ast::Expr;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use crate::catalog::{Catalog, ObjectName, Table};
use evaluator::Evaluator;
use trail::Stop;

pub use visitor::Visitor;

/// Longer expressions are not judged: nobody can read them either.
const LONGEST: usize = 64 * 1024;

/// How deep parentheses may nest.
const DEEPEST: usize = 200;

/// What surrounds an expression.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Functions, tables and enums that the expression may name.
    pub catalog: &'a Catalog,
    /// The table whose rows it is about.
    pub table: &'a Table,
    /// Who asks; `None` where nobody does, as for the predicate of an index.
    pub visitor: Option<Visitor>,
    /// Columns whose values are given.
    pub given: &'a IndexMap<String, String>,
}

/// What is to be said of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It is true whatever the data are.
    Always,
    /// There are data for which it is not true.
    NotAlways,
    /// It depends on something that cannot be computed.
    CannotTell,
}

/// What is to be said of an expression, and by which functions.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Whether it is always true.
    pub truth: Truth,
    /// The functions that were looked up, whether or not they were found.
    pub functions: Vec<ObjectName>,
}

/// Whether an expression is true of every row, whatever else the database holds.
#[must_use]
pub fn prove(sql: &str, surroundings: Surroundings<'_>) -> Proof {
    let Some(expression) = parse(sql) else {
        return Proof { truth: Truth::CannotTell, functions: Vec::new() };
    };
    let mut evaluator = Evaluator::new(surroundings);
    let truth = settle(&mut evaluator, &expression, 0).unwrap_or(Truth::CannotTell);
    Proof { truth, functions: evaluator.consulted() }
}

fn parse(sql: &str) -> Option<Expr> {
    if sql.len() > LONGEST {
        return None;
    }
    let parser = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(DEEPEST);
    let mut parser = parser.try_with_sql(sql).ok()?;
    let expression = parser.parse_expr().ok()?;
    (parser.peek_token().token == sqlparser::tokenizer::Token::EOF).then_some(expression)
}

/// How many constants that cannot be computed an expression may depend on.
const MOST_SECRETS: usize = 6;

/// Goes every way. Where a constant that cannot be computed decides, every possibility of it is tried:
/// only if all agree can the truth be told.
fn settle(evaluator: &mut Evaluator<'_>, expression: &Expr, secrets: usize) -> Result<Truth, Stop> {
    match always_true(evaluator, expression) {
        Ok(true) => Ok(Truth::Always),
        Ok(false) => Ok(Truth::NotAlways),
        Err(Stop::Secret { key, options }) if secrets < MOST_SECRETS => {
            let mut truths = Vec::with_capacity(options);
            for option in 0..options {
                evaluator.trail.forget_ways();
                evaluator.trail.assume(Arc::clone(&key), option);
                truths.push(settle(evaluator, expression, secrets + 1)?);
            }
            evaluator.trail.retract(&key);
            let first = truths.first().copied().unwrap_or(Truth::CannotTell);
            let agree = truths.iter().all(|truth| *truth == first);
            Ok(if agree { first } else { Truth::CannotTell })
        }
        Err(stop) => Err(stop),
    }
}

/// Whether the expression is true at the end of every way.
fn always_true(evaluator: &mut Evaluator<'_>, expression: &Expr) -> Result<bool, Stop> {
    loop {
        evaluator.restart()?;
        if evaluator.condition(expression)? != Some(true) {
            return Ok(false);
        }
        if !evaluator.trail.turn() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests;
