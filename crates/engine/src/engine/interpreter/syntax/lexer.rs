//! Cuts a text into tokens, as PostgreSQL's scanner does.

use super::error::SyntaxError;
use super::grammar::KEYWORDS;
use super::literal;
use super::token::{Kind, Token};

/// The longest name of an operator has fewer bytes.
const NAME_LENGTH: usize = 64;

/// Characters that make operators.
const OPERATOR: &[u8] = b"~!@#^&|`?+-*/%<>=";

/// Characters that stand for themselves where they are no part of an operator.
const SELF: &[u8] = b",()[].;:+-*/%^<>=";

/// Characters of which one must be in an operator that ends with `+` or `-`.
const OWN: &[u8] = b"~!@#^&|`?%";

/// The tokens of a text.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    /// The tokens; an error is the last one.
    pub(super) tokens: Vec<Token>,
    /// What the scanner refuses.
    pub(super) errors: Vec<SyntaxError>,
}

/// Cuts a text up to its end or to what the scanner refuses.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0, lexed: Lexed::default() };
    lexer.lexed.tokens.reserve(text.len() / 5);
    if let Err(error) = lexer.run() {
        let at = u32::try_from(lexer.at.min(text.len())).unwrap_or(u32::MAX);
        lexer.lexed.errors.push(error);
        lexer.lexed.tokens.push(Token { kind: Kind::Error(0), start: at, end: at });
    }
    lexer.lexed
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    lexed: Lexed,
}

type Scanned<T> = Result<T, SyntaxError>;

impl Lexer<'_> {
    fn run(&mut self) -> Scanned<()> {
        while let Some(byte) = self.peek(0) {
            let start = self.at;
            match byte {
                _ if is_space(byte) => self.at += 1,
                b'-' if self.peek(1) == Some(b'-') => self.line_comment(),
                b'/' if self.peek(1) == Some(b'*') => self.block_comment()?,
                b'\'' => self.string(start, 1, Kind::String)?,
                b'"' => self.quoted_identifier(start, 1)?,
                b'$' => self.dollar()?,
                b'0'..=b'9' => self.number()?,
                b'.' if self.peek(1).is_some_and(|next| next.is_ascii_digit()) => self.number()?,
                _ if is_identifier_start(byte) => self.word(byte)?,
                _ => self.symbol(byte)?,
            }
        }
        Ok(())
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.lexed.tokens.push(Token { kind, start: place(start), end: place(self.at) });
    }

    fn near<T>(&self, range: std::ops::Range<usize>, message: &str) -> Scanned<T> {
        Err(SyntaxError::near(self.text, range, message))
    }

    fn line_comment(&mut self) {
        let end = memchr::memchr2(b'\n', b'\r', self.rest());
        self.at = end.map_or(self.bytes.len(), |end| self.at + end);
    }

    fn block_comment(&mut self) -> Scanned<()> {
        let start = self.at;
        let mut depth = 0usize;
        while let Some(next) = memchr::memchr2(b'/', b'*', self.rest()) {
            self.at += next;
            match (self.peek(0), self.peek(1)) {
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (Some(b'*'), Some(b'/')) => {
                    depth = depth.saturating_sub(1);
                    self.at += 2;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
        self.near(start..self.bytes.len(), "unterminated /* comment")
    }

    fn word(&mut self, first: u8) -> Scanned<()> {
        let start = self.at;
        match (first, self.peek(1), self.peek(2)) {
            (b'e' | b'E', Some(b'\''), _) => return self.string(start, 2, Kind::String),
            (b'b' | b'B', Some(b'\''), _) => return self.string(start, 2, Kind::Bits),
            (b'x' | b'X', Some(b'\''), _) => return self.string(start, 2, Kind::Bytes),
            (b'u' | b'U', Some(b'&'), Some(b'\'')) => return self.string(start, 3, Kind::String),
            (b'u' | b'U', Some(b'&'), Some(b'"')) => return self.quoted_identifier(start, 3),
            (b'n' | b'N', Some(b'\''), _) => {
                self.at += 1;
                let kind = KEYWORDS.find("nchar").map_or(Kind::Identifier, Kind::Keyword);
                self.push(kind, start);
                return Ok(());
            }
            _ => {}
        }
        self.skip_identifier();
        let word = self.text.get(start..self.at).unwrap_or("");
        let kind = KEYWORDS.find(word).map_or(Kind::Identifier, Kind::Keyword);
        self.push(kind, start);
        Ok(())
    }

    fn skip_identifier(&mut self) {
        let end = self.rest().iter().position(|byte| !is_identifier_part(*byte));
        self.at = end.map_or(self.bytes.len(), |end| self.at + end);
    }

    /// A string of which `prefix` bytes come before its text, the quote included.
    fn string(&mut self, start: usize, prefix: usize, kind: Kind) -> Scanned<()> {
        let letter = self.bytes.get(start).map_or(b'\'', u8::to_ascii_lowercase);
        let escapes = letter == b'e';
        self.at = start + prefix;
        // Pieces that only blanks and a line's end part are one string.
        let mut pieces = Vec::with_capacity(1);
        loop {
            let from = self.at;
            loop {
                let found = if escapes {
                    memchr::memchr2(b'\'', b'\\', self.rest())
                } else {
                    memchr::memchr(b'\'', self.rest())
                };
                let Some(next) = found else {
                    let message = match letter {
                        b'b' => "unterminated bit string literal",
                        b'x' => "unterminated hexadecimal string literal",
                        _ => "unterminated quoted string",
                    };
                    return self.near(start..self.bytes.len(), message);
                };
                self.at += next;
                let doubled = self.peek(1) == Some(b'\'') && !matches!(letter, b'b' | b'x');
                if self.peek(0) == Some(b'\\') || doubled {
                    self.at = (self.at + 2).min(self.bytes.len());
                } else {
                    break;
                }
            }
            pieces.push(from..self.at);
            self.at += 1;
            match self.continuation() {
                Some(next) => self.at = next,
                None => break,
            }
        }
        match letter {
            b'e' => literal::check_escapes(self.text, &pieces)?,
            b'u' => {
                let escape = self.unicode_escape()?;
                literal::check_unicode(self.text, &pieces, escape)?;
            }
            _ => {}
        }
        self.push(kind, start);
        Ok(())
    }

    /// Where the text of the next piece of a string begins, if there is one.
    fn continuation(&self) -> Option<usize> {
        let mut at = self.at;
        let mut new_line = false;
        loop {
            match *self.bytes.get(at)? {
                b'\'' if new_line => return Some(at + 1),
                byte if is_space(byte) => {
                    new_line |= matches!(byte, b'\n' | b'\r');
                    at += 1;
                }
                b'-' if self.bytes.get(at + 1) == Some(&b'-') => {
                    let rest = self.bytes.get(at..)?;
                    at += memchr::memchr2(b'\n', b'\r', rest)?;
                }
                _ => return None,
            }
        }
    }

    fn quoted_identifier(&mut self, start: usize, prefix: usize) -> Scanned<()> {
        self.at = start + prefix;
        let from = self.at;
        loop {
            let Some(next) = memchr::memchr(b'"', self.rest()) else {
                return self.near(start..self.bytes.len(), "unterminated quoted identifier");
            };
            self.at += next;
            if self.peek(1) != Some(b'"') {
                break;
            }
            self.at += 2;
        }
        let inside = from..self.at;
        self.at += 1;
        if inside.is_empty() {
            return self.near(start..self.at, "zero-length delimited identifier");
        }
        if prefix > 1 {
            let escape = self.unicode_escape()?;
            literal::check_unicode(self.text, &[inside], escape)?;
        }
        self.push(Kind::Identifier, start);
        Ok(())
    }

    /// The escape character of a literal that was read: what UESCAPE behind it names.
    fn unicode_escape(&mut self) -> Scanned<u8> {
        let end = self.at;
        let read = self.lexed.tokens.len();
        self.next_token()?;
        let is_uescape = self.lexed.tokens.get(read).is_some_and(|t| t.is(self.text, "uescape"));
        self.lexed.tokens.truncate(read);
        if !is_uescape {
            self.at = end;
            return Ok(b'\\');
        }
        self.next_token()?;
        let token = self.lexed.tokens.get(read).copied();
        self.lexed.tokens.truncate(read);
        let range = token.map_or(self.at..self.at, Token::range);
        let Some(Token { kind: Kind::String, .. }) = token else {
            return self.near(range, "UESCAPE must be followed by a simple string literal");
        };
        match self.bytes.get(range.clone()) {
            Some([b'\'', escape, b'\''])
                if !escape.is_ascii_hexdigit()
                    && !matches!(escape, b'+' | b'\'' | b'"')
                    && !is_space(*escape) =>
            {
                Ok(*escape)
            }
            _ => self.near(range, "invalid Unicode escape character"),
        }
    }

    /// Reads one token, if there is one. Literals with escapes of their own are not nested here, so that this
    /// does not go deep.
    fn next_token(&mut self) -> Scanned<()> {
        while let Some(byte) = self.peek(0) {
            let start = self.at;
            match byte {
                _ if is_space(byte) => self.at += 1,
                b'-' if self.peek(1) == Some(b'-') => self.line_comment(),
                b'/' if self.peek(1) == Some(b'*') => self.block_comment()?,
                b'\'' => return self.string(start, 1, Kind::String),
                _ if is_identifier_start(byte)
                    && !(matches!(byte, b'u' | b'U') && self.peek(1) == Some(b'&')) =>
                {
                    return self.word(byte);
                }
                _ => {
                    self.push(Kind::Character(byte), start);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn dollar(&mut self) -> Scanned<()> {
        let start = self.at;
        if self.peek(1).is_some_and(|next| next.is_ascii_digit()) {
            self.at += 1;
            self.skip_digits(false);
            if self.peek(0).is_some_and(is_identifier_start) {
                self.skip_identifier();
                return self.near(start..self.at, "trailing junk after parameter");
            }
            self.push(Kind::Parameter, start);
            return Ok(());
        }
        let rest = self.bytes.get(start + 1..).unwrap_or_default();
        let is_tag = |byte: &u8| is_identifier_part(*byte) && *byte != b'$';
        let length = rest.iter().position(|byte| !is_tag(byte)).unwrap_or(rest.len());
        if rest.get(length) != Some(&b'$') {
            self.at += 1;
            self.push(Kind::Character(b'$'), start);
            return Ok(());
        }
        let body = start + length + 2;
        let tag = self.bytes.get(start..body).unwrap_or_default();
        let rest = self.bytes.get(body..).unwrap_or_default();
        let Some(end) = memchr::memmem::find(rest, tag) else {
            return self.near(start..self.bytes.len(), "unterminated dollar-quoted string");
        };
        self.at = body + end + tag.len();
        self.push(Kind::String, start);
        Ok(())
    }

    /// Skips digits, and single underscores between them; whether there was such a one.
    fn skip_digits(&mut self, underscores: bool) -> bool {
        let mut found = false;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b'0'..=b'9'), _) => self.at += 1,
                (Some(b'_'), Some(b'0'..=b'9')) if underscores => {
                    found = true;
                    self.at += 2;
                }
                _ => return found,
            }
        }
    }

    fn number(&mut self) -> Scanned<()> {
        let start = self.at;
        if let Some(kind) = self.other_base() {
            return self.end_of_number(start, kind);
        }
        let mut new = self.skip_digits(true);
        let mut whole = true;
        // Of `1..10` the first number is 1.
        if self.peek(0) == Some(b'.') && self.peek(1) != Some(b'.') {
            whole = false;
            self.at += 1;
            if self.peek(0).is_some_and(|next| next.is_ascii_digit()) {
                new |= self.skip_digits(true);
            }
        }
        if matches!(self.peek(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.peek(1), Some(b'+' | b'-')));
            if self.peek(1 + sign).is_some_and(|next| next.is_ascii_digit()) {
                whole = false;
                self.at += 1 + sign;
                new |= self.skip_digits(true);
            } else if sign > 0 {
                self.at += 2;
                return self.near(start..self.at, "trailing junk after numeric literal");
            }
        }
        let small = || {
            let digits = self.text.get(start..self.at).unwrap_or("").replace('_', "");
            digits.parse::<i32>().is_ok()
        };
        let kind = match (whole && small(), new) {
            (true, false) => Kind::Integer,
            (true, true) => Kind::NewInteger,
            (false, false) => Kind::Number,
            (false, true) => Kind::NewNumber,
        };
        self.end_of_number(start, kind)
    }

    /// A number that begins with `0x`, `0o` or `0b` and has a digit.
    fn other_base(&mut self) -> Option<Kind> {
        let base = match (self.peek(0)?, self.peek(1)?) {
            (b'0', b'x' | b'X') => 16,
            (b'0', b'o' | b'O') => 8,
            (b'0', b'b' | b'B') => 2,
            _ => return None,
        };
        let is_digit = |byte: Option<u8>| byte.is_some_and(|b| char::from(b).is_digit(base));
        let mut end = 2;
        loop {
            if is_digit(self.peek(end)) {
                end += 1;
            } else if self.peek(end) == Some(b'_') && is_digit(self.peek(end + 1)) {
                end += 2;
            } else {
                break;
            }
        }
        if end == 2 {
            return None;
        }
        let digits = self.text.get(self.at + 2..self.at + end)?.replace('_', "");
        self.at += end;
        let small = i32::from_str_radix(&digits, base).is_ok();
        Some(if small { Kind::NewInteger } else { Kind::NewNumber })
    }

    fn end_of_number(&mut self, start: usize, kind: Kind) -> Scanned<()> {
        if self.peek(0).is_some_and(is_identifier_start) {
            self.skip_identifier();
            return self.near(start..self.at, "trailing junk after numeric literal");
        }
        self.push(kind, start);
        Ok(())
    }

    fn symbol(&mut self, byte: u8) -> Scanned<()> {
        let start = self.at;
        let kind = match (byte, self.peek(1)) {
            (b':', Some(b':')) => Some(Kind::Cast),
            (b':', Some(b'=')) => Some(Kind::ColonEquals),
            (b'.', Some(b'.')) => Some(Kind::DotDot),
            _ => None,
        };
        if let Some(kind) = kind {
            self.at += 2;
            self.push(kind, start);
            return Ok(());
        }
        let length = self.operator_length();
        self.at += length.max(1);
        let kind = match self.bytes.get(start..self.at).unwrap_or_default() {
            [single] if SELF.contains(single) || length == 0 => Kind::Character(*single),
            b"=>" => Kind::EqualsGreater,
            b"<=" => Kind::LessEquals,
            b">=" => Kind::GreaterEquals,
            b"<>" | b"!=" => Kind::NotEquals,
            _ if length >= NAME_LENGTH => return self.near(start..self.at, "operator too long"),
            _ => Kind::Operator,
        };
        self.push(kind, start);
        Ok(())
    }

    /// How long the operator is that begins here, 0 where none does.
    fn operator_length(&self) -> usize {
        let rest = self.rest();
        let length = rest.iter().position(|byte| !OPERATOR.contains(byte)).unwrap_or(rest.len());
        let all = rest.get(..length).unwrap_or_default();
        let comment = all.windows(2).position(|pair| matches!(pair, b"--" | b"/*"));
        let mut operator = all.get(..comment.unwrap_or(length)).unwrap_or_default();
        if !operator.iter().any(|byte| OWN.contains(byte)) {
            while let [rest @ .., b'+' | b'-'] = operator
                && !rest.is_empty()
            {
                operator = rest;
            }
        } else if let [rest @ .., b'+' | b'-'] = operator
            && !rest.iter().any(|byte| OWN.contains(byte))
        {
            operator = rest;
        }
        operator.len()
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn is_identifier_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_identifier_part(byte: u8) -> bool {
    is_identifier_start(byte) || byte.is_ascii_digit() || byte == b'$'
}
