//! Commands that change nothing of what the catalog shows, and why that is so for each.
//!
//! What is not here is executed, refused, or a gap. Parts of commands that are executed and have no effect, such as
//! storage parameters, are skipped where the command is read.

/// Commands by their first words that are read to their end and need nothing that could be missing.
pub(super) const IDLE: &[(&str, &str)] = &[
    ("CHECKPOINT", "what is on disk"),
    ("CLOSE", "a cursor"),
    ("DEALLOCATE", "prepared statements; to execute one is a gap"),
    ("FETCH", "a cursor"),
    ("LISTEN", "notifications"),
    ("LOAD", "a library of the server's process"),
    ("MOVE", "a cursor"),
    ("NOTIFY", "notifications"),
    ("SHOW", "it tells a setting"),
    ("UNLISTEN", "notifications"),
];

/// Commands whose objects and roles must exist, and that change nothing else.
#[cfg(test)]
pub(super) const CHECKED: &[(&str, &str)] = &[
    ("COMMENT ON TABLE t IS 'x'", "comments are not in the catalog"),
    ("SECURITY LABEL ON TABLE t IS 'x'", "labels are not in the catalog"),
    ("GRANT SELECT ON t TO r", "privileges are not in the catalog"),
    ("REVOKE SELECT ON t FROM r", "privileges are not in the catalog"),
    ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r", "privileges are not in the catalog"),
    ("LOCK TABLE t", "locks end with the transaction"),
    ("REASSIGN OWNED BY r TO s", "owners are not in the catalog"),
];

#[cfg(test)]
mod tests {
    use super::super::{StatementKind, ast, parse_text};
    use super::{CHECKED, IDLE};
    use crate::span::{FileId, Span};

    fn kind(text: &str) -> StatementKind {
        let statements = parse_text(text, &|range| Span::new(FileId(0), range));
        statements.first().map(|s| (*s.kind).clone()).expect(text)
    }

    #[test]
    fn each_command_of_the_list_is_read_as_one_without_effect() {
        for (command, why) in IDLE {
            assert!(!why.is_empty());
            let text = format!("{command} something");
            let StatementKind::Read(statement) = kind(&text) else { panic!("{text} is not read") };
            assert!(matches!(*statement, ast::Statement::NoEffect), "{text}");
        }
        for (text, why) in CHECKED {
            assert!(!why.is_empty());
            let StatementKind::Read(statement) = kind(text) else { panic!("{text} is not read") };
            let checked =
                matches!(*statement, ast::Statement::Comment(_) | ast::Statement::Grant(_));
            assert!(checked, "{text}");
        }
    }

    #[test]
    fn a_prepared_statement_that_is_executed_is_a_gap() {
        for text in ["EXECUTE plan", "EXECUTE plan(1)"] {
            assert!(matches!(kind(text), StatementKind::Unparsed { .. }), "{text}");
        }
    }
}
