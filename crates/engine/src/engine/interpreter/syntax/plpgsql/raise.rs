//! RAISE and GET DIAGNOSTICS.

use super::super::error::SyntaxError;
use super::super::token::{Kind, Token};
use super::{Body, Read};

/// Levels of RAISE.
const LEVELS: [&str; 6] = ["exception", "warning", "notice", "info", "log", "debug"];

/// Options of RAISE.
const OPTIONS: [&str; 9] =
    ["errcode", "message", "detail", "hint", "column", "constraint", "datatype", "table", "schema"];

/// Items of GET DIAGNOSTICS that are of the last statement.
const CURRENT: [&str; 2] = ["row_count", "pg_routine_oid"];

/// Items of GET DIAGNOSTICS that are of the error that is handled.
const STACKED: [&str; 10] = [
    "pg_exception_detail",
    "pg_exception_hint",
    "pg_exception_context",
    "returned_sqlstate",
    "column_name",
    "constraint_name",
    "pg_datatype_name",
    "message_text",
    "table_name",
    "schema_name",
];

impl Body<'_> {
    pub(super) fn raise(&mut self) -> Read {
        let start = self.at - 1;
        if self.eat_character(b';') {
            return Ok(());
        }
        let _level = LEVELS.iter().any(|level| self.eat(level));
        let mut placeholders = None;
        let token = self.token();
        if token.kind == Kind::String {
            self.at += 1;
            placeholders = Some(count_placeholders(&literal(token.text(self.text))));
        } else if !self.is("using") {
            let token = self.token();
            let name = self.name()?;
            if name == "sqlstate" {
                if self.token().kind != Kind::String {
                    return self.unexpected();
                }
                self.sqlstate()?;
            } else if !(self.surroundings.is_condition)(&name) {
                return self.unknown_condition(token, &name);
            }
        }
        let mut arguments = 0;
        if let Some(placeholders) = placeholders {
            if !matches!(self.token().kind, Kind::Character(b',' | b';')) && !self.is("using") {
                return self.unexpected();
            }
            while self.eat_character(b',') {
                self.expression(&[",", ";", "using"])?;
                arguments += 1;
            }
            self.raise_options()?;
            let message = if placeholders > arguments {
                "too few parameters specified for RAISE"
            } else if placeholders < arguments {
                "too many parameters specified for RAISE"
            } else {
                return self.need_character(b';');
            };
            return self.refuse(self.token_at(start), message);
        }
        self.raise_options()?;
        self.need_character(b';')
    }

    fn raise_options(&mut self) -> Read {
        if !self.eat("using") {
            return Ok(());
        }
        loop {
            if !OPTIONS.iter().any(|option| self.eat(option)) {
                return self.near("unrecognized RAISE statement option");
            }
            if !self.eat_assignment() {
                return self.near("syntax error, expected \"=\"");
            }
            self.expression(&[",", ";"])?;
            if !self.eat_character(b',') {
                return Ok(());
            }
        }
    }

    /// A SQLSTATE has five digits or capital letters.
    pub(super) fn sqlstate(&mut self) -> Read {
        let code = literal(self.token().text(self.text));
        let is_code = |b: &u8| b.is_ascii_digit() || b.is_ascii_uppercase();
        if code.len() != 5 || !code.as_bytes().iter().all(is_code) {
            return self.near("invalid SQLSTATE code");
        }
        self.at += 1;
        Ok(())
    }

    pub(super) fn unknown_condition<T>(&self, token: Token, name: &str) -> Read<T> {
        let message = format!("unrecognized exception condition \"{name}\"");
        Err(SyntaxError::new(token.range(), "42704", message).into())
    }

    pub(super) fn get_diagnostics(&mut self) -> Read {
        let start = self.token_at(self.at - 1);
        let stacked = self.eat("stacked");
        if !stacked {
            self.eat("current");
        }
        self.need("diagnostics")?;
        let mut misplaced = None;
        loop {
            self.variable()?;
            if !self.eat_assignment() {
                return self.unexpected();
            }
            let item = self.name_of(self.token());
            let of_current = CURRENT.contains(&item.as_str());
            let of_stacked = STACKED.contains(&item.as_str());
            if !of_current && !of_stacked && item != "pg_context" {
                return self.near("unrecognized GET DIAGNOSTICS item");
            }
            if (stacked && of_current) || (!stacked && of_stacked) {
                misplaced = misplaced.or(Some(item.to_ascii_uppercase()));
            }
            self.at += 1;
            if !self.eat_character(b',') {
                break;
            }
        }
        self.need_character(b';')?;
        let Some(item) = misplaced else { return Ok(()) };
        let area = if stacked { "STACKED" } else { "CURRENT" };
        let message = format!("diagnostics item {item} is not allowed in GET {area} DIAGNOSTICS");
        self.refuse(start, message)
    }
}

/// The text of a string in quotes.
fn literal(text: &str) -> String {
    if let Some(rest) = text.strip_prefix('$') {
        let tag = rest.find('$').map_or(0, |end| end + 2);
        return text.get(tag..text.len().saturating_sub(tag)).unwrap_or("").to_owned();
    }
    let start = text.find('\'').map_or(0, |start| start + 1);
    text.get(start..text.len().saturating_sub(1)).unwrap_or("").replace("''", "'")
}

/// How many parameters a format takes; `%%` is a percent sign.
fn count_placeholders(format: &str) -> usize {
    let mut count = 0;
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '%' && letters.next_if_eq(&'%').is_none() {
            count += 1;
        }
    }
    count
}
