//! `GRANT`, `REVOKE`, `ALTER DEFAULT PRIVILEGES` and statements on roles.

use sqlparser::ast::Ident;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::ast::{Grant, ObjectAddress, ObjectKind, Role, RoleOptions, Statement, StoredSetting};
use super::tokens::{Cursor, Parsed};
use super::words;
use super::{object, session};

/// `GRANT` (`to` is TO) or `REVOKE` (`to` is FROM), which was consumed.
pub(super) fn parse_grant(parser: &mut Parser<'_>, to: &str) -> Parsed<Statement> {
    parser.eat_one(&[
        "GRANT OPTION FOR",
        "ADMIN OPTION FOR",
        "INHERIT OPTION FOR",
        "SET OPTION FOR",
    ]);
    let privileges = privileges(parser, to)?;
    let mut grant = Grant { objects: Vec::new(), roles: Vec::new(), granted_roles: Vec::new() };
    if parser.eat("ON") {
        grant.objects = objects(parser)?;
    } else {
        grant.granted_roles = privileges;
    }
    parser.need(to)?;
    grant.roles = roles(parser)?;
    parser.skip_rest();
    Ok(Statement::Grant(grant))
}

/// Privileges, or roles that are granted: both are words with commas between.
fn privileges(parser: &mut Parser<'_>, to: &str) -> Parsed<Vec<Ident>> {
    let mut found = Vec::new();
    while !parser.ahead("ON") && !parser.ahead(to) {
        match parser.peek_token_ref().token {
            Token::Comma => parser.advance_token(),
            Token::LParen => parser.skip_parentheses()?,
            _ => found.push(parser.parse_identifier()?),
        }
    }
    Ok(found)
}

fn objects(parser: &mut Parser<'_>) -> Parsed<Vec<ObjectAddress>> {
    const ALL: &[&str] = &[
        "ALL TABLES IN SCHEMA",
        "ALL SEQUENCES IN SCHEMA",
        "ALL FUNCTIONS IN SCHEMA",
        "ALL PROCEDURES IN SCHEMA",
        "ALL ROUTINES IN SCHEMA",
    ];
    if parser.eat_one(ALL).is_some() {
        return object::named_list(parser, ObjectKind::Schema);
    }
    if parser.eat_one(&["PARAMETER", "LARGE OBJECT"]).is_some() {
        object::names(parser)?;
        return Ok(Vec::new());
    }
    // Without a word it is a table; a table may well have the name of a kind.
    let next_is_name = matches!(
        parser.peek_nth_token_ref(1).token,
        Token::Comma | Token::Period
    ) || ["TO", "FROM"].iter().any(|word| {
        matches!(&parser.peek_nth_token_ref(1).token, Token::Word(w) if w.value.eq_ignore_ascii_case(word))
    });
    let kind = if next_is_name { None } else { object::kind(parser) };
    object::named_list(parser, kind.unwrap_or(ObjectKind::Table))
}

fn roles(parser: &mut Parser<'_>) -> Parsed<Vec<Ident>> {
    parser.parse_comma_separated(|p| {
        p.eat("GROUP");
        p.parse_identifier()
    })
}

/// `ALTER DEFAULT PRIVILEGES`, which was consumed.
pub(super) fn parse_default_privileges(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let mut grant = Grant { objects: Vec::new(), roles: Vec::new(), granted_roles: Vec::new() };
    loop {
        if parser.eat_one(&["FOR ROLE", "FOR USER"]).is_some() {
            grant.roles.extend(roles(parser)?);
        } else if parser.eat("IN SCHEMA") {
            grant.objects.extend(object::named_list(parser, ObjectKind::Schema)?);
        } else {
            parser.skip_rest();
            return Ok(Statement::Grant(grant));
        }
    }
}

/// `CREATE {ROLE | USER | GROUP}`, which was consumed.
pub(super) fn parse_create_role(parser: &mut Parser<'_>, login: bool) -> Parsed<Statement> {
    let name = parser.parse_identifier()?;
    parser.eat("WITH");
    let mut options =
        RoleOptions { login, superuser: false, bypasses_rls: false, member_of: Vec::new() };
    while !parser.at_end() {
        if parser.eat_one(&["IN ROLE", "IN GROUP"]).is_some() {
            options.member_of.extend(roles(parser)?);
            continue;
        }
        match parser.eat_one(&[
            "LOGIN",
            "NOLOGIN",
            "SUPERUSER",
            "NOSUPERUSER",
            "BYPASSRLS",
            "NOBYPASSRLS",
        ]) {
            Some("LOGIN") => options.login = true,
            Some("NOLOGIN") => options.login = false,
            Some("SUPERUSER") => options.superuser = true,
            Some("NOSUPERUSER") => options.superuser = false,
            Some("BYPASSRLS") => options.bypasses_rls = true,
            Some(_) => options.bypasses_rls = false,
            None => parser.advance_token(),
        }
    }
    Ok(Statement::Role(Role::Create { name, options }))
}

/// `ALTER {ROLE | USER | GROUP}`, which was consumed.
pub(super) fn parse_alter_role(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let name = parser.parse_identifier()?;
    if parser.eat("RENAME TO") {
        let new_name = parser.parse_identifier()?;
        parser.need_end()?;
        return Ok(Statement::Role(Role::Rename(name, new_name)));
    }
    let database = if parser.eat("IN DATABASE") { Some(parser.parse_identifier()?) } else { None };
    if let Some(setting) = session::stored_setting(parser)? {
        let role = Some(name);
        return Ok(Statement::StoredSetting(StoredSetting { role, database, setting }));
    }
    parser.skip_rest();
    Ok(Statement::Role(Role::Alter(name)))
}

/// `DROP {ROLE | USER | GROUP}`, which was consumed.
pub(super) fn parse_drop_role(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let if_exists = parser.eat("IF EXISTS");
    let names = parser.parse_comma_separated(Parser::parse_identifier)?;
    parser.need_end()?;
    Ok(Statement::Role(Role::Drop { if_exists, names }))
}

/// `DROP OWNED BY`, which was consumed.
pub(super) fn parse_drop_owned(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let names = parser.parse_comma_separated(Parser::parse_identifier)?;
    parser.eat_one(&["CASCADE", "RESTRICT"]);
    parser.need_end()?;
    Ok(Statement::Role(Role::DropOwned(names)))
}

/// `REASSIGN OWNED BY`, which was consumed.
pub(super) fn parse_owned(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let roles = roles(parser)?;
    parser.skip_rest();
    Ok(Statement::Grant(Grant { objects: Vec::new(), roles, granted_roles: Vec::new() }))
}

/// `LOCK [TABLE]`, which was consumed: it fails where a table is missing.
pub(super) fn parse_tables(parser: &mut Parser<'_>) -> Parsed<Statement> {
    parser.eat("TABLE");
    let objects = parser.parse_comma_separated(|p| {
        p.eat("ONLY");
        let name = words::name(p)?;
        let _every_descendant = p.consume_token(&Token::Mul);
        Ok(ObjectAddress { kind: ObjectKind::Table, name, on: None, arguments: None })
    })?;
    parser.skip_rest();
    Ok(Statement::Grant(Grant { objects, roles: Vec::new(), granted_roles: Vec::new() }))
}
