//! From text to statements: sqlparser where it reads what PostgreSQL reads, our own small parsers
//! over its tokens elsewhere.

use crate::span::{FileId, Span};

pub mod extra;

/// A statement of a migration.
#[derive(Debug, Clone)]
pub struct ParsedStatement {
    /// Where it stands, without the semicolon.
    pub span: Span,
    /// What it says.
    pub kind: StatementKind,
}

/// What a statement says.
#[derive(Debug, Clone)]
pub enum StatementKind {
    /// As sqlparser reads it.
    Sql(Box<sqlparser::ast::Statement>),
    /// As our own parser reads it.
    Extra(Box<extra::Statement>),
    /// Nobody could read it.
    Unparsed {
        /// Why, in one lower-case sentence.
        reason: String,
        /// What it may touch.
        mentions: Mentions,
    },
    /// The server is certain to refuse it.
    Refused {
        /// The server's SQLSTATE.
        sqlstate: &'static str,
        /// The server's message.
        message: String,
    },
}

/// The names that an unread statement mentions, not yet resolved.
#[derive(Debug, Clone)]
pub enum Mentions {
    /// It cannot be told.
    Everything,
    /// Names in the order of the statement.
    Names(Vec<sqlparser::ast::ObjectName>),
}

/// The statements of a whole file, in order.
#[must_use]
pub fn parse_file(file: FileId, text: &str) -> Vec<ParsedStatement> {
    parse_text(text, &|range| Span::new(file, range))
}

/// The statements of a text; `place` maps its bytes to where they came from.
#[must_use]
pub fn parse_text(
    text: &str,
    place: &dyn Fn(std::ops::Range<usize>) -> Span,
) -> Vec<ParsedStatement> {
    super::split::split(text)
        .into_iter()
        .map(|piece| ParsedStatement {
            span: place(piece.range.clone()),
            kind: statement(&text[piece.range]),
        })
        .collect()
}

fn statement(text: &str) -> StatementKind {
    use sqlparser::dialect::PostgreSqlDialect;
    use sqlparser::parser::Parser;
    let parsed = Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(200)
        .try_with_sql(text)
        .and_then(|mut parser| {
            let statement = parser.parse_statement()?;
            parser.expect_token(&sqlparser::tokenizer::Token::EOF)?;
            Ok(statement)
        });
    match parsed {
        Ok(statement) => StatementKind::Sql(Box::new(statement)),
        Err(error) => {
            StatementKind::Unparsed { reason: error.to_string(), mentions: Mentions::Everything }
        }
    }
}
