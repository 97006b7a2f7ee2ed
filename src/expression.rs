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
use sqlparser::tokenizer::{Token, Tokenizer};

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
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize().ok()?;
        let parser = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(DEEPEST);
        let mut parser = parser.with_tokens(spread(tokens));
        let expression = parser.parse_expr().ok()?;
        (parser.peek_token_ref().token == Token::EOF).then_some(Self(expression))
    }
}

/// Spells the arguments of `VARIADIC ARRAY[a, b]`, as a server writes a list of them, as `a, b`, which means the same.
fn spread(tokens: Vec<Token>) -> Vec<Token> {
    let is_word = |token: &Token, word: &str| {
        matches!(token, Token::Word(found)
            if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
    };
    let mut kept = Vec::with_capacity(tokens.len());
    // For each bracket that is open, whether it is left out.
    let mut brackets = Vec::new();
    let tokens: Vec<Token> =
        tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    let mut rest = tokens.as_slice();
    while let [token, after @ ..] = rest {
        rest = after;
        match (token, after) {
            (word, [array, Token::LBracket, inside @ ..])
                if is_word(word, "VARIADIC") && is_word(array, "ARRAY") =>
            {
                brackets.push(true);
                rest = inside;
                continue;
            }
            (Token::LBracket, _) => brackets.push(false),
            (Token::RBracket, _) if brackets.pop() == Some(true) => continue,
            _ => {}
        }
        kept.push(token.clone());
    }
    kept
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
