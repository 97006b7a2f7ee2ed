//! `DO`, and `CREATE`, `ALTER`, `DROP` of functions, procedures and aggregates.

use sqlparser::ast::{DataType, Expr, Ident, ObjectName};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::ast::{
    AlterFunction, Argument, ArgumentMode, CreateAggregate, CreateFunction, Do, DropFunctions,
    FunctionBody, ObjectChange, Returns, RoutineKind, RoutineRef, Statement, TypeName,
};
use super::tokens::{self, Cursor, Parsed, refuse};
use super::{code, session, words};

/// `DO`, which was consumed.
pub(super) fn parse_do(parser: &mut Parser<'_>, text: &str) -> Parsed<Statement> {
    let mut language = None;
    let mut body = None;
    while !parser.at_end() {
        if parser.eat("LANGUAGE") {
            language = Some(words::folded(&language_name(parser)?));
        } else if body.is_none() {
            body = Some(tokens::body(parser, text)?);
        } else {
            return parser.expected_ref("end of statement", parser.peek_token_ref());
        }
    }
    let Some(body) = body else { return refuse("no inline code specified") };
    Ok(Statement::Do(Do::new(language.unwrap_or_else(|| "plpgsql".to_owned()), body)))
}

/// The kind of routine that comes next.
pub(super) fn kind(parser: &mut Parser<'_>) -> Option<RoutineKind> {
    const KINDS: [(&str, RoutineKind); 4] = [
        ("FUNCTION", RoutineKind::Function),
        ("PROCEDURE", RoutineKind::Procedure),
        ("AGGREGATE", RoutineKind::Aggregate),
        ("ROUTINE", RoutineKind::Routine),
    ];
    KINDS.into_iter().find(|(word, _)| parser.eat(word)).map(|(_, kind)| kind)
}

/// `CREATE [OR REPLACE] {FUNCTION | PROCEDURE | AGGREGATE}`, up to the kind consumed.
pub(super) fn parse_create(
    parser: &mut Parser<'_>,
    text: &str,
    or_replace: bool,
    kind: RoutineKind,
) -> Parsed<Statement> {
    let name = parser.parse_object_name(false)?;
    if kind == RoutineKind::Aggregate {
        return parse_create_aggregate(parser, or_replace, name);
    }
    let mut function = CreateFunction {
        or_replace,
        kind,
        name,
        arguments: arguments(parser)?,
        returns: None,
        language: None,
        body: None,
        window: false,
        security_definer: false,
        immutable: false,
        settings: Vec::new(),
        refusal: None,
    };
    if parser.eat("RETURNS") {
        let returns = returns(parser, &mut function.arguments)?;
        function.returns = Some(returns);
    }
    while !parser.at_end() {
        parse_option(parser, text, &mut function)?;
    }
    function.refusal = code::of_function(&function);
    Ok(Statement::CreateFunction(Box::new(function)))
}

fn returns(parser: &mut Parser<'_>, arguments: &mut Vec<Argument>) -> Parsed<Returns> {
    if parser.eat("TABLE") {
        parser.expect_token(&Token::LParen)?;
        let columns = parser.parse_comma_separated(|p| {
            let name = Some(p.parse_identifier()?);
            Ok(Argument {
                mode: ArgumentMode::Table,
                name,
                data_type: type_name(p)?,
                default: None,
            })
        })?;
        parser.expect_token(&Token::RParen)?;
        arguments.extend(columns);
        return Ok(Returns::Table);
    }
    let set = parser.eat("SETOF");
    let data_type = type_name(parser)?;
    Ok(if set { Returns::SetOf(data_type) } else { Returns::Type(data_type) })
}

/// Options that are words alone; but for the first, they change nothing which the model keeps.
const IDLE_OPTIONS: &[&str] = &[
    "IMMUTABLE",
    "STABLE",
    "VOLATILE",
    "NOT LEAKPROOF",
    "LEAKPROOF",
    "CALLED ON NULL INPUT",
    "RETURNS NULL ON NULL INPUT",
    "STRICT",
];

fn parse_option(parser: &mut Parser<'_>, text: &str, function: &mut CreateFunction) -> Parsed<()> {
    if let Some(option) = parser.eat_one(IDLE_OPTIONS) {
        function.immutable |= option == "IMMUTABLE";
        return Ok(());
    }
    if parser.eat("LANGUAGE") {
        function.language = Some(words::folded(&language_name(parser)?));
    } else if parser.eat("AS") {
        let code = tokens::body(parser, text)?;
        function.body = Some(if parser.consume_token(&Token::Comma) {
            tokens::body(parser, text)?;
            FunctionBody::Library
        } else {
            FunctionBody::Text(code)
        });
    } else if parser.eat("RETURN") {
        function.body = Some(FunctionBody::Return(Box::new(parser.parse_expr()?)));
    } else if parser.eat("BEGIN ATOMIC") {
        function.body = Some(atomic_body(parser));
    } else if parser.eat("WINDOW") {
        function.window = true;
    } else if parser.eat("EXTERNAL SECURITY") || parser.eat("SECURITY") {
        function.security_definer = match parser.eat_one(&["DEFINER", "INVOKER"]) {
            Some(word) => word == "DEFINER",
            None => return parser.expected_ref("DEFINER or INVOKER", parser.peek_token_ref()),
        };
    } else if parser.eat_one(&["COST", "ROWS", "PARALLEL"]).is_some() {
        parser.advance_token();
    } else if parser.eat("SUPPORT") {
        parser.parse_object_name(false)?;
    } else if parser.eat("TRANSFORM") {
        parser.parse_comma_separated(|p| {
            p.need("FOR TYPE")?;
            p.parse_data_type()
        })?;
    } else if parser.eat("SET") {
        let setting = session::assignment(parser, session::is_function_option)?;
        function.settings.push(setting);
    } else {
        return parser.expected_ref("an option of a function", parser.peek_token_ref());
    }
    Ok(())
}

/// What stands between `BEGIN ATOMIC` and its `END`.
fn atomic_body(parser: &mut Parser<'_>) -> FunctionBody {
    let mut statements = Vec::new();
    loop {
        while parser.consume_token(&Token::SemiColon) {}
        if parser.eat("END") {
            return FunctionBody::Atomic(statements);
        }
        let statement = parser.parse_statement();
        match statement {
            Ok(statement) if parser.peek_token_ref().token == Token::SemiColon => {
                statements.push(statement);
            }
            _ => {
                parser.skip_rest();
                return FunctionBody::Unread;
            }
        }
    }
}

/// A language is a name or, of old, a string.
fn language_name(parser: &mut Parser<'_>) -> Parsed<Ident> {
    match parser.peek_token_ref().token {
        Token::SingleQuotedString(_) => {
            Ok(Ident::new(parser.parse_literal_string()?.to_lowercase()))
        }
        _ => parser.parse_identifier(),
    }
}

fn parse_create_aggregate(
    parser: &mut Parser<'_>,
    or_replace: bool,
    name: ObjectName,
) -> Parsed<Statement> {
    let mut arguments = None;
    // The old syntax has no list of arguments but an option BASETYPE.
    let old_style = matches!(
        (&parser.peek_nth_token_ref(1).token, &parser.peek_nth_token_ref(2).token),
        (Token::Word(_), Token::Eq)
    );
    if !old_style {
        arguments = aggregate_arguments(parser)?;
    }
    parser.expect_token(&Token::LParen)?;
    let mut transition = None;
    loop {
        let option = words::folded(&parser.parse_identifier()?);
        if parser.consume_token(&Token::Eq) {
            match option.as_str() {
                "sfunc" | "sfunc1" => transition = Some(parser.parse_object_name(false)?),
                "basetype" if !parser.ahead("ANY") => {
                    let data_type = type_name(parser)?;
                    arguments = Some(vec![Argument {
                        mode: ArgumentMode::In,
                        name: None,
                        data_type,
                        default: None,
                    }]);
                }
                _ => skip_option_value(parser)?,
            }
        }
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    parser.expect_token(&Token::RParen)?;
    Ok(Statement::CreateAggregate(CreateAggregate { or_replace, name, arguments, transition }))
}

fn skip_option_value(parser: &mut Parser<'_>) -> Parsed<()> {
    loop {
        match parser.peek_token_ref().token {
            Token::Comma | Token::RParen => return Ok(()),
            Token::EOF => return refuse("expected: ), found: EOF"),
            Token::LParen => parser.skip_parentheses()?,
            _ => parser.advance_token(),
        }
    }
}

/// `(args ORDER BY args)`; `None` for `(*)`.
fn aggregate_arguments(parser: &mut Parser<'_>) -> Parsed<Option<Vec<Argument>>> {
    parser.expect_token(&Token::LParen)?;
    if parser.consume_token(&Token::Mul) {
        parser.expect_token(&Token::RParen)?;
        return Ok(None);
    }
    let mut all = Vec::new();
    while !parser.consume_token(&Token::RParen) {
        if parser.eat("ORDER BY") || parser.consume_token(&Token::Comma) {
            continue;
        }
        all.push(argument(parser)?);
    }
    Ok(Some(all))
}

/// `(arg, …)`
pub(super) fn arguments(parser: &mut Parser<'_>) -> Parsed<Vec<Argument>> {
    parser.expect_token(&Token::LParen)?;
    if parser.consume_token(&Token::RParen) {
        return Ok(Vec::new());
    }
    let arguments = parser.parse_comma_separated(argument)?;
    parser.expect_token(&Token::RParen)?;
    Ok(arguments)
}

fn argument(parser: &mut Parser<'_>) -> Parsed<Argument> {
    let mode = mode(parser);
    let name = if names_argument(parser) { Some(parser.parse_identifier()?) } else { None };
    // The mode may also follow the name.
    let mode = mode.or_else(|| self::mode(parser)).unwrap_or(ArgumentMode::In);
    let data_type = type_name(parser)?;
    let default: Option<Expr> = if parser.eat("DEFAULT")
        || parser.consume_token(&Token::Eq)
        || parser.consume_token(&Token::Assignment)
    {
        Some(parser.parse_expr()?)
    } else {
        None
    };
    Ok(Argument { mode, name, data_type, default })
}

fn mode(parser: &mut Parser<'_>) -> Option<ArgumentMode> {
    const MODES: [(&str, ArgumentMode); 5] = [
        ("IN OUT", ArgumentMode::InOut),
        ("IN", ArgumentMode::In),
        ("OUT", ArgumentMode::Out),
        ("INOUT", ArgumentMode::InOut),
        ("VARIADIC", ArgumentMode::Variadic),
    ];
    MODES.into_iter().find(|(words, _)| parser.eat(words)).map(|(_, mode)| mode)
}

/// Types of several words: first and second.
const TWO_WORD_TYPES: [(&str, &str); 9] = [
    ("DOUBLE", "PRECISION"),
    ("CHARACTER", "VARYING"),
    ("CHAR", "VARYING"),
    ("NATIONAL", "CHARACTER"),
    ("NATIONAL", "CHAR"),
    ("BIT", "VARYING"),
    ("NCHAR", "VARYING"),
    ("TIME", "WITH"),
    ("TIME", "WITHOUT"),
];

/// Whether the next token is the name of an argument whose type follows.
fn names_argument(parser: &Parser<'_>) -> bool {
    let Token::Word(second) = &parser.peek_nth_token_ref(1).token else { return false };
    if second.quote_style.is_some() {
        return true;
    }
    let continues_type = TWO_WORD_TYPES.iter().any(|(a, b)| parser.ahead(&format!("{a} {b}")))
        || parser.ahead("TIMESTAMP WITH")
        || parser.ahead("TIMESTAMP WITHOUT")
        || parser.ahead("SETOF")
        || (parser.ahead("INTERVAL")
            && ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"]
                .iter()
                .any(|unit| second.value.eq_ignore_ascii_case(unit)));
    let ends_argument =
        ["DEFAULT", "ORDER", "ARRAY"].iter().any(|word| second.value.eq_ignore_ascii_case(word));
    !continues_type && !ends_argument
}

/// A type, `table.column%TYPE` too.
pub(super) fn type_name(parser: &mut Parser<'_>) -> Parsed<TypeName> {
    parser.eat("SETOF");
    if refers_to_column(parser) {
        let column = parser.parse_object_name(false)?;
        parser.expect_token(&Token::Mod)?;
        parser.need("TYPE")?;
        return Ok(TypeName::OfColumn(column));
    }
    let data_type = parser.parse_data_type()?;
    Ok(TypeName::Plain(if parser.eat("ARRAY") {
        DataType::Array(sqlparser::ast::ArrayElemTypeDef::SquareBracket(Box::new(data_type), None))
    } else {
        data_type
    }))
}

fn refers_to_column(parser: &Parser<'_>) -> bool {
    let mut at = 0;
    while let (Token::Word(_), Token::Period) =
        (&parser.peek_nth_token_ref(at).token, &parser.peek_nth_token_ref(at + 1).token)
    {
        at += 2;
    }
    at > 0
        && matches!(parser.peek_nth_token_ref(at).token, Token::Word(_))
        && parser.peek_nth_token_ref(at + 1).token == Token::Mod
}

/// A function with or without its arguments.
pub(super) fn routine_ref(parser: &mut Parser<'_>, kind: RoutineKind) -> Parsed<RoutineRef> {
    let name = parser.parse_object_name(false)?;
    let arguments = if parser.peek_token_ref().token != Token::LParen {
        None
    } else if kind == RoutineKind::Aggregate {
        Some(aggregate_arguments(parser)?.unwrap_or_default())
    } else {
        Some(arguments(parser)?)
    };
    Ok(RoutineRef { name, arguments })
}

/// `ALTER {FUNCTION | …}`, up to the kind consumed.
pub(super) fn parse_alter(parser: &mut Parser<'_>, kind: RoutineKind) -> Parsed<Statement> {
    let routine = routine_ref(parser, kind)?;
    let change = if parser.eat("RENAME TO") {
        ObjectChange::Rename(parser.parse_identifier()?)
    } else if parser.eat("SET SCHEMA") {
        ObjectChange::SetSchema(parser.parse_identifier()?)
    } else {
        parser.skip_rest();
        ObjectChange::NoEffect
    };
    parser.need_end()?;
    Ok(Statement::AlterFunction(AlterFunction { kind, routine, change }))
}

/// `DROP {FUNCTION | …}`, up to the kind consumed.
pub(super) fn parse_drop(parser: &mut Parser<'_>, kind: RoutineKind) -> Parsed<Statement> {
    let if_exists = parser.eat("IF EXISTS");
    let routines = parser.parse_comma_separated(|p| routine_ref(p, kind))?;
    let cascade = words::drop_behavior(parser);
    parser.need_end()?;
    Ok(Statement::DropFunctions(DropFunctions { kind, if_exists, routines, cascade }))
}
