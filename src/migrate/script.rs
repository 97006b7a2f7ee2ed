//! What a migration consists of, and what of it cannot be part of a transaction.

use std::ops::Range;

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::{MigrateError, Migration};
use crate::engine::interpreter::split::{PieceKind, split};
use crate::span::{FileId, SourceMap, Span};

/// Something that keeps a migration from being part of a transaction.
#[derive(Debug, Clone)]
pub struct Alone {
    /// The migration's file.
    pub file: FileId,
    /// Where the statement is.
    pub place: String,
    /// Why, in one lower-case sentence.
    pub reason: String,
}

/// A migration with its statements.
#[derive(Debug)]
pub(super) struct Script {
    /// The migration.
    pub(super) migration: Migration,
    /// Where the statements are in its file.
    pub(super) statements: Vec<Range<usize>>,
}

impl Script {
    /// Reads a migration.
    pub(super) fn read(files: &SourceMap, migration: Migration) -> Result<Self, MigrateError> {
        let text = &files.file(migration.file).text;
        let not_sql = |at: usize, what| {
            Err(MigrateError::NotSql {
                place: files.location(Span::new(migration.file, at..at)),
                what,
            })
        };
        if let Some(at) = memchr::memchr(0, text.as_bytes()) {
            return not_sql(at, "a NUL character, which PostgreSQL cannot read");
        }
        let mut statements = Vec::new();
        for piece in split(text) {
            match piece.kind {
                PieceKind::Statement => statements.push(piece.range),
                PieceKind::PsqlCommand => {
                    return not_sql(
                        piece.range.start,
                        "a command to psql, which the server does not know; remove it",
                    );
                }
                PieceKind::CopyData => {
                    return not_sql(piece.range.start, "rows of a COPY; write them as INSERT");
                }
                PieceKind::Unterminated(what) => return not_sql(piece.range.start, what.message()),
            }
        }
        Ok(Self { migration, statements })
    }
}

/// What cannot be part of a transaction of these migrations, at most once for each statement.
pub(super) fn nontransactional(files: &SourceMap, scripts: &[Script]) -> Vec<Alone> {
    let mut found = Vec::new();
    let mut made_types: Vec<String> = Vec::new();
    let mut labels: Vec<Label> = Vec::new();
    for Script { migration, statements } in scripts {
        let text = &files.file(migration.file).text;
        for range in statements {
            let place = || files.location(Span::new(migration.file, range.clone()));
            let words = Words::of(text.get(range.clone()).unwrap_or_default());
            let reason = words.reason().map(str::to_owned).or_else(|| {
                let label = labels.iter().find(|label| words.uses(&label.text))?;
                let Label { text, place } = label;
                Some(format!(
                    "it may use the enum value '{text}', which can only be used once {place} is \
                     committed"
                ))
            });
            found.extend(reason.map(|reason| Alone {
                file: migration.file,
                place: place(),
                reason,
            }));
            made_types.extend(words.made_type());
            if let Some((enumeration, text)) = words.added_label()
                && !made_types.contains(&enumeration)
            {
                labels.push(Label { text, place: place() });
            }
        }
    }
    found
}

/// A value that a migration adds to an enum.
struct Label {
    text: String,
    place: String,
}

/// Statements by their first words.
const REASONS: &[(&[&str], &str)] = &[
    (&["BEGIN"], OWN),
    (&["START", "TRANSACTION"], OWN),
    (&["COMMIT"], OWN),
    (&["END"], OWN),
    (&["ABORT"], OWN),
    (&["ROLLBACK"], OWN),
    (&["PREPARE", "TRANSACTION"], OWN),
    (&["CREATE", "INDEX", "CONCURRENTLY"], BARRED),
    (&["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"], BARRED),
    (&["DROP", "INDEX", "CONCURRENTLY"], BARRED),
    (&["REINDEX", "SCHEMA"], BARRED),
    (&["REINDEX", "DATABASE"], BARRED),
    (&["REINDEX", "SYSTEM"], BARRED),
    (&["VACUUM"], BARRED),
    (&["CREATE", "DATABASE"], BARRED),
    (&["DROP", "DATABASE"], BARRED),
    (&["CREATE", "TABLESPACE"], BARRED),
    (&["DROP", "TABLESPACE"], BARRED),
    (&["ALTER", "SYSTEM"], BARRED),
    (&["CREATE", "SUBSCRIPTION"], BARRED),
    (&["DROP", "SUBSCRIPTION"], BARRED),
    (&["DISCARD", "ALL"], BARRED),
];

const OWN: &str = "it begins or ends a transaction of its own";
const BARRED: &str = "PostgreSQL does not run it in a transaction";

/// The tokens of a statement that decide how it can run.
struct Words {
    /// Words without quotes in upper case, all other tokens left out.
    words: Vec<String>,
    tokens: Vec<Token>,
}

impl Words {
    fn of(statement: &str) -> Self {
        // What the tokenizer cannot read, the server may; it then says itself what it cannot do.
        let tokens =
            Tokenizer::new(&PostgreSqlDialect {}, statement).tokenize().unwrap_or_default();
        let tokens: Vec<_> =
            tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
        let words = tokens.iter().filter_map(|token| match token {
            Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_uppercase()),
            _ => None,
        });
        Self { words: words.collect(), tokens }
    }

    fn start_with(&self, words: &[&str]) -> bool {
        words.len() <= self.words.len() && words.iter().zip(&self.words).all(|(a, b)| a == b)
    }

    fn contain(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    /// Why the statement cannot be part of a transaction.
    fn reason(&self) -> Option<&'static str> {
        if self.start_with(&["ROLLBACK"]) && self.contain("TO") {
            return None;
        }
        let concurrently = (self.start_with(&["REINDEX"])
            || self.start_with(&["ALTER", "TABLE"]) && self.contain("DETACH"))
            && self.contain("CONCURRENTLY");
        if concurrently {
            return Some(BARRED);
        }
        REASONS.iter().find(|(words, _)| self.start_with(words)).map(|(_, reason)| *reason)
    }

    /// The type that the statement makes.
    fn made_type(&self) -> Option<String> {
        self.start_with(&["CREATE", "TYPE"]).then(|| name(self.tokens.get(2..)?))?
    }

    /// The enum that the statement adds a value to, and the value.
    fn added_label(&self) -> Option<(String, String)> {
        if !(self.start_with(&["ALTER", "TYPE"]) && self.contain("ADD") && self.contain("VALUE")) {
            return None;
        }
        let label = self.tokens.iter().find_map(string)?;
        Some((name(self.tokens.get(2..)?)?, label.to_owned()))
    }

    /// Whether the statement names a value of an enum where the server would look at it at once.
    fn uses(&self, label: &str) -> bool {
        if self.start_with(&["ALTER", "TYPE"]) || self.start_with(&["COMMENT"]) {
            return false;
        }
        let runs_text = self.start_with(&["DO"]) || self.contain("SQL");
        self.tokens.iter().any(|token| match token {
            Token::DollarQuotedString(body) => {
                runs_text && body.value.contains(&format!("'{label}'"))
            }
            token => string(token) == Some(label),
        })
    }
}

fn string(token: &Token) -> Option<&str> {
    match token {
        Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => Some(text),
        _ => None,
    }
}

/// The last part of the name that the tokens begin with, as it is stored.
fn name(tokens: &[Token]) -> Option<String> {
    let mut last = None;
    let mut tokens = tokens.iter();
    while let Some(Token::Word(word)) = tokens.next() {
        last = Some(match word.quote_style {
            Some(_) => word.value.clone(),
            None => word.value.to_lowercase(),
        });
        if tokens.next() != Some(&Token::Period) {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::in_order;
    use crate::span::SourceFile;

    /// The numbers of the statements that cannot be part of a transaction, by file.
    fn found(texts: &[&str]) -> Vec<String> {
        let mut files = SourceMap::default();
        let ids: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(i, text)| files.add(SourceFile::new(format!("{i}_m.sql"), *text)))
            .collect();
        let scripts: Vec<_> = in_order(&files, &ids)
            .unwrap()
            .into_iter()
            .map(|migration| Script::read(&files, migration).unwrap())
            .collect();
        nontransactional(&files, &scripts).into_iter().map(|alone| alone.place).collect()
    }

    #[test]
    fn statements_that_cannot_be_part_of_a_transaction_are_told() {
        for statement in [
            "create unique index concurrently i on t (a)",
            "DROP /* no */ INDEX\nCONCURRENTLY i",
            "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
            "REINDEX TABLE CONCURRENTLY t",
            "VACUUM FULL t",
            "CREATE DATABASE d",
            "DROP DATABASE d",
            "ALTER SYSTEM SET work_mem = '1MB'",
            "ALTER TABLE p DETACH PARTITION c CONCURRENTLY",
            "BEGIN",
            "COMMIT AND CHAIN",
            "ROLLBACK",
            "END",
            "START TRANSACTION",
        ] {
            let text = format!("SELECT 1;\n{statement};");
            assert_eq!(found(&[&text]), ["0_m.sql:2:1"], "{statement}");
        }
        for statement in [
            "CREATE INDEX i ON t (a)",
            "CREATE INDEX \"CONCURRENTLY\" ON t (a)",
            "COMMENT ON TABLE t IS 'BEGIN; COMMIT'",
            "DO $$ BEGIN PERFORM 1; END $$",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END",
            "SAVEPOINT s",
            "ROLLBACK TO SAVEPOINT s",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "REINDEX TABLE t",
            "-- VACUUM",
        ] {
            assert_eq!(found(&[statement]), [""; 0], "{statement}");
        }
    }

    #[test]
    fn a_new_enum_value_must_be_committed_before_it_is_used() {
        let add = "ALTER TYPE public.mood ADD VALUE IF NOT EXISTS 'glad' AFTER 'sad';";
        for (texts, places) in [
            (vec![add, "INSERT INTO t VALUES ('glad')"], vec!["1_m.sql:1:1"]),
            (vec![add, "DO $$ BEGIN PERFORM 'glad'::mood; END $$"], vec!["1_m.sql:1:1"]),
            (vec![add, "ALTER TYPE mood ADD VALUE 'merry' AFTER 'glad'"], vec![]),
            (vec![add, "INSERT INTO t VALUES ('sad')"], vec![]),
            (vec!["INSERT INTO t VALUES ('glad')", add], vec![]),
            (vec!["CREATE TYPE mood AS ENUM ('sad')", add, "SELECT 'glad'::mood"], vec![]),
        ] {
            assert_eq!(found(&texts), places, "{texts:?}");
        }
    }

    #[test]
    fn what_no_server_understands_is_refused_with_its_place() {
        for (text, place) in [
            ("SELECT 1;\n\\connect other\n", "0_m.sql:2:1: a command to psql"),
            ("COPY t FROM stdin;\n1\n\\.\n", "0_m.sql:2:1: rows of a COPY"),
            ("SELECT '", "0_m.sql:1:1: unterminated quoted string"),
            ("SELECT 1;\0", "0_m.sql:1:10: a NUL character"),
        ] {
            let mut files = SourceMap::default();
            let id = files.add(SourceFile::new("0_m.sql", text));
            let migration = in_order(&files, &[id]).unwrap().remove(0);
            let error = Script::read(&files, migration).unwrap_err().to_string();
            assert!(error.starts_with(place), "{error}");
        }
    }
}
