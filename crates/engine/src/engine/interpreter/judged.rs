//! A migration as it is read: its pieces, and what the judge of syntax says of the whole.

use std::iter;
use std::ops::Range;
use std::sync::Arc;

use super::parse::{self, Mentions, ParsedStatement, StatementKind};
use super::split::{self, Piece, PieceKind};
use super::syntax::{self, SyntaxError, Verdict};
use crate::span::{FileId, Span};

/// Commands of psql that may end a line with a statement on it: they send it, show it or forget it.
const AFTER_A_STATEMENT: &[&str] =
    &["g", "gx", "gset", "gexec", "gdesc", "crosstabview", "watch", "p", "r"];

/// The pieces of a migration in their order, or what stands for them.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// A statement that comes first, which says what the judge says.
    pub(super) judgement: Option<ParsedStatement>,
    /// The pieces; none of a text that every server refuses, since nothing of it is run.
    pub(super) pieces: Vec<Piece>,
}

/// Splits a migration and judges its syntax.
pub(super) fn read(file: FileId, text: &str) -> Judged {
    let pieces = split::split(text);
    let judgement = |span: Range<usize>, kind| {
        let text = text.get(span.clone()).unwrap_or_default().into();
        Some(ParsedStatement { span: Span::new(file, span), kind: Arc::new(kind), text })
    };
    match syntax::check(&for_the_server(text, &pieces)) {
        Verdict::Accepted => Judged { judgement: None, pieces },
        Verdict::Refused(error) => {
            let span = place(&error, &pieces);
            Judged { judgement: judgement(span, refused(error)), pieces: Vec::new() }
        }
        Verdict::Depends { error, accepted_by } => {
            let span = place(&error, &pieces);
            let kind = depends(&error, accepted_by, text, &pieces);
            Judged { judgement: judgement(span, kind), pieces }
        }
    }
}

/// What a text that every server refuses does.
pub(super) fn refused(error: SyntaxError) -> StatementKind {
    StatementKind::Refused { sqlstate: error.sqlstate, message: error.message }
}

/// What a text does that a part of all servers refuses: whatever it does, or nothing.
fn depends(error: &SyntaxError, accepted_by: u8, text: &str, pieces: &[Piece]) -> StatementKind {
    let reason = format!(
        "PostgreSQL {accepted_by} reads this file, and other versions refuse all of it: {}",
        error.message
    );
    let mut names = Vec::new();
    for piece in pieces.iter().filter(|piece| piece.kind == PieceKind::Statement) {
        match parse::mentions_of(text.get(piece.range.clone()).unwrap_or("")) {
            Mentions::Everything => {
                return StatementKind::Unparsed { reason, mentions: Mentions::Everything };
            }
            Mentions::Names(more) => names.extend(more),
            Mentions::Calls(_) => {}
        }
    }
    StatementKind::Unparsed { reason, mentions: Mentions::Names(names) }
}

/// Where an error is; at the end of the text, it is in its last statement.
fn place(error: &SyntaxError, pieces: &[Piece]) -> Range<usize> {
    let last = || pieces.iter().rev().find(|piece| piece.range.start < error.range.start);
    match error.range.is_empty().then(last).flatten() {
        Some(piece) => piece.range.clone(),
        None => error.range.clone(),
    }
}

/// The text with blanks for what is not sent to the server: commands to psql, rows, a byte order mark.
fn for_the_server(text: &str, pieces: &[Piece]) -> String {
    let is_sent = |piece: &&Piece| match piece.kind {
        PieceKind::CopyData => false,
        PieceKind::PsqlCommand => !is_command(text, &piece.range),
        PieceKind::Statement | PieceKind::Unterminated(_) => true,
    };
    let mark = text.starts_with('\u{feff}').then_some(0..'\u{feff}'.len_utf8());
    let blanks = pieces.iter().filter(|piece| !is_sent(piece)).map(|piece| piece.range.clone());
    let mut sent = String::with_capacity(text.len());
    let mut from = 0;
    for range in mark.into_iter().chain(blanks) {
        sent.push_str(text.get(from..range.start).unwrap_or(""));
        // What comes before a command is a statement of its own.
        sent.push(';');
        sent.extend(iter::repeat_n(' ', range.len().saturating_sub(1)));
        from = range.end;
    }
    sent.push_str(text.get(from..).unwrap_or(""));
    sent
}

/// Whether a backslash begins a command to psql. Elsewhere than at the start of a line, or after what the command
/// is about, it is a slip.
fn is_command(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("").trim_end();
    let command = text.get(range.clone()).unwrap_or("").trim_start_matches('\\');
    let name = command.split_whitespace().next().unwrap_or("");
    line.is_empty()
        || line.ends_with(';')
        || name.starts_with(';')
        || AFTER_A_STATEMENT.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_for_psql_is_not_judged_and_each_byte_keeps_its_place() {
        for (text, sent) in [
            ("\\restrict abc\nSELECT 1;", ";            \nSELECT 1;"),
            ("SELECT 1 \\gset x\n", "SELECT 1 ;      \n"),
            ("SELECT 1 \\ 2\n", "SELECT 1 \\ 2\n"),
            ("\u{feff}SELECT 1", ";  SELECT 1"),
            ("COPY t FROM stdin;\n1\té\n\\.\nSELECT 2", "COPY t FROM stdin;\n;      \nSELECT 2"),
        ] {
            let pieces = split::split(text);
            assert_eq!(for_the_server(text, &pieces), sent, "{text}");
        }
    }

    #[test]
    fn an_error_is_at_its_token_or_in_the_last_statement() {
        for (text, wanted) in [
            ("SELECT 1; creat table t ();", "creat"),
            ("SELECT 1; CREATE TABLE t (\n\n", "CREATE TABLE t ("),
        ] {
            let judged = read(FileId(0), text);
            let judgement = judged.judgement.expect("it is refused");
            assert_eq!(&text[judgement.span.range()], wanted);
            assert!(judged.pieces.is_empty());
        }
    }
}
