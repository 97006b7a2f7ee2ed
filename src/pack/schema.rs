//! The JSON schema of packs, for editors: `rules/pack.schema.json`.

use schemars::SchemaGenerator;
use serde_json::{Value, json};

use super::RawPack;
use crate::checks::CHECKS;

/// The JSON schema of packs, in which each check says what its parameters are.
#[must_use]
pub fn schema() -> Value {
    let mut generator = SchemaGenerator::default();
    let parameters: Vec<Value> = CHECKS
        .iter()
        .map(|kind| {
            json!({
                "if": {"properties": {"check": {"const": kind.name}}},
                "then": {"properties": {"parameters": (kind.schema)(&mut generator)}},
            })
        })
        .collect();
    let names: Vec<&str> = CHECKS.iter().map(|kind| kind.name).collect();
    let mut schema = generator.into_root_schema_for::<RawPack>().to_value();
    if let Some(rule) = schema.pointer_mut("/$defs/Rule").and_then(Value::as_object_mut) {
        if let Some(check) = rule.get_mut("properties").and_then(|p| p.get_mut("check")) {
            check["enum"] = json!(names);
        }
        rule.insert("allOf".to_owned(), Value::Array(parameters));
    }
    schema
}
