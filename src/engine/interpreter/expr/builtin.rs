//! The functions that every server has, with their result types.

use std::collections::HashMap;
use std::sync::LazyLock;

/// `name type` by line: the functions of `pg_catalog` in PostgreSQL 15 to 17 and what the grammar
/// reads like one; `?` where the type depends on the arguments.
const LIST: &str = include_str!("builtin_functions.txt");

static FUNCTIONS: LazyLock<HashMap<&str, Option<&str>>> = LazyLock::new(|| {
    LIST.lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, result)| (name, (result != "?").then_some(result)))
        .collect()
});

/// Whether a server has a function of that name by itself.
pub(in crate::engine::interpreter) fn is_function(name: &str) -> bool {
    FUNCTIONS.contains_key(name)
}

/// What every function of that name returns, as the name of a type of `pg_catalog`.
pub(super) fn result_type(name: &str) -> Option<&'static str> {
    FUNCTIONS.get(name).copied().flatten()
}
