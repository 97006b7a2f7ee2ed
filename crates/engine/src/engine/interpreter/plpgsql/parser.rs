//! The parser of PL/pgSQL's statements.

use sqlparser::tokenizer::Token;

use super::SyntaxError;
use super::ast::{Block, Condition, Handler, LoopSource, Statement, StatementKind, Target};
use super::lexer::{Cursor, is_keyword};

/// Blocks may be nested this deep.
const MAX_DEPTH: usize = 64;

/// First words of the statements in which variables stand for their values.
const QUERY_WORDS: [&str; 9] =
    ["select", "with", "values", "table", "insert", "update", "delete", "merge", "call"];

/// Parses the body of a function, a procedure or a DO statement.
pub(crate) fn parse(body: &str) -> Result<Block, SyntaxError> {
    let mut parser = Parser { cursor: Cursor::new(body)?, depth: 0 };
    parser.compiler_options();
    let label = parser.label()?;
    let block = parser.block(label)?;
    parser.cursor.eat(&Token::SemiColon);
    if parser.cursor.peek().is_some() {
        return Err(parser.cursor.expected("the end of the body"));
    }
    Ok(block)
}

pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor<'a>,
    depth: usize,
}

impl Parser<'_> {
    /// `#variable_conflict use_column` and its like.
    fn compiler_options(&mut self) {
        while self.cursor.eat(&Token::Sharp) {
            self.cursor.advance();
            self.cursor.advance();
        }
    }

    fn label(&mut self) -> Result<Option<String>, SyntaxError> {
        if !self.cursor.eat(&Token::ShiftLeft) {
            return Ok(None);
        }
        let name = self.cursor.identifier()?;
        self.cursor.expect(&Token::ShiftRight, "`>>`")?;
        Ok(Some(name))
    }

    fn block(&mut self, label: Option<String>) -> Result<Block, SyntaxError> {
        let declarations = self.declarations()?;
        self.cursor.expect_keyword("BEGIN")?;
        let body = self.statements(&["exception", "end"])?;
        let handlers =
            if self.cursor.eat_keyword("exception") { Some(self.handlers()?) } else { None };
        self.cursor.expect_keyword("END")?;
        if matches!(self.cursor.peek(), Some(Token::Word(_))) {
            self.cursor.identifier()?;
        }
        Ok(Block { label, declarations, body, handlers })
    }

    fn handlers(&mut self) -> Result<Vec<Handler>, SyntaxError> {
        let mut handlers = Vec::new();
        while self.cursor.eat_keyword("when") {
            let mut conditions = vec![self.condition()?];
            while self.cursor.eat_keyword("or") {
                conditions.push(self.condition()?);
            }
            self.cursor.expect_keyword("THEN")?;
            let body = self.statements(&["when", "end"])?;
            handlers.push(Handler { conditions, body });
        }
        Ok(handlers)
    }

    pub(super) fn condition(&mut self) -> Result<Condition, SyntaxError> {
        if self.cursor.eat_keyword("others") {
            return Ok(Condition::Others);
        }
        if self.cursor.eat_keyword("sqlstate") {
            let Some(Token::SingleQuotedString(state)) = self.cursor.peek() else {
                return Err(self.cursor.expected("a SQLSTATE"));
            };
            let state = state.clone();
            self.cursor.advance();
            return Ok(Condition::SqlState(state));
        }
        self.cursor.identifier().map(Condition::Name)
    }

    /// Statements up to one of the keywords that may close them.
    pub(super) fn statements(&mut self, closing: &[&str]) -> Result<Vec<Statement>, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::Depth);
        }
        let mut statements = Vec::new();
        while !closing.iter().any(|k| self.cursor.at_keyword(k)) {
            if self.cursor.peek().is_none() {
                return Err(self.cursor.expected("END"));
            }
            statements.push(self.statement()?);
        }
        self.depth -= 1;
        Ok(statements)
    }

    fn statement(&mut self) -> Result<Statement, SyntaxError> {
        let start = self.cursor.offset();
        let kind = match self.assignment()? {
            Some(kind) => kind,
            None => self.other_statement()?,
        };
        let end = self.cursor.previous_end();
        self.cursor.expect_semicolon()?;
        Ok(Statement { kind, range: start..end })
    }

    fn assignment(&mut self) -> Result<Option<StatementKind>, SyntaxError> {
        let start = self.cursor.position();
        if matches!(self.cursor.peek(), Some(Token::Word(_)))
            && let Ok(target) = self.target()
            && (self.cursor.eat(&Token::Assignment) || self.cursor.eat(&Token::Eq))
        {
            let value = self.expression_until(|t| *t == Token::SemiColon)?;
            return Ok(Some(StatementKind::Assign { target, value }));
        }
        self.cursor.rewind(start);
        Ok(None)
    }

    pub(super) fn target(&mut self) -> Result<Target, SyntaxError> {
        let name = match self.cursor.peek() {
            Some(Token::Placeholder(parameter)) => {
                let name = vec![parameter.clone()];
                self.cursor.advance();
                name
            }
            _ => self.cursor.qualified_name()?,
        };
        let mut subscripts = Vec::new();
        while self.cursor.eat(&Token::LBracket) {
            subscripts.push(self.expression_until(|t| *t == Token::RBracket)?);
            self.cursor.expect(&Token::RBracket, "`]`")?;
        }
        Ok(Target { name, subscripts })
    }

    pub(super) fn targets(&mut self) -> Result<Vec<Target>, SyntaxError> {
        let mut targets = vec![self.target()?];
        while self.cursor.eat(&Token::Comma) {
            targets.push(self.target()?);
        }
        Ok(targets)
    }

    fn other_statement(&mut self) -> Result<StatementKind, SyntaxError> {
        let label = self.label()?;
        let word = match self.cursor.peek() {
            Some(Token::Word(w)) if w.quote_style.is_none() => w.value.to_ascii_lowercase(),
            Some(Token::LParen) => return self.query_statement(),
            _ => return Err(self.cursor.expected("a statement")),
        };
        match word.as_str() {
            "declare" => self.block(label).map(StatementKind::Block),
            "begin" => self.block(label).map(StatementKind::Block),
            "loop" => {
                self.cursor.advance();
                self.loop_body(label, LoopSource::Forever)
            }
            "while" => {
                self.cursor.advance();
                let condition = self.expression_until(|t| is_keyword(t, "loop"))?;
                self.cursor.advance();
                self.loop_body(label, LoopSource::While(condition))
            }
            "for" => self.for_loop(label),
            "foreach" => self.foreach_loop(label),
            _ if label.is_some() => Err(self.cursor.expected("a block or a loop")),
            _ => self.plain_statement(&word),
        }
    }

    fn plain_statement(&mut self, word: &str) -> Result<StatementKind, SyntaxError> {
        if QUERY_WORDS.contains(&word) {
            return self.query_statement();
        }
        let start = self.cursor.position();
        self.cursor.advance();
        match word {
            "if" => self.if_statement(),
            "case" => self.case_statement(),
            "exit" => self.exit(false),
            "continue" => self.exit(true),
            "return" => self.return_statement(),
            "raise" => self.raise().map(StatementKind::Raise),
            "assert" => self.assert(),
            "execute" => self.execute(),
            "perform" => {
                Ok(StatementKind::Perform(self.expression_until(|t| *t == Token::SemiColon)?))
            }
            "get" => self.get_diagnostics(),
            "open" => self.open(),
            "fetch" | "move" => self.fetch(word == "fetch"),
            "close" => {
                self.cursor.identifier()?;
                Ok(StatementKind::Close)
            }
            "commit" => self.skip_rest(StatementKind::Commit),
            "rollback" => self.skip_rest(StatementKind::Rollback),
            "null" => Ok(StatementKind::Null),
            _ => {
                self.cursor.rewind(start);
                self.utility()
            }
        }
    }

    fn skip_rest(&mut self, kind: StatementKind) -> Result<StatementKind, SyntaxError> {
        self.cursor.skip_until(|t| *t == Token::SemiColon)?;
        Ok(kind)
    }

    fn if_statement(&mut self) -> Result<StatementKind, SyntaxError> {
        const CLOSING: [&str; 4] = ["elsif", "elseif", "else", "end"];
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            let condition = self.expression_until(|t| is_keyword(t, "then"))?;
            self.cursor.advance();
            branches.push((condition, self.statements(&CLOSING)?));
            if self.cursor.eat_keyword("elsif") || self.cursor.eat_keyword("elseif") {
                continue;
            }
            if self.cursor.eat_keyword("else") {
                otherwise = self.statements(&["end"])?;
            }
            break;
        }
        self.cursor.expect_keyword("END")?;
        self.cursor.expect_keyword("IF")?;
        Ok(StatementKind::If { branches, otherwise })
    }

    fn case_statement(&mut self) -> Result<StatementKind, SyntaxError> {
        let subject = if self.cursor.at_keyword("when") {
            None
        } else {
            Some(self.expression_until(|t| is_keyword(t, "when"))?)
        };
        let mut branches = Vec::new();
        while self.cursor.eat_keyword("when") {
            let mut values = Vec::new();
            loop {
                values
                    .push(self.expression_until(|t| *t == Token::Comma || is_keyword(t, "then"))?);
                if !self.cursor.eat(&Token::Comma) {
                    break;
                }
            }
            self.cursor.advance();
            branches.push((values, self.statements(&["when", "else", "end"])?));
        }
        let otherwise =
            if self.cursor.eat_keyword("else") { Some(self.statements(&["end"])?) } else { None };
        self.cursor.expect_keyword("END")?;
        self.cursor.expect_keyword("CASE")?;
        Ok(StatementKind::Case { subject, branches, otherwise })
    }

    fn return_statement(&mut self) -> Result<StatementKind, SyntaxError> {
        if self.cursor.eat_keyword("next") {
            return Ok(StatementKind::ReturnNext(self.optional_expression()?));
        }
        if self.cursor.eat_keyword("query") {
            if self.cursor.eat_keyword("execute") {
                return Ok(StatementKind::ReturnExecute(self.dynamic(|t| *t == Token::SemiColon)?));
            }
            let range = self.cursor.skip_until(|t| *t == Token::SemiColon)?;
            return Ok(StatementKind::ReturnQuery(self.sql(range)));
        }
        Ok(StatementKind::Return(self.optional_expression()?))
    }

    fn assert(&mut self) -> Result<StatementKind, SyntaxError> {
        let condition = self.expression_until(|t| matches!(t, Token::Comma | Token::SemiColon))?;
        let message =
            if self.cursor.eat(&Token::Comma) { self.optional_expression()? } else { None };
        Ok(StatementKind::Assert { condition, message })
    }

    fn get_diagnostics(&mut self) -> Result<StatementKind, SyntaxError> {
        let stacked = self.cursor.eat_keyword("stacked");
        if !stacked {
            self.cursor.eat_keyword("current");
        }
        self.cursor.expect_keyword("DIAGNOSTICS")?;
        let mut items = Vec::new();
        loop {
            let target = self.target()?;
            if !self.cursor.eat(&Token::Eq) {
                self.cursor.expect(&Token::Assignment, "`=`")?;
            }
            items.push((target, self.cursor.identifier()?));
            if !self.cursor.eat(&Token::Comma) {
                return Ok(StatementKind::GetDiagnostics { stacked, items });
            }
        }
    }
}
