//! The parser of loops and cursors.

use sqlparser::tokenizer::Token;

use super::SyntaxError;
use super::ast::{CursorSource, LoopSource, Sql, StatementKind, Target};
use super::lexer::is_keyword;
use super::parser::Parser;

impl Parser<'_> {
    pub(super) fn loop_body(
        &mut self,
        label: Option<String>,
        source: LoopSource,
    ) -> Result<StatementKind, SyntaxError> {
        let body = self.statements(&["end"])?;
        self.cursor.expect_keyword("END")?;
        self.cursor.expect_keyword("LOOP")?;
        if matches!(self.cursor.peek(), Some(Token::Word(_))) {
            self.cursor.identifier()?;
        }
        Ok(StatementKind::Loop { label, source, body })
    }

    pub(super) fn for_loop(&mut self, label: Option<String>) -> Result<StatementKind, SyntaxError> {
        self.cursor.advance();
        let targets = self.targets()?;
        self.cursor.expect_keyword("IN")?;
        let source = if self.cursor.eat_keyword("execute") {
            let dynamic = self.dynamic(|t| is_keyword(t, "loop"))?;
            LoopSource::Dynamic { targets, dynamic }
        } else {
            self.for_source(targets)?
        };
        self.cursor.expect_keyword("LOOP")?;
        self.loop_body(label, source)
    }

    pub(super) fn for_source(&mut self, targets: Vec<Target>) -> Result<LoopSource, SyntaxError> {
        let start = self.cursor.position();
        let reverse = self.cursor.eat_keyword("reverse");
        let first = self.cursor.position();
        self.cursor.skip_until(|t| *t == Token::Backslash || is_keyword(t, "loop"))?;
        if self.cursor.peek() == Some(&Token::Backslash) {
            self.cursor.rewind(first);
            return self.integer_range(&targets, reverse);
        }
        self.cursor.rewind(start);
        if matches!(self.cursor.peek(), Some(Token::Word(_))) {
            let cursor = self.cursor.identifier()?;
            let arguments = self.cursor_arguments()?;
            if self.cursor.at_keyword("loop") {
                return Ok(LoopSource::Cursor { targets, cursor, arguments });
            }
            self.cursor.rewind(start);
        }
        let range = self.cursor.skip_until(|t| is_keyword(t, "loop"))?;
        Ok(LoopSource::Query { targets, query: self.sql(range) })
    }

    pub(super) fn integer_range(
        &mut self,
        targets: &[Target],
        reverse: bool,
    ) -> Result<LoopSource, SyntaxError> {
        let variable = match targets {
            [Target { name, .. }] if name.len() == 1 => name.concat(),
            _ => return Err(self.cursor.expected("one loop variable")),
        };
        let from = self.expression_until(|t| *t == Token::Backslash)?;
        self.cursor.advance();
        let to = self.expression_until(|t| is_keyword(t, "by") || is_keyword(t, "loop"))?;
        let by = if self.cursor.eat_keyword("by") {
            Some(self.expression_until(|t| is_keyword(t, "loop"))?)
        } else {
            None
        };
        Ok(LoopSource::Range { variable, reverse, from, to, by })
    }

    pub(super) fn foreach_loop(
        &mut self,
        label: Option<String>,
    ) -> Result<StatementKind, SyntaxError> {
        self.cursor.advance();
        let targets = self.targets()?;
        let slice = self.cursor.eat_keyword("slice");
        if slice {
            self.cursor.advance();
        }
        self.cursor.expect_keyword("IN")?;
        self.cursor.expect_keyword("ARRAY")?;
        let array = self.expression_until(|t| is_keyword(t, "loop"))?;
        self.cursor.advance();
        self.loop_body(label, LoopSource::Array { targets, slice, array })
    }

    pub(super) fn exit(&mut self, next: bool) -> Result<StatementKind, SyntaxError> {
        let named =
            matches!(self.cursor.peek(), Some(Token::Word(_))) && !self.cursor.at_keyword("when");
        let label = if named { Some(self.cursor.identifier()?) } else { None };
        let when = if self.cursor.eat_keyword("when") {
            Some(self.expression_until(|t| *t == Token::SemiColon)?)
        } else {
            None
        };
        Ok(StatementKind::Exit { next, label, when })
    }

    pub(super) fn open(&mut self) -> Result<StatementKind, SyntaxError> {
        let cursor = self.cursor.identifier()?;
        self.cursor.eat_keyword("no");
        self.cursor.eat_keyword("scroll");
        let source = if self.cursor.eat_keyword("for") {
            if self.cursor.eat_keyword("execute") {
                CursorSource::Dynamic(self.dynamic(|t| *t == Token::SemiColon)?)
            } else {
                let range = self.cursor.skip_until(|t| *t == Token::SemiColon)?;
                CursorSource::Query(self.sql(range))
            }
        } else {
            CursorSource::Bound { arguments: self.cursor_arguments()? }
        };
        Ok(StatementKind::Open { cursor, source })
    }

    /// FETCH or MOVE; the direction makes no difference to what is known of the row.
    pub(super) fn fetch(&mut self, reads: bool) -> Result<StatementKind, SyntaxError> {
        let start = self.cursor.position();
        self.cursor.skip_until(|t| *t == Token::SemiColon || is_keyword(t, "into"))?;
        let words = self.cursor.between(start, self.cursor.position());
        let cursor = match words.last().map(|l| &l.token) {
            Some(Token::Word(word)) => word.value.to_ascii_lowercase(),
            _ => return Err(self.cursor.expected("a cursor")),
        };
        let into = if reads && self.cursor.eat_keyword("into") { Some(self.into()?) } else { None };
        Ok(StatementKind::Fetch { cursor, into })
    }

    pub(super) fn cursor_arguments(&mut self) -> Result<Vec<Sql>, SyntaxError> {
        if !self.cursor.eat(&Token::LParen) {
            return Ok(Vec::new());
        }
        let arguments = self.expressions_until(|t| *t == Token::RParen)?;
        self.cursor.expect(&Token::RParen, "`)`")?;
        Ok(arguments)
    }
}
