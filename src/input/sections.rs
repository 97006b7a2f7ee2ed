//! The part of a migration that is applied, for tools that keep the way back in the same file.

use std::borrow::Cow;

use crate::engine::transaction_mode::TransactionMode;

/// A tool whose files have sections.
struct Tool {
    /// How a line begins that marks one, in lower case, behind `--` and blanks.
    prefix: &'static str,
    /// The word that begins what is applied.
    up: &'static str,
    /// The word that begins the way back.
    down: &'static str,
}

/// The tools by their marks.
const TOOLS: [Tool; 5] = [
    // https://pressly.github.io/goose/documentation/annotations/
    Tool { prefix: "+goose ", up: "up", down: "down" },
    // https://github.com/amacneil/dbmate#creating-migrations
    Tool { prefix: "migrate:", up: "up", down: "down" },
    // https://github.com/rubenv/sql-migrate#writing-migrations
    Tool { prefix: "+migrate ", up: "up", down: "down" },
    // https://salsita.github.io/node-pg-migrate/migrations/#sql-migrations
    Tool { prefix: "", up: "up migration", down: "down migration" },
    // https://github.com/elwinar/rambler#migrations
    Tool { prefix: "rambler ", up: "up", down: "down" },
];

impl Tool {
    /// The section that a line begins: true for what is applied.
    fn section(&self, line: &str) -> Option<bool> {
        let marker = line.trim_start().strip_prefix("--")?.trim_start();
        let head = marker.get(..self.prefix.len())?;
        if !head.eq_ignore_ascii_case(self.prefix) {
            return None;
        }
        let rest = marker.get(self.prefix.len()..)?.trim_start();
        let begins = |word: &str| {
            rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
                && !rest.get(word.len()..).unwrap_or("").starts_with(|c: char| c.is_alphanumeric())
        };
        if begins(self.up) { Some(true) } else { begins(self.down).then_some(false) }
    }
}

/// The text without the lines that are not applied, which are left blank, so that all others stand where they stood.
/// A text without sections is applied as it is.
pub(super) fn applied(text: &str) -> Cow<'_, str> {
    let tool = TOOLS.iter().find(|tool| text.lines().any(|line| tool.section(line) == Some(true)));
    let Some(tool) = tool else { return Cow::Borrowed(text) };
    let mut kept = String::with_capacity(text.len());
    let mut is_up = false;
    for line in text.split_inclusive('\n') {
        is_up = tool.section(line).unwrap_or(is_up);
        if is_up || TransactionMode::mark(line, false).is_some() {
            kept.push_str(line);
        } else if line.ends_with('\n') {
            kept.push('\n');
        }
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_left_blank_and_every_other_line_stands_where_it_stood() {
        for (text, kept) in [
            ("CREATE TABLE a ();\n", "CREATE TABLE a ();\n"),
            (
                "-- +goose Up\nA;\n-- +goose StatementBegin\nB;\n-- +goose StatementEnd\n-- +goose Down\nC;\n",
                "-- +goose Up\nA;\n-- +goose StatementBegin\nB;\n-- +goose StatementEnd\n\n\n",
            ),
            (
                "-- +goose NO TRANSACTION\n-- +GOOSE UP\nA;\n--+goose down\nB;",
                "-- +goose NO TRANSACTION\n-- +GOOSE UP\nA;\n\n",
            ),
            (
                "-- migrate:up transaction:false\nA;\n\n-- migrate:down\nB;\n",
                "-- migrate:up transaction:false\nA;\n\n\n\n",
            ),
            ("-- migrate:down\nB;\n-- migrate:up\nA;\n", "\n\n-- migrate:up\nA;\n"),
            ("-- Up Migration\nA;\n-- Down Migration\nB;\n", "-- Up Migration\nA;\n\n\n"),
            ("-- +migrate Up\nA;\n-- +migrate Down\nB;\n", "-- +migrate Up\nA;\n\n\n"),
            ("-- migrate:upwards\nA;\n", "-- migrate:upwards\nA;\n"),
            ("-- Down Migration\nA;\n", "-- Down Migration\nA;\n"),
            ("-- +goose Up\r\nA;\r\n-- +goose Down\r\nB;\r\n", "-- +goose Up\r\nA;\r\n\n\n"),
        ] {
            assert_eq!(applied(text), kept, "{text}");
        }
    }
}
