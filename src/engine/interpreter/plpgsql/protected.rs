//! DO blocks for a PostgreSQL that does not run the exception handlers of PL/pgSQL: taken apart into blocks
//! without handlers, so that whoever sends them can undo what failed and send the handler.

use sqlparser::ast::{Expr, SelectItem, SetExpr, Statement as SqlStatement};
use sqlparser::tokenizer::Token;

use super::ast::{
    Block, Condition, Declaration, Handler, RaiseSubject, Sql, Statement, StatementKind,
};
use super::condition::catches;
use super::lexer::tokenize;
use crate::datum::quote_literal;
use crate::engine::interpreter::parse::ast::Do;

/// A part of a DO block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A body without handlers, from its declarations to its END.
    Run(String),
    /// A block with handlers.
    Try {
        /// What is undone where it fails.
        body: Vec<Step>,
        /// Its handlers in their order.
        handlers: Vec<Rescue>,
    },
    /// IF with blocks that have handlers inside.
    If {
        /// The conditions in their order, each with what is done.
        branches: Vec<(String, Vec<Step>)>,
        /// What is done where none holds.
        otherwise: Vec<Step>,
    },
}

/// A handler that stands by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rescue {
    conditions: Vec<Condition>,
    statements: String,
    /// It ends in RAISE, which passes the error on.
    pub(crate) raises_again: bool,
}

impl Rescue {
    /// Whether it is the one for an error.
    pub(crate) fn catches(&self, sqlstate: &str) -> bool {
        catches(&self.conditions, sqlstate)
    }

    /// Its body where that error was caught.
    pub(crate) fn body(&self, sqlstate: &str, message: &str) -> String {
        let (sqlstate, message) = (quote_literal(sqlstate), quote_literal(message));
        format!(
            "DECLARE sqlstate text := {sqlstate}; sqlerrm text := {message}; BEGIN {}; END",
            self.statements
        )
    }
}

/// The query that tells a condition.
pub(crate) fn condition_query(condition: &str) -> String {
    format!("SELECT {condition}")
}

/// The statement that runs a body.
pub(crate) fn do_statement(body: &str) -> String {
    let mut tag = "$railcheck$".to_owned();
    while body.contains(&tag) {
        tag.insert(1, '_');
    }
    format!("DO {tag}{body}{tag}")
}

/// The steps that a DO statement with handlers comes to; `None` where it has none, or where its blocks
/// share more than can be kept apart, such as variables.
pub(crate) fn steps(statement: &Do) -> Option<Vec<Step>> {
    if statement.language != "plpgsql" {
        return None;
    }
    let body = statement.body.text.as_str();
    let block = statement.block.as_ref().ok()?;
    if !has_handlers(block) {
        return None;
    }
    let is_leaf = !block.body.iter().any(statement_has_handlers);
    if !is_leaf {
        // FOUND is a variable that every statement may set.
        let is_apart = !mentions(body, &[FOUND])?;
        return Plan { body }.block(block).filter(|_| is_apart);
    }
    // Only the handlers have to go, all else is left as it is written.
    let Some(last) = block.body.last() else { return Some(Vec::new()) };
    let kept = body.get(..last.range.end)?;
    let mut plan = Plan { body }.attempt(block)?;
    if let Some(Step::Try { body, .. }) = plan.first_mut() {
        *body = vec![Step::Run(format!("{kept}; END"))];
    }
    Some(plan)
}

/// The variable that every block has.
const FOUND: &str = "found";

/// Whether a text has one of some words, whatever they stand for.
fn mentions(text: &str, words: &[&str]) -> Option<bool> {
    let is_one = |token: &Token| match token {
        Token::Word(word) => words.iter().any(|name| name.eq_ignore_ascii_case(&word.value)),
        _ => false,
    };
    Some(tokenize(text).ok()?.iter().any(|lexeme| is_one(&lexeme.token)))
}

struct Plan<'b> {
    body: &'b str,
}

impl Plan<'_> {
    /// A block that nothing outside shares anything with.
    fn block(&self, block: &Block) -> Option<Vec<Step>> {
        let alone = block.label.is_none() && block.declarations.is_empty();
        if !alone || block.body.iter().any(leaves) {
            return None;
        }
        if block.handlers.is_some() { self.attempt(block) } else { self.list(&block.body) }
    }

    /// A block with handlers that use none of its variables.
    fn attempt(&self, block: &Block) -> Option<Vec<Step>> {
        if !block.declarations.iter().all(certainly_evaluates) {
            return None;
        }
        let names = block.declarations.iter().map(declared_name);
        let names: Vec<&str> = names.chain([FOUND]).collect();
        let handlers = block.handlers.iter().flatten();
        let handlers = handlers.map(|h| self.rescue(h, &names)).collect::<Option<_>>()?;
        let body = if block.declarations.is_empty() { self.list(&block.body)? } else { Vec::new() };
        Some(vec![Step::Try { body, handlers }])
    }

    /// Statements, those without handlers together.
    fn list(&self, statements: &[Statement]) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        let by_kind =
            |a: &Statement, b: &Statement| !statement_has_handlers(a) && !statement_has_handlers(b);
        for together in statements.chunk_by(by_kind) {
            match together {
                [Statement { kind: StatementKind::Block(block), .. }] if has_handlers(block) => {
                    steps.extend(self.block(block)?);
                }
                [Statement { kind: StatementKind::If { branches, otherwise }, .. }]
                    if together.iter().any(statement_has_handlers) =>
                {
                    let branch = |(condition, body): &(Sql, Vec<Statement>)| {
                        Some((condition.text.to_string(), self.list(body)?))
                    };
                    let branches = branches.iter().map(branch).collect::<Option<_>>()?;
                    steps.push(Step::If { branches, otherwise: self.list(otherwise)? });
                }
                [one] if statement_has_handlers(one) => return None,
                several => steps.push(Step::Run(format!("BEGIN {}; END", self.text(several)?))),
            }
        }
        Some(steps)
    }

    fn rescue(&self, handler: &Handler, variables: &[&str]) -> Option<Rescue> {
        let raises_again = handler.body.last().is_some_and(is_raise_again);
        let kept = handler.body.len() - usize::from(raises_again);
        let body = handler.body.get(..kept)?;
        if body.iter().any(|s| statement_has_handlers(s) || any(s, &asks_for_the_error)) {
            return None;
        }
        let statements =
            if body.is_empty() { "NULL".to_owned() } else { self.text(body)?.to_owned() };
        let conditions = handler.conditions.clone();
        let is_apart = !mentions(&statements, variables)?;
        is_apart.then_some(Rescue { conditions, statements, raises_again })
    }

    /// The text of statements that follow each other, without the last semicolon.
    fn text(&self, statements: &[Statement]) -> Option<&str> {
        let (first, last) = (statements.first()?, statements.last()?);
        self.body.get(first.range.start..last.range.end)
    }
}

/// Whether the default of a variable cannot fail, which the handlers of its block would not catch.
fn certainly_evaluates(declaration: &Declaration) -> bool {
    match declaration {
        Declaration::Variable { default, .. } => default.as_ref().is_none_or(is_literal),
        Declaration::Alias { .. } | Declaration::Cursor { .. } => true,
    }
}

fn is_literal(sql: &Sql) -> bool {
    let Ok(SqlStatement::Query(query)) = sql.parsed.as_deref() else { return false };
    let SetExpr::Select(select) = &*query.body else { return false };
    matches!(select.projection.as_slice(), [SelectItem::UnnamedExpr(Expr::Value(_))])
}

fn declared_name(declaration: &Declaration) -> &str {
    match declaration {
        Declaration::Variable { name, .. }
        | Declaration::Alias { name, .. }
        | Declaration::Cursor { name, .. } => name,
    }
}

fn has_handlers(block: &Block) -> bool {
    block.handlers.is_some() || block.body.iter().any(statement_has_handlers)
}

fn statement_has_handlers(statement: &Statement) -> bool {
    any(statement, &|kind| matches!(kind, StatementKind::Block(block) if block.handlers.is_some()))
}

/// Whether control may leave the block around a statement other than by its end.
fn leaves(statement: &Statement) -> bool {
    any(statement, &|kind| matches!(kind, StatementKind::Return(_) | StatementKind::Exit { .. }))
}

fn is_raise_again(statement: &Statement) -> bool {
    matches!(&statement.kind, StatementKind::Raise(raise) if raise.subject.is_again())
}

/// Whether a statement needs the error itself, of which a handler that stands by itself knows only the text.
fn asks_for_the_error(kind: &StatementKind) -> bool {
    match kind {
        StatementKind::Raise(raise) => raise.subject.is_again(),
        StatementKind::GetDiagnostics { stacked, .. } => *stacked,
        _ => false,
    }
}

impl RaiseSubject {
    fn is_again(&self) -> bool {
        matches!(self, Self::Again)
    }
}

/// Whether a statement or one inside it is of some kind.
fn any(statement: &Statement, is: &dyn Fn(&StatementKind) -> bool) -> bool {
    is(&statement.kind) || statement.kind.inside().any(|inner| any(inner, is))
}

impl StatementKind {
    /// The statements inside a statement.
    fn inside(&self) -> Box<dyn Iterator<Item = &Statement> + '_> {
        match self {
            Self::Block(block) => {
                let handlers = block.handlers.iter().flatten().flat_map(|handler| &handler.body);
                Box::new(block.body.iter().chain(handlers))
            }
            Self::If { branches, otherwise } => {
                Box::new(branches.iter().flat_map(|(_, body)| body).chain(otherwise))
            }
            Self::Case { branches, otherwise, .. } => Box::new(
                branches.iter().flat_map(|(_, body)| body).chain(otherwise.iter().flatten()),
            ),
            Self::Loop { body, .. } => Box::new(body.iter()),
            _ => Box::new(std::iter::empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::interpreter::parse::ast::Body;

    fn planned(body: &str) -> Option<Vec<Step>> {
        let body = Body { text: body.to_owned(), range: 0..body.len(), verbatim: true };
        steps(&Do::new("plpgsql".to_owned(), body))
    }

    #[test]
    fn a_block_with_handlers_is_taken_apart() {
        let plan = planned(
            "DECLARE n int := 1; BEGIN CREATE TYPE s AS ENUM ('a'); n := 2;
             EXCEPTION WHEN duplicate_object OR SQLSTATE '42P07' THEN RAISE NOTICE '%', SQLERRM;
             WHEN OTHERS THEN RAISE; END",
        );
        let Some([Step::Try { body, handlers }]) = plan.as_deref() else { panic!("{plan:?}") };
        let kept = "DECLARE n int := 1; BEGIN CREATE TYPE s AS ENUM ('a'); n := 2; END";
        assert_eq!(body, &[Step::Run(kept.to_owned())]);
        let [first, second] = handlers.as_slice() else { panic!("{handlers:?}") };
        assert!(first.catches("42710") && first.catches("42P07") && !first.catches("42704"));
        assert!(second.catches("42704") && second.raises_again && !first.raises_again);
        assert_eq!(
            first.body("42710", "it's there"),
            "DECLARE sqlstate text := '42710'; sqlerrm text := 'it''s there'; BEGIN RAISE NOTICE '%', SQLERRM; END"
        );
    }

    #[test]
    fn blocks_one_after_the_other_are_steps_of_their_own() {
        let plan = planned(
            "BEGIN PERFORM 1; PERFORM 2;
             BEGIN PERFORM 3; EXCEPTION WHEN OTHERS THEN NULL; END;
             PERFORM 4; END",
        );
        let Some([Step::Run(first), Step::Try { body, .. }, Step::Run(last)]) = plan.as_deref()
        else {
            panic!("{plan:?}")
        };
        assert_eq!(first, "BEGIN PERFORM 1; PERFORM 2; END");
        assert_eq!(body, &[Step::Run("BEGIN PERFORM 3; END".to_owned())]);
        assert_eq!(last, "BEGIN PERFORM 4; END");
    }

    #[test]
    fn a_condition_around_a_block_is_a_step_too() {
        let plan = planned(
            "BEGIN IF EXISTS (SELECT 1) THEN
                 BEGIN PERFORM 1; EXCEPTION WHEN OTHERS THEN NULL; END;
             ELSE PERFORM 2; END IF; END",
        );
        let Some([Step::If { branches, otherwise }]) = plan.as_deref() else { panic!("{plan:?}") };
        let [(condition, body)] = branches.as_slice() else { panic!("{branches:?}") };
        assert_eq!(condition, "EXISTS (SELECT 1)");
        assert!(matches!(body.as_slice(), [Step::Try { .. }]));
        assert_eq!(otherwise, &[Step::Run("BEGIN PERFORM 2; END".to_owned())]);
    }

    #[test]
    fn what_cannot_be_kept_apart_is_left_as_it_is() {
        for body in [
            "BEGIN PERFORM 1; END",
            "DECLARE n int; BEGIN n := 1; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', N; END",
            "DECLARE n int := 1/0; BEGIN NULL; EXCEPTION WHEN OTHERS THEN NULL; END",
            "DECLARE n int; BEGIN BEGIN n := 1; EXCEPTION WHEN OTHERS THEN NULL; END; END",
            "BEGIN FOR i IN 1..2 LOOP BEGIN PERFORM i; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END",
            "BEGIN BEGIN RETURN; EXCEPTION WHEN OTHERS THEN NULL; END; PERFORM 1; END",
            "BEGIN NULL; EXCEPTION WHEN OTHERS THEN IF true THEN RAISE; END IF; END",
            "BEGIN PERFORM 1; IF FOUND THEN BEGIN PERFORM 2; EXCEPTION WHEN OTHERS THEN NULL; END; END IF; END",
        ] {
            assert_eq!(planned(body), None, "{body}");
        }
    }

    #[test]
    fn a_body_is_quoted_by_a_tag_that_it_does_not_have() {
        assert_eq!(do_statement("BEGIN END"), "DO $railcheck$BEGIN END$railcheck$");
        assert_eq!(do_statement("'$railcheck$'"), "DO $_railcheck$'$railcheck$'$_railcheck$");
    }
}
