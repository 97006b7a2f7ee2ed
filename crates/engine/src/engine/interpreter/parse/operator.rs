//! `CREATE` and `DROP` of operators, operator classes and families.

use sqlparser::ast::{Ident, ObjectName};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::ast::{
    CreateOperator, CreateOperatorClass, DropOperators, OperatorRef, RoutineKind, RoutineRef,
    Statement,
};
use super::tokens::{Cursor, Parsed};
use super::{routine, words};

/// `[schema.]operator`: the signs up to a parenthesis, comma or word.
fn operator_name(parser: &mut Parser<'_>) -> Parsed<ObjectName> {
    let mut parts: Vec<Ident> = Vec::new();
    while matches!(parser.peek_token_ref().token, Token::Word(_))
        && parser.peek_nth_token_ref(1).token == Token::Period
    {
        parts.push(parser.parse_identifier()?);
        parser.advance_token();
    }
    let mut signs = String::new();
    while !matches!(
        parser.peek_token_ref().token,
        Token::LParen | Token::RParen | Token::Comma | Token::Word(_) | Token::EOF
    ) {
        signs.push_str(&parser.next_token().to_string());
    }
    if signs.is_empty() {
        return parser.expected_ref("an operator", parser.peek_token_ref());
    }
    parts.push(Ident::with_quote('"', signs));
    Ok(parts.into())
}

/// `CREATE OPERATOR`, which was consumed.
pub(super) fn parse_create(parser: &mut Parser<'_>) -> Parsed<Statement> {
    if parser.eat("CLASS") {
        return create_class(parser);
    }
    if parser.eat("FAMILY") {
        let name = words::name(parser)?;
        let method = method(parser)?;
        parser.need_end()?;
        return Ok(Statement::CreateOperatorClass(CreateOperatorClass {
            name,
            default: false,
            data_type: None,
            method,
            operators: Vec::new(),
            functions: Vec::new(),
        }));
    }
    let mut operator = CreateOperator {
        name: operator_name(parser)?,
        function: Vec::<Ident>::new().into(),
        left: None,
        right: None,
    };
    parser.expect_token(&Token::LParen)?;
    loop {
        let option = words::folded(&parser.parse_identifier()?);
        let has_value = parser.consume_token(&Token::Eq);
        match option.as_str() {
            "function" | "procedure" => operator.function = words::name(parser)?,
            "leftarg" => operator.left = Some(parser.parse_data_type()?),
            "rightarg" => operator.right = Some(parser.parse_data_type()?),
            _ if has_value => skip_value(parser)?,
            _ => {}
        }
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    parser.expect_token(&Token::RParen)?;
    parser.need_end()?;
    Ok(Statement::CreateOperator(operator))
}

/// The value of an option, up to the comma or parenthesis after it.
fn skip_value(parser: &mut Parser<'_>) -> Parsed<()> {
    while !matches!(parser.peek_token_ref().token, Token::Comma | Token::RParen | Token::EOF) {
        if parser.peek_token_ref().token == Token::LParen {
            parser.skip_parentheses()?;
        } else {
            parser.advance_token();
        }
    }
    Ok(())
}

fn method(parser: &mut Parser<'_>) -> Parsed<String> {
    parser.need("USING")?;
    Ok(words::folded(&parser.parse_identifier()?))
}

fn create_class(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let name = words::name(parser)?;
    let default = parser.eat("DEFAULT");
    parser.need("FOR TYPE")?;
    let data_type = Some(parser.parse_data_type()?);
    let method = method(parser)?;
    if parser.eat("FAMILY") {
        words::name(parser)?;
    }
    parser.need("AS")?;
    let mut class = CreateOperatorClass {
        name,
        default,
        data_type,
        method,
        operators: Vec::new(),
        functions: Vec::new(),
    };
    loop {
        class_item(parser, &mut class)?;
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    parser.need_end()?;
    Ok(Statement::CreateOperatorClass(class))
}

fn class_item(parser: &mut Parser<'_>, class: &mut CreateOperatorClass) -> Parsed<()> {
    if parser.eat("STORAGE") {
        return parser.parse_data_type().map(drop);
    }
    if parser.eat("OPERATOR") {
        parser.parse_number_value()?;
        let name = operator_name(parser)?;
        let (left, right) = if parser.peek_token_ref().token == Token::LParen {
            operands(parser)?
        } else {
            (None, None)
        };
        if parser.eat("FOR ORDER BY") {
            words::name(parser)?;
        }
        parser.eat_one(&["FOR SEARCH", "RECHECK"]);
        class.operators.push(OperatorRef::Operator { name, left, right });
        return Ok(());
    }
    parser.need("FUNCTION")?;
    parser.parse_number_value()?;
    if parser.peek_token_ref().token == Token::LParen {
        parser.skip_parentheses()?;
    }
    let function: RoutineRef = routine::routine_ref(parser, RoutineKind::Function)?;
    class.functions.push(function);
    Ok(())
}

/// `(left, right)`, where `NONE` is none.
fn operands(
    parser: &mut Parser<'_>,
) -> Parsed<(Option<sqlparser::ast::DataType>, Option<sqlparser::ast::DataType>)> {
    parser.expect_token(&Token::LParen)?;
    let operand = |parser: &mut Parser<'_>| {
        if parser.eat("NONE") { Ok(None) } else { parser.parse_data_type().map(Some) }
    };
    let left = operand(parser)?;
    parser.expect_token(&Token::Comma)?;
    let right = operand(parser)?;
    parser.expect_token(&Token::RParen)?;
    Ok((left, right))
}

/// `DROP OPERATOR`, which was consumed.
pub(super) fn parse_drop(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let kind = parser.eat_one(&["CLASS", "FAMILY"]);
    let if_exists = parser.eat("IF EXISTS");
    let operators = match kind {
        None => parser.parse_comma_separated(|p| {
            let name = operator_name(p)?;
            let (left, right) = operands(p)?;
            Ok(OperatorRef::Operator { name, left, right })
        })?,
        Some(kind) => {
            let name = words::name(parser)?;
            let method = method(parser)?;
            vec![if kind == "CLASS" {
                OperatorRef::Class { name, method }
            } else {
                OperatorRef::Family { name, method }
            }]
        }
    };
    let cascade = words::drop_behavior(parser);
    parser.need_end()?;
    Ok(Statement::DropOperators(DropOperators { if_exists, operators, cascade }))
}
