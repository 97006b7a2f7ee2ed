//! The plain part of PL/pgSQL: declarations, assignments, SELECT INTO, PERFORM, RAISE, IF, and RETURN of an
//! expression.

use sqlparser::ast::{Expr, Query};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::evaluator::Evaluator;
use super::path_search::Stop;
use super::scope::Relation;
use super::value::Value;

/// A body that is plain enough to be followed.
#[derive(Debug)]
pub(super) struct Procedure {
    variables: Vec<(String, Option<Expr>)>,
    statements: Vec<Statement>,
}

#[derive(Debug)]
enum Statement {
    Return(Expr),
    Assign(String, Expr),
    SelectInto(Vec<String>, Box<Query>),
    Raise,
    If(Vec<(Expr, Vec<Statement>)>, Vec<Statement>),
    Nothing,
}

/// How deep IF may nest.
const DEEPEST: usize = 30;

/// Reads a body; `None` where something in it is beyond this.
pub(super) fn parse(body: &str) -> Option<Procedure> {
    let mut parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(body).ok()?;
    let variables =
        if word(&mut parser, "declare") { declarations(&mut parser)? } else { Vec::new() };
    if !word(&mut parser, "begin") {
        return None;
    }
    let statements = block(&mut parser, DEEPEST)?;
    word(&mut parser, "end").then_some(Procedure { variables, statements })
}

/// Consumes a word, if it comes next.
fn word(parser: &mut Parser<'_>, expected: &str) -> bool {
    let next = peeks(parser, expected);
    if next {
        parser.advance_token();
    }
    next
}

fn declarations(parser: &mut Parser<'_>) -> Option<Vec<(String, Option<Expr>)>> {
    let mut variables = Vec::new();
    while !peeks(parser, "begin") {
        let name = parser.parse_identifier().ok()?;
        word(parser, "constant");
        data_type(parser)?;
        let _ = parser.parse_keywords(&[Keyword::NOT, Keyword::NULL]);
        let initial = if assigns(parser) || parser.parse_keyword(Keyword::DEFAULT) {
            Some(parser.parse_expr().ok()?)
        } else {
            None
        };
        if !parser.consume_token(&Token::SemiColon) {
            return None;
        }
        variables.push((super::evaluate::fold(&name), initial));
    }
    Some(variables)
}

/// A type, or that of a column or table: `runs.status%TYPE`, `runs%ROWTYPE`.
fn data_type(parser: &mut Parser<'_>) -> Option<()> {
    let written = parser.maybe_parse(|parser| parser.parse_data_type()).ok()?;
    if parser.consume_token(&Token::Mod) {
        parser.advance_token();
    }
    written.map(drop)
}

fn assigns(parser: &mut Parser<'_>) -> bool {
    parser.consume_token(&Token::Assignment) || parser.consume_token(&Token::Eq)
}

/// Statements up to END, ELSE or ELSIF.
fn block(parser: &mut Parser<'_>, depth: usize) -> Option<Vec<Statement>> {
    let mut statements = Vec::new();
    while !["end", "else", "elsif", "elseif"].iter().any(|stop| peeks(parser, stop)) {
        statements.push(statement(parser, depth)?);
    }
    Some(statements)
}

fn peeks(parser: &Parser<'_>, expected: &str) -> bool {
    matches!(&parser.peek_token().token, Token::Word(word)
        if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(expected))
}

fn statement(parser: &mut Parser<'_>, depth: usize) -> Option<Statement> {
    let statement = if word(parser, "return") {
        Statement::Return(parser.parse_expr().ok()?)
    } else if word(parser, "null") {
        Statement::Nothing
    } else if word(parser, "raise") {
        raise(parser)
    } else if word(parser, "perform") {
        // Whatever it calls, it decides nothing here.
        up_to_semicolon(parser);
        Statement::Nothing
    } else if peeks(parser, "select") {
        select_into(parser)?
    } else if word(parser, "if") {
        conditional(parser, depth.checked_sub(1)?)?
    } else {
        let variable = parser.parse_identifier().ok()?;
        if !assigns(parser) {
            return None;
        }
        Statement::Assign(super::evaluate::fold(&variable), parser.parse_expr().ok()?)
    };
    parser.consume_token(&Token::SemiColon).then_some(statement)
}

/// RAISE ends the function where it is an exception, the default.
fn raise(parser: &mut Parser<'_>) -> Statement {
    let passing = ["debug", "log", "info", "notice", "warning"];
    let passes = passing.iter().any(|level| peeks(parser, level));
    up_to_semicolon(parser);
    if passes { Statement::Nothing } else { Statement::Raise }
}

/// The tokens up to the next semicolon, which is left.
fn up_to_semicolon(parser: &mut Parser<'_>) -> Vec<TokenWithSpan> {
    let mut tokens = Vec::new();
    while !matches!(parser.peek_token_ref().token, Token::SemiColon | Token::EOF) {
        tokens.push(parser.next_token());
    }
    tokens
}

/// `SELECT … INTO [STRICT] variable, … …`, which PL/pgSQL allows in more places than SQL.
fn select_into(parser: &mut Parser<'_>) -> Option<Statement> {
    let mut tokens = up_to_semicolon(parser);
    let is = |token: &TokenWithSpan, word: &str| matches!(&token.token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word));
    let into = tokens.iter().position(|token| is(token, "into"))?;
    let mut clause =
        Parser::new(&PostgreSqlDialect {}).with_tokens_with_locations(tokens.split_off(into + 1));
    word(&mut clause, "strict");
    let variables = clause.parse_comma_separated(Parser::parse_identifier).ok()?;
    tokens.truncate(into);
    tokens.extend(up_to_semicolon(&mut clause));
    let query =
        Parser::new(&PostgreSqlDialect {}).with_tokens_with_locations(tokens).parse_query().ok()?;
    Some(Statement::SelectInto(variables.iter().map(super::evaluate::fold).collect(), query))
}

fn conditional(parser: &mut Parser<'_>, depth: usize) -> Option<Statement> {
    let mut branches = Vec::new();
    loop {
        let condition = parser.parse_expr().ok()?;
        if !word(parser, "then") {
            return None;
        }
        branches.push((condition, block(parser, depth)?));
        if !word(parser, "elsif") && !word(parser, "elseif") {
            break;
        }
    }
    let otherwise = if word(parser, "else") { block(parser, depth)? } else { Vec::new() };
    (word(parser, "end") && word(parser, "if")).then_some(Statement::If(branches, otherwise))
}

impl Evaluator<'_> {
    /// What a procedure returns; nothing, where it ends without RETURN.
    pub(super) fn run_procedure(&mut self, procedure: &Procedure) -> Result<Option<Value>, Stop> {
        let variables = Relation::default();
        self.scopes.enter(vec![variables]);
        self.scopes.declare("found", Value::truth(Some(false)));
        for (name, initial) in &procedure.variables {
            let value = match initial {
                Some(initial) => self.evaluate(initial)?,
                None => Value::Null,
            };
            self.scopes.declare(name, value);
        }
        let returned = self.run_statements(&procedure.statements)?;
        self.scopes.leave();
        Ok(returned)
    }

    fn run_statements(&mut self, statements: &[Statement]) -> Result<Option<Value>, Stop> {
        for statement in statements {
            match statement {
                Statement::Nothing => {}
                Statement::Return(expression) => return self.evaluate(expression).map(Some),
                Statement::Assign(name, expression) => {
                    let value = self.evaluate(expression)?;
                    self.scopes.assign(name, value);
                }
                Statement::SelectInto(names, query) => {
                    let row = self.one_row(query)?;
                    self.scopes.assign("found", Value::truth(Some(!row.is_empty())));
                    match &names[..] {
                        [record] if row.len() > 1 => {
                            self.scopes.assign(record, Value::Row(row.into()));
                        }
                        _ => {
                            let values = row.into_iter().chain(std::iter::repeat(Value::Null));
                            for (name, value) in names.iter().zip(values) {
                                self.scopes.assign(name, value);
                            }
                        }
                    }
                }
                Statement::Raise => return Err(Stop::Raised),
                Statement::If(branches, otherwise) => {
                    if let Some(value) = self.run_branches(branches, otherwise)? {
                        return Ok(Some(value));
                    }
                }
            }
        }
        Ok(None)
    }

    fn run_branches(
        &mut self,
        branches: &[(Expr, Vec<Statement>)],
        otherwise: &[Statement],
    ) -> Result<Option<Value>, Stop> {
        for (condition, statements) in branches {
            if self.holds(condition)? {
                return self.run_statements(statements);
            }
        }
        self.run_statements(otherwise)
    }
}
