//! Tokens of one statement, and the cursor that our own small parsers move over them.

use std::cell::RefCell;

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, TokenizerError, Whitespace};

use super::ast::Body;
use super::rewrite;

/// How deep sqlparser may recurse; migrations of people stay far below.
const RECURSION_LIMIT: usize = 160;

/// How many operators may follow each other without a comma or parenthesis in between. Each makes
/// the tree one level deeper, and a tree is walked and dropped by recursion.
const CHAIN_LIMIT: usize = 2_000;

/// How many tokens a thread keeps room for; those of most statements fit.
const KEPT_ROOM: usize = 16 * 1024;

thread_local! {
    /// Where sqlparser puts its tokens, of which a blank is one, too. A fresh vector for each text would
    /// have to grow, and be copied, again and again.
    static BUFFER: RefCell<Vec<TokenWithSpan>> = const { RefCell::new(Vec::new()) };
}

/// What our parsers return.
pub(super) type Parsed<T> = Result<T, ParserError>;

/// A parse error that says `message`.
pub(super) fn refuse<T>(message: impl Into<String>) -> Parsed<T> {
    Err(ParserError::ParserError(message.into()))
}

/// The tokens of a statement.
pub(super) fn tokenize(text: &str) -> Parsed<Vec<TokenWithSpan>> {
    readable(with_tokens(text, without_blanks)?)
}

/// Tokens without blanks in the way that sqlparser reads them, unless they make too deep a tree.
pub(super) fn readable(tokens: Vec<TokenWithSpan>) -> Parsed<Vec<TokenWithSpan>> {
    let tokens = rewrite::rewrite(tokens);
    if longest_chain(&tokens) > CHAIN_LIMIT {
        return refuse("the expression is too deep");
    }
    Ok(tokens)
}

/// Makes something of all tokens of a text, blanks and comments included.
pub(in crate::engine::interpreter) fn with_tokens<T>(
    text: &str,
    make: impl FnOnce(&mut Vec<TokenWithSpan>) -> T,
) -> Result<T, TokenizerError> {
    let mut tokens = BUFFER.take();
    let made = Tokenizer::new(&PostgreSqlDialect {}, text)
        .tokenize_with_location_into_buf(&mut tokens)
        .map(|()| make(&mut tokens));
    tokens.clear();
    tokens.shrink_to(KEPT_ROOM);
    BUFFER.replace(tokens);
    made
}

/// A parser over tokens.
pub(super) fn parser(tokens: Vec<TokenWithSpan>) -> Parser<'static> {
    Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(RECURSION_LIMIT)
        .with_tokens_with_locations(tokens)
}

/// The tokens without blanks and comments; `'a'` and `'b'` on the next line are one string, and a
/// NATIONAL CHARACTER is a character.
fn without_blanks(tokens: &mut Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let words = tokens.iter().filter(|t| !matches!(t.token, Token::Whitespace(_))).count();
    let mut kept: Vec<TokenWithSpan> = Vec::with_capacity(words);
    // Whether a line ended since the last token.
    let mut new_line = false;
    for token in tokens.drain(..) {
        match &token.token {
            Token::Whitespace(Whitespace::Newline | Whitespace::SingleLineComment { .. }) => {
                new_line = true;
                continue;
            }
            Token::Whitespace(_) => continue,
            Token::SingleQuotedString(next) if new_line => {
                if let Some(last) = kept.last_mut()
                    && let Token::SingleQuotedString(text)
                    | Token::EscapedStringLiteral(text)
                    | Token::UnicodeStringLiteral(text) = &mut last.token
                {
                    text.push_str(next);
                    last.span.end = token.span.end;
                    new_line = false;
                    continue;
                }
            }
            // `===` is one operator, of which sqlparser makes two.
            Token::Eq | Token::DoubleEq | Token::Gt | Token::Lt | Token::Tilde => {
                if let Some(last) = kept.last_mut()
                    && last.span.end == token.span.start
                    && matches!(last.token, Token::DoubleEq | Token::CustomBinaryOperator(_))
                {
                    let signs = format!("{}{}", last.token, token.token);
                    last.token = Token::CustomBinaryOperator(signs);
                    last.span.end = token.span.end;
                    continue;
                }
            }
            Token::Word(word) if matches!(word.keyword, Keyword::CHAR | Keyword::CHARACTER) => {
                kept.pop_if(|last| is_word(&last.token, "NATIONAL"));
            }
            Token::Word(word) if word.keyword == Keyword::NCHAR => {
                kept.push(TokenWithSpan { token: Token::make_keyword("CHARACTER"), ..token });
                continue;
            }
            _ => {}
        }
        new_line = false;
        kept.push(token);
    }
    kept
}

/// An upper bound of the depth of the tree that the tokens make, nesting of parentheses aside.
fn longest_chain(tokens: &[TokenWithSpan]) -> usize {
    let mut open = Vec::new();
    let (mut here, mut longest) = (0usize, 0usize);
    for token in tokens {
        match &token.token {
            Token::EOF | Token::Number(..) | Token::Period => {}
            Token::LParen | Token::LBracket => open.push(here),
            Token::RParen => here = open.pop().unwrap_or(0),
            // What is in brackets is beside the chain; the subscript itself is a part of it.
            Token::RBracket => here = open.pop().unwrap_or(0) + 1,
            Token::Comma | Token::SemiColon => here = open.last().copied().unwrap_or(0),
            Token::Word(word) if word.keyword == Keyword::NoKeyword => {}
            _ => here += 1,
        }
        longest = longest.max(here);
    }
    longest
}

/// What our parsers need of sqlparser's parser: words as text, whatever keywords it knows.
pub(super) trait Cursor {
    /// Whether the next tokens are these unquoted words, which stand apart by blanks.
    fn ahead(&self, words: &str) -> bool;
    /// Consumes these words if they come next, all or none.
    fn eat(&mut self, words: &str) -> bool;
    /// Consumes one of these phrases, and tells which.
    fn eat_one<'w>(&mut self, phrases: &[&'w str]) -> Option<&'w str>;
    /// Consumes these words, or fails.
    fn need(&mut self, words: &str) -> Parsed<()>;
    /// Whether nothing follows.
    fn at_end(&self) -> bool;
    /// Fails unless nothing follows.
    fn need_end(&mut self) -> Parsed<()>;
    /// Consumes the rest.
    fn skip_rest(&mut self);
    /// Consumes what stands between parentheses, which come next, both included.
    fn skip_parentheses(&mut self) -> Parsed<()>;
    /// Consumes tokens up to a comma or the end, parentheses as a whole.
    fn skip_to_comma(&mut self) -> Parsed<()>;
}

pub(super) fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word))
}

impl Cursor for Parser<'_> {
    fn ahead(&self, words: &str) -> bool {
        // Most phrases that are tried begin with another letter.
        let first = |token: &Token| match token {
            Token::Word(word) => word.value.as_bytes().first().copied(),
            _ => None,
        };
        let (here, there) = (first(&self.peek_token_ref().token), words.as_bytes().first());
        if !here.zip(there).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b)) {
            return false;
        }
        words
            .split(' ')
            .enumerate()
            .all(|(i, word)| is_word(&self.peek_nth_token_ref(i).token, word))
    }

    fn eat(&mut self, words: &str) -> bool {
        let ahead = self.ahead(words);
        if ahead {
            for _ in words.split(' ') {
                self.advance_token();
            }
        }
        ahead
    }

    fn eat_one<'w>(&mut self, phrases: &[&'w str]) -> Option<&'w str> {
        phrases.iter().copied().find(|phrase| self.eat(phrase))
    }

    fn need(&mut self, words: &str) -> Parsed<()> {
        if self.eat(words) { Ok(()) } else { self.expected_ref(words, self.peek_token_ref()) }
    }

    fn at_end(&self) -> bool {
        self.peek_token_ref().token == Token::EOF
    }

    fn need_end(&mut self) -> Parsed<()> {
        self.expect_token(&Token::EOF).map(drop)
    }

    fn skip_rest(&mut self) {
        while !self.at_end() {
            self.advance_token();
        }
    }

    fn skip_parentheses(&mut self) -> Parsed<()> {
        let mut depth = 0usize;
        loop {
            match self.next_token().token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                Token::EOF => return refuse("expected: ), found: EOF"),
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn skip_to_comma(&mut self) -> Parsed<()> {
        loop {
            match self.peek_token_ref().token {
                Token::Comma | Token::EOF => return Ok(()),
                Token::LParen => self.skip_parentheses()?,
                _ => self.advance_token(),
            }
        }
    }
}

/// The literal that comes next as text, with its place in `text`, the statement.
pub(super) fn body(parser: &mut Parser<'_>, text: &str) -> Parsed<Body> {
    let token = parser.next_token();
    let whole = offset(text, token.span.start)..offset(text, token.span.end);
    let quoted = |before: usize, after: usize| {
        whole.start + before..whole.end.saturating_sub(after).max(whole.start + before)
    };
    let (value, range) = match token.token {
        Token::DollarQuotedString(string) => {
            let quote = string.tag.map_or(0, |tag| tag.len()) + 2;
            (string.value, quoted(quote, quote))
        }
        Token::SingleQuotedString(value) => (value, quoted(1, 1)),
        Token::EscapedStringLiteral(value) | Token::NationalStringLiteral(value) => {
            (value, quoted(2, 1))
        }
        Token::UnicodeStringLiteral(value) => (value, quoted(3, 1)),
        _ => return parser.expected("a string", token),
    };
    let verbatim = text.get(range.clone()) == Some(value.as_str());
    Ok(Body { text: value, range, verbatim })
}

/// The byte at a location, which counts lines and characters.
fn offset(text: &str, location: Location) -> usize {
    let line = usize::try_from(location.line.saturating_sub(1)).unwrap_or(usize::MAX);
    let column = usize::try_from(location.column.saturating_sub(1)).unwrap_or(usize::MAX);
    let start = match line.checked_sub(1) {
        None => 0,
        Some(nth) => {
            memchr::memchr_iter(b'\n', text.as_bytes()).nth(nth).map_or(text.len(), |i| i + 1)
        }
    };
    let rest = text.get(start..).unwrap_or("");
    rest.char_indices().nth(column).map_or(text.len(), |(i, _)| start + i)
}
