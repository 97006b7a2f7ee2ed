//! Code in literals: bodies of functions and of `DO`.

use std::ops::Range;

use crate::engine::interpreter::plpgsql::{self, Block, SyntaxError};

/// Text inside a literal, with what is needed to map places in it back to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The text, quotes and escapes resolved.
    pub text: String,
    /// Where the literal's content lies in the statement's text.
    pub range: Range<usize>,
    /// The content is written as it is (dollar quotes), so that places map one to one.
    pub verbatim: bool,
}

/// `DO [LANGUAGE lang] 'body'`
#[derive(Debug, Clone)]
pub struct Do {
    /// The language, `plpgsql` where none is named.
    pub language: String,
    /// The code.
    pub body: Body,
    /// What PL/pgSQL makes of it.
    pub(in crate::engine::interpreter) block: Result<Block, SyntaxError>,
}

impl Do {
    /// Reads the code ahead of its turn, as all of a statement is read.
    pub(in crate::engine) fn new(language: String, body: Body) -> Self {
        let block = plpgsql::parse(&body.text);
        Self { language, body, block }
    }
}
