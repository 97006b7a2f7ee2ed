//! The functions that every server has, with their result types.

use crate::pg_catalog;

/// What the grammar reads like a call, and no function has as its name.
const GRAMMAR: [&str; 40] = [
    "all",
    "any",
    "array",
    "cast",
    "coalesce",
    "collation_for",
    "current_catalog",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "exists",
    "greatest",
    "grouping",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "least",
    "localtime",
    "localtimestamp",
    "merge_action",
    "nullif",
    "row",
    "some",
    "treat",
    "trim",
    "user",
    "xmlconcat",
    "xmlelement",
    "xmlforest",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
];

/// Whether the grammar reads that name like a call.
pub(super) fn is_grammar(name: &str) -> bool {
    GRAMMAR.contains(&name) && !pg_catalog::has_function(name)
}

/// Whether a server has a function of that name by itself, or the grammar one.
pub(in crate::engine::interpreter) fn is_function(name: &str) -> bool {
    GRAMMAR.contains(&name) || pg_catalog::has_function(name)
}

/// What every function of that name returns, as the name of a type of `pg_catalog`.
pub(super) fn result_type(name: &str) -> Option<&'static str> {
    let mut results = pg_catalog::functions(name).map(|function| function.result);
    let first = results.next().filter(|result| !result.starts_with("any"))?;
    results.all(|result| result == first).then_some(first)
}
