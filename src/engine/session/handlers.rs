//! Exception handlers of PL/pgSQL for a PostgreSQL that does not run them. In that of pglite-oxide the
//! library of PL/pgSQL is built without the code that catches a `longjmp`, so that an error ends the
//! statement whatever its handlers are. Where a DO block can be taken apart, its body is sent inside a
//! savepoint, and its handler once that failed.

use std::ops::Range;

use crate::engine::interpreter::parse::{ast, parse_text};
use crate::engine::interpreter::split::{Piece, PieceKind, split};
use crate::engine::interpreter::{Rescue, Step, condition_query, do_statement, steps};
use crate::engine::session::{Answer, Refusal, Session, SessionError};
use crate::span::{FileId, Span};

/// The SQLSTATE of SAVEPOINT outside a transaction block.
const NO_ACTIVE_TRANSACTION: &str = "25P01";

/// What is sent at once of a batch.
#[derive(Debug)]
enum Part {
    /// Statements as they are.
    Plain(Range<usize>),
    /// A DO block that was taken apart.
    Planned(Vec<Step>),
}

/// A batch in parts, for a server that shall still take it as one.
#[derive(Debug)]
pub struct Batch<'t> {
    text: &'t str,
    parts: Vec<Part>,
    /// It ends inside a transaction that it began itself.
    left_open: bool,
}

impl<'t> Batch<'t> {
    /// The parts of a batch that has DO blocks with handlers; `None` where it can be sent as it is.
    #[must_use]
    pub fn of(text: &'t str) -> Option<Self> {
        if !contains_word(text, "exception") {
            return None;
        }
        let mut batch = Self { text, parts: Vec::new(), left_open: false };
        let mut start = 0;
        for piece in split(text) {
            let words = text.get(piece.range.clone()).unwrap_or_default();
            if let Some(steps) = plan(words, &piece) {
                batch.parts.push(Part::Plain(start..piece.range.start));
                batch.parts.push(Part::Planned(steps));
                // The semicolon belongs to the block.
                let rest = text.get(piece.range.end..).unwrap_or_default();
                start = piece.range.end + usize::from(rest.starts_with(';'));
                continue;
            }
            match boundary(words) {
                Some(Boundary::Begin) => batch.left_open = true,
                Some(Boundary::End) => {
                    batch.left_open = false;
                    batch.parts.push(Part::Plain(start..piece.range.end));
                    start = piece.range.end;
                }
                None => {}
            }
        }
        batch.parts.push(Part::Plain(start..text.len()));
        batch.parts.iter().any(|part| matches!(part, Part::Planned(_))).then_some(batch)
    }

    /// Runs the parts in one transaction, as a server runs a batch.
    ///
    /// # Errors
    /// Where the server refuses a statement and no handler catches that, or is gone.
    pub fn run(&self, session: &mut dyn Session) -> Result<Vec<Answer>, SessionError> {
        let is_inside = is_inside_transaction(session)?;
        let mut answers = Vec::new();
        let result = self.run_parts(session, is_inside, &mut answers);
        if is_inside || matches!(&result, Ok(()) if self.left_open) {
            return result.map(|()| answers);
        }
        match result {
            Ok(()) => session.run("COMMIT").map(|_| answers),
            Err(error) => {
                session.run("ROLLBACK")?;
                Err(error)
            }
        }
    }

    fn run_parts(
        &self,
        session: &mut dyn Session,
        is_inside: bool,
        answers: &mut Vec<Answer>,
    ) -> Result<(), SessionError> {
        for part in &self.parts {
            if !is_inside {
                // Where a transaction is under way already this is no more than a warning.
                session.run("BEGIN")?;
            }
            match part {
                Part::Plain(range) => {
                    let statements = self.text.get(range.clone()).unwrap_or_default();
                    let before = self.text.get(..range.start).unwrap_or_default();
                    let result = session.run(statements);
                    answers.extend(
                        result.map_err(|error| {
                            shifted(error, answers.len(), before.chars().count())
                        })?,
                    );
                }
                Part::Planned(steps) => {
                    run_steps(session, steps).map_err(|error| unplaced(error, answers.len()))?;
                    answers.push(Answer::default());
                }
            }
        }
        Ok(())
    }
}

/// Runs the steps of a DO block inside a transaction.
fn run_steps(session: &mut dyn Session, steps: &[Step]) -> Result<(), SessionError> {
    for step in steps {
        match step {
            Step::Run(body) => drop(session.run(&do_statement(body))?),
            Step::Try { body, handlers } => attempt(session, body, handlers)?,
            Step::If { branches, otherwise } => {
                let mut chosen = otherwise;
                for (condition, body) in branches {
                    if session.value(&condition_query(condition))? == "t" {
                        chosen = body;
                        break;
                    }
                }
                run_steps(session, chosen)?;
            }
        }
    }
    Ok(())
}

fn attempt(
    session: &mut dyn Session,
    body: &[Step],
    handlers: &[Rescue],
) -> Result<(), SessionError> {
    session.run("SAVEPOINT railcheck")?;
    let refusal = match run_steps(session, body) {
        Err(SessionError::Refused(refusal)) => refusal,
        Ok(()) => return session.run("RELEASE SAVEPOINT railcheck").map(drop),
        Err(lost) => return Err(lost),
    };
    session.run("ROLLBACK TO SAVEPOINT railcheck; RELEASE SAVEPOINT railcheck")?;
    let Refusal { sqlstate, message, .. } = &refusal;
    let Some(handler) = handlers.iter().find(|handler| handler.catches(sqlstate)) else {
        return Err(refusal.into());
    };
    session.run(&do_statement(&handler.body(sqlstate, message)))?;
    if handler.raises_again { Err(refusal.into()) } else { Ok(()) }
}

fn is_inside_transaction(session: &mut dyn Session) -> Result<bool, SessionError> {
    match session.run("SAVEPOINT railcheck; RELEASE SAVEPOINT railcheck") {
        Ok(_) => Ok(true),
        Err(SessionError::Refused(refusal)) if refusal.sqlstate == NO_ACTIVE_TRANSACTION => {
            Ok(false)
        }
        Err(other) => Err(other),
    }
}

/// The steps of a DO block that can be taken apart.
fn plan(statement: &str, piece: &Piece) -> Option<Vec<Step>> {
    let is_do = piece.kind == PieceKind::Statement && first_word(statement) == "do";
    if !is_do || !contains_word(statement, "exception") {
        return None;
    }
    let parsed = parse_text(statement, &|range| Span::new(FileId(0), range));
    match parsed.first()?.kind.read() {
        Some(ast::Statement::Do(block)) => steps(block),
        _ => None,
    }
}

/// A statement that begins or ends a transaction.
enum Boundary {
    Begin,
    End,
}

fn boundary(statement: &str) -> Option<Boundary> {
    match first_word(statement).as_str() {
        "begin" | "start" => Some(Boundary::Begin),
        "rollback" if contains_word(statement, "to") => None,
        "commit" | "end" | "rollback" | "abort" => Some(Boundary::End),
        _ => None,
    }
}

fn first_word(statement: &str) -> String {
    let letters = statement.chars().take_while(char::is_ascii_alphabetic);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

fn contains_word(text: &str, word: &str) -> bool {
    let is_word = |found: &[u8]| found.eq_ignore_ascii_case(word.as_bytes());
    text.as_bytes().windows(word.len()).any(is_word)
}

/// A refusal of a part in terms of the batch.
fn shifted(error: SessionError, completed: usize, characters: usize) -> SessionError {
    match error {
        SessionError::Refused(refusal) => Refusal {
            completed: refusal.completed + completed,
            position: refusal.position.map(|position| position + characters),
            ..refusal
        }
        .into(),
        other => other,
    }
}

/// A refusal of a step in terms of the batch: the DO block as a whole.
fn unplaced(error: SessionError, completed: usize) -> SessionError {
    match error {
        SessionError::Refused(refusal) => Refusal { completed, position: None, ..refusal }.into(),
        other => other,
    }
}
