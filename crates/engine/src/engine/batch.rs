//! The text of a migration as a server gets it, and the way back from a server's complaint to the file.

use std::ops::Range;

use super::Failure;
use super::interpreter::split::{PieceKind, split};
use super::session::{Refusal, Session, SessionError};
use crate::span::{FileId, Span};

/// The SQLSTATE of a statement that cannot run inside a transaction.
const ACTIVE_TRANSACTION: &str = "25001";

/// Applies a migration to a session, which is like a new one afterwards; returns the statement that the
/// server refused, if any.
///
/// A migration is one batch and so one transaction, unless it says otherwise. One that has a statement
/// for which that cannot be, such as CREATE INDEX CONCURRENTLY, is applied a statement at a time.
///
/// # Errors
/// Where the session has ended.
pub fn apply(
    session: &mut dyn Session,
    file: FileId,
    text: &str,
) -> Result<Option<Failure>, SessionError> {
    let batch = Batch::of(text);
    let refusal = match refusal(session.run(&batch.text))? {
        Some(refusal) if refusal.sqlstate == ACTIVE_TRANSACTION => {
            session.run("ROLLBACK")?;
            batch.run_one_by_one(session)?
        }
        other => other,
    };
    let Some(refusal) = refusal else { return session.reset().map(|()| None) };
    let at = Span::new(file, batch.at_fault(text, &refusal));
    match session.reset() {
        Ok(()) => Ok(Some(refusal.at(at))),
        Err(SessionError::Refused(_)) => Err(SessionError::Stuck { at, refusal }),
        Err(other) => Err(other),
    }
}

impl Refusal {
    /// The failure of a migration that this is.
    pub(super) fn at(self, span: Span) -> Failure {
        Failure { limit: None, span, sqlstate: self.sqlstate.into(), message: self.message }
    }
}

fn refusal<T>(result: Result<T, SessionError>) -> Result<Option<Refusal>, SessionError> {
    match result {
        Ok(_) => Ok(None),
        Err(SessionError::Refused(refusal)) => Ok(Some(refusal)),
        Err(other) => Err(other),
    }
}

/// What a server gets of a migration.
struct Batch {
    /// The text, in which a character is where it is in the file, without what is meant for `psql`.
    text: String,
    /// Where the statements are in the file.
    statements: Vec<Range<usize>>,
}

impl Batch {
    fn of(text: &str) -> Self {
        let mut pieces = split(text).into_iter().peekable();
        let mut statements = Vec::new();
        let mut blanks = Vec::new();
        if text.starts_with('\u{feff}') {
            blanks.push(0..'\u{feff}'.len_utf8());
        }
        while let Some(piece) = pieces.next() {
            // Rows do not matter to the catalog, and a server would wait for them.
            let rows = pieces.next_if(|next| next.kind == PieceKind::CopyData);
            match (piece.kind, rows) {
                (_, Some(rows)) => blanks.push(piece.range.start..rows.range.end),
                (PieceKind::PsqlCommand | PieceKind::CopyData, None) => blanks.push(piece.range),
                (PieceKind::Statement | PieceKind::Unterminated(_), None) => {
                    statements.push(piece.range);
                }
            }
        }
        Self { text: blank(text, &blanks), statements }
    }

    fn run_one_by_one(&self, session: &mut dyn Session) -> Result<Option<Refusal>, SessionError> {
        for (number, range) in self.statements.iter().enumerate() {
            let statement = self.text.get(range.clone()).unwrap_or_default();
            if let Some(refusal) = refusal(session.run(statement))? {
                return Ok(Some(Refusal { completed: number, position: None, ..refusal }));
            }
        }
        Ok(None)
    }

    /// The statement that a refusal is about.
    fn at_fault(&self, text: &str, refusal: &Refusal) -> Range<usize> {
        let place = refusal.position.and_then(|position| {
            let bytes = text.char_indices().map(|(byte, _)| byte);
            bytes.chain([text.len()]).nth(position.saturating_sub(1))
        });
        // An error at the end of the text is that of its last statement.
        let by_place = place.and_then(|place| {
            self.statements.iter().rev().find(|statement| statement.start <= place)
        });
        by_place.or_else(|| self.statements.get(refusal.completed)).cloned().unwrap_or_default()
    }
}

/// The text with spaces instead of the characters of some ranges, but for the ends of lines.
fn blank(text: &str, ranges: &[Range<usize>]) -> String {
    let mut ranges = ranges.iter().peekable();
    text.char_indices()
        .map(|(at, character)| {
            while ranges.next_if(|range| range.end <= at).is_some() {}
            match ranges.peek() {
                Some(range) if range.start <= at && character != '\n' => ' ',
                _ => character,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(position: Option<usize>, completed: usize) -> Refusal {
        Refusal { sqlstate: String::new(), message: String::new(), position, completed }
    }

    #[test]
    fn only_what_the_server_understands_is_sent_and_each_character_keeps_its_place() {
        for (text, sent) in [
            ("SELECT 1;\n\\echo é\nSELECT 2", "SELECT 1;\n       \nSELECT 2"),
            ("\u{feff}SELECT 1", " SELECT 1"),
            ("COPY t FROM stdin;\n1\té\n\\.\nSELECT 2", "                  \n   \n\\.\nSELECT 2"),
        ] {
            let batch = Batch::of(text);
            assert_eq!(batch.text.replace("\\.", "  "), sent.replace("\\.", "  "), "{text}");
            assert_eq!(batch.text.chars().count(), text.chars().count());
        }
    }

    #[test]
    fn the_statement_at_fault_is_found_by_place_or_by_number() {
        let text = "SELECT 'é'; SELEC 2;\nSELECT 3 +";
        let batch = Batch::of(text);
        for (position, completed, statement) in [
            (Some(13), 0, "SELEC 2"),
            (Some(32), 0, "SELECT 3 +"),
            (None, 0, "SELECT 'é'"),
            (None, 1, "SELEC 2"),
            (None, 9, ""),
        ] {
            let range = batch.at_fault(text, &refused(position, completed));
            assert_eq!(&text[range], statement);
        }
    }
}
