//! Checks a provider's answer against the published schema of [`Diagnosis`].

use std::sync::LazyLock;

use jsonschema::Validator;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::phi::Phi;
use crate::pipeline::artifact::Diagnosis;

/// A place in the schema, such as `/properties/confidence/maximum`. It is always one of the schema's own
/// pointers, so that it cannot carry anything of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, ToSchema)]
#[serde(transparent)]
pub struct SchemaPath(&'static str);

impl SchemaPath {
    /// The whole document.
    pub const ROOT: Self = Self("");

    /// The JSON pointer.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    fn of_pointer(pointer: &str) -> Self {
        let known = SCHEMA.pointers.iter().find(|known| known.as_str() == pointer);
        known.map_or(Self::ROOT, |known| Self(known))
    }
}

struct Schema {
    document: Value,
    pointers: Vec<String>,
    validator: Option<Validator>,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let document = schemars::schema_for!(Diagnosis).to_value();
    let mut pointers = Vec::new();
    collect_pointers(&document, String::new(), &mut pointers);
    let validator = jsonschema::validator_for(&document).ok();
    Schema { document, pointers, validator }
});

fn collect_pointers(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    if let Value::Object(fields) = value {
        for (key, field) in fields {
            collect_pointers(field, format!("{pointer}/{key}"), pointers);
        }
    }
    pointers.push(pointer);
}

/// The JSON schema that providers are asked to answer in.
pub fn diagnosis_schema() -> &'static Value {
    &SCHEMA.document
}

/// The answer as a [`Diagnosis`], or every place of the schema that it breaks.
pub fn validate(answer: &Phi<Value>) -> Result<Diagnosis, Vec<SchemaPath>> {
    let answer = answer.expose();
    let mut broken: Vec<_> = SCHEMA
        .validator
        .iter()
        .flat_map(|validator| validator.iter_errors(answer))
        .map(|error| SchemaPath::of_pointer(error.schema_path().as_str()))
        .collect();
    broken.dedup();
    if !broken.is_empty() {
        return Err(broken);
    }
    // What the validator passes, serde reads; it decides alone should the schema ever not compile.
    serde_json::from_value(answer.clone())
        .ok()
        .filter(|diagnosis: &Diagnosis| (0.0..=1.0).contains(&diagnosis.confidence))
        .ok_or_else(|| vec![SchemaPath::ROOT])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_within_the_contract_are_accepted() {
        for confidence in [json!(0), json!(0.5), json!(1), json!(1.0)] {
            let answer =
                json!({"diagnosis": {"summary": "x"}, "confidence": confidence, "metadata": {}});
            assert!(validate(&Phi::new(answer.clone())).is_ok(), "{answer}");
        }
    }

    #[test]
    fn answers_that_break_the_contract_are_refused_with_the_place_in_the_schema() {
        let cases = [
            (
                json!({"diagnosis": "x", "confidence": 0.5, "metadata": {}}),
                "/properties/diagnosis/type",
            ),
            (
                json!({"diagnosis": [], "confidence": 0.5, "metadata": {}}),
                "/properties/diagnosis/type",
            ),
            (
                json!({"diagnosis": {}, "confidence": "0.5", "metadata": {}}),
                "/properties/confidence/type",
            ),
            (
                json!({"diagnosis": {}, "confidence": 1.01, "metadata": {}}),
                "/properties/confidence/maximum",
            ),
            (
                json!({"diagnosis": {}, "confidence": -0.01, "metadata": {}}),
                "/properties/confidence/minimum",
            ),
            (
                json!({"diagnosis": {}, "confidence": null, "metadata": {}}),
                "/properties/confidence/type",
            ),
            (
                json!({"diagnosis": {}, "confidence": 0.5, "metadata": null}),
                "/properties/metadata/type",
            ),
            (json!({"diagnosis": {}, "confidence": 0.5}), "/required"),
            (json!("x"), "/type"),
            (json!([1]), "/type"),
        ];
        for (answer, path) in cases {
            let broken = validate(&Phi::new(answer.clone())).expect_err("is refused");
            assert_eq!(broken.first().map(|path| path.as_str()), Some(path), "{answer}");
        }
    }

    #[test]
    fn a_schema_path_never_carries_text_of_the_answer() {
        assert_eq!(SchemaPath::of_pointer("/properties/Ada Lovelace"), SchemaPath::ROOT);
    }
}
