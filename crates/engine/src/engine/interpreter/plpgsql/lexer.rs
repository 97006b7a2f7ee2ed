//! sqlparser's tokens with their byte ranges, and a cursor over them.

use std::ops::Range;

use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, TokenizerError};

use super::{MAX_BODY, SyntaxError};
use crate::engine::interpreter::parse::with_tokens;

/// A token without white space and comments, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) range: Range<usize>,
    span: Span,
}

/// Splits a body into tokens.
///
/// `..` of an integer range reaches the tokenizer as a backslash and a space, since sqlparser reads `1..10` as two
/// numbers and refuses `1.._n`; a backslash is no token of SQL, and the length stays the same. What is quoted is
/// read once more as it is.
pub(super) fn tokenize(body: &str) -> Result<Vec<Lexeme>, SyntaxError> {
    if body.len() > MAX_BODY {
        return Err(SyntaxError::Size);
    }
    let readable = body.replace("..", "\\ ");
    let mut offsets = Offsets::new(&readable);
    let mut lexemes: Vec<Lexeme> = with_tokens(&readable, |tokens| {
        let words = tokens.drain(..).filter(|t| !matches!(t.token, Token::Whitespace(_)));
        words
            .map(|t| {
                let range = offsets.of(t.span.start)..offsets.of(t.span.end);
                Lexeme { token: t.token, range, span: t.span }
            })
            .collect()
    })
    .map_err(unreadable)?;
    for lexeme in &mut lexemes {
        let Some(text) = body.get(lexeme.range.clone()).filter(|text| text.contains("..")) else {
            continue;
        };
        if let Some(first) = with_tokens(text, |tokens| tokens.pop()).map_err(unreadable)? {
            lexeme.token = first.token;
        }
    }
    Ok(lexemes)
}

fn unreadable(error: TokenizerError) -> SyntaxError {
    SyntaxError::Token { message: error.to_string() }
}

/// Turns ascending locations (line and character from 1) into byte offsets in one pass.
struct Offsets<'a> {
    rest: std::str::CharIndices<'a>,
    at: Location,
    offset: usize,
}

impl<'a> Offsets<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.char_indices(), at: Location { line: 1, column: 1 }, offset: 0 }
    }

    fn of(&mut self, wanted: Location) -> usize {
        while (self.at.line, self.at.column) < (wanted.line, wanted.column) {
            let Some((start, c)) = self.rest.next() else { break };
            self.offset = start + c.len_utf8();
            self.at = if c == '\n' {
                Location { line: self.at.line + 1, column: 1 }
            } else {
                Location { line: self.at.line, column: self.at.column + 1 }
            };
        }
        self.offset
    }
}

/// A position in the tokens of a body.
pub(super) struct Cursor<'a> {
    pub(super) body: &'a str,
    lexemes: Vec<Lexeme>,
    position: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(body: &'a str) -> Result<Self, SyntaxError> {
        Ok(Self { body, lexemes: tokenize(body)?, position: 0 })
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<&Token> {
        self.lexemes.get(self.position + ahead).map(|l| &l.token)
    }

    pub(super) fn advance(&mut self) {
        self.position += usize::from(self.peek().is_some());
    }

    /// The tokens of a range as those of a text by itself, after a keyword and a blank if one is given; `None`
    /// where only the text tells what they are.
    pub(super) fn tokens(
        &self,
        range: &Range<usize>,
        before: Option<&str>,
    ) -> Option<Vec<TokenWithSpan>> {
        let at = |offset| self.lexemes.partition_point(|l| l.range.start < offset);
        let lexemes = self.lexemes.get(at(range.start)..at(range.end))?;
        let origin = lexemes.first()?.span.start;
        // Strings on two lines are one, and so are the words of a national character.
        let strings = |pair: &[Lexeme]| pair.iter().all(|l| is_string(&l.token));
        if lexemes.windows(2).any(strings)
            || lexemes
                .iter()
                .any(|l| is_keyword(&l.token, "national") || is_keyword(&l.token, "nchar"))
        {
            return None;
        }
        let width = before.map_or(0, |word| word.len() as u64);
        let moved = |place: Location| Location {
            line: place.line - origin.line + 1,
            column: if place.line == origin.line {
                place.column - origin.column + 1 + width
            } else {
                place.column
            },
        };
        let first = before.map(|word| TokenWithSpan {
            token: Token::make_keyword(word.trim_end()),
            span: Span::new(Location::new(1, 1), Location::new(1, width)),
        });
        let rest = lexemes.iter().map(|l| TokenWithSpan {
            token: l.token.clone(),
            span: Span::new(moved(l.span.start), moved(l.span.end)),
        });
        Some(first.into_iter().chain(rest).collect())
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn rewind(&mut self, position: usize) {
        self.position = position;
    }

    /// The lexemes between two positions.
    pub(super) fn between(&self, from: usize, to: usize) -> &[Lexeme] {
        self.lexemes.get(from..to).unwrap_or_default()
    }

    /// The byte where the next token starts; the end of the body after the last.
    pub(super) fn offset(&self) -> usize {
        self.lexemes.get(self.position).map_or(self.body.len(), |l| l.range.start)
    }

    /// The byte after the token before this position.
    pub(super) fn previous_end(&self) -> usize {
        self.position.checked_sub(1).and_then(|p| self.lexemes.get(p)).map_or(0, |l| l.range.end)
    }

    pub(super) fn at_keyword(&self, keyword: &str) -> bool {
        self.keyword_at(0, keyword)
    }

    pub(super) fn keyword_at(&self, ahead: usize, keyword: &str) -> bool {
        self.peek_at(ahead).is_some_and(|t| is_keyword(t, keyword))
    }

    pub(super) fn eat_keyword(&mut self, keyword: &str) -> bool {
        let found = self.at_keyword(keyword);
        self.position += usize::from(found);
        found
    }

    pub(super) fn eat(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.position += usize::from(found);
        found
    }

    pub(super) fn expect_keyword(&mut self, keyword: &'static str) -> Result<(), SyntaxError> {
        if self.eat_keyword(keyword) { Ok(()) } else { Err(self.expected(keyword)) }
    }

    pub(super) fn expect(&mut self, token: &Token, what: &'static str) -> Result<(), SyntaxError> {
        if self.eat(token) { Ok(()) } else { Err(self.expected(what)) }
    }

    pub(super) fn expect_semicolon(&mut self) -> Result<(), SyntaxError> {
        self.expect(&Token::SemiColon, "`;`")
    }

    pub(super) fn expected(&self, what: &'static str) -> SyntaxError {
        SyntaxError::Expected { what, offset: self.offset() }
    }

    /// An identifier, folded unless quoted.
    pub(super) fn identifier(&mut self) -> Result<String, SyntaxError> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let name = fold(&word.value, word.quote_style.is_some());
                self.position += 1;
                Ok(name)
            }
            _ => Err(self.expected("an identifier")),
        }
    }

    /// `a.b.c`.
    pub(super) fn qualified_name(&mut self) -> Result<Vec<String>, SyntaxError> {
        let mut name = vec![self.identifier()?];
        while self.peek() == Some(&Token::Period) {
            self.position += 1;
            name.push(self.identifier()?);
        }
        Ok(name)
    }

    /// Skips to the first token outside parentheses and brackets that `stop` accepts, and returns
    /// the range of bytes skipped.
    pub(super) fn skip_until(
        &mut self,
        stop: impl Fn(&Token) -> bool,
    ) -> Result<Range<usize>, SyntaxError> {
        let start = self.offset();
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            match token {
                t if depth == 0 && stop(t) => {
                    return Ok(start..self.previous_end().max(start));
                }
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.position += 1;
        }
        Err(self.expected("the end of the expression"))
    }
}

/// Whether a token is that keyword, unquoted and in any letter case.
pub(super) fn is_keyword(token: &Token, keyword: &str) -> bool {
    matches!(token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(keyword))
}

fn is_string(token: &Token) -> bool {
    matches!(
        token,
        Token::SingleQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
    )
}

fn fold(word: &str, quoted: bool) -> String {
    if quoted { word.to_owned() } else { word.to_ascii_lowercase() }
}
