//! From text to statements: sqlparser where it reads what PostgreSQL reads, our own small parsers
//! over its tokens elsewhere.

use std::ops::Range;
use std::sync::Arc;

use sqlparser::ast::{DataType, ObjectName, Statement};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::TokenWithSpan;

use super::split::{Piece, PieceKind, split};
use crate::span::{FileId, Span};

pub mod ast;
mod code;
mod dispatch;
mod event_trigger;
mod grant;
pub(super) mod identity;
mod index;
mod lower;
mod maintenance;
mod mentions;
mod object;
mod operator;
mod psql;
mod publication;
pub(crate) mod rewrite;
mod routine;
mod session;
mod silent;
mod table;
mod tokens;
mod trigger;
mod words;

pub use mentions::Mentions;
use tokens::Cursor;
pub(super) use tokens::with_tokens;

/// A statement of a migration.
#[derive(Debug, Clone)]
pub struct ParsedStatement {
    /// Where it stands, without the semicolon.
    pub span: Span,
    /// What it says.
    pub kind: Arc<StatementKind>,
    /// Its text, for the names that it mentions.
    pub text: Arc<str>,
}

/// What a statement says.
#[derive(Debug, Clone)]
pub enum StatementKind {
    /// This statement.
    Read(Box<ast::Statement>),
    /// It is not understood.
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

impl StatementKind {
    /// The statement, where it is understood.
    #[must_use]
    pub fn read(&self) -> Option<&ast::Statement> {
        match self {
            Self::Read(statement) => Some(statement),
            Self::Unparsed { .. } | Self::Refused { .. } => None,
        }
    }
}

/// The statements of a whole file, in order.
#[must_use]
pub fn parse_file(file: FileId, text: &str) -> Vec<ParsedStatement> {
    parse_text(text, &|range| Span::new(file, range))
}

/// The statements of a text; `place` maps its bytes to where they came from.
#[must_use]
pub fn parse_text(text: &str, place: &dyn Fn(Range<usize>) -> Span) -> Vec<ParsedStatement> {
    split(text).iter().filter_map(|piece| parse_piece(text, piece, place)).collect()
}

/// The statement of one piece of a text, if it is one; `place` maps its bytes to where they came from.
pub(super) fn parse_piece(
    text: &str,
    piece: &Piece,
    place: &dyn Fn(Range<usize>) -> Span,
) -> Option<ParsedStatement> {
    let words = text.get(piece.range.clone())?;
    let kind = match piece.kind {
        PieceKind::Statement => Some(statement(words)),
        PieceKind::PsqlCommand => psql::command(words),
        PieceKind::CopyData => None,
        PieceKind::Unterminated(what) => {
            Some(StatementKind::Refused { sqlstate: "42601", message: what.message().to_owned() })
        }
    };
    Some(ParsedStatement {
        span: place(piece.range.clone()),
        kind: Arc::new(kind?),
        text: words.into(),
    })
}

/// A name as text, such as `public."Runs"`, with its schema where it has one.
pub(crate) fn qualified_name(text: &str) -> Option<ObjectName> {
    let mut parser = tokens::parser(tokens::tokenize(text).ok()?);
    let name = words::name(&mut parser).ok()?;
    parser.at_end().then_some(name)
}

/// A type as text, such as `character varying(20)[]`.
pub(crate) fn data_type(text: &str) -> Option<DataType> {
    let mut parser = tokens::parser(tokens::tokenize(text).ok()?);
    let data_type = parser.parse_data_type().ok()?;
    parser.at_end().then_some(data_type)
}

/// A query, a change of rows or a CALL, as sqlparser reads it; or why it cannot.
pub(crate) fn query(text: &str) -> Result<Statement, String> {
    tokens::tokenize(text).and_then(read_query).map_err(|error| reason(&error))
}

/// The same from tokens without blanks.
pub(super) fn query_of(tokens: Vec<TokenWithSpan>) -> Result<Statement, String> {
    tokens::readable(tokens).and_then(read_query).map_err(|error| reason(&error))
}

fn read_query(tokens: Vec<TokenWithSpan>) -> Result<Statement, ParserError> {
    let mut parser = tokens::parser(tokens);
    let statement = parser.parse_statement()?;
    parser.need_end()?;
    Ok(statement)
}

/// Reads one statement.
fn statement(text: &str) -> StatementKind {
    read_statement(tokens::tokenize(text), text)
}

/// Reads one statement from its tokens without blanks; `text` is what they count their places in.
pub(super) fn statement_of(tokens: Vec<TokenWithSpan>, text: &str) -> StatementKind {
    read_statement(tokens::readable(tokens), text)
}

fn read_statement(tokens: Result<Vec<TokenWithSpan>, ParserError>, text: &str) -> StatementKind {
    let tokens = match tokens {
        Ok(tokens) => tokens,
        Err(error) => {
            return StatementKind::Unparsed {
                reason: reason(&error),
                mentions: Mentions::Everything,
            };
        }
    };
    let mut parser = tokens::parser(tokens);
    match dispatch::statement(&mut parser, text) {
        Ok(Some(statement)) => StatementKind::Read(Box::new(statement)),
        Ok(None) => {
            let parsed = parser.parse_statement().and_then(|statement| {
                parser.need_end()?;
                Ok(statement)
            });
            match parsed {
                Ok(statement) => lowered(statement),
                Err(error) => unparsed(parser, &error),
            }
        }
        Err(error) => unparsed(parser, &error),
    }
}

fn lowered(statement: Statement) -> StatementKind {
    match lower::lower(statement) {
        Some(statement) => StatementKind::Read(Box::new(statement)),
        None => StatementKind::Unparsed {
            reason: "this statement is not supported".to_owned(),
            mentions: Mentions::Everything,
        },
    }
}

/// What a text that may be no statement could touch, told by its words.
pub(crate) fn mentions_of(text: &str) -> Mentions {
    tokens::tokenize(text).map_or(Mentions::Everything, |tokens| mentions::of(&tokens))
}

fn unparsed(parser: Parser<'_>, error: &ParserError) -> StatementKind {
    StatementKind::Unparsed { reason: reason(error), mentions: mentions::of(&parser.into_tokens()) }
}

/// The error as one lower-case sentence, without sqlparser's own prefix.
fn reason(error: &ParserError) -> String {
    match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => {
            let mut letters = message.chars();
            let first = letters.next().map(|c| c.to_ascii_lowercase());
            first.into_iter().chain(letters).collect()
        }
        ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
    }
}

#[cfg(test)]
mod tests;
