//! Which transactions a tool applies a migration in, by the marks that the tool reads.

/// The transactions that a migration is applied in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionMode {
    /// One batch, which is one transaction; a statement at a time where PostgreSQL wants that.
    Batch,
    /// Between BEGIN and COMMIT: a statement that cannot run there is refused.
    Block,
    /// Each statement by itself.
    StatementByStatement,
}

/// What a line says behind `--`, in lower case, and the mode that it asks for.
const MARKS: [(&str, &str, TransactionMode); 7] = [
    // https://pressly.github.io/goose/documentation/annotations/#no-transaction
    ("+goose", "no transaction", TransactionMode::StatementByStatement),
    ("+goose", "up", TransactionMode::Block),
    // https://github.com/amacneil/dbmate#migration-options
    ("migrate:up", "transaction:false", TransactionMode::StatementByStatement),
    ("migrate:up", "", TransactionMode::Block),
    // https://github.com/rubenv/sql-migrate#writing-migrations
    ("+migrate", "up notransaction", TransactionMode::StatementByStatement),
    ("+migrate", "up", TransactionMode::Block),
    // https://docs.rs/sqlx/latest/sqlx/macro.migrate.html
    ("no-transaction", "", TransactionMode::StatementByStatement),
];

impl TransactionMode {
    /// The mode that the lines of a migration ask for.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let modes = || text.lines().enumerate().filter_map(|(at, line)| Self::mark(line, at == 0));
        modes()
            .find(|mode| *mode == Self::StatementByStatement)
            .or_else(|| modes().next())
            .unwrap_or(Self::Batch)
    }

    /// The mode that a line asks for. The mark of sqlx counts in the first line alone.
    #[must_use]
    pub fn mark(line: &str, is_first: bool) -> Option<Self> {
        let comment = line.trim_start().strip_prefix("--")?.trim().to_ascii_lowercase();
        let mut words = comment.split_ascii_whitespace();
        let head = words.next()?;
        let rest: Vec<&str> = words.collect();
        let rest = rest.join(" ");
        let (_, _, mode) = MARKS.iter().find(|(mark, said, _)| {
            *mark == head
                && (*mark != "no-transaction" || is_first)
                && (rest == *said || (said.is_empty() && *mark == "migrate:up"))
        })?;
        Some(*mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_is_applied_as_the_marks_of_its_tool_say() {
        use TransactionMode::{Batch, Block, StatementByStatement};
        for (text, mode) in [
            ("SELECT 1;", Batch),
            ("-- +goose Up\nSELECT 1;", Block),
            ("-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;", StatementByStatement),
            ("-- +goose Up\n-- +GOOSE no  transaction\nSELECT 1;", StatementByStatement),
            ("-- +goose StatementBegin\nSELECT 1;", Batch),
            ("-- migrate:up\nSELECT 1;", Block),
            ("-- migrate:up transaction:true\nSELECT 1;", Block),
            ("-- migrate:up transaction:false\nSELECT 1;", StatementByStatement),
            ("-- migrate:upwards\nSELECT 1;", Batch),
            ("-- +migrate Up\nSELECT 1;", Block),
            ("-- +migrate Up notransaction\nSELECT 1;", StatementByStatement),
            ("-- no-transaction\nSELECT 1;", StatementByStatement),
            ("SELECT 1;\n-- no-transaction\n", Batch),
            ("SELECT '-- +goose Up';", Batch),
        ] {
            assert_eq!(TransactionMode::of(text), mode, "{text}");
        }
    }
}
