//! `TRUNCATE`, `REFRESH MATERIALIZED VIEW`, `COPY`, `CLUSTER`, `REINDEX`, `VACUUM` and `ANALYZE`.

use sqlparser::ast::ObjectName;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::ast::{Maintenance, Statement};
use super::tokens::{Cursor, Parsed};
use super::words;

/// Statements that have to be transactions by themselves and say nothing else of interest.
const ALONE: &[&str] =
    &["ALTER SYSTEM", "CREATE DATABASE", "DROP DATABASE", "CREATE TABLESPACE", "DROP TABLESPACE"];

/// Words before the tables of `VACUUM` and `ANALYZE`.
const OPTIONS: &[&str] = &["FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE"];

/// The statement, if it is one of those; else the parser is where it was.
pub(super) fn parse(parser: &mut Parser<'_>) -> Option<Parsed<Statement>> {
    let read = if let Some(statement) = parser.eat_one(ALONE) {
        parser.skip_rest();
        Ok(Maintenance::Alone(statement))
    } else if parser.eat("TRUNCATE") {
        truncate(parser)
    } else if parser.eat("REFRESH MATERIALIZED VIEW") {
        refresh(parser)
    } else if parser.eat("COPY") {
        copy(parser)
    } else if parser.eat("CLUSTER") {
        cluster(parser)
    } else if parser.eat("REINDEX") {
        reindex(parser)
    } else if parser.eat("VACUUM") {
        tables(parser).map(|tables| Maintenance::Vacuum { tables })
    } else if parser.eat_one(&["ANALYZE", "ANALYSE"]).is_some() {
        tables(parser).map(|tables| Maintenance::Analyze { tables })
    } else {
        return None;
    };
    Some(read.map(Statement::Maintenance))
}

fn truncate(parser: &mut Parser<'_>) -> Parsed<Maintenance> {
    parser.eat("TABLE");
    let tables = parser.parse_comma_separated(|p| {
        let only = p.eat("ONLY");
        let name = words::name(p)?;
        let _every_descendant = p.consume_token(&Token::Mul);
        Ok((name, only))
    })?;
    parser.eat_one(&["RESTART IDENTITY", "CONTINUE IDENTITY"]);
    let cascade = words::drop_behavior(parser);
    parser.need_end()?;
    Ok(Maintenance::Truncate { tables, cascade })
}

fn refresh(parser: &mut Parser<'_>) -> Parsed<Maintenance> {
    let concurrently = parser.eat("CONCURRENTLY");
    let view = words::name(parser)?;
    let with_data = !parser.eat("WITH NO DATA");
    parser.eat("WITH DATA");
    parser.need_end()?;
    Ok(Maintenance::Refresh { view, concurrently, with_data })
}

fn copy(parser: &mut Parser<'_>) -> Parsed<Maintenance> {
    if parser.peek_token_ref().token == Token::LParen {
        parser.skip_rest();
        return Ok(Maintenance::Copy { table: None, into: false });
    }
    parser.eat("BINARY");
    let table = words::name(parser)?;
    if parser.peek_token_ref().token == Token::LParen {
        parser.skip_parentheses()?;
    }
    let into = parser.eat("FROM");
    parser.skip_rest();
    Ok(Maintenance::Copy { table: Some(table), into })
}

fn cluster(parser: &mut Parser<'_>) -> Parsed<Maintenance> {
    options(parser)?;
    if parser.at_end() {
        return Ok(Maintenance::Cluster { table: None, index: None });
    }
    let first = words::name(parser)?;
    if parser.eat("ON") {
        // The old order: CLUSTER index ON table.
        let index = first.0.last().and_then(|part| part.as_ident()).cloned();
        let table = Some(words::name(parser)?);
        return Ok(Maintenance::Cluster { table, index });
    }
    let index = if parser.eat("USING") { Some(parser.parse_identifier()?) } else { None };
    parser.need_end()?;
    Ok(Maintenance::Cluster { table: Some(first), index })
}

fn reindex(parser: &mut Parser<'_>) -> Parsed<Maintenance> {
    let listed = parser.peek_token_ref().token == Token::LParen;
    options(parser)?;
    const KINDS: &[&str] = &["INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM"];
    let kind = parser.eat_one(KINDS);
    let concurrently = parser.eat("CONCURRENTLY");
    let relation = match kind {
        Some("INDEX" | "TABLE") => Some(words::name(parser)?),
        _ => None,
    };
    parser.skip_rest();
    // Options in parentheses may say CONCURRENTLY, too, and are not read.
    let concurrently = concurrently && !listed;
    Ok(Maintenance::Reindex { index: kind == Some("INDEX"), relation, concurrently })
}

fn tables(parser: &mut Parser<'_>) -> Parsed<Vec<ObjectName>> {
    options(parser)?;
    if parser.at_end() {
        return Ok(Vec::new());
    }
    parser.parse_comma_separated(|p| {
        p.eat("ONLY");
        let name = words::name(p)?;
        let _every_descendant = p.consume_token(&Token::Mul);
        if p.peek_token_ref().token == Token::LParen {
            p.skip_parentheses()?;
        }
        Ok(name)
    })
}

/// Options in words or in parentheses.
fn options(parser: &mut Parser<'_>) -> Parsed<()> {
    if parser.peek_token_ref().token == Token::LParen {
        return parser.skip_parentheses();
    }
    while parser.eat_one(OPTIONS).is_some() {}
    Ok(())
}
