//! What psql's own commands in a migration mean.

use super::{Mentions, StatementKind};

/// Commands after which anything may have happened: they run other files, programs or the rows of
/// a query, or leave lines out.
const OPAQUE: &[&str] =
    &["i", "ir", "include", "include_relative", "gexec", "if", "elif", "else", "c", "connect"];

/// What a line that starts with a backslash does: nothing to the catalog, or it cannot be told.
pub(super) fn command(line: &str) -> Option<StatementKind> {
    let name = line.trim_start_matches('\\').split_whitespace().next().unwrap_or("");
    OPAQUE.contains(&name).then(|| StatementKind::Unparsed {
        reason: format!("\\{name} is a command to psql, and what it runs is not in this file"),
        mentions: Mentions::Everything,
    })
}
