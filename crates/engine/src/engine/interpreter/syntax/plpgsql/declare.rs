//! Blocks, their declarations and their exception handlers.

use super::super::token::{Kind, Token};
use super::{Body, MAX_DEPTH, Mode, Read, Scope, Stop};

impl Body<'_> {
    /// `<<label>>`
    pub(super) fn label(&mut self) -> Read<Option<String>> {
        if !self.eat_operator("<<") {
            return Ok(None);
        }
        let name = self.name()?;
        if self.eat_operator(">>") { Ok(Some(name)) } else { self.unexpected() }
    }

    /// A block from DECLARE or BEGIN to END and its label.
    pub(super) fn block(&mut self, label: Option<String>) -> Read {
        self.enter(Scope { label, ..Scope::default() })?;
        if self.eat("declare") {
            while !self.is("begin") {
                if !self.eat("declare") {
                    self.declaration()?;
                }
            }
        }
        self.need("begin")?;
        self.statements()?;
        if self.eat("exception") {
            if !self.is("when") {
                return self.unexpected();
            }
            while self.eat("when") {
                self.handler()?;
            }
        }
        self.need("end")?;
        self.leave()
    }

    fn handler(&mut self) -> Read {
        loop {
            let token = self.token();
            let name = self.name()?;
            if name == "sqlstate" {
                if self.token().kind != Kind::String {
                    return self.unexpected();
                }
                self.sqlstate()?;
            } else if name != "others" && !(self.surroundings.is_condition)(&name) {
                return self.unknown_condition(token, &name);
            }
            if !self.eat("or") {
                break;
            }
        }
        self.need("then")?;
        let names = ["sqlstate", "sqlerrm"].map(str::to_owned).to_vec();
        self.scopes.push(Scope { names, ..Scope::default() });
        self.statements()?;
        self.scopes.pop();
        Ok(())
    }

    pub(super) fn enter(&mut self, scope: Scope) -> Read {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Stop::TooDeep);
        }
        self.scopes.push(scope);
        Ok(())
    }

    /// The label after END is that of the block or loop, if there is one.
    pub(super) fn leave(&mut self) -> Read {
        self.depth -= 1;
        let label = self.scopes.pop().and_then(|scope| scope.label);
        let token = self.token();
        if !self.is_name(token) {
            return Ok(());
        }
        let end = self.name()?;
        match label {
            Some(label) if label == end => Ok(()),
            Some(label) => {
                let message = format!("end label \"{end}\" differs from block's label \"{label}\"");
                self.refuse(token, message)
            }
            None => {
                self.refuse(token, format!("end label \"{end}\" specified for unlabeled block"))
            }
        }
    }

    pub(super) fn declare(&mut self, name: String) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.push(name);
        }
    }

    fn declaration(&mut self) -> Read {
        if self.eat_operator("<<") {
            self.at -= 1;
            return self.near("block label must be placed before DECLARE, not after");
        }
        let name = self.name()?;
        if self.scopes.last().is_some_and(|scope| scope.names.contains(&name)) {
            self.at -= 1;
            return self.near("duplicate declaration");
        }
        if self.is("alias") && self.is_word(self.token_at(self.at + 1), "for") {
            self.at += 2;
            self.variable()?;
            self.declare(name);
            return self.need_character(b';');
        }
        let next = self.token_at(self.at + 1);
        let scrolls = (self.is("no") && self.is_word(next, "scroll"))
            || (self.is("scroll") && self.is_word(next, "cursor"));
        if scrolls || (self.is("cursor") && !next.is_character(b';')) {
            self.eat("no");
            self.eat("scroll");
            self.need("cursor")?;
            self.cursor()?;
        } else {
            self.typed()?;
        }
        self.declare(name);
        Ok(())
    }

    fn cursor(&mut self) -> Read {
        if self.eat_character(b'(') {
            loop {
                self.name()?;
                self.data_type(&[",", ")"])?;
                if !self.eat_character(b',') {
                    break;
                }
            }
            self.need_character(b')')?;
        }
        if !self.eat("for") && !self.eat("is") {
            return self.unexpected();
        }
        self.part(&[";"], Mode::Statement)?;
        self.need_character(b';')
    }

    /// What follows the name of a variable.
    fn typed(&mut self) -> Read {
        self.eat("constant");
        self.data_type(&[";"])?;
        if self.eat("collate") {
            self.name()?;
            while self.eat_character(b'.') {
                self.name()?;
            }
        }
        let not_null = self.eat("not");
        if not_null {
            self.need("null")?;
        }
        if self.eat("default") || self.eat_assignment() {
            self.expression(&[";"])?;
        }
        self.need_character(b';')
    }

    /// A type, up to what may follow it or one of these characters.
    fn data_type(&mut self, ends: &[&str]) -> Read {
        const FOLLOWERS: [&str; 6] = ["collate", "not", "default", "=", ":=", ";"];
        let start = self.at;
        let mut depth = 0usize;
        loop {
            let token = self.token();
            let text = token.text(self.text).to_ascii_lowercase();
            if depth == 0 && (FOLLOWERS.contains(&text.as_str()) || ends.contains(&text.as_str())) {
                break;
            }
            match token.kind {
                Kind::Character(b';') => break,
                Kind::End if depth > 0 => return self.near("mismatched parentheses"),
                Kind::End => return self.near("incomplete data type declaration"),
                Kind::Error(_) => return self.unexpected(),
                Kind::Character(b'(' | b'[') => depth += 1,
                Kind::Character(b')' | b']') => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
        if start == self.at {
            return self.near("missing data type declaration");
        }
        let tokens = self.lexed.tokens.get(start..self.at).unwrap_or_default();
        if self.is_copied(tokens) { Ok(()) } else { self.judge(tokens.to_vec(), Mode::Type) }
    }

    /// Whether a type is that of something else: `table.column%TYPE`, `table%ROWTYPE`, since 17 an array of it.
    fn is_copied(&self, tokens: &[Token]) -> bool {
        let Some(percent) = tokens.iter().position(|token| token.is_character(b'%')) else {
            return false;
        };
        let (name, rest) = tokens.split_at(percent);
        let is_name = name.iter().enumerate().all(|(at, token)| match at % 2 {
            0 => matches!(token.kind, Kind::Identifier | Kind::Keyword(_)),
            _ => token.is_character(b'.'),
        });
        let word = |token: Option<&Token>, word| token.is_some_and(|t| self.is_word(*t, word));
        let is_type = word(rest.get(1), "type") || word(rest.get(1), "rowtype");
        let is_array = rest
            .get(2)
            .is_none_or(|token| token.is_character(b'[') || self.is_word(*token, "array"));
        name.len() % 2 == 1 && is_name && is_type && is_array
    }
}
