//! The judge of syntax: whether PostgreSQL's grammar accepts a text.
//!
//! A text that is sent to the server as one query is read whole before any of it runs, so that an error of
//! syntax anywhere in a migration means that nothing of it happens.
//!
//! The grammar is PostgreSQL's own: bison makes the tables of `tables/` from `gram.y`
//! (`examples/parse_tables.rs`), and `parser` runs them as bison's own code does. The scanner (`scan.l`)
//! and the checks in the actions of the grammar are written again, in `lexer` and `action`. Since the
//! version of the server is not known, the oldest and the newest that are supported both judge.

mod action;
mod error;
mod grammar;
mod keywords;
mod lexer;
mod literal;
mod parser;
mod plpgsql;
mod query;
mod table;
#[cfg(test)]
mod tests;
mod token;

pub use self::error::SyntaxError;
pub use self::plpgsql::{Surroundings, check as check_plpgsql};

use self::grammar::{Grammar, grammars};
use self::lexer::Lexed;

/// What PostgreSQL says of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every supported version reads it.
    Accepted,
    /// Every supported version refuses it.
    Refused(SyntaxError),
    /// Some versions refuse it.
    Depends {
        /// What they say.
        error: SyntaxError,
        /// Which ones read it, such as `18`.
        accepted_by: u8,
    },
}

/// Judges statements with semicolons between them.
#[must_use]
pub fn check(text: &str) -> Verdict {
    let lexed = lexer::lex(text);
    let [oldest, newest] = grammars();
    let run = |grammar: &Grammar, lexed: &Lexed| parser::parse(grammar, text, lexed, None);
    match (run(oldest, &lexed), run(newest, &lexed)) {
        (Ok(()), Ok(())) => Verdict::Accepted,
        (Err(error), Err(_)) => Verdict::Refused(error),
        (Err(error), Ok(())) => Verdict::Depends { error, accepted_by: newest.version },
        (Ok(()), Err(error)) => Verdict::Depends { error, accepted_by: oldest.version },
    }
}
