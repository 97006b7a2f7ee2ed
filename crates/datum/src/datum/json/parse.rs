//! Reads JSON.
//!
//! `serde_json` rounds numbers to binary fractions unless the whole program is built to keep them as texts, so that this is
//! a reader of our own.

use std::sync::Arc;

use super::Json;
use crate::datum::numeric::Numeric;
use crate::datum::{Computed, Refusal};

/// Deeper values are not read.
const MAX_DEPTH: usize = 200;

pub(super) fn parse(text: &str) -> Computed<Json> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    parser.blank();
    if parser.at < text.len() { Err(invalid()) } else { Ok(value) }
}

/// The texts of the values of a container, with their keys where it is an object; nothing of a scalar.
pub(super) fn parts(text: &str) -> Computed<Vec<(Option<String>, &str)>> {
    parse(text)?;
    let mut parser = Parser { text, at: 0 };
    parser.blank();
    let is_object = parser.rest().starts_with('{');
    if !is_object && !parser.rest().starts_with('[') {
        return Ok(Vec::new());
    }
    parser.at += 1;
    let mut parts = Vec::new();
    loop {
        parser.blank();
        if parser.takes("}") || parser.takes("]") {
            return Ok(parts);
        }
        let key = if is_object { Some(parser.string()?) } else { None };
        parser.blank();
        parser.takes(":");
        parser.blank();
        let from = parser.at;
        parser.value(1)?;
        parts.push((key, text.get(from..parser.at).unwrap_or("")));
        parser.blank();
        parser.takes(",");
    }
}

fn invalid() -> Refusal {
    Refusal::error("22P02", "invalid input syntax for type json")
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn takes(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Computed<Json> {
        if depth > MAX_DEPTH {
            return Err(Refusal::unknown("JSON of great depth"));
        }
        self.blank();
        match self.rest().bytes().next() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::String(self.string()?.into())),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'a'..=b'z') => {
                let rest = self.rest();
                let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii();
                let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
                self.at += end;
                match &rest[..end] {
                    "null" => Ok(Json::Null),
                    "true" => Ok(Json::Bool(true)),
                    "false" => Ok(Json::Bool(false)),
                    _ => Err(invalid()),
                }
            }
            _ => Err(invalid()),
        }
    }

    fn array(&mut self, depth: usize) -> Computed<Json> {
        self.at += 1;
        let mut items = Vec::new();
        self.blank();
        if self.takes("]") {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blank();
            if self.takes("]") {
                return Ok(Json::Array(items));
            }
            if !self.takes(",") {
                return Err(invalid());
            }
        }
    }

    fn object(&mut self, depth: usize) -> Computed<Json> {
        self.at += 1;
        let mut members = Vec::new();
        self.blank();
        if self.takes("}") {
            return Ok(Json::Object(members));
        }
        loop {
            self.blank();
            if !self.rest().starts_with('"') {
                return Err(invalid());
            }
            let key: Arc<str> = self.string()?.into();
            self.blank();
            if !self.takes(":") {
                return Err(invalid());
            }
            members.push((key, self.value(depth + 1)?));
            self.blank();
            if self.takes("}") {
                return Ok(Json::object(members));
            }
            if !self.takes(",") {
                return Err(invalid());
            }
        }
    }

    fn number(&mut self) -> Computed<Json> {
        let rest = self.rest();
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_');
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let number = &rest[..end];
        let unsigned = number.strip_prefix('-').unwrap_or(number);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (unsigned, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let exponent = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
        let plain = digits(whole)
            && (whole == "0" || !whole.starts_with('0'))
            && fraction.is_none_or(digits)
            && exponent.is_none_or(digits);
        if !plain {
            return Err(invalid());
        }
        self.at += end;
        match Numeric::parse(number) {
            Some(number) => Ok(Json::Number(number?)),
            None => Err(Refusal::unknown("a number of very many digits")),
        }
    }

    fn string(&mut self) -> Computed<String> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let mut chars = self.rest().chars();
            let Some(c) = chars.next() else { return Err(invalid()) };
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(string),
                '\\' => {
                    let Some(c) = chars.next() else { return Err(invalid()) };
                    self.at += c.len_utf8();
                    string.push(match c {
                        '"' | '\\' | '/' => c,
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'u' => self.escape()?,
                        _ => return Err(invalid()),
                    });
                }
                c if c < ' ' => return Err(invalid()),
                c => string.push(c),
            }
        }
    }

    fn escape(&mut self) -> Computed<char> {
        let digits = self.rest().get(..4).ok_or_else(invalid)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(invalid());
        }
        self.at += 4;
        let code = u32::from_str_radix(digits, 16).map_err(|_| invalid())?;
        match char::from_u32(code) {
            Some('\0') => Err(Refusal::error("22P05", "unsupported Unicode escape sequence")),
            Some(c) => Ok(c),
            // Of two halves of a character, which only some of the functions of `json` put together.
            None => Err(Refusal::unknown("a character that JSON writes in two halves")),
        }
    }
}
