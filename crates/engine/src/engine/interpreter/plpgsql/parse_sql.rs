//! The parser of SQL inside a body: statements, expressions, EXECUTE.

use std::ops::Range;
use std::sync::Arc;

use sqlparser::tokenizer::Token;

use super::SyntaxError;
use super::ast::{Dynamic, Into, SELECT, Sql, StatementKind, Utility};
use super::lexer::{Lexeme, is_keyword};
use super::parser::Parser;
use crate::engine::interpreter::parse;

impl Parser<'_> {
    pub(super) fn execute(&mut self) -> Result<StatementKind, SyntaxError> {
        let ends =
            |t: &Token| *t == Token::SemiColon || is_keyword(t, "into") || is_keyword(t, "using");
        let text = self.expression_until(ends)?;
        let mut using = Vec::new();
        let mut into = None;
        loop {
            if self.cursor.eat_keyword("into") {
                into = Some(self.into()?);
            } else if self.cursor.eat_keyword("using") {
                using = self.expressions_until(ends)?;
            } else {
                break;
            }
        }
        Ok(StatementKind::Execute { dynamic: Dynamic { text, using }, into })
    }

    /// A dynamic query with USING, up to the token that ends it.
    pub(super) fn dynamic(
        &mut self,
        end: impl Fn(&Token) -> bool + Copy,
    ) -> Result<Dynamic, SyntaxError> {
        let text = self.expression_until(|t| end(t) || is_keyword(t, "using"))?;
        let using = if self.cursor.eat_keyword("using") {
            self.expressions_until(end)?
        } else {
            Vec::new()
        };
        Ok(Dynamic { text, using })
    }

    pub(super) fn into(&mut self) -> Result<Into, SyntaxError> {
        let strict = self.cursor.eat_keyword("strict");
        Ok(Into { strict, targets: self.targets()? })
    }

    /// A query or DML; its INTO clause, wherever it stands, is taken out.
    pub(super) fn query_statement(&mut self) -> Result<StatementKind, SyntaxError> {
        let first = self.cursor.position();
        let mut into: Option<(Into, Range<usize>)> = None;
        let start = self.cursor.offset();
        let mut depth = 0_usize;
        loop {
            match self.cursor.peek() {
                None => return Err(self.cursor.expected("`;`")),
                Some(Token::SemiColon) if depth == 0 => break,
                Some(Token::LParen | Token::LBracket) => depth += 1,
                Some(Token::RParen | Token::RBracket) => depth = depth.saturating_sub(1),
                Some(t)
                    if is_keyword(t, "into") && into.is_none() && !self.follows_insert(first) =>
                {
                    let from = self.cursor.offset();
                    self.cursor.advance();
                    let found = self.into()?;
                    into = Some((found, from..self.cursor.previous_end()));
                    continue;
                }
                Some(_) => {}
            }
            self.cursor.advance();
        }
        let range = start..self.cursor.previous_end();
        let Some((into, clause)) = into else {
            return Ok(StatementKind::Query { sql: self.sql(range), into: None });
        };
        let mut text = self.cursor.body[range.clone()].to_owned();
        let clause = clause.start - range.start..clause.end - range.start;
        text.replace_range(clause.clone(), &" ".repeat(clause.len()));
        let sql = Sql::statement(text.into(), range);
        Ok(StatementKind::Query { sql, into: Some(into) })
    }

    pub(super) fn follows_insert(&self, first: usize) -> bool {
        let here = self.cursor.position();
        let before = self.cursor.between(first.max(here.saturating_sub(1)), here);
        before
            .iter()
            .any(|Lexeme { token, .. }| is_keyword(token, "insert") || is_keyword(token, "merge"))
    }

    /// Any other SQL statement; `BEGIN ATOMIC … END` of a function may hold semicolons.
    pub(super) fn utility(&mut self) -> Result<StatementKind, SyntaxError> {
        let start = self.cursor.offset();
        let mut atomic = 0_usize;
        loop {
            self.cursor.skip_until(|t| {
                *t == Token::SemiColon || ["begin", "case", "end"].iter().any(|k| is_keyword(t, k))
            })?;
            if self.cursor.at_keyword("begin") && self.cursor.keyword_at(1, "atomic")
                || self.cursor.at_keyword("case") && atomic > 0
            {
                atomic += 1;
            } else if self.cursor.at_keyword("end") {
                atomic = atomic.saturating_sub(1);
            } else if self.cursor.peek() == Some(&Token::SemiColon) && atomic == 0 {
                return Ok(StatementKind::Utility(
                    self.utility_at(start..self.cursor.previous_end()),
                ));
            }
            self.cursor.advance();
        }
    }

    /// A body inside a body is read where it is executed, which bounds how deep they may be nested.
    fn utility_at(&self, range: Range<usize>) -> Utility {
        let text = &self.cursor.body[range.clone()];
        let tokens = self
            .cursor
            .tokens(&range, None)
            .filter(|tokens| !tokens.first().is_some_and(|first| is_keyword(&first.token, "do")));
        let parsed = tokens.map(|tokens| Arc::new(parse::statement_of(tokens, text)));
        Utility { range, parsed }
    }

    pub(super) fn optional_expression(&mut self) -> Result<Option<Sql>, SyntaxError> {
        if self.cursor.peek() == Some(&Token::SemiColon) {
            return Ok(None);
        }
        self.expression_until(|t| *t == Token::SemiColon).map(Some)
    }

    pub(super) fn expression_until(
        &mut self,
        end: impl Fn(&Token) -> bool,
    ) -> Result<Sql, SyntaxError> {
        let range = self.cursor.skip_until(end)?;
        if range.is_empty() {
            return Err(self.cursor.expected("an expression"));
        }
        let text = &self.cursor.body[range.clone()];
        Ok(match self.cursor.tokens(&range, Some(SELECT)) {
            Some(tokens) => Sql::of_tokens(text, range, tokens),
            None => Sql::expression(text, range),
        })
    }

    pub(super) fn expressions_until(
        &mut self,
        end: impl Fn(&Token) -> bool + Copy,
    ) -> Result<Vec<Sql>, SyntaxError> {
        let mut expressions = Vec::new();
        while !self.cursor.peek().is_none_or(end) {
            expressions.push(self.expression_until(|t| *t == Token::Comma || end(t))?);
            if !self.cursor.eat(&Token::Comma) {
                break;
            }
        }
        Ok(expressions)
    }

    pub(super) fn sql(&self, range: Range<usize>) -> Sql {
        let text = &self.cursor.body[range.clone()];
        match self.cursor.tokens(&range, None) {
            Some(tokens) => Sql::of_tokens(text, range, tokens),
            None => Sql::statement(text.into(), range),
        }
    }
}
