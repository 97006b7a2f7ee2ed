//! Code in literals: bodies of functions and of `DO`.

use std::ops::Range;

use crate::engine::interpreter::parse::code;
use crate::engine::interpreter::plpgsql::{self, Block, SyntaxError};
use crate::engine::interpreter::syntax::SyntaxError as Refusal;

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
    /// Why the server refuses to compile the code, if it does.
    pub(in crate::engine::interpreter) refusal: Option<Refusal>,
}

impl Do {
    /// Reads the code ahead of its turn, as all of a statement is read.
    pub(in crate::engine) fn new(language: String, body: Body) -> Self {
        let block = plpgsql::parse(&body.text);
        let refusal = if language == "plpgsql" { code::of_do(&body.text) } else { None };
        Self { language, body, block, refusal }
    }
}
