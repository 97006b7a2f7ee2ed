//! `CREATE ROLE`, `ALTER ROLE`, `DROP ROLE` and `DROP OWNED`.

use sqlparser::parser::Parser;

use super::ast::{Grant, Role, RoleChange, RoleOptions, Statement, StoredSetting};
use super::grant::roles;
use super::tokens::{Cursor, Parsed};
use super::{session, words};

/// `CREATE {ROLE | USER | GROUP}`, which was consumed.
pub(super) fn parse_create_role(parser: &mut Parser<'_>, login: bool) -> Parsed<Statement> {
    let name = parser.parse_identifier()?;
    let mut options = options(parser)?;
    options.login = Some(options.login.unwrap_or(login));
    Ok(Statement::Role(Role::Create { name, options }))
}

/// The options of a role, up to the end.
fn options(parser: &mut Parser<'_>) -> Parsed<RoleOptions> {
    parser.eat("WITH");
    let mut options = RoleOptions::default();
    while !parser.at_end() {
        if parser.eat_one(&["IN ROLE", "IN GROUP"]).is_some() {
            options.member_of.extend(roles(parser)?);
        } else if parser.eat_one(&["ROLE", "USER"]).is_some() {
            options.members.extend(roles(parser)?);
        } else if parser.eat("ADMIN") {
            options.admins.extend(roles(parser)?);
        } else if let Some(word) = parser.eat_one(FLAGS) {
            let given = Some(!word.starts_with("NO"));
            match word.strip_prefix("NO").unwrap_or(word) {
                "LOGIN" => options.login = given,
                "SUPERUSER" => options.superuser = given,
                "BYPASSRLS" => options.bypasses_rls = given,
                _ => options.inherits = given,
            }
        } else {
            parser.advance_token();
        }
    }
    Ok(options)
}

/// The options that are said or denied by one word.
const FLAGS: &[&str] = &[
    "LOGIN",
    "NOLOGIN",
    "SUPERUSER",
    "NOSUPERUSER",
    "BYPASSRLS",
    "NOBYPASSRLS",
    "INHERIT",
    "NOINHERIT",
];

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
    if let Some(word) = parser.eat_one(&["ADD USER", "DROP USER"]) {
        let members = roles(parser)?;
        parser.need_end()?;
        return Ok(Statement::Grant(Grant::Roles(RoleChange {
            grants: word == "ADD USER",
            option_for: None,
            roles: vec![name],
            members,
            admin: None,
            inherits: None,
        })));
    }
    options(parser).map(|options| Statement::Role(Role::Alter(name, options)))
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
    let cascade = words::drop_behavior(parser);
    parser.need_end()?;
    Ok(Statement::Role(Role::DropOwned { names, cascade }))
}
