//! The machine that bison's tables drive.

use super::SyntaxError;
use super::action::Reduction;
use super::grammar::Grammar;
use super::lexer::Lexed;
use super::token::{Kind, Token};

/// How deep PostgreSQL's parser goes (`YYMAXDEPTH` of bison).
const MAX_DEPTH: usize = 10_000;

/// What is on the stack: a state, and the first token of the symbol that led to it.
#[derive(Clone, Copy)]
struct Entry {
    state: i16,
    first: u32,
}

/// What the tables say.
enum Step {
    Shift(i16),
    Reduce(usize),
    Refuse,
}

/// Reads a text from its first token to its last; `mode` is the token that says what kind of text it is,
/// none for statements.
pub(super) fn parse(
    grammar: &Grammar,
    text: &str,
    lexed: &Lexed,
    mode: Option<i16>,
) -> Result<(), SyntaxError> {
    let mut stack = Vec::with_capacity(64);
    stack.push(Entry { state: 0, first: 0 });
    let mut input = Input { grammar, text, lexed, mode, next: 0, ahead: None };
    loop {
        let state = stack.last().map_or(0, |entry| entry.state);
        if i32::from(state) == grammar.final_state {
            return Ok(());
        }
        if stack.len() > MAX_DEPTH {
            return Err(SyntaxError::near(text, input.token().range(), "memory exhausted"));
        }
        match step(grammar, state, &mut input)? {
            Step::Shift(state) => {
                stack.push(Entry { state, first: input.next });
                input.shift();
            }
            Step::Reduce(rule) => reduce(grammar, rule, &mut stack, &input)?,
            Step::Refuse => {
                return Err(SyntaxError::near(text, input.token().range(), "syntax error"));
            }
        }
    }
}

fn step(grammar: &Grammar, state: i16, input: &mut Input<'_>) -> Result<Step, SyntaxError> {
    let index = usize::try_from(state).unwrap_or(0);
    let row = grammar.pact.get(index).copied().unwrap_or(grammar.pact_none);
    if row != grammar.pact_none {
        let token = input.symbol()?;
        let at = usize::try_from(row + i32::from(token)).ok();
        if let Some(at) = at.filter(|at| grammar.check.get(*at) == Some(&token)) {
            let action = grammar.table.get(at).copied().unwrap_or(0);
            if i32::from(action) == grammar.table_none {
                return Ok(Step::Refuse);
            }
            return Ok(match usize::try_from(-i32::from(action)) {
                Ok(0) => Step::Refuse,
                Ok(rule) => Step::Reduce(rule),
                Err(_) => Step::Shift(action),
            });
        }
    }
    let rule = grammar.defact.get(index).and_then(|rule| usize::try_from(*rule).ok());
    Ok(rule.filter(|rule| *rule > 0).map_or(Step::Refuse, Step::Reduce))
}

fn reduce(
    grammar: &Grammar,
    rule: usize,
    stack: &mut Vec<Entry>,
    input: &Input<'_>,
) -> Result<(), SyntaxError> {
    let length = grammar.lengths.get(rule).copied().unwrap_or(0);
    let base = stack.len().saturating_sub(usize::from(length));
    if let Some(action) = grammar.actions.get(rule).copied().flatten() {
        let starts = stack.get(base..).unwrap_or_default().iter().map(|entry| entry.first);
        let bounds: Vec<u32> = starts.chain([input.next]).collect();
        action(&Reduction { text: input.text, tokens: &input.lexed.tokens, bounds: &bounds })?;
    }
    let first = stack.get(base).map_or(input.next, |entry| entry.first);
    stack.truncate(base);
    let below = stack.last().map_or(0, |entry| entry.state);
    let left = grammar.lefts.get(rule).copied().unwrap_or(0);
    let row = grammar.pgoto.get(left).map_or(0, |row| i32::from(*row));
    let at = usize::try_from(row + i32::from(below)).ok();
    let state = at
        .filter(|at| grammar.check.get(*at) == Some(&below))
        .and_then(|at| grammar.table.get(at))
        .or_else(|| grammar.defgoto.get(left))
        .copied()
        .unwrap_or(0);
    stack.push(Entry { state, first });
    Ok(())
}

/// The tokens, read one ahead.
struct Input<'a> {
    grammar: &'a Grammar,
    text: &'a str,
    lexed: &'a Lexed,
    mode: Option<i16>,
    /// The next token's place.
    next: u32,
    /// What it is called, once it was looked at.
    ahead: Option<i16>,
}

impl Input<'_> {
    fn at(&self, place: u32) -> Token {
        let tokens = &self.lexed.tokens;
        let end = || {
            let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
            Token { kind: Kind::End, start: end, end }
        };
        tokens.get(place as usize).copied().unwrap_or_else(end)
    }

    fn token(&self) -> Token {
        self.at(self.next)
    }

    /// What the next token is called.
    fn symbol(&mut self) -> Result<i16, SyntaxError> {
        if let Some(mode) = self.mode {
            return Ok(mode);
        }
        if let Some(symbol) = self.ahead {
            return Ok(symbol);
        }
        let token = self.token();
        let symbol = self.named(token)?;
        let mut named = symbol;
        if matches!(token.kind, Kind::Keyword(_))
            && let Some((_, followers, other)) =
                self.grammar.ahead.iter().find(|(word, ..)| token.kind == *word)
        {
            let follower = self.at(self.next + 1);
            self.named(follower)?;
            if followers.contains(&follower.kind) {
                named = *other;
            }
        }
        self.ahead = Some(named);
        Ok(named)
    }

    fn named(&self, token: Token) -> Result<i16, SyntaxError> {
        let junk =
            || SyntaxError::near(self.text, token.range(), "trailing junk after numeric literal");
        match token.kind {
            Kind::Error(place) => {
                Err(self.lexed.errors.get(usize::from(place)).cloned().unwrap_or_else(junk))
            }
            kind => self.grammar.token(kind).ok_or_else(junk),
        }
    }

    fn shift(&mut self) {
        self.ahead = None;
        if self.mode.take().is_none() {
            self.next += 1;
        }
    }
}
