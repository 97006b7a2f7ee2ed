//! The parser of PL/pgSQL's statements.

use std::ops::Range;
use std::sync::Arc;

use sqlparser::tokenizer::Token;

use super::SyntaxError;
use super::ast::{
    Block, Condition, CursorSource, Dynamic, Handler, Into, LoopSource, Sql, Statement,
    StatementKind, Target,
};
use super::lexer::{Cursor, Lexeme, is_keyword};

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
            return match self.cursor.advance().map(|l| l.token) {
                Some(Token::SingleQuotedString(state)) => Ok(Condition::SqlState(state)),
                _ => Err(self.cursor.expected("a SQLSTATE")),
            };
        }
        self.cursor.identifier().map(Condition::Name)
    }

    /// Statements up to one of the keywords that may close them.
    fn statements(&mut self, closing: &[&str]) -> Result<Vec<Statement>, SyntaxError> {
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

    fn loop_body(
        &mut self,
        label: Option<String>,
        source: LoopSource,
    ) -> Result<StatementKind, SyntaxError> {
        let body = self.statements(&["end"])?;
        self.cursor.expect_keyword("END")?;
        self.cursor.expect_keyword("LOOP")?;
        if matches!(self.cursor.peek(), Some(Token::Word(_))) {
            self.cursor.identifier()?;
        }
        Ok(StatementKind::Loop { label, source, body })
    }

    fn for_loop(&mut self, label: Option<String>) -> Result<StatementKind, SyntaxError> {
        self.cursor.advance();
        let targets = self.targets()?;
        self.cursor.expect_keyword("IN")?;
        let source = if self.cursor.eat_keyword("execute") {
            let dynamic = self.dynamic(|t| is_keyword(t, "loop"))?;
            LoopSource::Dynamic { targets, dynamic }
        } else {
            self.for_source(targets)?
        };
        self.cursor.expect_keyword("LOOP")?;
        self.loop_body(label, source)
    }

    fn for_source(&mut self, targets: Vec<Target>) -> Result<LoopSource, SyntaxError> {
        let start = self.cursor.position();
        let reverse = self.cursor.eat_keyword("reverse");
        let first = self.cursor.position();
        self.cursor.skip_until(|t| *t == Token::Backslash || is_keyword(t, "loop"))?;
        if self.cursor.peek() == Some(&Token::Backslash) {
            self.cursor.rewind(first);
            return self.integer_range(&targets, reverse);
        }
        self.cursor.rewind(start);
        if matches!(self.cursor.peek(), Some(Token::Word(_))) {
            let cursor = self.cursor.identifier()?;
            let arguments = self.cursor_arguments()?;
            if self.cursor.at_keyword("loop") {
                return Ok(LoopSource::Cursor { targets, cursor, arguments });
            }
            self.cursor.rewind(start);
        }
        let range = self.cursor.skip_until(|t| is_keyword(t, "loop"))?;
        Ok(LoopSource::Query { targets, query: self.sql(range) })
    }

    fn integer_range(
        &mut self,
        targets: &[Target],
        reverse: bool,
    ) -> Result<LoopSource, SyntaxError> {
        let variable = match targets {
            [Target { name, .. }] if name.len() == 1 => name.concat(),
            _ => return Err(self.cursor.expected("one loop variable")),
        };
        let from = self.expression_until(|t| *t == Token::Backslash)?;
        self.cursor.advance();
        let to = self.expression_until(|t| is_keyword(t, "by") || is_keyword(t, "loop"))?;
        let by = if self.cursor.eat_keyword("by") {
            Some(self.expression_until(|t| is_keyword(t, "loop"))?)
        } else {
            None
        };
        Ok(LoopSource::Range { variable, reverse, from, to, by })
    }

    fn foreach_loop(&mut self, label: Option<String>) -> Result<StatementKind, SyntaxError> {
        self.cursor.advance();
        let targets = self.targets()?;
        let slice = self.cursor.eat_keyword("slice");
        if slice {
            self.cursor.advance();
        }
        self.cursor.expect_keyword("IN")?;
        self.cursor.expect_keyword("ARRAY")?;
        let array = self.expression_until(|t| is_keyword(t, "loop"))?;
        self.cursor.advance();
        self.loop_body(label, LoopSource::Array { targets, slice, array })
    }

    fn exit(&mut self, next: bool) -> Result<StatementKind, SyntaxError> {
        let named =
            matches!(self.cursor.peek(), Some(Token::Word(_))) && !self.cursor.at_keyword("when");
        let label = if named { Some(self.cursor.identifier()?) } else { None };
        let when = if self.cursor.eat_keyword("when") {
            Some(self.expression_until(|t| *t == Token::SemiColon)?)
        } else {
            None
        };
        Ok(StatementKind::Exit { next, label, when })
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

    fn execute(&mut self) -> Result<StatementKind, SyntaxError> {
        let ends =
            |t: &Token| *t == Token::SemiColon || is_keyword(t, "into") || is_keyword(t, "using");
        let text = self.expression_until(ends)?;
        let mut using = Vec::new();
        let mut into = None;
        loop {
            if self.cursor.eat_keyword("into") {
                into = Some(self.into()?);
            } else if self.cursor.eat_keyword("using") {
                using = self.expressions_until(ends)?;
            } else {
                break;
            }
        }
        Ok(StatementKind::Execute { dynamic: Dynamic { text, using }, into })
    }

    /// A dynamic query with USING, up to the token that ends it.
    fn dynamic(&mut self, end: impl Fn(&Token) -> bool + Copy) -> Result<Dynamic, SyntaxError> {
        let text = self.expression_until(|t| end(t) || is_keyword(t, "using"))?;
        let using = if self.cursor.eat_keyword("using") {
            self.expressions_until(end)?
        } else {
            Vec::new()
        };
        Ok(Dynamic { text, using })
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

    fn open(&mut self) -> Result<StatementKind, SyntaxError> {
        let cursor = self.cursor.identifier()?;
        self.cursor.eat_keyword("no");
        self.cursor.eat_keyword("scroll");
        let source = if self.cursor.eat_keyword("for") {
            if self.cursor.eat_keyword("execute") {
                CursorSource::Dynamic(self.dynamic(|t| *t == Token::SemiColon)?)
            } else {
                let range = self.cursor.skip_until(|t| *t == Token::SemiColon)?;
                CursorSource::Query(self.sql(range))
            }
        } else {
            CursorSource::Bound { arguments: self.cursor_arguments()? }
        };
        Ok(StatementKind::Open { cursor, source })
    }

    /// FETCH or MOVE; the direction makes no difference to what is known of the row.
    fn fetch(&mut self, reads: bool) -> Result<StatementKind, SyntaxError> {
        let start = self.cursor.position();
        self.cursor.skip_until(|t| *t == Token::SemiColon || is_keyword(t, "into"))?;
        let words = self.cursor.between(start, self.cursor.position());
        let cursor = match words.last().map(|l| &l.token) {
            Some(Token::Word(word)) => word.value.to_ascii_lowercase(),
            _ => return Err(self.cursor.expected("a cursor")),
        };
        let into = if reads && self.cursor.eat_keyword("into") { Some(self.into()?) } else { None };
        Ok(StatementKind::Fetch { cursor, into })
    }

    fn cursor_arguments(&mut self) -> Result<Vec<Sql>, SyntaxError> {
        if !self.cursor.eat(&Token::LParen) {
            return Ok(Vec::new());
        }
        let arguments = self.expressions_until(|t| *t == Token::RParen)?;
        self.cursor.expect(&Token::RParen, "`)`")?;
        Ok(arguments)
    }

    pub(super) fn into(&mut self) -> Result<Into, SyntaxError> {
        let strict = self.cursor.eat_keyword("strict");
        Ok(Into { strict, targets: self.targets()? })
    }

    /// A query or DML; its INTO clause, wherever it stands, is taken out.
    fn query_statement(&mut self) -> Result<StatementKind, SyntaxError> {
        let first = self.cursor.position();
        let mut into: Option<(Into, Range<usize>)> = None;
        let start = self.cursor.offset();
        let mut depth = 0_usize;
        loop {
            match self.cursor.peek() {
                None => return Err(self.cursor.expected("`;`")),
                Some(Token::SemiColon) if depth == 0 => break,
                Some(Token::LParen | Token::LBracket) => depth += 1,
                Some(Token::RParen | Token::RBracket) => depth = depth.saturating_sub(1),
                Some(t)
                    if is_keyword(t, "into") && into.is_none() && !self.follows_insert(first) =>
                {
                    let from = self.cursor.offset();
                    self.cursor.advance();
                    let found = self.into()?;
                    into = Some((found, from..self.cursor.previous_end()));
                    continue;
                }
                Some(_) => {}
            }
            self.cursor.advance();
        }
        let range = start..self.cursor.previous_end();
        let Some((into, clause)) = into else {
            return Ok(StatementKind::Query { sql: self.sql(range), into: None });
        };
        let mut text = self.cursor.body[range.clone()].to_owned();
        let clause = clause.start - range.start..clause.end - range.start;
        text.replace_range(clause.clone(), &" ".repeat(clause.len()));
        let sql = Sql::statement(text.into(), range);
        Ok(StatementKind::Query { sql, into: Some(into) })
    }

    fn follows_insert(&self, first: usize) -> bool {
        let here = self.cursor.position();
        let before = self.cursor.between(first.max(here.saturating_sub(1)), here);
        before
            .iter()
            .any(|Lexeme { token, .. }| is_keyword(token, "insert") || is_keyword(token, "merge"))
    }

    /// Any other SQL statement; `BEGIN ATOMIC … END` of a function may hold semicolons.
    fn utility(&mut self) -> Result<StatementKind, SyntaxError> {
        let start = self.cursor.offset();
        let mut atomic = 0_usize;
        loop {
            self.cursor.skip_until(|t| {
                *t == Token::SemiColon || ["begin", "case", "end"].iter().any(|k| is_keyword(t, k))
            })?;
            if self.cursor.at_keyword("begin") && self.cursor.keyword_at(1, "atomic")
                || self.cursor.at_keyword("case") && atomic > 0
            {
                atomic += 1;
            } else if self.cursor.at_keyword("end") {
                atomic = atomic.saturating_sub(1);
            } else if self.cursor.peek() == Some(&Token::SemiColon) && atomic == 0 {
                return Ok(StatementKind::Utility(start..self.cursor.previous_end()));
            }
            self.cursor.advance();
        }
    }

    fn optional_expression(&mut self) -> Result<Option<Sql>, SyntaxError> {
        if self.cursor.peek() == Some(&Token::SemiColon) {
            return Ok(None);
        }
        self.expression_until(|t| *t == Token::SemiColon).map(Some)
    }

    pub(super) fn expression_until(
        &mut self,
        end: impl Fn(&Token) -> bool,
    ) -> Result<Sql, SyntaxError> {
        let range = self.cursor.skip_until(end)?;
        if range.is_empty() {
            return Err(self.cursor.expected("an expression"));
        }
        Ok(Sql::expression(&self.cursor.body[range.clone()], range))
    }

    pub(super) fn expressions_until(
        &mut self,
        end: impl Fn(&Token) -> bool + Copy,
    ) -> Result<Vec<Sql>, SyntaxError> {
        let mut expressions = Vec::new();
        while !self.cursor.peek().is_none_or(end) {
            expressions.push(self.expression_until(|t| *t == Token::Comma || end(t))?);
            if !self.cursor.eat(&Token::Comma) {
                break;
            }
        }
        Ok(expressions)
    }

    pub(super) fn sql(&self, range: Range<usize>) -> Sql {
        Sql::statement(Arc::from(&self.cursor.body[range.clone()]), range)
    }
}
