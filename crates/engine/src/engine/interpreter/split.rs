//! Cuts the text of a migration into statements, as psql does before it sends them.

use std::ops::Range;

/// A stretch of a file that is not blank, a comment or a semicolon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its bytes, from the first token to the last, without the semicolon.
    pub range: Range<usize>,
    /// What it is.
    pub kind: PieceKind,
}

/// What a [`Piece`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// An SQL statement.
    Statement,
    /// A line that starts with a backslash: a command to psql, not to the server.
    PsqlCommand,
    /// The rows below `COPY … FROM stdin`.
    CopyData,
    /// A quote or comment that nothing closes; it reaches to the end of the file.
    Unterminated(Unterminated),
}

/// What was left open at the end of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unterminated {
    /// `'…`
    String,
    /// `"…`
    Identifier,
    /// `$tag$…`
    DollarQuote,
    /// `/*…`
    Comment,
}

impl Unterminated {
    /// What the server calls it.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::String => "unterminated quoted string",
            Self::Identifier => "unterminated quoted identifier",
            Self::DollarQuote => "unterminated dollar-quoted string",
            Self::Comment => "unterminated /* comment",
        }
    }
}

/// Cuts `text` into pieces, in order. Linear in the length of `text`, whatever it holds.
#[must_use]
pub fn split(text: &str) -> Vec<Piece> {
    Splitter::read(text).pieces
}

/// The comments of `text` in their order, delimiters included: those between and in statements, and those
/// of the bodies of DO, functions and procedures, which are strings to SQL and code to PL/pgSQL.
#[must_use]
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let Splitter { mut comments, bodies, .. } = Splitter::read(text);
    for body in bodies {
        let inner = Splitter::read(text.get(body.clone()).unwrap_or("")).comments;
        comments.extend(inner.into_iter().map(|c| body.start + c.start..body.start + c.end));
    }
    comments.sort_by_key(|comment| comment.start);
    comments
}

/// The statement that is being read.
struct Open {
    start: usize,
    /// Where its last token ended.
    end: usize,
    /// Its first words, upper case, for the statements that may hold semicolons.
    words: Vec<String>,
    parentheses: usize,
    /// How many BEGIN and CASE of a `BEGIN ATOMIC` body wait for their END.
    blocks: usize,
    /// `FROM STDIN` was seen, and it is a COPY.
    copy_from_stdin: bool,
}

impl Open {
    /// How many words decide what a statement is: `CREATE OR REPLACE FUNCTION`.
    const WORDS: usize = 4;

    fn makes(&self, kinds: &[&str]) -> bool {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["CREATE", "OR", "REPLACE", kind, ..] | ["CREATE", kind, ..] => kinds.contains(kind),
            _ => false,
        }
    }

    /// A string in dollar quotes is a body of code.
    fn takes_code(&self) -> bool {
        self.words.first().is_some_and(|word| word == "DO")
            || self.makes(&["FUNCTION", "PROCEDURE"])
    }

    fn see_word(&mut self, word: &[u8], previous_was_from: bool) {
        if self.words.len() < Self::WORDS {
            self.words.push(String::from_utf8_lossy(word).to_ascii_uppercase());
        }
        if previous_was_from
            && word.eq_ignore_ascii_case(b"STDIN")
            && self.words.first().is_some_and(|w| w == "COPY")
        {
            self.copy_from_stdin = true;
        }
    }

    /// Follows the nesting of a `BEGIN ATOMIC` body. Its last END has nothing after it; any other word of
    /// that name outside of CASE is a column.
    fn see_block(&mut self, word: &[u8], ends_body: bool) {
        if self.parentheses > 0 || !self.makes(&["FUNCTION", "PROCEDURE"]) {
            return;
        }
        if word.eq_ignore_ascii_case(b"BEGIN")
            || (self.blocks > 0 && word.eq_ignore_ascii_case(b"CASE"))
        {
            self.blocks += 1;
        } else if word.eq_ignore_ascii_case(b"END") && (self.blocks > 1 || ends_body) {
            self.blocks = self.blocks.saturating_sub(1);
        }
    }

    fn holds_semicolon(&self) -> bool {
        self.blocks > 0 || (self.parentheses > 0 && self.makes(&["RULE"]))
    }
}

struct Splitter<'a> {
    bytes: &'a [u8],
    at: usize,
    pieces: Vec<Piece>,
    open: Option<Open>,
    /// The rows of a COPY start on the next line.
    rows_follow: bool,
    comments: Vec<Range<usize>>,
    /// What stands in dollar quotes and is code.
    bodies: Vec<Range<usize>>,
}

impl<'a> Splitter<'a> {
    fn read(text: &'a str) -> Self {
        let mut splitter = Self {
            bytes: text.as_bytes(),
            at: 0,
            pieces: Vec::new(),
            open: None,
            rows_follow: false,
            comments: Vec::new(),
            bodies: Vec::new(),
        };
        if text.starts_with('\u{feff}') {
            splitter.at = '\u{feff}'.len_utf8();
        }
        splitter.run();
        splitter
    }

    fn run(&mut self) {
        let mut previous_was_from = false;
        let mut previous_was_as = false;
        while let Some(byte) = self.peek(0) {
            let start = self.at;
            let mut is_from = false;
            let mut is_as = false;
            match byte {
                b';' => {
                    self.at += 1;
                    self.semicolon();
                }
                b'\\' => self.psql_command(),
                b'-' if self.peek(1) == Some(b'-') => self.line_comment(),
                b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
                b'\'' => self.quoted(Unterminated::String, b'\'', false),
                b'"' => self.quoted(Unterminated::Identifier, b'"', false),
                b'$' => self.dollar(),
                _ if is_space(byte) => {
                    self.at += 1;
                    if byte == b'\n' && std::mem::take(&mut self.rows_follow) {
                        self.close();
                        self.copy_data();
                    }
                    continue;
                }
                _ if is_identifier_start(byte) => {
                    let end = self.end_of_identifier(start);
                    self.at = end;
                    let word = &self.bytes[start..end];
                    is_from = word.eq_ignore_ascii_case(b"FROM");
                    let is_label = previous_was_as || start > 0 && self.bytes[start - 1] == b'.';
                    is_as = word.eq_ignore_ascii_case(b"AS");
                    let rest = self.bytes[end..].trim_ascii_start();
                    let ends_body = matches!(rest.first(), None | Some(b';' | b'-' | b'/'));
                    let open = self.token(start);
                    open.see_word(word, previous_was_from);
                    if !is_label {
                        open.see_block(word, ends_body);
                    }
                    if word.eq_ignore_ascii_case(b"E") && self.peek(0) == Some(b'\'') {
                        self.quoted(Unterminated::String, b'\'', true);
                    }
                }
                b'(' => {
                    self.at += 1;
                    self.token(start).parentheses += 1;
                }
                b')' => {
                    self.at += 1;
                    let open = self.token(start);
                    open.parentheses = open.parentheses.saturating_sub(1);
                }
                _ => {
                    self.at += 1;
                    self.token(start);
                }
            }
            previous_was_from = is_from;
            previous_was_as = is_as;
        }
        self.close();
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// The statement that the token from `start` to here belongs to.
    fn token(&mut self, start: usize) -> &mut Open {
        let end = self.at;
        let open = self.open.get_or_insert_with(|| Open {
            start,
            end,
            words: Vec::new(),
            parentheses: 0,
            blocks: 0,
            copy_from_stdin: false,
        });
        open.end = end;
        open
    }

    fn close(&mut self) -> Option<Open> {
        let open = self.open.take()?;
        self.pieces.push(Piece { range: open.start..open.end, kind: PieceKind::Statement });
        Some(open)
    }

    fn semicolon(&mut self) {
        if self.open.as_ref().is_some_and(Open::holds_semicolon) {
            self.token(self.at - 1);
        } else if let Some(open) = self.close() {
            self.rows_follow |= open.copy_from_stdin;
        }
    }

    fn end_of_line(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |i| from + i)
    }

    fn end_of_identifier(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        rest.iter().position(|&b| !is_identifier_part(b)).map_or(self.bytes.len(), |i| from + i)
    }

    fn line_comment(&mut self) {
        let start = self.at;
        let rest = &self.bytes[start..];
        self.at = memchr::memchr2(b'\n', b'\r', rest).map_or(self.bytes.len(), |i| start + i);
        self.comments.push(start..self.at);
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let mut depth = 0usize;
        while let Some(i) = memchr::memchr2(b'/', b'*', &self.bytes[self.at..]) {
            self.at += i;
            match (self.peek(0), self.peek(1)) {
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        self.comments.push(start..self.at);
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.unterminated(start, Unterminated::Comment);
    }

    /// A string or quoted identifier; `escapes` where a backslash escapes, as in `E'…'`.
    fn quoted(&mut self, what: Unterminated, quote: u8, escapes: bool) {
        let start = self.at;
        self.at += 1;
        loop {
            let rest = &self.bytes[self.at..];
            let found = if escapes {
                memchr::memchr2(quote, b'\\', rest)
            } else {
                memchr::memchr(quote, rest)
            };
            let Some(i) = found else { return self.unterminated(start, what) };
            self.at += i;
            if self.peek(0) == Some(b'\\') || self.peek(1) == Some(quote) {
                self.at = (self.at + 2).min(self.bytes.len());
                continue;
            }
            self.at += 1;
            if escapes && let Some(next) = self.continued_string() {
                self.at = next + 1;
                continue;
            }
            self.token(start);
            return;
        }
    }

    /// Where the next part of an `E'…'` string opens, on a later line: it escapes too.
    fn continued_string(&self) -> Option<usize> {
        let rest = &self.bytes[self.at..];
        let blank = rest.iter().position(|&b| !is_space(b))?;
        let continues = rest[blank] == b'\'' && memchr::memchr(b'\n', &rest[..blank]).is_some();
        continues.then_some(self.at + blank)
    }

    fn dollar(&mut self) {
        let start = self.at;
        let tag_end = match self.peek(1) {
            Some(b'$') => start + 1,
            Some(b) if is_identifier_start(b) => {
                let rest = &self.bytes[start + 1..];
                let len = rest.iter().position(|&b| b == b'$' || !is_identifier_part(b));
                len.map_or(self.bytes.len(), |len| start + 1 + len)
            }
            _ => self.bytes.len(),
        };
        if self.bytes.get(tag_end) != Some(&b'$') {
            self.at += 1;
            self.token(start);
            return;
        }
        let body = tag_end + 1;
        let tag = &self.bytes[start..body];
        match memchr::memmem::find(&self.bytes[body..], tag) {
            Some(i) => {
                self.at = body + i + tag.len();
                if self.token(start).takes_code() {
                    self.bodies.push(body..body + i);
                }
            }
            None => self.unterminated(start, Unterminated::DollarQuote),
        }
    }

    fn unterminated(&mut self, start: usize, what: Unterminated) {
        self.at = self.bytes.len();
        let start = self.open.take().map_or(start, |open| open.start);
        self.pieces.push(Piece { range: start..self.at, kind: PieceKind::Unterminated(what) });
    }

    /// psql takes the rest of the line, and sends what was typed so far for `\g` and its kin.
    fn psql_command(&mut self) {
        self.close();
        let start = self.at;
        self.at = self.end_of_line(start);
        let line = self.bytes[start..self.at].trim_ascii_end();
        self.pieces.push(Piece { range: start..start + line.len(), kind: PieceKind::PsqlCommand });
    }

    fn copy_data(&mut self) {
        let start = self.at;
        while self.at < self.bytes.len() {
            let end = self.end_of_line(self.at);
            let line = self.bytes[self.at..end].trim_ascii_end();
            self.at = (end + 1).min(self.bytes.len());
            if line == b"\\." {
                break;
            }
        }
        let data = self.bytes[start..self.at].trim_ascii_end();
        if !data.is_empty() {
            self.pieces.push(Piece { range: start..start + data.len(), kind: PieceKind::CopyData });
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn is_identifier_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_identifier_part(byte: u8) -> bool {
    is_identifier_start(byte) || byte.is_ascii_digit() || byte == b'$'
}
