//! `COMMENT ON`, `ALTER`, `DROP` and `CREATE` of objects by kind and name.

use sqlparser::ast::{Ident, ObjectName};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::ast::{
    AlterObject, AttributeChange, CreateObject, CreateSchema, DropObjects, ObjectAddress,
    ObjectChange, ObjectKind, Statement,
};
use super::tokens::{Cursor, Parsed, is_word, refuse};
use super::{StatementKind, publication, routine, statement_of, words};

/// How each kind is written; of two that start alike the longer comes first.
const KINDS: &[(&str, ObjectKind)] = &[
    ("TABLE", ObjectKind::Table),
    ("FOREIGN TABLE", ObjectKind::ForeignTable),
    ("VIEW", ObjectKind::View),
    ("MATERIALIZED VIEW", ObjectKind::MaterializedView),
    ("INDEX", ObjectKind::Index),
    ("SEQUENCE", ObjectKind::Sequence),
    ("TYPE", ObjectKind::Type),
    ("DOMAIN", ObjectKind::Domain),
    ("SCHEMA", ObjectKind::Schema),
    ("EXTENSION", ObjectKind::Extension),
    ("COLUMN", ObjectKind::Column),
    ("CONSTRAINT", ObjectKind::Constraint),
    ("POLICY", ObjectKind::Policy),
    ("TRIGGER", ObjectKind::Trigger),
    ("RULE", ObjectKind::Rule),
    ("FUNCTION", ObjectKind::Routine),
    ("PROCEDURE", ObjectKind::Routine),
    ("ROUTINE", ObjectKind::Routine),
    ("AGGREGATE", ObjectKind::Routine),
    ("ROLE", ObjectKind::Role),
    ("USER MAPPING", ObjectKind::UserMapping),
    ("EVENT TRIGGER", ObjectKind::EventTrigger),
    ("PUBLICATION", ObjectKind::Publication),
    ("SUBSCRIPTION", ObjectKind::Subscription),
    ("DATABASE", ObjectKind::Database),
    ("COLLATION", ObjectKind::Collation),
    ("CONVERSION", ObjectKind::Conversion),
    ("CAST", ObjectKind::Cast),
    ("OPERATOR CLASS", ObjectKind::Operator),
    ("OPERATOR FAMILY", ObjectKind::Operator),
    ("OPERATOR", ObjectKind::Operator),
    ("STATISTICS", ObjectKind::Statistics),
    ("TEXT SEARCH CONFIGURATION", ObjectKind::TextSearch),
    ("TEXT SEARCH DICTIONARY", ObjectKind::TextSearch),
    ("TEXT SEARCH PARSER", ObjectKind::TextSearch),
    ("TEXT SEARCH TEMPLATE", ObjectKind::TextSearch),
    ("FOREIGN DATA WRAPPER", ObjectKind::ForeignDataWrapper),
    ("SERVER", ObjectKind::Server),
    ("LANGUAGE", ObjectKind::Language),
    ("PROCEDURAL LANGUAGE", ObjectKind::Language),
    ("TRUSTED LANGUAGE", ObjectKind::Language),
    ("TRUSTED PROCEDURAL LANGUAGE", ObjectKind::Language),
    ("TRANSFORM", ObjectKind::Other),
    ("ACCESS METHOD", ObjectKind::Other),
    ("TABLESPACE", ObjectKind::Other),
    ("LARGE OBJECT", ObjectKind::Other),
];

/// The kind of object that comes next.
pub(super) fn kind(parser: &mut Parser<'_>) -> Option<ObjectKind> {
    KINDS.iter().find(|(phrase, _)| parser.eat(phrase)).map(|(_, kind)| *kind)
}

/// The kind that comes next, or an error.
fn need_kind(parser: &mut Parser<'_>) -> Parsed<ObjectKind> {
    match kind(parser) {
        Some(kind) => Ok(kind),
        None => parser.expected_ref("a kind of object", parser.peek_token_ref()),
    }
}

/// An object of a kind that was consumed.
fn named(parser: &mut Parser<'_>, kind: ObjectKind) -> Parsed<ObjectAddress> {
    let mut object =
        ObjectAddress { kind, name: Vec::<Ident>::new().into(), on: None, arguments: None };
    match kind {
        ObjectKind::Cast | ObjectKind::UserMapping | ObjectKind::Operator | ObjectKind::Other => {
            return Ok(object);
        }
        ObjectKind::Constraint | ObjectKind::Policy | ObjectKind::Rule | ObjectKind::Trigger => {
            object.name = vec![parser.parse_identifier()?].into();
            parser.need("ON")?;
            if parser.eat("DOMAIN") {
                object.kind = ObjectKind::Other;
            }
            object.on = Some(words::name(parser)?);
        }
        ObjectKind::Routine => {
            let routine = routine::routine_ref(parser, super::ast::RoutineKind::Aggregate)?;
            object.name = routine.name;
            object.arguments = routine.arguments;
        }
        _ => object.name = words::name(parser)?,
    }
    Ok(object)
}

/// `COMMENT`, `SECURITY LABEL`, which were consumed.
pub(super) fn parse_comment(parser: &mut Parser<'_>) -> Parsed<Statement> {
    if parser.eat("FOR") {
        parser.advance_token();
    }
    parser.need("ON")?;
    let kind = need_kind(parser)?;
    let object = named(parser, kind)?;
    parser.skip_rest();
    Ok(Statement::Comment(object))
}

/// `DROP kind`, up to the kind consumed.
pub(super) fn parse_drop(parser: &mut Parser<'_>, kind: ObjectKind) -> Parsed<Statement> {
    let concurrently = kind == ObjectKind::Index && parser.eat("CONCURRENTLY");
    let if_exists = parser.eat("IF EXISTS");
    let first = named(parser, kind)?;
    let mut objects = vec![first];
    while objects.last().is_some_and(|o| !o.name.0.is_empty())
        && parser.consume_token(&Token::Comma)
    {
        objects.push(named(parser, kind)?);
    }
    if objects.iter().any(|o| o.name.0.is_empty()) {
        parser.skip_rest();
        return Ok(Statement::NoEffect);
    }
    let cascade = words::drop_behavior(parser);
    parser.need_end()?;
    Ok(Statement::DropObjects(DropObjects { kind, concurrently, if_exists, objects, cascade }))
}

/// `CREATE [OR REPLACE] kind`, up to the kind consumed, of kinds that the catalog does not show.
pub(super) fn parse_create(
    parser: &mut Parser<'_>,
    kind: ObjectKind,
    or_replace: bool,
) -> Parsed<Statement> {
    let if_not_exists = parser.eat("IF NOT EXISTS");
    let object = if kind == ObjectKind::Rule {
        let mut object = ObjectAddress {
            kind,
            name: vec![parser.parse_identifier()?].into(),
            on: None,
            arguments: None,
        };
        parser.need("AS ON")?;
        if parser.eat_one(&["SELECT", "INSERT", "UPDATE", "DELETE"]).is_none() {
            return parser.expected_ref("an event", parser.peek_token_ref());
        }
        parser.need("TO")?;
        object.on = Some(words::name(parser)?);
        object
    } else {
        // Statistics need no name of their own.
        let unnamed = kind == ObjectKind::Statistics
            && (parser.ahead("ON") || parser.peek_token_ref().token == Token::LParen);
        if unnamed {
            parser.skip_rest();
            return Ok(Statement::NoEffect);
        }
        named(parser, kind)?
    };
    if kind == ObjectKind::Publication {
        return publication::parse_create(parser, object.name);
    }
    parser.skip_rest();
    Ok(Statement::CreateObject(CreateObject { kind, or_replace, if_not_exists, object }))
}

/// `CREATE SCHEMA`, which was consumed.
pub(super) fn parse_create_schema(parser: &mut Parser<'_>, text: &str) -> Parsed<Statement> {
    let if_not_exists = parser.eat("IF NOT EXISTS");
    let name = if parser.eat("AUTHORIZATION") {
        words::name(parser)?
    } else {
        let name = words::name(parser)?;
        if parser.eat("AUTHORIZATION") {
            words::name(parser)?;
        }
        name
    };
    let elements = schema_elements(parser, text)?;
    if if_not_exists && !elements.is_empty() {
        return refuse("CREATE SCHEMA IF NOT EXISTS cannot include schema elements");
    }
    Ok(Statement::CreateSchema(CreateSchema { if_not_exists, name, elements }))
}

/// The statements inside CREATE SCHEMA, in the order in which they are executed.
fn schema_elements(parser: &mut Parser<'_>, text: &str) -> Parsed<Vec<StatementKind>> {
    /// Tables before what may refer to them.
    const ORDER: [&str; 5] = ["SEQUENCE", "TABLE", "VIEW", "INDEX", "TRIGGER"];
    let mut elements: Vec<(usize, Vec<TokenWithSpan>)> = Vec::new();
    let mut depth = 0usize;
    while !parser.at_end() {
        let starts = depth == 0 && (parser.ahead("CREATE") || parser.ahead("GRANT"));
        let token = parser.next_token();
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        if starts {
            elements.push((ORDER.len(), Vec::new()));
        }
        let Some((order, element)) = elements.last_mut() else {
            return parser.expected("a schema element", token);
        };
        if element.len() < 4
            && let Some(kind) = ORDER.iter().position(|kind| is_word(&token.token, kind))
        {
            *order = (*order).min(kind);
        }
        element.push(token);
    }
    elements.sort_by_key(|(order, _)| *order);
    Ok(elements.into_iter().map(|(_, tokens)| statement_of(tokens, text)).collect())
}

/// `CREATE TYPE`, which was consumed, of base types and shells; others are sqlparser's.
pub(super) fn parse_create_type(parser: &mut Parser<'_>) -> Parsed<Option<Statement>> {
    let kind = ObjectKind::Type;
    let name = words::name(parser)?;
    let base = parser.at_end() || parser.peek_token_ref().token == Token::LParen;
    if !base {
        return Ok(None);
    }
    parser.skip_rest();
    let object = ObjectAddress { kind, name, on: None, arguments: None };
    Ok(Some(Statement::CreateObject(CreateObject {
        kind,
        or_replace: false,
        if_not_exists: false,
        object,
    })))
}

/// `ALTER kind`, up to the kind consumed.
pub(super) fn parse_alter(parser: &mut Parser<'_>, kind: ObjectKind) -> Parsed<Statement> {
    let if_exists = parser.eat("IF EXISTS");
    let object = named(parser, kind)?;
    if kind == ObjectKind::Publication
        && let Some(statement) = publication::parse_alter(parser, &object.name)
    {
        return statement;
    }
    let change = change(parser, kind)?;
    if matches!(change, ObjectChange::NoEffect) {
        parser.skip_rest();
    }
    parser.need_end()?;
    Ok(Statement::AlterObject(AlterObject { kind, if_exists, object, change }))
}

fn change(parser: &mut Parser<'_>, kind: ObjectKind) -> Parsed<ObjectChange> {
    if parser.eat("RENAME TO") {
        return Ok(ObjectChange::Rename(parser.parse_identifier()?));
    }
    if parser.eat("SET SCHEMA") {
        return Ok(ObjectChange::SetSchema(parser.parse_identifier()?));
    }
    match kind {
        ObjectKind::Type => type_change(parser),
        ObjectKind::Domain => domain_change(parser),
        ObjectKind::View | ObjectKind::MaterializedView if parser.eat("RENAME") => {
            parser.eat("COLUMN");
            rename_pair(parser).map(|(from, to)| ObjectChange::RenameAttribute(from, to))
        }
        _ => Ok(ObjectChange::NoEffect),
    }
}

fn rename_pair(parser: &mut Parser<'_>) -> Parsed<(Ident, Ident)> {
    let from = parser.parse_identifier()?;
    parser.need("TO")?;
    Ok((from, parser.parse_identifier()?))
}

fn type_change(parser: &mut Parser<'_>) -> Parsed<ObjectChange> {
    if parser.eat("RENAME ATTRIBUTE") {
        let (from, to) = rename_pair(parser)?;
        words::drop_behavior(parser);
        return Ok(ObjectChange::RenameAttribute(from, to));
    }
    if parser.eat("RENAME VALUE") {
        let from = parser.parse_literal_string()?;
        parser.need("TO")?;
        return Ok(ObjectChange::RenameValue(from, parser.parse_literal_string()?));
    }
    if parser.eat("ADD VALUE") {
        let if_not_exists = parser.eat("IF NOT EXISTS");
        let label = parser.parse_literal_string()?;
        let neighbour = match parser.eat_one(&["BEFORE", "AFTER"]) {
            Some(word) => Some((word == "BEFORE", parser.parse_literal_string()?)),
            None => None,
        };
        return Ok(ObjectChange::AddValue { if_not_exists, label, neighbour });
    }
    if ["ADD ATTRIBUTE", "DROP ATTRIBUTE", "ALTER ATTRIBUTE"].iter().any(|w| parser.ahead(w)) {
        return parser.parse_comma_separated(attribute_change).map(ObjectChange::Attributes);
    }
    Ok(ObjectChange::NoEffect)
}

fn attribute_change(parser: &mut Parser<'_>) -> Parsed<AttributeChange> {
    let change = if parser.eat("ADD ATTRIBUTE") {
        AttributeChange::Add(parser.parse_identifier()?, routine::type_name(parser)?)
    } else if parser.eat("DROP ATTRIBUTE") {
        let if_exists = parser.eat("IF EXISTS");
        let name = parser.parse_identifier()?;
        let cascade = words::drop_behavior(parser);
        return Ok(AttributeChange::Drop { name, if_exists, cascade });
    } else {
        parser.need("ALTER ATTRIBUTE")?;
        let name = parser.parse_identifier()?;
        parser.eat("SET DATA");
        parser.need("TYPE")?;
        AttributeChange::SetType(name, routine::type_name(parser)?)
    };
    if parser.eat("COLLATE") {
        words::name(parser)?;
    }
    words::drop_behavior(parser);
    Ok(change)
}

fn domain_change(parser: &mut Parser<'_>) -> Parsed<ObjectChange> {
    if parser.eat("RENAME CONSTRAINT") {
        let (from, to) = rename_pair(parser)?;
        return Ok(ObjectChange::RenameConstraint(from, to));
    }
    if parser.eat("SET NOT NULL") {
        return Ok(ObjectChange::SetNotNull(true));
    }
    if parser.eat("DROP NOT NULL") {
        return Ok(ObjectChange::SetNotNull(false));
    }
    if parser.eat("DROP CONSTRAINT") {
        let if_exists = parser.eat("IF EXISTS");
        let name = parser.parse_identifier()?;
        let cascade = words::drop_behavior(parser);
        return Ok(ObjectChange::DropDomainConstraint { name, if_exists, cascade });
    }
    if parser.eat("ADD") {
        let name = if parser.eat("CONSTRAINT") { Some(parser.parse_identifier()?) } else { None };
        let check = if parser.eat("CHECK") {
            parser.expect_token(&Token::LParen)?;
            let check = parser.parse_expr()?;
            parser.expect_token(&Token::RParen)?;
            Some(Box::new(check))
        } else {
            parser.need("NOT NULL")?;
            None
        };
        parser.eat("NOT VALID");
        return Ok(ObjectChange::AddDomainConstraint { name, check });
    }
    Ok(ObjectChange::NoEffect)
}

/// Names that a comma separates, each of one kind.
pub(super) fn named_list(parser: &mut Parser<'_>, kind: ObjectKind) -> Parsed<Vec<ObjectAddress>> {
    parser.parse_comma_separated(|p| named(p, kind))
}

/// `name, …` as schema-qualified names.
pub(super) fn names(parser: &mut Parser<'_>) -> Parsed<Vec<ObjectName>> {
    parser.parse_comma_separated(words::name)
}
