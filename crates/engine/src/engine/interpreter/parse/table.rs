//! `ALTER TABLE` action by action, and `CREATE TABLE` element by element, where sqlparser cannot
//! read the statement as a whole.

use sqlparser::ast::{
    AlterTableOperation, ColumnDef, ColumnOption, ColumnOptionDef, DropBehavior, Ident,
};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::ast::{
    AlterAction, AlterTable, CreateTable, LikeOptions, ObjectKind, Statement, TableElement,
};
use super::tokens::{Cursor, Parsed, refuse};
use super::{identity, object, words};

/// `ALTER kind` of relations, up to the kind consumed.
pub(super) fn parse_alter(parser: &mut Parser<'_>, kind: ObjectKind) -> Parsed<Statement> {
    if parser.eat("ALL IN TABLESPACE") {
        parser.skip_rest();
        return Ok(Statement::NoEffect);
    }
    let if_exists = parser.eat("IF EXISTS");
    let only = parser.eat("ONLY");
    let name = words::name(parser)?;
    let _every_descendant = parser.consume_token(&Token::Mul);
    let actions = match kind {
        ObjectKind::Sequence => vec![sequence_action(parser)?],
        ObjectKind::Index if parser.eat("ATTACH PARTITION") => {
            vec![AlterAction::AttachIndex(words::name(parser)?)]
        }
        ObjectKind::Index if parser.ahead("DEPENDS") || parser.ahead("NO DEPENDS") => {
            parser.skip_rest();
            vec![AlterAction::NoEffect]
        }
        _ => parser.parse_comma_separated(action)?,
    };
    parser.need_end()?;
    Ok(Statement::AlterTable(AlterTable { kind, if_exists, only, name, actions }))
}

/// What `ALTER SEQUENCE` does, which has no commas.
fn sequence_action(parser: &mut Parser<'_>) -> Parsed<AlterAction> {
    if ["RENAME TO", "SET SCHEMA", "OWNER TO"].iter().any(|phrase| parser.ahead(phrase)) {
        return action(parser);
    }
    let mut owned_by = AlterAction::NoEffect;
    while !parser.at_end() {
        if parser.eat("OWNED BY") {
            let owner = words::name(parser)?;
            let none = owner.to_string().eq_ignore_ascii_case("none");
            owned_by = AlterAction::OwnedBy((!none).then_some(owner));
        } else {
            parser.advance_token();
        }
    }
    Ok(owned_by)
}

/// Actions that change nothing which the catalog shows; what follows up to the comma is skipped.
const IDLE_ACTIONS: &[&str] = &[
    "SET TABLESPACE",
    "SET LOGGED",
    "SET UNLOGGED",
    "SET ACCESS METHOD",
    "SET WITHOUT OIDS",
    "SET WITHOUT CLUSTER",
    "RESET",
    "CLUSTER ON",
    "OWNER TO",
    "OPTIONS",
    "REPLICA IDENTITY",
    "DISABLE RULE",
    "ENABLE RULE",
    "ENABLE ALWAYS RULE",
    "ENABLE REPLICA RULE",
];

fn action(parser: &mut Parser<'_>) -> Parsed<AlterAction> {
    let start = parser.index();
    if let Some(action) = own_action(parser)? {
        return Ok(action);
    }
    let operation = parser.maybe_parse(|p| {
        let operation = p.parse_alter_table_operation()?;
        match p.peek_token_ref().token {
            Token::Comma | Token::EOF => Ok(operation),
            _ => p.expected_ref("end of the action", p.peek_token_ref()),
        }
    })?;
    if let Some(operation) = operation {
        return Ok(AlterAction::Sql(Box::new(operation)));
    }
    if parser.eat("ADD") {
        return add_column(parser);
    }
    let first = parser.peek_token_ref().clone();
    parser.skip_to_comma()?;
    if parser.index() == start {
        return parser.expected("an action", first);
    }
    Ok(AlterAction::Unread(first.token.to_string()))
}

fn own_action(parser: &mut Parser<'_>) -> Parsed<Option<AlterAction>> {
    let set_options = parser.ahead("SET") && parser.peek_nth_token_ref(1).token == Token::LParen;
    if set_options || parser.eat_one(IDLE_ACTIONS).is_some() {
        parser.skip_to_comma()?;
        return Ok(Some(AlterAction::NoEffect));
    }
    Ok(Some(if parser.eat("SET SCHEMA") {
        AlterAction::SetSchema(parser.parse_identifier()?)
    } else if parser.eat("DROP") {
        return drop_column(parser).map(Some);
    } else if parser.eat("NOT OF") {
        AlterAction::NotOf
    } else if parser.eat("OF") {
        AlterAction::OfType(words::name(parser)?)
    } else if parser.eat("ALTER CONSTRAINT") {
        let name = parser.parse_identifier()?;
        parser.skip_to_comma()?;
        AlterAction::AlterConstraint(name)
    } else if parser.ahead("ALTER") {
        let found = parser.maybe_parse(|p| match column_action(p)? {
            Some(action) => Ok(action),
            None => refuse("an action that sqlparser reads"),
        })?;
        return Ok(found);
    } else {
        return Ok(None);
    }))
}

/// `DROP CONSTRAINT`, or `DROP [COLUMN]` of a column that may well be called index or partition.
fn drop_column(parser: &mut Parser<'_>) -> Parsed<AlterAction> {
    let constraint = parser.eat("CONSTRAINT");
    let has_column_keyword = !constraint && parser.eat("COLUMN");
    let if_exists = parser.eat("IF EXISTS");
    let name = parser.parse_identifier()?;
    let drop_behavior = words::drop_behavior(parser).then_some(DropBehavior::Cascade);
    Ok(AlterAction::Sql(Box::new(if constraint {
        AlterTableOperation::DropConstraint { if_exists, name, drop_behavior }
    } else {
        AlterTableOperation::DropColumn {
            has_column_keyword,
            column_names: vec![name],
            if_exists,
            drop_behavior,
        }
    })))
}

/// `ALTER [COLUMN] name …` in the forms that sqlparser does not read, or reads amiss.
fn column_action(parser: &mut Parser<'_>) -> Parsed<Option<AlterAction>> {
    parser.need("ALTER")?;
    parser.eat("COLUMN");
    let column = parser.parse_identifier()?;
    const IDLE: &[&str] = &["SET STATISTICS", "SET STORAGE", "SET COMPRESSION", "RESET", "OPTIONS"];
    let set_options = parser.ahead("SET") && parser.peek_nth_token_ref(1).token == Token::LParen;
    if set_options || parser.eat_one(IDLE).is_some() {
        parser.skip_to_comma()?;
        return Ok(Some(AlterAction::TouchColumn(column)));
    }
    if let Some(action) = identity::alter_column(parser, &column)? {
        return Ok(Some(action));
    }
    if parser.eat("SET EXPRESSION AS") {
        parser.expect_token(&Token::LParen)?;
        let expression = Box::new(parser.parse_expr()?);
        parser.expect_token(&Token::RParen)?;
        return Ok(Some(AlterAction::SetExpression { column, expression }));
    }
    if parser.eat("DROP EXPRESSION") {
        return Ok(Some(AlterAction::DropExpression {
            column,
            if_exists: parser.eat("IF EXISTS"),
        }));
    }
    if parser.eat("DROP IDENTITY") {
        return Ok(Some(AlterAction::DropIdentity { column, if_exists: parser.eat("IF EXISTS") }));
    }
    Ok(None)
}

/// `ADD [COLUMN] [IF NOT EXISTS] column`, ADD consumed.
fn add_column(parser: &mut Parser<'_>) -> Parsed<AlterAction> {
    parser.eat("COLUMN");
    let if_not_exists = parser.eat("IF NOT EXISTS");
    let column = Box::new(column(parser)?);
    Ok(AlterAction::AddColumn { if_not_exists, column })
}

/// A column definition; options that sqlparser cannot read and that the catalog does not show are
/// skipped.
fn column(parser: &mut Parser<'_>) -> Parsed<ColumnDef> {
    if let Some(column) = parser.maybe_parse(|p| {
        let column = p.parse_column_def()?;
        at_element_end(p).then_some(column).ok_or_else(unread)
    })? {
        return Ok(column);
    }
    let name = parser.parse_identifier()?;
    let data_type = parser.parse_data_type()?;
    let mut options = Vec::new();
    while !at_element_end(parser) {
        if skip_index_options(parser)? {
            continue;
        }
        if parser.eat_one(&["STORAGE", "COMPRESSION"]).is_some() {
            parser.advance_token();
        } else if parser.eat("OPTIONS") || parser.eat("NO INHERIT") {
            if parser.peek_token_ref().token == Token::LParen {
                parser.skip_parentheses()?;
            }
        } else if parser.eat("NULL") {
            options.push(ColumnOptionDef { name: None, option: ColumnOption::Null });
        } else {
            let name =
                if parser.eat("CONSTRAINT") { Some(parser.parse_identifier()?) } else { None };
            let option = match identity::column_option(parser)? {
                Some(option) => Some(option),
                None => parser.parse_optional_column_option()?,
            };
            match option {
                Some(option) => options.push(ColumnOptionDef { name, option }),
                None => return parser.expected_ref("a column option", parser.peek_token_ref()),
            }
        }
    }
    Ok(ColumnDef { name, data_type, options })
}

/// Options of constraints that change nothing which the catalog shows.
const IDLE_CONSTRAINT_OPTIONS: &[&str] = &[
    "NO INHERIT",
    "NOT VALID",
    "DEFERRABLE",
    "NOT DEFERRABLE",
    "INITIALLY DEFERRED",
    "INITIALLY IMMEDIATE",
];

/// Skips what says how the index of a constraint is stored, and tells whether there was any.
fn skip_index_options(parser: &mut Parser<'_>) -> Parsed<bool> {
    if parser.eat_one(&["NULLS NOT DISTINCT", "NULLS DISTINCT"]).is_some() {
        return Ok(true);
    }
    if parser.eat_one(&["INCLUDE", "WITH"]).is_some() {
        return parser.skip_parentheses().map(|()| true);
    }
    let tablespace = parser.eat("USING INDEX TABLESPACE");
    if tablespace {
        parser.parse_identifier()?;
    }
    Ok(tablespace)
}

fn unread() -> sqlparser::parser::ParserError {
    sqlparser::parser::ParserError::ParserError("an element of a table".to_owned())
}

fn at_element_end(parser: &Parser<'_>) -> bool {
    matches!(parser.peek_token_ref().token, Token::Comma | Token::RParen | Token::EOF)
}

/// Whether `CREATE TABLE`, which was consumed, goes on to `AS query`.
pub(super) fn is_create_as(parser: &mut Parser<'_>) -> bool {
    let reads_as = parser.maybe_parse(|p| {
        p.eat("IF NOT EXISTS");
        words::name(p)?;
        // A list of bare names may stand before AS.
        let mut depth = 0usize;
        loop {
            match &p.peek_token_ref().token {
                Token::EOF => return refuse("no query"),
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                _ if depth == 0 && p.ahead("AS") => return Ok(()),
                // A column has a type; PARTITION OF and the like have no AS.
                _ if depth == 0 && (p.ahead("PARTITION") || p.ahead("OF")) => {
                    return refuse("no query");
                }
                _ => {}
            }
            p.advance_token();
        }
    });
    let found = matches!(reads_as, Ok(Some(())));
    found
}

/// `CREATE [TEMP | UNLOGGED | FOREIGN] TABLE`, up to TABLE consumed.
pub(super) fn parse_create(
    parser: &mut Parser<'_>,
    temporary: bool,
    foreign: bool,
) -> Parsed<Statement> {
    let if_not_exists = parser.eat("IF NOT EXISTS");
    let mut table = CreateTable {
        temporary,
        if_not_exists,
        name: words::name(parser)?,
        elements: Vec::new(),
        inherits: Vec::new(),
        partition_of: None,
        partitioned: false,
        partition_key: Vec::new(),
        of_type: None,
        foreign,
    };
    if parser.eat("PARTITION OF") {
        table.partition_of = Some(words::name(parser)?);
    } else if parser.eat("OF") {
        table.of_type = Some(words::name(parser)?);
    }
    if parser.consume_token(&Token::LParen) {
        let typed = table.partition_of.is_some() || table.of_type.is_some();
        if !parser.consume_token(&Token::RParen) {
            table.elements = parser.parse_comma_separated(|p| element(p, typed))?;
            parser.expect_token(&Token::RParen)?;
        }
    } else if !(table.partition_of.is_some() || table.of_type.is_some()) {
        return parser.expected_ref("the columns of the table", parser.peek_token_ref());
    }
    while !parser.at_end() {
        parse_table_clause(parser, &mut table)?;
    }
    Ok(Statement::CreateTable(Box::new(table)))
}

fn parse_table_clause(parser: &mut Parser<'_>, table: &mut CreateTable) -> Parsed<()> {
    if parser.eat("INHERITS") {
        parser.expect_token(&Token::LParen)?;
        table.inherits = object::names(parser)?;
        parser.expect_token(&Token::RParen)?;
    } else if parser.eat("FOR VALUES") {
        while parser.eat_one(&["FROM", "TO", "IN", "WITH"]).is_some() {
            parser.skip_parentheses()?;
        }
    } else if parser.eat("PARTITION BY") {
        parser.advance_token();
        table.partitioned = true;
        parser.expect_token(&Token::LParen)?;
        table.partition_key = parser.parse_comma_separated(partition_key)?;
        parser.expect_token(&Token::RParen)?;
    } else if parser.eat("WITH") {
        parser.skip_parentheses()?;
    } else if parser.eat_one(&["USING", "TABLESPACE", "SERVER"]).is_some() {
        parser.parse_identifier()?;
    } else if parser.eat("OPTIONS") {
        parser.skip_parentheses()?;
    } else if parser.eat("ON COMMIT") {
        parser.eat_one(&["PRESERVE ROWS", "DELETE ROWS", "DROP"]);
    } else if parser.eat_one(&["WITHOUT OIDS", "DEFAULT"]).is_none() {
        return parser.expected_ref("a clause of CREATE TABLE", parser.peek_token_ref());
    }
    Ok(())
}

/// One part of a partition key: a column, or `None` for an expression.
fn partition_key(parser: &mut Parser<'_>) -> Parsed<Option<Ident>> {
    let is_column = matches!(parser.peek_token_ref().token, Token::Word(_))
        && parser.peek_nth_token_ref(1).token != Token::LParen;
    let column = if is_column { Some(parser.parse_identifier()?) } else { None };
    while !at_element_end(parser) {
        if parser.peek_token_ref().token == Token::LParen {
            parser.skip_parentheses()?;
        } else {
            parser.advance_token();
        }
    }
    Ok(column)
}

fn element(parser: &mut Parser<'_>, typed: bool) -> Parsed<TableElement> {
    if parser.eat("LIKE") {
        return like(parser);
    }
    let constraint = parser.maybe_parse(|p| {
        let constraint = p.parse_optional_table_constraint()?;
        let constraint = constraint.ok_or_else(unread)?;
        while skip_index_options(p)? || p.eat_one(IDLE_CONSTRAINT_OPTIONS).is_some() {}
        at_element_end(p).then_some(constraint).ok_or_else(unread)
    })?;
    if let Some(constraint) = constraint {
        return Ok(TableElement::Constraint(Box::new(constraint)));
    }
    if !typed {
        return Ok(TableElement::Column(Box::new(column(parser)?)));
    }
    let name = parser.parse_identifier()?;
    parser.eat("WITH OPTIONS");
    let mut options = Vec::new();
    while !at_element_end(parser) {
        let constraint =
            if parser.eat("CONSTRAINT") { Some(parser.parse_identifier()?) } else { None };
        match parser.parse_optional_column_option()? {
            Some(option) => options.push(ColumnOptionDef { name: constraint, option }),
            None => return parser.expected_ref("a column option", parser.peek_token_ref()),
        }
    }
    Ok(TableElement::Options { column: name, options })
}

fn like(parser: &mut Parser<'_>) -> Parsed<TableElement> {
    let source = words::name(parser)?;
    let mut options = LikeOptions::default();
    while let Some(word) = parser.eat_one(&["INCLUDING", "EXCLUDING"]) {
        let including = word == "INCLUDING";
        let option = super::words::folded(&parser.parse_identifier()?);
        options.set(&option, including);
    }
    Ok(TableElement::Like { source, options })
}
