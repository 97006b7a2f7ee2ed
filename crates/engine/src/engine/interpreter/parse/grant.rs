//! `GRANT`, `REVOKE`, `ALTER DEFAULT PRIVILEGES` and `REASSIGN OWNED`.

use sqlparser::ast::Ident;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::ast::{
    DefaultScope, Grant, GrantTargets, ObjectAddress, ObjectKind, PrivilegeChange, PrivilegeName,
    RoleChange, Statement,
};
use super::tokens::{Cursor, Parsed};
use super::{object, words};

/// `GRANT` (`to` is TO) or `REVOKE` (`to` is FROM), which was consumed.
pub(super) fn parse_grant(parser: &mut Parser<'_>, to: &str) -> Parsed<Statement> {
    let grants = to == "TO";
    let option = !grants && parser.eat("GRANT OPTION FOR");
    let options = [
        ("ADMIN OPTION FOR", "ADMIN"),
        ("INHERIT OPTION FOR", "INHERIT"),
        ("SET OPTION FOR", "SET"),
    ];
    let option_for = options.iter().find(|(phrase, _)| parser.eat(phrase)).map(|(_, word)| *word);
    let privileges = privileges(parser, to)?;
    if !parser.eat("ON") {
        return parse_roles(parser, to, option_for, privileges);
    }
    let targets = targets(parser)?;
    change(parser, grants, option, privileges, targets)
        .map(|change| Statement::Grant(Grant::Privileges(change)))
}

/// What comes after the objects: to or from whom, and how.
fn change(
    parser: &mut Parser<'_>,
    grants: bool,
    option: bool,
    privileges: Vec<PrivilegeName>,
    targets: GrantTargets,
) -> Parsed<PrivilegeChange> {
    parser.need(if grants { "TO" } else { "FROM" })?;
    let grantees = roles(parser)?;
    let option = option || parser.eat("WITH GRANT OPTION");
    let granted_by = if parser.eat("GRANTED BY") { Some(parser.parse_identifier()?) } else { None };
    let cascade = words::drop_behavior(parser);
    parser.skip_rest();
    Ok(PrivilegeChange { grants, option, cascade, privileges, targets, grantees, granted_by })
}

/// What comes after the roles that are granted or revoked.
fn parse_roles(
    parser: &mut Parser<'_>,
    to: &str,
    option_for: Option<&'static str>,
    granted: Vec<PrivilegeName>,
) -> Parsed<Statement> {
    parser.need(to)?;
    let members = roles(parser)?;
    let mut change = RoleChange {
        grants: to == "TO",
        option_for,
        roles: granted.into_iter().map(|role| role.written).collect(),
        members,
        admin: None,
        inherits: None,
    };
    if parser.eat("WITH") {
        loop {
            let word = parser.parse_identifier()?.value.to_ascii_lowercase();
            let value = parser.eat_one(&["OPTION", "TRUE", "FALSE"]) != Some("FALSE");
            match word.as_str() {
                "admin" => change.admin = Some(value),
                "inherit" => change.inherits = Some(value),
                _ => {}
            }
            if !parser.consume_token(&Token::Comma) {
                break;
            }
        }
    }
    parser.skip_rest();
    Ok(Statement::Grant(Grant::Roles(change)))
}

/// Privileges, or roles that are granted: both are words with commas between.
fn privileges(parser: &mut Parser<'_>, to: &str) -> Parsed<Vec<PrivilegeName>> {
    let mut found: Vec<PrivilegeName> = Vec::new();
    while !parser.ahead("ON") && !parser.ahead(to) {
        match parser.peek_token_ref().token {
            Token::Comma => parser.advance_token(),
            Token::LParen => {
                let columns = parser.parse_parenthesized_column_list(
                    sqlparser::parser::IsOptional::Mandatory,
                    false,
                )?;
                if let Some(last) = found.last_mut() {
                    last.columns = columns;
                }
            }
            _ => {
                let all = parser.eat_one(&["ALL PRIVILEGES", "ALL"]).is_some();
                let written = if all { Ident::new("all") } else { parser.parse_identifier()? };
                let name = written.value.to_lowercase();
                found.push(PrivilegeName { name, written, columns: Vec::new() });
            }
        }
    }
    Ok(found)
}

fn targets(parser: &mut Parser<'_>) -> Parsed<GrantTargets> {
    const ALL: &[(&str, &str)] = &[
        ("ALL TABLES IN SCHEMA", "TABLES"),
        ("ALL SEQUENCES IN SCHEMA", "SEQUENCES"),
        ("ALL FUNCTIONS IN SCHEMA", "FUNCTIONS"),
        ("ALL PROCEDURES IN SCHEMA", "PROCEDURES"),
        ("ALL ROUTINES IN SCHEMA", "ROUTINES"),
    ];
    if let Some((_, word)) = ALL.iter().find(|(phrase, _)| parser.eat(phrase)) {
        let schemas = object::named_list(parser, ObjectKind::Schema)?;
        return Ok(GrantTargets::AllIn { word, schemas });
    }
    if parser.eat_one(&["PARAMETER", "LARGE OBJECT"]).is_some() {
        object::names(parser)?;
        return Ok(GrantTargets::NotKept);
    }
    // Without a word it is a table; a table may well have the name of a kind.
    let next_is_name = matches!(
        parser.peek_nth_token_ref(1).token,
        Token::Comma | Token::Period
    ) || ["TO", "FROM"].iter().any(|word| {
        matches!(&parser.peek_nth_token_ref(1).token, Token::Word(w) if w.value.eq_ignore_ascii_case(word))
    });
    let kind = if next_is_name { None } else { object::kind(parser) };
    object::named_list(parser, kind.unwrap_or(ObjectKind::Table)).map(GrantTargets::Objects)
}

/// Roles with commas between.
pub(super) fn roles(parser: &mut Parser<'_>) -> Parsed<Vec<Ident>> {
    parser.parse_comma_separated(|p| {
        p.eat("GROUP");
        p.parse_identifier()
    })
}

/// `ALTER DEFAULT PRIVILEGES`, which was consumed.
pub(super) fn parse_default_privileges(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let mut scope = DefaultScope::default();
    loop {
        if parser.eat_one(&["FOR ROLE", "FOR USER"]).is_some() {
            scope.roles.extend(roles(parser)?);
        } else if parser.eat("IN SCHEMA") {
            scope.schemas.extend(object::named_list(parser, ObjectKind::Schema)?);
        } else {
            break;
        }
    }
    let grants = parser.eat("GRANT");
    if !grants {
        parser.need("REVOKE")?;
    }
    let option = !grants && parser.eat("GRANT OPTION FOR");
    let privileges = privileges(parser, if grants { "TO" } else { "FROM" })?;
    parser.need("ON")?;
    let kinds = [
        ("TABLES", ObjectKind::Table),
        ("SEQUENCES", ObjectKind::Sequence),
        ("FUNCTIONS", ObjectKind::Routine),
        ("ROUTINES", ObjectKind::Routine),
        ("SCHEMAS", ObjectKind::Schema),
        ("TYPES", ObjectKind::Type),
        ("LARGE OBJECTS", ObjectKind::Other),
    ];
    let kind = kinds.iter().find(|(word, _)| parser.eat(word)).map(|(_, kind)| *kind);
    let Some(kind) = kind else {
        return parser.expected_ref("a kind of object", parser.peek_token_ref());
    };
    let change = change(parser, grants, option, privileges, GrantTargets::New(kind))?;
    Ok(Statement::Grant(Grant::Defaults(scope, change)))
}

/// `REASSIGN OWNED BY`, which was consumed.
pub(super) fn parse_owned(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let former = roles(parser)?;
    parser.need("TO")?;
    let owner = parser.parse_identifier()?;
    parser.need_end()?;
    Ok(Statement::Grant(Grant::Reassign(former, owner)))
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
    Ok(Statement::Grant(Grant::Lock(objects)))
}
