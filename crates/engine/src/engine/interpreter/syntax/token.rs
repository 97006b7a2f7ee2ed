//! Tokens, as PostgreSQL's scanner (`src/backend/parser/scan.l`) cuts them.

use std::ops::Range;

/// A token of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier that is no keyword, or that is quoted.
    Identifier,
    /// A keyword, by its place in the list of all.
    Keyword(u16),
    /// An integer of at most 32 bits.
    Integer,
    /// Any other number.
    Number,
    /// A number such as `0x1f` or `1_000`, which PostgreSQL reads since 16.
    NewInteger,
    /// The same with a fraction or an exponent, or of more than 32 bits.
    NewNumber,
    /// `'…'`, `E'…'`, `U&'…'`, `$$…$$`
    String,
    /// `B'…'`
    Bits,
    /// `X'…'`
    Bytes,
    /// An operator of its own name.
    Operator,
    /// `$1`
    Parameter,
    /// `::`
    Cast,
    /// `..`
    DotDot,
    /// `:=`
    ColonEquals,
    /// `=>`
    EqualsGreater,
    /// `<=`
    LessEquals,
    /// `>=`
    GreaterEquals,
    /// `<>`, `!=`
    NotEquals,
    /// A character that stands for itself.
    Character(u8),
    /// What the scanner refuses, by its place in the list of such errors.
    Error(u16),
    /// The end of the text.
    End,
}

impl Token {
    /// Its bytes.
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Its text.
    pub(super) fn text(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or("")
    }

    /// Whether it is this keyword.
    pub(super) fn is(self, text: &str, keyword: &str) -> bool {
        matches!(self.kind, Kind::Keyword(_)) && self.text(text).eq_ignore_ascii_case(keyword)
    }

    /// Whether it is this character.
    pub(super) fn is_character(self, character: u8) -> bool {
        self.kind == Kind::Character(character)
    }
}
