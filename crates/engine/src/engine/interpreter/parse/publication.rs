//! The members of publications.

use sqlparser::ast::ObjectName;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::ast::{Publication, PublicationChange, Published, Statement};
use super::tokens::{Cursor, Parsed};
use super::words;

/// What follows `CREATE PUBLICATION name`.
pub(super) fn parse_create(parser: &mut Parser<'_>, name: ObjectName) -> Parsed<Statement> {
    let members = if parser.eat("FOR ALL TABLES") {
        vec![Published::All]
    } else if parser.eat("FOR") {
        members(parser)?
    } else {
        Vec::new()
    };
    if !parser.at_end() {
        parser.need("WITH")?;
        parser.skip_rest();
    }
    let change = PublicationChange::Create;
    Ok(Statement::Publication(Publication { name, change, members }))
}

/// What follows `ALTER PUBLICATION name`, where it is about members.
pub(super) fn parse_alter(parser: &mut Parser<'_>, name: &ObjectName) -> Option<Parsed<Statement>> {
    let change = if parser.eat("ADD") {
        PublicationChange::Add
    } else if parser.eat("DROP") {
        PublicationChange::Drop
    } else if parser.ahead("SET TABLE") || parser.ahead("SET TABLES") {
        parser.advance_token();
        PublicationChange::Set
    } else {
        return None;
    };
    Some(members(parser).and_then(|members| {
        parser.need_end()?;
        Ok(Statement::Publication(Publication { name: name.clone(), change, members }))
    }))
}

fn members(parser: &mut Parser<'_>) -> Parsed<Vec<Published>> {
    let mut schemas = false;
    parser.parse_comma_separated(|p| {
        match p.eat_one(&["TABLES IN SCHEMA", "TABLE"]) {
            Some("TABLE") => schemas = false,
            Some(_) => schemas = true,
            None => {}
        }
        if schemas {
            let current = p.eat("CURRENT_SCHEMA");
            return Ok(Published::Schema(if current { None } else { Some(p.parse_identifier()?) }));
        }
        p.eat("ONLY");
        let name = words::name(p)?;
        let _every_descendant = p.consume_token(&Token::Mul);
        let mut columns = Vec::new();
        if p.consume_token(&Token::LParen) {
            columns = p.parse_comma_separated(Parser::parse_identifier)?;
            p.expect_token(&Token::RParen)?;
        }
        let mut condition = None;
        if p.eat("WHERE") {
            p.expect_token(&Token::LParen)?;
            condition = Some(Box::new(p.parse_expr()?));
            p.expect_token(&Token::RParen)?;
        }
        Ok(Published::Table { name, columns, condition })
    })
}
