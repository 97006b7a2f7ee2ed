//! What a server cannot do that another one can: no verdict of PostgreSQL about a migration.

use std::collections::BTreeSet;

use super::interpreter::split::split;
use super::session::Session;
use super::{Failure, Platform, prelude};

/// Why another server may accept what this one refused; `None` where every PostgreSQL would refuse it.
pub(super) fn limit<'t>(
    session: &mut dyn Session,
    platform: Platform,
    migrations: impl Iterator<Item = &'t str>,
    failure: &Failure,
) -> Option<String> {
    if let Some(limit) = by_message(&failure.sqlstate, &failure.message) {
        return Some(limit);
    }
    // What does not exist may be a part of an extension that the server lacks.
    if !["42", "3F"].iter().any(|class| failure.sqlstate.starts_with(class)) {
        return None;
    }
    let wanted: BTreeSet<String> =
        migrations.chain(prelude::text(platform)).flat_map(named_extensions).collect();
    let installed = "SELECT string_agg(extname, ' ') FROM pg_extension";
    // Those of the platform are left out where the server lacks them, and those of a file that failed are undone.
    let available = "SELECT string_agg(name, ' ') FROM pg_available_extensions";
    let mut had = BTreeSet::new();
    for query in [installed, available] {
        had.extend(session.value(query).ok()?.split(' ').map(str::to_owned));
    }
    let lacking: Vec<&str> = wanted.difference(&had).map(String::as_str).collect();
    let is_missing = failure.message.contains("does not exist");
    (is_missing && !lacking.is_empty())
        .then(|| format!("the server does not have extension {}", lacking.join(", ")))
}

/// What the message says of the server.
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn by_message(sqlstate: &str, message: &str) -> Option<String> {
    let says = |words: &str| message.contains(words);
    let limit = match sqlstate {
        _ if says("is not supported by this build") || says("not supported in this build") => {
            "this build of PostgreSQL does not support it"
        }
        _ if says("could not open extension control file")
            || says("extension \"") && says("is not available")
            || says("has no installation script") =>
        {
            "the server does not have the extension"
        }
        _ if says("shared_preload_libraries") => "the server has not loaded the library",
        _ if says("could not load library") || says("could not access file") => {
            "the server does not have the library"
        }
        "3D000" if says("template database") => "the server has no database to copy",
        "42704" if says("collation \"") && says("does not exist") => {
            "the server does not have the collation"
        }
        "42704" if says("role \"") && says("does not exist") => "the server does not have the role",
        "42501" => "the login lacks the privilege",
        _ if ["53", "57", "58", "XX"].iter().any(|class| sqlstate.starts_with(class)) => {
            "the server was not able to"
        }
        _ => return None,
    };
    Some(limit.to_owned())
}

/// The extensions that statements of a text create.
fn named_extensions(text: &str) -> Vec<String> {
    let statements = split(text).into_iter().filter_map(|piece| text.get(piece.range));
    statements
        .filter_map(|statement| {
            let mut words = statement
                .split(|c: char| c.is_whitespace() || c == '"' || c == ';')
                .filter(|word| !word.is_empty());
            let mut is = |expected: &str| {
                words.next().is_some_and(|word| word.eq_ignore_ascii_case(expected))
            };
            if !(is("create") && is("extension")) {
                return None;
            }
            let name = words.find(|word| {
                !["if", "not", "exists"].iter().any(|skipped| word.eq_ignore_ascii_case(skipped))
            })?;
            Some(name.to_lowercase())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_lacks_is_told_from_what_postgresql_refuses() {
        for (sqlstate, message, is_limit) in [
            ("0A000", "ICU is not supported in this build", true),
            ("0A000", "extension \"pg_net\" is not available", true),
            (
                "58P01",
                "could not open extension control file \"/x/vector.control\": No such file",
                true,
            ),
            ("22023", "pg_cron can only be loaded via shared_preload_libraries", true),
            ("42704", "role \"app\" does not exist", true),
            ("3D000", "template database \"template1\" does not exist", true),
            ("42704", "collation \"de-x-icu\" for encoding \"UTF8\" does not exist", true),
            ("42501", "permission denied to create extension \"pg_stat_statements\"", true),
            ("53100", "could not extend file: No space left on device", true),
            ("42P01", "relation \"runs\" does not exist", false),
            ("42704", "type \"mood\" does not exist", false),
            ("42601", "syntax error at or near \"NOT\"", false),
            ("0A000", "cannot alter type of a column used in a policy definition", false),
            ("23502", "column \"a\" of relation \"b\" contains null values", false),
        ] {
            assert_eq!(by_message(sqlstate, message).is_some(), is_limit, "{message}");
        }
    }

    #[test]
    fn extensions_are_named_by_the_statements_that_create_them() {
        let text = "-- create extension no;\ncreate extension if not exists \"uuid-ossp\" with schema x;\n\
                    CREATE EXTENSION pg_net; SELECT 'create extension b';";
        assert_eq!(named_extensions(text), ["uuid-ossp", "pg_net"]);
    }
}
