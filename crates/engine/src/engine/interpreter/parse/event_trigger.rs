//! `CREATE` and `ALTER` of event triggers.

use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::ast::{AlterEventTrigger, CreateEventTrigger, EventTriggerChange, Statement};
use super::tokens::{Cursor, Parsed};
use super::words;

/// `CREATE EVENT TRIGGER`, which was consumed.
pub(super) fn parse_create(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let name = parser.parse_identifier()?;
    parser.need("ON")?;
    let event = words::folded(&parser.parse_identifier()?);
    let mut filters = Vec::new();
    if parser.eat("WHEN") {
        loop {
            let variable = words::folded(&parser.parse_identifier()?);
            parser.need("IN")?;
            parser.expect_token(&Token::LParen)?;
            let values = parser.parse_comma_separated(Parser::parse_literal_string)?;
            parser.expect_token(&Token::RParen)?;
            filters.push((variable, values));
            if !parser.eat("AND") {
                break;
            }
        }
    }
    parser.need("EXECUTE")?;
    if parser.eat_one(&["FUNCTION", "PROCEDURE"]).is_none() {
        return parser.expected_ref("FUNCTION or PROCEDURE", parser.peek_token_ref());
    }
    let function = words::name(parser)?;
    parser.expect_token(&Token::LParen)?;
    parser.expect_token(&Token::RParen)?;
    parser.need_end()?;
    Ok(Statement::CreateEventTrigger(CreateEventTrigger { name, event, filters, function }))
}

/// `ALTER EVENT TRIGGER`, which was consumed.
pub(super) fn parse_alter(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let name = parser.parse_identifier()?;
    let states =
        [("ENABLE REPLICA", 'R'), ("ENABLE ALWAYS", 'A'), ("ENABLE", 'O'), ("DISABLE", 'D')];
    let change = if let Some((_, state)) = states.iter().find(|(words, _)| parser.eat(words)) {
        EventTriggerChange::Enabled(*state)
    } else if parser.eat("RENAME TO") {
        EventTriggerChange::Rename(parser.parse_identifier()?)
    } else {
        parser.need("OWNER TO")?;
        parser.parse_identifier()?;
        EventTriggerChange::NoEffect
    };
    parser.need_end()?;
    Ok(Statement::AlterEventTrigger(AlterEventTrigger { name, change }))
}
