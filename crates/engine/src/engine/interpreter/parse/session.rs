//! `SET`, `RESET`, `DISCARD` and transaction control.

use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::ast::{Setting, SettingValue, Statement, StoredSetting, Transaction};
use super::tokens::{Cursor, Parsed};
use super::words;

/// `SET`, which was consumed.
pub(super) fn parse_set(parser: &mut Parser<'_>) -> Parsed<Setting> {
    let scope = if parser.ahead("SESSION CHARACTERISTICS") || parser.ahead("SESSION AUTHORIZATION")
    {
        None
    } else {
        parser.eat_one(&["SESSION", "LOCAL"])
    };
    let idle = ["SESSION CHARACTERISTICS", "CONSTRAINTS", "TRANSACTION"];
    if parser.eat_one(&idle).is_some() {
        parser.skip_rest();
        return Ok(Setting::NoEffect);
    }
    let (name, value) = assignment(parser, |_| false)?;
    parser.need_end()?;
    Ok(Setting::Set { local: scope == Some("LOCAL"), name, value })
}

/// `name {TO | =} value`, `name FROM CURRENT`, and the spellings without an equals sign. The value
/// ends where `stops` says so, or with the statement.
pub(super) fn assignment(
    parser: &mut Parser<'_>,
    stops: fn(&Parser<'_>) -> bool,
) -> Parsed<(String, SettingValue)> {
    const SPOKEN: [(&str, &str); 7] = [
        ("TIME ZONE", "timezone"),
        ("SESSION AUTHORIZATION", "session_authorization"),
        ("XML OPTION", "xmloption"),
        ("ROLE", "role"),
        ("SCHEMA", "search_path"),
        ("NAMES", "client_encoding"),
        ("CATALOG", "catalog"),
    ];
    let spoken = SPOKEN.into_iter().find(|(words, _)| {
        // `SET role = x` and `SET role TO x` are written like any other setting.
        let next = &parser.peek_nth_token_ref(words.split(' ').count()).token;
        let assigned = *next == Token::Eq
            || matches!(next, Token::Word(w) if w.value.eq_ignore_ascii_case("TO"));
        parser.ahead(words) && !assigned
    });
    let name = if let Some((phrase, name)) = spoken {
        parser.need(phrase)?;
        name.to_owned()
    } else {
        let name = words::name(parser)?;
        let parts: Vec<String> =
            name.0.iter().filter_map(|p| p.as_ident()).map(words::folded).collect();
        if parser.eat("FROM CURRENT") {
            return Ok((parts.join("."), SettingValue::Current));
        }
        if !parser.consume_token(&Token::Eq) {
            parser.need("TO")?;
        }
        parts.join(".")
    };
    if parser.eat("DEFAULT") {
        return Ok((name, SettingValue::Default));
    }
    let mut values = Vec::new();
    loop {
        values.push(value(parser, stops)?);
        if !parser.consume_token(&Token::Comma) {
            return Ok((name, SettingValue::List(values)));
        }
    }
}

/// One value: a name, a string or a number; several tokens (`INTERVAL '1' HOUR`) keep their text.
fn value(parser: &mut Parser<'_>, stops: fn(&Parser<'_>) -> bool) -> Parsed<String> {
    let mut value = String::new();
    loop {
        let token = parser.next_token();
        let text = match token.token {
            Token::Word(word) if word.quote_style.is_none() => word.value.to_ascii_lowercase(),
            Token::Word(word) => word.value,
            Token::SingleQuotedString(text)
            | Token::EscapedStringLiteral(text)
            | Token::UnicodeStringLiteral(text) => text,
            Token::DollarQuotedString(string) => string.value,
            Token::EOF | Token::Comma => return parser.expected("a value", token),
            other => other.to_string(),
        };
        value.push_str(&text);
        if parser.at_end() || parser.peek_token_ref().token == Token::Comma || stops(parser) {
            return Ok(value);
        }
        if value != "-" && value != "+" {
            value.push(' ');
        }
    }
}

/// Whether an option of CREATE FUNCTION follows a value of its SET.
pub(super) fn is_function_option(parser: &Parser<'_>) -> bool {
    const OPTIONS: &[&str] = &[
        "AS",
        "LANGUAGE",
        "SET",
        "SECURITY",
        "EXTERNAL",
        "STABLE",
        "IMMUTABLE",
        "VOLATILE",
        "STRICT",
        "CALLED",
        "RETURNS",
        "NOT",
        "LEAKPROOF",
        "PARALLEL",
        "COST",
        "ROWS",
        "SUPPORT",
        "RETURN",
        "BEGIN",
        "WINDOW",
        "TRANSFORM",
    ];
    OPTIONS.iter().any(|word| parser.ahead(word))
}

/// `RESET`, which was consumed.
pub(super) fn parse_reset(parser: &mut Parser<'_>) -> Parsed<Setting> {
    let setting = if parser.eat("ALL") {
        Setting::ResetAll
    } else {
        const SPOKEN: [(&str, &str); 2] =
            [("TIME ZONE", "timezone"), ("SESSION AUTHORIZATION", "session_authorization")];
        let spoken = SPOKEN.into_iter().find(|(words, _)| parser.eat(words));
        let name = match spoken {
            Some((_, name)) => name.to_owned(),
            None => words::name(parser)?.to_string().to_ascii_lowercase(),
        };
        Setting::Set { local: false, name, value: SettingValue::Default }
    };
    parser.need_end()?;
    Ok(setting)
}

/// `SET …` or `RESET …` of `ALTER DATABASE` and `ALTER ROLE`, if it comes next.
pub(super) fn stored_setting(parser: &mut Parser<'_>) -> Parsed<Option<Setting>> {
    if parser.ahead("SET TABLESPACE") {
        return Ok(None);
    }
    if parser.eat("SET") {
        return parse_set(parser).map(Some);
    }
    if parser.eat("RESET") { parse_reset(parser).map(Some) } else { Ok(None) }
}

/// `ALTER DATABASE`, which was consumed.
pub(super) fn parse_alter_database(parser: &mut Parser<'_>) -> Parsed<Statement> {
    let database = Some(parser.parse_identifier()?);
    if let Some(setting) = stored_setting(parser)? {
        return Ok(Statement::StoredSetting(StoredSetting { role: None, database, setting }));
    }
    parser.skip_rest();
    Ok(Statement::NoEffect)
}

/// A statement that controls the transaction, if it is one.
pub(super) fn parse_transaction(parser: &mut Parser<'_>) -> Option<Parsed<Statement>> {
    let starts = ["BEGIN", "START TRANSACTION"];
    let transaction = if parser.eat_one(&starts).is_some() {
        parser.skip_rest();
        Ok(Transaction::Begin)
    } else if parser.eat("PREPARE TRANSACTION") {
        parser.skip_rest();
        Ok(Transaction::Prepare)
    } else if let Some(word) = parser.eat_one(&["COMMIT PREPARED", "ROLLBACK PREPARED"]) {
        parser.skip_rest();
        return Some(super::tokens::refuse(format!("{word} refers to another session")));
    } else if parser.eat_one(&["COMMIT", "END"]).is_some() {
        parser.eat_one(&["WORK", "TRANSACTION"]);
        chain(parser).map(|chain| Transaction::Commit { chain })
    } else if parser.eat_one(&["ROLLBACK", "ABORT"]).is_some() {
        parser.eat_one(&["WORK", "TRANSACTION"]);
        if parser.eat_one(&["TO SAVEPOINT", "TO"]).is_some() {
            parser.parse_identifier().map(Transaction::RollbackTo)
        } else {
            chain(parser).map(|chain| Transaction::Rollback { chain })
        }
    } else if parser.eat("SAVEPOINT") {
        parser.parse_identifier().map(Transaction::Savepoint)
    } else if parser.eat_one(&["RELEASE SAVEPOINT", "RELEASE"]).is_some() {
        parser.parse_identifier().map(Transaction::Release)
    } else {
        return None;
    };
    Some(transaction.and_then(|transaction| {
        parser.need_end()?;
        Ok(Statement::Transaction(transaction))
    }))
}

fn chain(parser: &mut Parser<'_>) -> Parsed<bool> {
    if parser.eat("AND NO CHAIN") {
        return Ok(false);
    }
    Ok(parser.eat("AND CHAIN"))
}
