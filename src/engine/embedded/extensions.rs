//! Extensions for the embedded PostgreSQL. Those that it comes with are unpacked where a migration names
//! them; for others that are well known there are stand-ins, which have the same functions by name and
//! type and do nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

use crate::engine::interpreter::{Contents, known_extension};
use crate::engine::session::SessionError;
use crate::engine::session::embedded::EmbeddedSession;

/// Where a text may create an extension, be it in a string that is executed. One that is missed is refused
/// by the server, no more.
static CREATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?"?([\w-]+)"#).ok()
});

/// Makes the extensions available, but does not create them, that the texts may create.
pub(super) fn provide<'t>(
    session: &mut EmbeddedSession,
    texts: impl Iterator<Item = &'t str>,
) -> Result<(), SessionError> {
    let mut files = Vec::new();
    for name in named(texts) {
        if EmbeddedSession::bundled().any(|bundled| bundled == name) {
            session.unpack(&name)?;
        } else if let Some(contents) = known_extension(&name).filter(|_| name != "plpgsql") {
            files.push((format!("{name}.control"), control(contents)));
            files.push((format!("{name}--1.0.sql"), script(contents)));
        }
    }
    session.add_extension_files(&files)
}

/// The names of extensions that texts may create, and of those that these need.
fn named<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for text in texts {
        let creations = CREATION.iter().flat_map(|creation| creation.captures_iter(text));
        for name in creations.filter_map(|found| found.get(1)) {
            let mut next = Some(name.as_str().to_ascii_lowercase());
            while let Some(name) = next.filter(|name| !names.contains(name)) {
                next = known_extension(&name).and_then(|c| c.requires).map(str::to_owned);
                names.insert(name);
            }
        }
    }
    names
}

fn control(contents: &Contents) -> String {
    let mut control = "default_version = '1.0'\nrelocatable = true\n".to_owned();
    if let Some(required) = contents.requires {
        // Writing to a string cannot fail.
        let _ = writeln!(control, "requires = '{required}'");
    }
    control
}

fn script(contents: &Contents) -> String {
    let mut script = "SET LOCAL check_function_bodies = off;\n".to_owned();
    let mut prefix = String::new();
    if let Some(schema) = contents.schema {
        let _ = writeln!(
            script,
            "DO $$ BEGIN IF to_regnamespace('{schema}') IS NULL THEN CREATE SCHEMA {schema}; END IF; END $$;"
        );
        prefix = format!("{schema}.");
    }
    for first in [true, false] {
        for member in contents.members.iter().filter(|m| m.starts_with("type ") == first) {
            script.push_str(&definition(member, &prefix));
        }
    }
    script
}

/// The statements that make one line of the list of what an extension brings.
fn definition(member: &str, prefix: &str) -> String {
    let qualified =
        |name: &str| if name.contains('.') { name.to_owned() } else { format!("{prefix}{name}") };
    match member.split_once(' ') {
        Some(("type", name)) => {
            let name = qualified(name);
            format!(
                "CREATE TYPE {name};
                 CREATE FUNCTION {name}_in(cstring) RETURNS {name} IMMUTABLE STRICT LANGUAGE internal AS 'textin';
                 CREATE FUNCTION {name}_out({name}) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'textout';
                 CREATE TYPE {name} (INPUT = {name}_in, OUTPUT = {name}_out, LIKE = text);\n"
            )
        }
        Some(("table" | "view", relation)) => {
            let (name, columns) = relation.split_once('(').unwrap_or((relation, ")"));
            format!("CREATE TABLE {} ({columns};\n", qualified(name))
        }
        Some(("aggregate", _)) => String::new(),
        _ => function(member, &qualified).unwrap_or_default(),
    }
}

/// The definition of `name(types)+defaults result`.
fn function(signature: &str, qualified: &dyn Fn(&str) -> String) -> Option<String> {
    let (name, rest) = signature.split_once('(')?;
    let (types, rest) = rest.split_once(')')?;
    let (defaults, result) = match rest.strip_prefix('+') {
        Some(rest) => rest.split_once(' ').map(|(n, result)| (n.parse().unwrap_or(0), result))?,
        None => (0, rest.trim_start()),
    };
    let types: Vec<&str> = types.split(',').filter(|name| !name.is_empty()).collect();
    let first_default = types.len().saturating_sub(defaults);
    let parameters: Vec<String> = types
        .iter()
        .enumerate()
        .map(|(number, name)| {
            format!("{name}{}", if number < first_default { "" } else { " DEFAULT NULL" })
        })
        .collect();
    let volatility = if types.is_empty() { "VOLATILE" } else { "IMMUTABLE" };
    let body = match result {
        "uuid" => "SELECT pg_catalog.gen_random_uuid()".to_owned(),
        "text" => "SELECT pg_catalog.md5('')".to_owned(),
        "bytea" => "SELECT pg_catalog.sha256('')".to_owned(),
        // What is of no type is taken for text, which few types take.
        _ if is_type(result) => format!("SELECT NULL::{result}"),
        _ => "SELECT NULL".to_owned(),
    };
    let (name, parameters) = (qualified(name), parameters.join(", "));
    let language = match result {
        "trigger" | "event_trigger" => "plpgsql AS 'BEGIN RETURN NEW; END'".to_owned(),
        _ => format!("sql AS $${body}$$"),
    };
    Some(format!(
        "CREATE FUNCTION {name}({parameters}) RETURNS {result} {volatility} LANGUAGE {language};\n"
    ))
}

/// Whether a result is a value of a type that something can be cast to.
fn is_type(result: &str) -> bool {
    !(["void", "record"].contains(&result)
        || result.starts_with("any")
        || result.starts_with("setof ")
        || result.starts_with("table"))
}
