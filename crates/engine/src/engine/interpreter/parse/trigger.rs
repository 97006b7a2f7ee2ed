//! `CREATE`, `ALTER`, `DROP` of triggers.

use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::ast::{AlterTrigger, CreateTrigger, DropTrigger, Statement, TriggerTime};
use super::tokens::{Cursor, Parsed};
use super::words;

/// `CREATE [OR REPLACE] [CONSTRAINT] TRIGGER`, which was consumed.
pub(super) fn parse_create(
    parser: &mut Parser<'_>,
    or_replace: bool,
    constraint: bool,
) -> Parsed<Statement> {
    let name = parser.parse_identifier()?;
    let time = match parser.eat_one(&["BEFORE", "AFTER", "INSTEAD OF"]) {
        Some("BEFORE") => TriggerTime::Before,
        Some("AFTER") => TriggerTime::After,
        Some(_) => TriggerTime::InsteadOf,
        None => return parser.expected_ref("BEFORE, AFTER or INSTEAD OF", parser.peek_token_ref()),
    };
    let mut trigger = CreateTrigger {
        or_replace,
        constraint,
        name,
        time,
        events: Vec::new(),
        columns: Vec::new(),
        table: Vec::new().into(),
        from: None,
        transition_tables: Vec::new(),
        for_each_row: false,
        when: None,
        function: Vec::new().into(),
    };
    parse_events(parser, &mut trigger)?;
    trigger.table = words::on_table(parser)?;
    parse_middle(parser, &mut trigger)?;
    if parser.eat("WHEN") {
        parser.expect_token(&Token::LParen)?;
        trigger.when = Some(parser.parse_expr()?);
        parser.expect_token(&Token::RParen)?;
    }
    parser.need("EXECUTE")?;
    if parser.eat_one(&["FUNCTION", "PROCEDURE"]).is_none() {
        return parser.expected_ref("FUNCTION or PROCEDURE", parser.peek_token_ref());
    }
    trigger.function = words::name(parser)?;
    parser.skip_parentheses()?;
    parser.need_end()?;
    Ok(Statement::CreateTrigger(Box::new(trigger)))
}

fn parse_events(parser: &mut Parser<'_>, trigger: &mut CreateTrigger) -> Parsed<()> {
    loop {
        let Some(event) = parser.eat_one(&["INSERT", "UPDATE", "DELETE", "TRUNCATE"]) else {
            return parser.expected_ref("an event", parser.peek_token_ref());
        };
        trigger.events.push(event.to_owned());
        if event == "UPDATE" && parser.eat("OF") {
            trigger.columns.extend(parser.parse_comma_separated(Parser::parse_identifier)?);
        }
        if !parser.eat("OR") {
            return Ok(());
        }
    }
}

/// What stands between the table and WHEN.
fn parse_middle(parser: &mut Parser<'_>, trigger: &mut CreateTrigger) -> Parsed<()> {
    const DEFERRABILITY: &[&str] =
        &["NOT DEFERRABLE", "DEFERRABLE", "INITIALLY IMMEDIATE", "INITIALLY DEFERRED"];
    loop {
        if parser.eat("FROM") {
            trigger.from = Some(words::name(parser)?);
        } else if parser.eat_one(DEFERRABILITY).is_some() {
        } else if parser.eat("REFERENCING") {
            while parser.eat_one(&["NEW TABLE", "OLD TABLE", "NEW ROW", "OLD ROW"]).is_some() {
                parser.eat("AS");
                trigger.transition_tables.push(parser.parse_identifier()?);
            }
        } else if parser.eat("FOR") {
            parser.eat("EACH");
            trigger.for_each_row = match parser.eat_one(&["ROW", "STATEMENT"]) {
                Some(word) => word == "ROW",
                None => return parser.expected_ref("ROW or STATEMENT", parser.peek_token_ref()),
            };
        } else {
            return Ok(());
        }
    }
}

/// `ALTER TRIGGER`, which was consumed.
pub(super) fn parse_alter(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let name = parser.parse_identifier()?;
    let table = words::on_table(parser)?;
    let new_name = if parser.eat("RENAME TO") { Some(parser.parse_identifier()?) } else { None };
    if new_name.is_none() {
        parser.skip_rest();
    }
    parser.need_end()?;
    Ok(Statement::AlterTrigger(AlterTrigger { name, table, new_name }))
}

/// `DROP TRIGGER`, which was consumed.
pub(super) fn parse_drop(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let if_exists = parser.eat("IF EXISTS");
    let name = parser.parse_identifier()?;
    let table = words::on_table(parser)?;
    let cascade = words::drop_behavior(parser);
    parser.need_end()?;
    Ok(Statement::DropTrigger(DropTrigger { if_exists, name, table, cascade }))
}
