//! Which statements our own parsers read, by their first words.

use sqlparser::parser::Parser;

use super::ast::{ObjectKind, RoutineKind, Setting, Statement};
use super::silent::IDLE;
use super::tokens::{Cursor, Parsed, refuse};
use super::{
    event_trigger, grant, index, maintenance, object, operator, routine, session, table, trigger,
};

/// The statement, where our own parser is to read it; else the parser is back at its start.
pub(super) fn statement(parser: &mut Parser<'_>, text: &str) -> Parsed<Option<Statement>> {
    // PREPARE of a statement is idle, PREPARE TRANSACTION is not.
    if let Some(transaction) = session::parse_transaction(parser) {
        return transaction.map(Some);
    }
    if let Some(maintenance) = maintenance::parse(parser) {
        return maintenance.map(Some);
    }
    let idle = IDLE.iter().any(|(command, _)| parser.eat(command));
    // What is prepared has no effect until it is executed.
    if idle || parser.eat("PREPARE") {
        parser.skip_rest();
        return Ok(Some(Statement::NoEffect));
    }
    const VERBS: &[&str] = &[
        "ALTER",
        "COMMENT",
        "CREATE",
        "DISCARD",
        "DO",
        "DROP",
        "GRANT",
        "LOCK",
        "REASSIGN OWNED BY",
        "RESET",
        "REVOKE",
        "SECURITY LABEL",
        "SET",
        "IMPORT FOREIGN SCHEMA",
        "EXECUTE",
    ];
    match parser.eat_one(VERBS) {
        Some("ALTER") => alter(parser),
        Some("CREATE") => create(parser, text),
        Some("DROP") => drop(parser),
        Some("COMMENT" | "SECURITY LABEL") => object::parse_comment(parser).map(Some),
        Some("DISCARD") => {
            let all = parser.eat("ALL");
            parser.skip_rest();
            let setting = if all { Setting::ResetAll } else { Setting::NoEffect };
            Ok(Some(Statement::Setting(setting)))
        }
        Some("DO") => routine::parse_do(parser, text).map(Some),
        Some("GRANT") => grant::parse_grant(parser, "TO").map(Some),
        Some("REVOKE") => grant::parse_grant(parser, "FROM").map(Some),
        Some("LOCK") => grant::parse_tables(parser).map(Some),
        Some("REASSIGN OWNED BY") => grant::parse_owned(parser).map(Some),
        Some("SET") => session::parse_set(parser).map(|s| Some(Statement::Setting(s))),
        Some("RESET") => session::parse_reset(parser).map(|s| Some(Statement::Setting(s))),
        Some("EXECUTE") => refuse("what a prepared statement does is not interpreted"),
        Some(_) => refuse("IMPORT FOREIGN SCHEMA makes tables that another server names"),
        None => Ok(None),
    }
}

/// Gives up: sqlparser is to read the statement from its start.
fn leave(parser: &mut Parser<'_>) -> Option<Statement> {
    while parser.index() > 0 {
        let before = parser.index();
        parser.prev_token();
        if parser.index() == before {
            break;
        }
    }
    None
}

fn alter(parser: &mut Parser<'_>) -> Parsed<Option<Statement>> {
    if parser.eat("DEFAULT PRIVILEGES") {
        return grant::parse_default_privileges(parser).map(Some);
    }
    if parser.ahead("POLICY") {
        return Ok(leave(parser));
    }
    if parser.eat("DATABASE") {
        return session::parse_alter_database(parser).map(Some);
    }
    if parser.eat("EVENT TRIGGER") {
        return event_trigger::parse_alter(parser).map(Some);
    }
    if parser.eat("TRIGGER") {
        return trigger::parse_alter(parser).map(Some);
    }
    if let Some(kind) = routine::kind(parser) {
        return routine::parse_alter(parser, kind).map(Some);
    }
    match object::kind(parser) {
        Some(
            kind @ (ObjectKind::Table
            | ObjectKind::ForeignTable
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Index
            | ObjectKind::Sequence),
        ) => table::parse_alter(parser, kind).map(Some),
        Some(ObjectKind::Role) => grant::parse_alter_role(parser).map(Some),
        Some(kind) => object::parse_alter(parser, kind).map(Some),
        None if parser.eat_one(&["USER", "GROUP"]).is_some() => {
            grant::parse_alter_role(parser).map(Some)
        }
        None => parser.expected_ref("a kind of object", parser.peek_token_ref()),
    }
}

fn create(parser: &mut Parser<'_>, text: &str) -> Parsed<Option<Statement>> {
    let or_replace = parser.eat("OR REPLACE");
    if let Some(kind) = routine::kind(parser) {
        if kind == RoutineKind::Routine {
            return refuse("expected: a kind of object, found: ROUTINE");
        }
        return routine::parse_create(parser, text, or_replace, kind).map(Some);
    }
    if parser.eat("OPERATOR") {
        return operator::parse_create(parser).map(Some);
    }
    if parser.eat("EVENT TRIGGER") {
        return event_trigger::parse_create(parser).map(Some);
    }
    if parser.eat("CONSTRAINT TRIGGER") {
        return trigger::parse_create(parser, or_replace, true).map(Some);
    }
    if parser.eat("TRIGGER") {
        return trigger::parse_create(parser, or_replace, false).map(Some);
    }
    const TABLES: &[&str] = &[
        "TABLE",
        "UNLOGGED TABLE",
        "FOREIGN TABLE",
        "TEMP TABLE",
        "TEMPORARY TABLE",
        "LOCAL TEMP TABLE",
        "LOCAL TEMPORARY TABLE",
        "GLOBAL TEMP TABLE",
        "GLOBAL TEMPORARY TABLE",
    ];
    if let Some(words) = parser.eat_one(TABLES) {
        let (temporary, foreign) = (words.contains("TEMP"), words.starts_with("FOREIGN"));
        if table::is_create_as(parser) {
            return Ok(leave(parser));
        }
        return table::parse_create(parser, temporary, foreign).map(Some);
    }
    if parser.ahead("INDEX") || parser.ahead("UNIQUE INDEX") {
        return index::parse_only(parser).map(|own| own.or_else(|| leave(parser)));
    }
    match object::kind(parser) {
        Some(ObjectKind::Role) => grant::parse_create_role(parser, false).map(Some),
        Some(ObjectKind::Schema) => object::parse_create_schema(parser, text).map(Some),
        Some(
            kind @ (ObjectKind::Publication
            | ObjectKind::Subscription
            | ObjectKind::Rule
            | ObjectKind::Cast
            | ObjectKind::Collation
            | ObjectKind::Conversion
            | ObjectKind::Statistics
            | ObjectKind::TextSearch
            | ObjectKind::ForeignDataWrapper
            | ObjectKind::Server
            | ObjectKind::UserMapping
            | ObjectKind::Language
            | ObjectKind::Other),
        ) => object::parse_create(parser, kind, or_replace).map(Some),
        Some(ObjectKind::Type) => object::parse_create_type(parser).map(|own| match own {
            Some(statement) => Some(statement),
            None => leave(parser),
        }),
        None if parser.eat("USER") => grant::parse_create_role(parser, true).map(Some),
        None if parser.eat("GROUP") => grant::parse_create_role(parser, false).map(Some),
        _ => Ok(leave(parser)),
    }
}

fn drop(parser: &mut Parser<'_>) -> Parsed<Option<Statement>> {
    if parser.eat("OWNED BY") {
        return grant::parse_drop_owned(parser).map(Some);
    }
    if let Some(kind) = routine::kind(parser) {
        return routine::parse_drop(parser, kind).map(Some);
    }
    if parser.eat("OPERATOR") {
        return operator::parse_drop(parser).map(Some);
    }
    if parser.eat("TRIGGER") {
        return trigger::parse_drop(parser).map(Some);
    }
    match object::kind(parser) {
        Some(ObjectKind::Role) => grant::parse_drop_role(parser).map(Some),
        Some(kind) => object::parse_drop(parser, kind).map(Some),
        None if parser.eat_one(&["USER", "GROUP"]).is_some() => {
            grant::parse_drop_role(parser).map(Some)
        }
        None => parser.expected_ref("a kind of object", parser.peek_token_ref()),
    }
}
