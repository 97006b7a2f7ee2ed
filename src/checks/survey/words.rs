//! Names as statements spell them, and lists as sentences do.

use crate::catalog::{Function, ObjectName};
use crate::datum::quote_identifier;

/// A name that a statement can be given, with quotes where it needs them.
pub(in crate::checks) fn identifier(name: &str) -> String {
    quote_identifier(name).into_owned()
}

/// A name with its schema that a statement can be given.
pub(in crate::checks) fn qualified(name: &ObjectName) -> String {
    if name.schema.is_empty() {
        return identifier(&name.name);
    }
    format!("{}.{}", quote_identifier(&name.schema), quote_identifier(&name.name))
}

/// A function as a statement names it, by which it is told from its overloads.
pub(in crate::checks) fn signature(function: &Function) -> String {
    format!("{}({})", qualified(&function.name), function.arguments.join(", "))
}

/// Columns as a statement lists them.
pub(in crate::checks) fn columns(names: &[String]) -> String {
    names.iter().map(|name| identifier(name)).collect::<Vec<_>>().join(", ")
}

/// `a`, `a and b`, `a, b and c`.
pub(in crate::checks) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_where_it_must_be() {
        for (schema, name, expected) in [
            ("public", "orders", "public.orders"),
            ("public", "Order Items", "public.\"Order Items\""),
            ("My", "say \"hi\"", "\"My\".\"say \"\"hi\"\"\""),
            ("", "order", "\"order\""),
        ] {
            assert_eq!(qualified(&ObjectName::new(schema, name)), expected);
        }
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        let list =
            |items: &[&str]| list(&items.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(list(&[]), "");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b"]), "a and b");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}
