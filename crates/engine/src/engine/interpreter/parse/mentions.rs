//! What an unread statement may touch, told by its tokens.

use sqlparser::ast::{Ident, ObjectName};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// The names that an unread statement mentions, not yet resolved.
#[derive(Debug, Clone)]
pub enum Mentions {
    /// It cannot be told.
    Everything,
    /// It may touch any of these.
    Names(Vec<ObjectName>),
    /// It reads or changes rows only; what the functions that it calls do is their business.
    Calls(Vec<ObjectName>),
}

/// Statements that touch rows, not the catalog.
const ROWS: &[&str] = &[
    "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE", "COPY", "WITH", "CALL",
    "EXPLAIN", "DECLARE", "FETCH", "MOVE", "CLOSE", "REFRESH",
];

/// The mentions of a statement, by its tokens.
pub(super) fn of(tokens: &[TokenWithSpan]) -> Mentions {
    let tokens: Vec<&Token> = tokens
        .iter()
        .map(|t| &t.token)
        .filter(|t| !matches!(t, Token::Whitespace(_) | Token::EOF))
        .collect();
    let Some(Token::Word(first)) = tokens.first() else { return Mentions::Everything };
    if ROWS.iter().any(|word| first.value.eq_ignore_ascii_case(word)) {
        return Mentions::Calls(chains(&tokens, |next| *next == Token::LParen));
    }
    let cascades =
        tokens.iter().any(|t| matches!(t, Token::Word(w) if w.keyword == Keyword::CASCADE));
    let drops = matches!(first.keyword, Keyword::DROP | Keyword::ALTER);
    let executes = matches!(first.keyword, Keyword::DO | Keyword::EXECUTE);
    if executes || (cascades && drops) {
        return Mentions::Everything;
    }
    Mentions::Names(chains(&tokens, |_| true))
}

/// Identifiers joined by periods, those that the token after them makes interesting.
fn chains(tokens: &[&Token], interesting: impl Fn(&Token) -> bool) -> Vec<ObjectName> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        let Token::Word(word) = token else { continue };
        let mut chain = vec![ident(word)];
        while let (Some(Token::Period), Some(Token::Word(next))) =
            (tokens.get(at), tokens.get(at + 1))
        {
            chain.push(ident(next));
            at += 2;
        }
        if interesting(tokens.get(at).copied().unwrap_or(&Token::EOF)) {
            found.push(ObjectName::from(chain));
        }
    }
    found
}

fn ident(word: &Word) -> Ident {
    Ident { quote_style: word.quote_style, ..Ident::new(word.value.clone()) }
}
