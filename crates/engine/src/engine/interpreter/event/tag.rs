//! The tags of commands, by which event triggers choose
//! (<https://www.postgresql.org/docs/15/event-trigger-matrix.html>).

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::engine::interpreter::parse::{ParsedStatement, StatementKind, ast, with_tokens};

/// Kinds of objects whose CREATE, ALTER and DROP fire event triggers; of two that start alike the longer comes
/// first.
const KINDS: [&str; 41] = [
    "ACCESS METHOD",
    "AGGREGATE",
    "CAST",
    "COLLATION",
    "CONSTRAINT",
    "CONVERSION",
    "DEFAULT PRIVILEGES",
    "DOMAIN",
    "EXTENSION",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "FUNCTION",
    "INDEX",
    "LANGUAGE",
    "LARGE OBJECT",
    "MATERIALIZED VIEW",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "OPERATOR",
    "OWNED",
    "POLICY",
    "PROCEDURE",
    "PUBLICATION",
    "ROUTINE",
    "RULE",
    "SCHEMA",
    "SEQUENCE",
    "SERVER",
    "STATISTICS",
    "SUBSCRIPTION",
    "TABLE AS",
    "TABLE",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
    "TRANSFORM",
    "TRIGGER",
    "TYPE",
    "USER MAPPING",
    "VIEW",
];

/// Kinds of objects that belong to the whole server, for which there are no event triggers.
const SHARED: [&str; 7] =
    ["DATABASE", "EVENT TRIGGER", "GROUP", "ROLE", "SYSTEM", "TABLESPACE", "USER"];

/// Commands that are no CREATE, ALTER or DROP.
const OTHERS: [&str; 7] = [
    "COMMENT",
    "GRANT",
    "IMPORT FOREIGN SCHEMA",
    "REFRESH MATERIALIZED VIEW",
    "REVOKE",
    "SECURITY LABEL",
    "SELECT INTO",
];

/// What may stand between CREATE and the kind.
const MODIFIERS: [&str; 13] = [
    "OR",
    "REPLACE",
    "TEMP",
    "TEMPORARY",
    "LOCAL",
    "GLOBAL",
    "UNLOGGED",
    "UNIQUE",
    "RECURSIVE",
    "CONSTRAINT",
    "TRUSTED",
    "PROCEDURAL",
    "DEFAULT",
];

/// Whether event triggers can be asked for with a tag, `None` where there is no such tag.
pub(in crate::engine::interpreter) fn is_fired_for(tag: &str) -> Option<bool> {
    let tag = tag.to_uppercase();
    if OTHERS.contains(&&*tag) {
        return Some(true);
    }
    let (verb, kind) = tag.split_once(' ')?;
    if !matches!(verb, "CREATE" | "ALTER" | "DROP") {
        return None;
    }
    if KINDS.contains(&kind) {
        return Some(true);
    }
    SHARED.contains(&kind).then_some(false)
}

/// The tag of a statement for which event triggers fire.
pub(super) fn of(statement: &ParsedStatement) -> Option<String> {
    let words = with_tokens(&statement.text, |tokens| words(tokens)).ok()?;
    let first = words.first()?.as_str();
    let tag = match first {
        "CREATE" => created(&words, &statement.kind)?,
        "ALTER" | "DROP" => format!("{first} {}", kind(words.get(1..)?)?),
        "COMMENT" => "COMMENT".to_owned(),
        "SECURITY" => "SECURITY LABEL".to_owned(),
        "IMPORT" => "IMPORT FOREIGN SCHEMA".to_owned(),
        "REFRESH" => "REFRESH MATERIALIZED VIEW".to_owned(),
        "GRANT" | "REVOKE" => {
            // Without ON it is about roles, which are the server's.
            let on = words.iter().position(|word| word == "ON")?;
            let shared = words.get(on + 1).is_some_and(|word| SHARED.contains(&&**word));
            (!shared).then(|| first.to_owned())?
        }
        _ if makes_table(&statement.kind) => "SELECT INTO".to_owned(),
        _ => return None,
    };
    Some(tag)
}

fn created(words: &[String], statement: &StatementKind) -> Option<String> {
    let rest = words.get(1..)?;
    let skipped = rest.iter().take_while(|word| MODIFIERS.contains(&&***word)).count();
    let kind = kind(rest.get(skipped..)?)?;
    let as_query = matches!(statement.read(), Some(ast::Statement::CreateTableAs(_)));
    Some(if kind == "TABLE" && as_query {
        "CREATE TABLE AS".to_owned()
    } else {
        format!("CREATE {kind}")
    })
}

fn kind(words: &[String]) -> Option<&'static str> {
    let is_next = |kind: &str| {
        kind.split(' ').enumerate().all(|(at, word)| words.get(at).is_some_and(|w| w == word))
    };
    // A user mapping is no user.
    KINDS.into_iter().find(|kind| is_next(kind))
}

fn makes_table(statement: &StatementKind) -> bool {
    matches!(statement.read(), Some(ast::Statement::SelectInto(_)))
}

/// The words of a statement that are not quoted, in capitals.
fn words(tokens: &[TokenWithSpan]) -> Vec<String> {
    tokens
        .iter()
        .filter_map(|token| match &token.token {
            Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_uppercase()),
            Token::Word(_) => Some(String::new()),
            _ => None,
        })
        .collect()
}
