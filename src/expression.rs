//! What an expression of a policy names and calls, and how often PostgreSQL computes it.
//!
//! An expression is judged by its tree and not by its spelling. Where its text cannot be read there is none.

mod calls;
mod claims;
mod comparison;
mod names;

use sqlparser::ast::{Expr, Ident};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

pub use calls::Call;
pub use claims::Body;

/// Longer expressions are not read: nobody can read them either.
const LONGEST: usize = 64 * 1024;

/// How deep parentheses may nest.
const DEEPEST: usize = 200;

/// An expression of a policy.
#[derive(Debug, Clone)]
pub struct Expression(Expr);

impl Expression {
    /// Reads an expression.
    #[must_use]
    pub fn parse(sql: &str) -> Option<Self> {
        if sql.len() > LONGEST {
            return None;
        }
        let parser = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(DEEPEST);
        let mut parser = parser.try_with_sql(sql).ok()?;
        let expression = parser.parse_expr().ok()?;
        (parser.peek_token_ref().token == Token::EOF).then_some(Self(expression))
    }
}

/// A name as PostgreSQL stores it.
fn fold(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_lowercase(),
    }
}

#[cfg(test)]
mod tests;
