//! The parser of DECLARE and of RAISE.

use sqlparser::tokenizer::Token;

use super::SyntaxError;
use super::ast::{Declaration, Raise, RaiseSubject, TypeName};
use super::lexer::is_keyword;
use super::parser::Parser;

impl Parser<'_> {
    pub(super) fn declarations(&mut self) -> Result<Vec<Declaration>, SyntaxError> {
        let mut declarations = Vec::new();
        while self.cursor.eat_keyword("declare") {
            while !self.cursor.at_keyword("begin") && !self.cursor.at_keyword("declare") {
                declarations.push(self.declaration()?);
            }
        }
        Ok(declarations)
    }

    fn declaration(&mut self) -> Result<Declaration, SyntaxError> {
        let name = match self.cursor.peek() {
            Some(Token::Word(_)) => self.cursor.identifier()?,
            _ => return Err(self.cursor.expected("a declaration")),
        };
        let scrolling = self.cursor.eat_keyword("no") | self.cursor.eat_keyword("scroll");
        let declaration = if scrolling || self.cursor.at_keyword("cursor") {
            self.cursor.eat_keyword("scroll");
            self.cursor_declaration(name)?
        } else if self.cursor.eat_keyword("alias") {
            self.cursor.expect_keyword("FOR")?;
            Declaration::Alias { name, target: self.target()?.name }
        } else {
            self.variable(name)?
        };
        self.cursor.expect_semicolon()?;
        Ok(declaration)
    }

    fn cursor_declaration(&mut self, name: String) -> Result<Declaration, SyntaxError> {
        self.cursor.expect_keyword("CURSOR")?;
        let mut parameters = Vec::new();
        if self.cursor.eat(&Token::LParen) {
            while self.cursor.peek() != Some(&Token::RParen) {
                parameters.push(self.cursor.identifier()?);
                self.cursor.skip_until(|t| matches!(t, Token::Comma | Token::RParen))?;
                self.cursor.eat(&Token::Comma);
            }
            self.cursor.advance();
        }
        if !self.cursor.eat_keyword("for") && !self.cursor.eat_keyword("is") {
            return Err(self.cursor.expected("FOR"));
        }
        let range = self.cursor.skip_until(|t| *t == Token::SemiColon)?;
        Ok(Declaration::Cursor { name, parameters, query: self.sql(range) })
    }

    fn variable(&mut self, name: String) -> Result<Declaration, SyntaxError> {
        self.cursor.eat_keyword("constant");
        let data_type = self.type_name()?;
        if self.cursor.eat_keyword("collate") {
            self.cursor.qualified_name()?;
        }
        if self.cursor.eat_keyword("not") {
            self.cursor.expect_keyword("NULL")?;
        }
        let assigned = self.cursor.eat(&Token::Assignment)
            || self.cursor.eat(&Token::Eq)
            || self.cursor.eat_keyword("default");
        let default =
            if assigned { Some(self.expression_until(|t| *t == Token::SemiColon)?) } else { None };
        Ok(Declaration::Variable { name, data_type, default })
    }

    fn type_name(&mut self) -> Result<TypeName, SyntaxError> {
        let start = self.cursor.position();
        if let Ok(name) = self.cursor.qualified_name()
            && self.cursor.eat(&Token::Mod)
        {
            if self.cursor.eat_keyword("rowtype") {
                return Ok(TypeName::RowType);
            }
            self.cursor.expect_keyword("TYPE")?;
            self.cursor.skip_until(ends_type)?;
            return Ok(TypeName::TypeOf(name));
        }
        self.cursor.rewind(start);
        let range = self.cursor.skip_until(ends_type)?;
        let text = &self.cursor.body[range];
        Ok(if text.eq_ignore_ascii_case("record") {
            TypeName::Record
        } else {
            TypeName::Named(text.to_owned())
        })
    }

    pub(super) fn raise(&mut self) -> Result<Raise, SyntaxError> {
        const MESSAGES: [&str; 5] = ["debug", "log", "info", "notice", "warning"];
        let message = MESSAGES.iter().any(|level| self.cursor.eat_keyword(level));
        let exception = !message;
        if exception {
            self.cursor.eat_keyword("exception");
        }
        let subject = match self.cursor.peek() {
            Some(Token::SemiColon) => RaiseSubject::Again,
            Some(t) if is_keyword(t, "using") => RaiseSubject::Format(String::new()),
            Some(Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text)) => {
                let mut text = text.clone();
                self.cursor.advance();
                // A string goes on in the next line.
                while let Some(Token::SingleQuotedString(more)) = self.cursor.peek() {
                    text.push_str(more);
                    self.cursor.advance();
                }
                RaiseSubject::Format(text)
            }
            Some(Token::DollarQuotedString(quoted)) => {
                let text = quoted.value.clone();
                self.cursor.advance();
                RaiseSubject::Format(text)
            }
            _ => RaiseSubject::Condition(self.condition()?),
        };
        let ends = |t: &Token| *t == Token::SemiColon || is_keyword(t, "using");
        let arguments =
            if self.cursor.eat(&Token::Comma) { self.expressions_until(ends)? } else { Vec::new() };
        let mut options = Vec::new();
        if self.cursor.eat_keyword("using") {
            loop {
                let option = self.cursor.identifier()?;
                if !self.cursor.eat(&Token::Eq) {
                    self.cursor.expect(&Token::Assignment, "`=`")?;
                }
                let value =
                    self.expression_until(|t| matches!(t, Token::Comma | Token::SemiColon))?;
                options.push((option, value));
                if !self.cursor.eat(&Token::Comma) {
                    break;
                }
            }
        }
        Ok(Raise { exception, subject, arguments, options })
    }
}

fn ends_type(token: &Token) -> bool {
    matches!(token, Token::SemiColon | Token::Assignment | Token::Eq)
        || ["not", "default", "collate"].iter().any(|k| is_keyword(token, k))
}
