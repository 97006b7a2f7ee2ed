//! The judge of PL/pgSQL: what the server refuses when a body is compiled (`pl_gram.y`).
//!
//! Statements are read as PL/pgSQL's own parser reads them, which has its own few keywords, and looks for the ends
//! of queries and expressions by these. Queries and expressions are judged by the grammar of SQL.

mod declare;
mod raise;
mod statement;

use super::error::SyntaxError;
use super::grammar::{Grammar, grammars};
use super::lexer::{self, Lexed};
use super::parser;
use super::token::{Kind, Token};

/// Bodies that are nested deeper are not judged.
const MAX_DEPTH: usize = 64;

/// Keywords that no variable is called by.
const RESERVED: [&str; 24] = [
    "all", "begin", "by", "case", "declare", "else", "end", "execute", "for", "foreach", "from",
    "if", "in", "into", "loop", "not", "null", "or", "strict", "then", "to", "using", "when",
    "while",
];

/// What a body knows from outside.
pub struct Surroundings<'a> {
    /// Names of parameters, of the function itself, and of what a trigger knows; in the server's spelling.
    pub names: &'a [String],
    /// Whether RETURN needs a value.
    pub returns_value: bool,
    /// Whether there is an exception of that name.
    pub is_condition: &'a dyn Fn(&str) -> bool,
}

/// What every supported server refuses of a body, if anything.
#[must_use]
pub fn check(body: &str, surroundings: &Surroundings<'_>) -> Option<SyntaxError> {
    let lexed = lexer::lex(body);
    let mut body =
        Body { text: body, lexed: &lexed, at: 0, depth: 0, surroundings, scopes: Vec::new() };
    match body.function() {
        Err(Stop::Refused(error)) => Some(error),
        Err(Stop::TooDeep) | Ok(()) => None,
    }
}

/// Why a body is read no further.
enum Stop {
    Refused(SyntaxError),
    TooDeep,
}

impl From<SyntaxError> for Stop {
    fn from(error: SyntaxError) -> Self {
        Self::Refused(error)
    }
}

type Read<T = ()> = Result<T, Stop>;

/// A block or a loop around what is read.
#[derive(Default)]
struct Scope {
    label: Option<String>,
    is_loop: bool,
    names: Vec<String>,
}

struct Body<'a> {
    text: &'a str,
    lexed: &'a Lexed,
    at: usize,
    depth: usize,
    surroundings: &'a Surroundings<'a>,
    scopes: Vec<Scope>,
}

/// How a part is judged.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Statement,
    Expression,
    Type,
}

impl<'a> Body<'a> {
    fn function(&mut self) -> Read {
        while self.eat_operator("#") {
            self.at += 2;
        }
        let label = self.label()?;
        self.block(label)?;
        self.eat_character(b';');
        if self.token().kind == Kind::End { Ok(()) } else { self.unexpected() }
    }

    fn token_at(&self, at: usize) -> Token {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let end = Token { kind: Kind::End, start: end, end };
        self.lexed.tokens.get(at).copied().unwrap_or(end)
    }

    fn token(&self) -> Token {
        self.token_at(self.at)
    }

    /// Whether a token is a word that is not quoted.
    fn is_word(&self, token: Token, word: &str) -> bool {
        matches!(token.kind, Kind::Identifier | Kind::Keyword(_))
            && token.text(self.text).eq_ignore_ascii_case(word)
    }

    fn is(&self, word: &str) -> bool {
        self.is_word(self.token(), word)
    }

    fn eat(&mut self, word: &str) -> bool {
        let is = self.is(word);
        self.at += usize::from(is);
        is
    }

    fn need(&mut self, word: &str) -> Read {
        if self.eat(word) { Ok(()) } else { self.unexpected() }
    }

    fn eat_character(&mut self, character: u8) -> bool {
        let is = self.token().is_character(character);
        self.at += usize::from(is);
        is
    }

    fn need_character(&mut self, character: u8) -> Read {
        if self.eat_character(character) { Ok(()) } else { self.unexpected() }
    }

    fn eat_operator(&mut self, operator: &str) -> bool {
        let token = self.token();
        let is = token.kind == Kind::Operator && token.text(self.text) == operator;
        self.at += usize::from(is);
        is
    }

    fn eat_assignment(&mut self) -> bool {
        let is = self.is_assignment(self.token());
        self.at += usize::from(is);
        is
    }

    fn is_assignment(&self, token: Token) -> bool {
        token.kind == Kind::ColonEquals || token.is_character(b'=')
    }

    /// An identifier, or any keyword that is not reserved.
    fn is_name(&self, token: Token) -> bool {
        matches!(token.kind, Kind::Identifier | Kind::Keyword(_))
            && !RESERVED.iter().any(|word| self.is_word(token, word))
    }

    fn name_of(&self, token: Token) -> String {
        let text = token.text(self.text);
        match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => text.to_ascii_lowercase(),
        }
    }

    fn name(&mut self) -> Read<String> {
        let token = self.token();
        if !self.is_name(token) {
            return self.unexpected();
        }
        self.at += 1;
        Ok(self.name_of(token))
    }

    /// The token here is not what has to come.
    fn unexpected<T>(&self) -> Read<T> {
        self.near("syntax error")
    }

    fn near<T>(&self, message: &str) -> Read<T> {
        let token = self.token();
        if let Kind::Error(place) = token.kind
            && let Some(error) = self.lexed.errors.get(usize::from(place))
        {
            return Err(error.clone().into());
        }
        Err(SyntaxError::near(self.text, token.range(), message).into())
    }

    fn refuse<T>(&self, token: Token, message: impl Into<String>) -> Read<T> {
        Err(SyntaxError::new(token.range(), "42601", message).into())
    }

    /// Whether a name is one of a variable, a block or a loop that is known here.
    fn knows(&self, name: &str) -> bool {
        let of_scope = |scope: &Scope| {
            scope.label.as_deref() == Some(name) || scope.names.iter().any(|n| n == name)
        };
        self.scopes.iter().any(of_scope) || self.surroundings.names.iter().any(|n| n == name)
    }

    /// Whether a name may have such a part: where it is only the label of a block, this has to be one of its
    /// variables.
    fn has(&self, name: &str, part: &str) -> bool {
        let is_variable = |scope: &Scope| scope.names.iter().any(|n| n == name);
        let blocks = self.scopes.iter().filter(|scope| scope.label.as_deref() == Some(name));
        let mut of_block = blocks.map(|scope| scope.names.iter().any(|n| n == part)).peekable();
        self.scopes.iter().any(is_variable)
            || self.surroundings.names.iter().any(|n| n == name)
            || of_block.peek().is_none()
            || of_block.any(|has| has)
    }

    /// A variable or a part of one, which has to be known.
    fn variable(&mut self) -> Read {
        let first = self.token();
        if first.kind == Kind::Parameter {
            self.at += 1;
        } else {
            let start = self.at;
            let name = self.name()?;
            while self.token().is_character(b'.') {
                self.at += 2;
            }
            let second = (self.at > start + 2).then(|| self.name_of(self.token_at(start + 2)));
            if !self.knows(&name) || second.is_some_and(|second| !self.has(&name, &second)) {
                let tokens = start..self.at;
                let parts = tokens.step_by(2).map(|at| self.name_of(self.token_at(at)));
                let name = parts.collect::<Vec<_>>().join(".");
                return self.refuse(first, format!("\"{name}\" is not a known variable"));
            }
        }
        while self.eat_character(b'[') {
            self.skip_to(|body, token| body.is_close(token), "]")?;
            self.need_character(b']')?;
        }
        Ok(())
    }

    fn is_close(&self, token: Token) -> bool {
        token.is_character(b']')
    }

    fn variables(&mut self) -> Read {
        self.variable()?;
        while self.eat_character(b',') {
            self.variable()?;
        }
        Ok(())
    }

    /// Goes to the first token outside of parentheses that ends something.
    fn skip_to(&mut self, ends: impl Fn(&Self, Token) -> bool, missing: &str) -> Read {
        let start = self.at;
        let mut depth = 0usize;
        loop {
            let token = self.token();
            if depth == 0 && ends(self, token) {
                break;
            }
            match token.kind {
                Kind::Character(b'(' | b'[') => depth += 1,
                Kind::Character(b')' | b']') => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => return self.near("mismatched parentheses"),
                },
                Kind::End | Kind::Character(b';') if depth > 0 => {
                    return self.near("mismatched parentheses");
                }
                Kind::End | Kind::Character(b';') => {
                    let token = self.token_at(start);
                    let missing = missing.to_ascii_uppercase();
                    let message = format!("missing \"{missing}\" at end of SQL expression");
                    return self.refuse(token, message);
                }
                Kind::Error(_) => return self.unexpected(),
                _ => {}
            }
            self.at += 1;
        }
        Ok(())
    }

    /// An expression up to one of these words or characters.
    fn expression(&mut self, ends: &[&str]) -> Read {
        self.part(ends, Mode::Expression)
    }

    /// What is judged as one, up to one of these words or characters.
    fn part(&mut self, ends: &[&str], mode: Mode) -> Read {
        let start = self.at;
        let is_end = |body: &Self, token: Token| match token.kind {
            Kind::Identifier | Kind::Keyword(_) => ends.iter().any(|end| body.is_word(token, end)),
            Kind::Character(_) | Kind::DotDot => ends.contains(&token.text(body.text)),
            _ => false,
        };
        self.skip_to(is_end, ends.first().copied().unwrap_or(";"))?;
        if start == self.at {
            return self.near(match mode {
                Mode::Statement => "missing SQL statement",
                Mode::Expression => "missing expression",
                Mode::Type => "missing data type declaration",
            });
        }
        self.judge(self.lexed.tokens.get(start..self.at).unwrap_or_default().to_vec(), mode)
    }

    /// Judges some tokens by the grammar of SQL.
    fn judge(&self, tokens: Vec<Token>, mode: Mode) -> Read {
        let part = Lexed { tokens, errors: self.lexed.errors.clone() };
        let run = |grammar: &Grammar| {
            let mode = match mode {
                Mode::Statement => None,
                Mode::Expression => Some(grammar.plpgsql_expression()),
                Mode::Type => Some(grammar.type_name()),
            };
            parser::parse(grammar, self.text, &part, mode)
        };
        let [oldest, newest] = grammars();
        match run(oldest) {
            Err(error) if run(newest).is_err() => Err(error.into()),
            _ => Ok(()),
        }
    }
}
