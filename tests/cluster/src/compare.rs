//! Two catalogs side by side, fact by fact.

use std::collections::BTreeMap;

use serde_json::Value;

/// Every fact in which `ours` differs from `theirs`, one line each, in a stable order. Lists whose order
/// means nothing are compared by name; fields that only `ours` has are passed over.
#[must_use]
pub fn differences(ours: &Value, theirs: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    compare("", ours, theirs, &mut lines);
    lines
}

// Lists in which the order of the elements is a fact.
const ORDERED: [&str; 4] = ["primary_key", "labels", "columns", "keys"];

// Expressions and definitions, which each engine spells in its own way.
const SPELLED: [&str; 7] = [
    "check_expressions",
    "default_expression",
    "definition",
    "function_definitions",
    "predicate_expression",
    "using",
    "with_check",
];

fn compare(path: &str, ours: &Value, theirs: &Value, lines: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, theirs) in b.iter().filter(|(key, _)| !SPELLED.contains(&key.as_str())) {
                let ours = a.get(key).unwrap_or(match theirs {
                    // The contract lets a false flag be absent.
                    Value::Bool(_) => &Value::Bool(false),
                    _ => &Value::Null,
                });
                compare(&join(path, key), ours, theirs, lines);
            }
        }
        (Value::Array(a), Value::Array(b)) => compare_lists(path, a, b, lines),
        _ if ours == theirs => {}
        _ => lines.push(format!("{path}: ours {ours}, PostgreSQL {theirs}")),
    }
}

fn compare_lists(path: &str, ours: &[Value], theirs: &[Value], lines: &mut Vec<String>) {
    let (a, b) = (by_name(ours), by_name(theirs));
    for (name, entry) in &b {
        match a.get(name) {
            Some(mine) if mine.is_object() => {
                compare(&format!("{path}[{name}]"), mine, entry, lines)
            }
            Some(_) => {}
            None => lines.push(format!("{path}[{name}]: missing, PostgreSQL has {entry}")),
        }
    }
    for name in a.keys().filter(|name| !b.contains_key(*name)) {
        lines.push(format!("{path}[{name}]: PostgreSQL has none"));
    }
    let ordered = path.rsplit('.').next().is_some_and(|field| ORDERED.contains(&field));
    let names = |list: &[Value]| list.iter().map(name_of).collect::<Vec<_>>();
    if ordered && a.len() == b.len() && a.keys().eq(b.keys()) && names(ours) != names(theirs) {
        lines.push(format!(
            "{path}: ours in the order {:?}, PostgreSQL {:?}",
            names(ours),
            names(theirs)
        ));
    }
}

fn by_name(list: &[Value]) -> BTreeMap<String, &Value> {
    let mut map = BTreeMap::new();
    for entry in list {
        let mut name = name_of(entry);
        while map.contains_key(&name) {
            name.push_str(" again");
        }
        map.insert(name, entry);
    }
    map
}

fn name_of(entry: &Value) -> String {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    match (text("schema"), text("name")) {
        (Some(schema), Some(name)) => format!("{schema}.{name}"),
        (None, Some(name)) => name.to_owned(),
        _ => entry.as_str().map_or_else(|| entry.to_string(), str::to_owned),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tells_what_differs_and_nothing_else() {
        let ours = json!({"tables": [
            {"schema": "s", "name": "t", "columns": [{"name": "a"}, {"name": "b"}], "checks": ["y", "x"], "extra": 1},
            {"schema": "s", "name": "u", "columns": []}]});
        let theirs = json!({"tables": [
            {"schema": "s", "name": "t", "columns": [{"name": "b"}, {"name": "a"}], "checks": ["x", "y"], "rls": false},
            {"schema": "s", "name": "v", "columns": []}]});
        assert_eq!(
            differences(&ours, &theirs),
            [
                r#"tables[s.t].columns: ours in the order ["a", "b"], PostgreSQL ["b", "a"]"#,
                r#"tables[s.v]: missing, PostgreSQL has {"schema":"s","name":"v","columns":[]}"#,
                "tables[s.u]: PostgreSQL has none",
            ]
        );
        assert_eq!(differences(&theirs, &theirs), [""; 0]);
    }
}
