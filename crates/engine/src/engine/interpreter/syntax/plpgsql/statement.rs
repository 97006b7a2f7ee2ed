//! The statements of PL/pgSQL.

use super::super::token::{Kind, Token};
use super::{Body, Mode, Read, Scope};

/// Words that end a list of statements.
const CLOSING: [&str; 6] = ["end", "exception", "when", "else", "elsif", "elseif"];

impl Body<'_> {
    /// Statements up to a word that closes them.
    pub(super) fn statements(&mut self) -> Read {
        while !CLOSING.iter().any(|word| self.is(word)) {
            self.statement()?;
        }
        Ok(())
    }

    fn statement(&mut self) -> Read {
        let label = self.label()?;
        let token = self.token();
        if matches!(token.kind, Kind::End) {
            return self.near("syntax error");
        }
        if label.is_none() && self.assignment()? {
            return Ok(());
        }
        if self.is("declare") || self.is("begin") {
            self.block(label)?;
            return self.need_character(b';');
        }
        for (word, read) in LOOPS {
            if self.is(word) {
                self.enter(Scope { label, is_loop: true, ..Scope::default() })?;
                self.at += 1;
                read(self)?;
                return self.loop_body();
            }
        }
        if label.is_some() {
            return self.unexpected();
        }
        for (word, read) in STATEMENTS {
            if self.eat(word) {
                return read(self);
            }
        }
        self.sql()
    }

    /// `variable := expression`; whether it is one.
    fn assignment(&mut self) -> Read<bool> {
        let first = self.token();
        if !self.is_name(first) && first.kind != Kind::Parameter {
            return Ok(false);
        }
        let next = self.token_at(self.at + 1);
        let known = first.kind == Kind::Parameter || self.knows(&self.name_of(first));
        let assigns = self.is_assignment(next) || next.is_character(b'[');
        let mut at = self.at + 1;
        while self.token_at(at).is_character(b'.') {
            at += 2;
        }
        let after = self.token_at(at);
        let has_parts = at > self.at + 1;
        if !known && (assigns || (has_parts && self.is_assignment(after))) {
            self.variable()?;
        }
        if !known || !(self.is_assignment(after) || after.is_character(b'[')) {
            return Ok(false);
        }
        self.variable()?;
        while self.eat_character(b'.') {
            self.at += 1;
            while self.eat_character(b'[') {
                self.skip_to(|_, token| token.is_character(b']'), "]")?;
                self.need_character(b']')?;
            }
        }
        if !self.eat_assignment() {
            return self.unexpected();
        }
        self.expression(&[";"])?;
        self.need_character(b';')?;
        Ok(true)
    }

    /// What a loop repeats, up to the end of the loop.
    fn loop_body(&mut self) -> Read {
        self.need("loop")?;
        self.statements()?;
        self.need("end")?;
        self.need("loop")?;
        self.leave()?;
        self.need_character(b';')
    }

    fn if_statement(&mut self) -> Read {
        self.deeper(|body| {
            body.branch()?;
            while body.eat("elsif") || body.eat("elseif") {
                body.branch()?;
            }
            if body.eat("else") {
                body.statements()?;
            }
            body.need("end")?;
            body.need("if")
        })?;
        self.need_character(b';')
    }

    fn branch(&mut self) -> Read {
        self.expression(&["then"])?;
        self.need("then")?;
        self.statements()
    }

    fn case_statement(&mut self) -> Read {
        self.deeper(|body| {
            if !body.is("when") {
                body.expression(&["when"])?;
            }
            body.need("when")?;
            body.branch()?;
            while body.eat("when") {
                body.branch()?;
            }
            if body.eat("else") {
                body.statements()?;
            }
            body.need("end")?;
            body.need("case")
        })?;
        self.need_character(b';')
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Read) -> Read {
        self.enter(Scope::default())?;
        read(self)?;
        self.depth -= 1;
        self.scopes.pop();
        Ok(())
    }

    fn while_loop(&mut self) -> Read {
        self.expression(&["loop"])
    }

    fn for_loop(&mut self) -> Read {
        let first = self.token();
        let names = self.loop_variables()?;
        self.need("in")?;
        if self.eat("execute") {
            self.require_variables(first, &names)?;
            self.expression(&["loop", "using"])?;
            return self.using(&["loop"]);
        }
        let reverse = self.eat("reverse");
        let start = self.at;
        self.skip_to(
            |body, token| token.kind == Kind::DotDot || body.is_word(token, "loop"),
            "loop",
        )?;
        let is_range = self.token().kind == Kind::DotDot;
        let tokens = self.lexed.tokens.get(start..self.at).unwrap_or_default().to_vec();
        if is_range {
            self.judge_part(tokens, Mode::Expression)?;
            self.at += 1;
            self.expression(&["loop", "by"])?;
            if self.eat("by") {
                self.expression(&["loop"])?;
            }
            if names.len() > 1 {
                return self.refuse(first, "integer FOR loop must have only one target variable");
            }
            names.into_iter().for_each(|name| self.declare(name));
            return Ok(());
        }
        // A bound cursor makes its own record, and a query needs variables that are there.
        let is_cursor = match tokens.as_slice() {
            [cursor] => self.knows(&self.name_of(*cursor)),
            [cursor, open, ..] => open.is_character(b'(') && self.knows(&self.name_of(*cursor)),
            [] => false,
        };
        if is_cursor {
            names.into_iter().for_each(|name| self.declare(name));
            return Ok(());
        }
        if reverse {
            return self.refuse(first, "cannot specify REVERSE in query FOR loop");
        }
        self.require_variables(first, &names)?;
        self.judge_part(tokens, Mode::Statement)
    }

    fn judge_part(&self, tokens: Vec<Token>, mode: Mode) -> Read {
        if tokens.is_empty() {
            return self.near("missing expression");
        }
        self.judge(tokens, mode)
    }

    fn loop_variables(&mut self) -> Read<Vec<String>> {
        let mut names = Vec::new();
        loop {
            let name = self.name()?;
            let mut has_parts = false;
            while self.token().is_character(b'.') {
                self.at += 2;
                has_parts = true;
            }
            if !has_parts {
                names.push(name);
            }
            if !self.eat_character(b',') {
                return Ok(names);
            }
        }
    }

    fn require_variables(&self, first: Token, names: &[String]) -> Read {
        if names.iter().all(|name| self.knows(name)) {
            return Ok(());
        }
        let message =
            "loop variable of loop over rows must be a record variable or list of scalar variables";
        self.refuse(first, message)
    }

    fn foreach_loop(&mut self) -> Read {
        let first = self.token();
        let names = self.loop_variables()?;
        if !names.iter().all(|name| self.knows(name)) {
            let message = "loop variable of FOREACH must be a known variable or list of variables";
            return self.refuse(first, message);
        }
        if self.eat("slice") {
            if self.token().kind != Kind::Integer {
                return self.unexpected();
            }
            self.at += 1;
        }
        self.need("in")?;
        self.need("array")?;
        self.expression(&["loop"])
    }

    fn exit(&mut self) -> Read {
        let start = self.token_at(self.at - 1);
        let token = self.token();
        if self.is_name(token) {
            let label = self.name()?;
            let is_label = |scope: &Scope| scope.label.as_deref() == Some(&*label);
            match self.scopes.iter().rev().find(|scope| is_label(scope)) {
                Some(scope) if !scope.is_loop && self.is_word(start, "continue") => {
                    let message = format!("block label \"{label}\" cannot be used in CONTINUE");
                    return self.refuse(token, message);
                }
                Some(_) => {}
                None => {
                    let message = format!(
                        "there is no label \"{label}\" attached to any block or loop enclosing this statement"
                    );
                    return self.refuse(token, message);
                }
            }
        } else if !self.scopes.iter().any(|scope| scope.is_loop) {
            let message = if self.is_word(start, "exit") {
                "EXIT cannot be used outside a loop, unless it has a label"
            } else {
                "CONTINUE cannot be used outside a loop"
            };
            return self.refuse(start, message);
        }
        if self.eat("when") {
            self.expression(&[";"])?;
        }
        self.need_character(b';')
    }

    fn return_statement(&mut self) -> Read {
        if self.eat_character(b';') {
            if self.surroundings.returns_value {
                self.at -= 1;
                return self.near("missing expression");
            }
            return Ok(());
        }
        if self.eat("next") {
            if self.eat_character(b';') {
                return Ok(());
            }
        } else if self.eat("query") {
            if self.eat("execute") {
                self.expression(&[";", "using"])?;
                self.using(&[";"])?;
            } else {
                self.part(&[";"], Mode::Statement)?;
            }
            return self.need_character(b';');
        }
        self.expression(&[";"])?;
        self.need_character(b';')
    }

    /// `USING expression, …` up to one of these ends.
    fn using(&mut self, ends: &[&str]) -> Read {
        if !self.eat("using") {
            return Ok(());
        }
        let mut all = vec![","];
        all.extend(ends);
        self.expression(&all)?;
        while self.eat_character(b',') {
            self.expression(&all)?;
        }
        Ok(())
    }

    fn assert(&mut self) -> Read {
        self.expression(&[",", ";"])?;
        if self.eat_character(b',') {
            self.expression(&[";"])?;
        }
        self.need_character(b';')
    }

    fn execute(&mut self) -> Read {
        self.expression(&["into", "using", ";"])?;
        let (mut into, mut using) = (false, false);
        loop {
            if self.is("into") {
                if std::mem::replace(&mut into, true) {
                    return self.unexpected();
                }
                self.at += 1;
                self.read_targets_of_into()?;
            } else if self.is("using") {
                if std::mem::replace(&mut using, true) {
                    return self.unexpected();
                }
                self.at += 1;
                self.expression(&[",", ";", "into"])?;
                while self.eat_character(b',') {
                    self.expression(&[",", ";", "into"])?;
                }
            } else {
                return self.need_character(b';');
            }
        }
    }

    fn read_targets_of_into(&mut self) -> Read {
        self.eat("strict");
        self.variables()
    }

    fn perform(&mut self) -> Read {
        self.expression(&[";"])?;
        self.need_character(b';')
    }

    fn open(&mut self) -> Read {
        self.variable()?;
        if self.eat_character(b';') {
            return Ok(());
        }
        if self.token().is_character(b'(') {
            self.skip_to(|_, token| token.is_character(b';'), ";")?;
            return self.need_character(b';');
        }
        self.eat("no");
        self.eat("scroll");
        self.need("for")?;
        if self.eat("execute") {
            self.expression(&["using", ";"])?;
            self.using(&[";"])?;
        } else {
            self.part(&[";"], Mode::Statement)?;
        }
        self.need_character(b';')
    }

    /// What FETCH and MOVE say is not judged but for its end.
    fn read_to_semicolon(&mut self) -> Read {
        self.skip_to(|_, token| token.is_character(b';'), ";")?;
        self.need_character(b';')
    }

    fn close(&mut self) -> Read {
        self.variable()?;
        self.need_character(b';')
    }

    fn null(&mut self) -> Read {
        self.need_character(b';')
    }

    fn end_transaction(&mut self) -> Read {
        if self.eat("and") {
            self.eat("no");
            self.need("chain")?;
        }
        self.need_character(b';')
    }

    /// Any other statement, which is one of SQL; INTO with its variables is no part of that.
    fn sql(&mut self) -> Read {
        let start = self.at;
        let mut tokens = Vec::new();
        let mut depth = 0usize;
        let mut into = false;
        let mut previous = self.token();
        // `BEGIN ATOMIC … END` holds semicolons.
        let mut blocks = 0usize;
        let makes_routine = self.is("create");
        loop {
            let token = self.token();
            match token.kind {
                Kind::End => return self.near("unexpected end of function definition"),
                Kind::Error(_) => return self.unexpected(),
                Kind::Character(b';') if depth == 0 && blocks == 0 => break,
                Kind::Character(b'(' | b'[') => depth += 1,
                Kind::Character(b')' | b']') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if makes_routine {
                let opens_body = self.is("atomic") && self.is_word(previous, "begin");
                if opens_body || blocks > 0 && self.is("case") {
                    blocks += 1;
                } else if blocks > 0 && self.is("end") {
                    blocks -= 1;
                }
            }
            let takes_rows =
                ["insert", "merge", "import"].iter().any(|w| self.is_word(previous, w));
            if self.is("into")
                && !takes_rows
                && self.at > start
                && !self.is_word(self.token_at(start), "import")
            {
                if std::mem::replace(&mut into, true) {
                    return self.near("INTO specified more than once");
                }
                self.at += 1;
                self.read_targets_of_into()?;
                continue;
            }
            previous = token;
            tokens.push(token);
            self.at += 1;
        }
        if tokens.is_empty() {
            return self.unexpected();
        }
        self.judge(tokens, Mode::Statement)?;
        self.need_character(b';')
    }
}

/// How a part of a body is read.
type Reader = fn(&mut Body<'_>) -> Read;

const LOOPS: [(&str, Reader); 4] = [
    ("loop", |body| {
        body.at -= 1;
        Ok(())
    }),
    ("while", |body| body.while_loop()),
    ("for", |body| body.for_loop()),
    ("foreach", |body| body.foreach_loop()),
];

const STATEMENTS: [(&str, Reader); 18] = [
    ("if", |body| body.if_statement()),
    ("case", |body| body.case_statement()),
    ("exit", |body| body.exit()),
    ("continue", |body| body.exit()),
    ("return", |body| body.return_statement()),
    ("raise", |body| body.raise()),
    ("assert", |body| body.assert()),
    ("execute", |body| body.execute()),
    ("perform", |body| body.perform()),
    ("get", |body| body.get_diagnostics()),
    ("open", |body| body.open()),
    ("fetch", |body| body.read_to_semicolon()),
    ("move", |body| body.read_to_semicolon()),
    ("close", |body| body.close()),
    ("null", |body| body.null()),
    ("commit", |body| body.end_transaction()),
    ("rollback", |body| body.end_transaction()),
    ("elsif", |body| body.unexpected()),
];
