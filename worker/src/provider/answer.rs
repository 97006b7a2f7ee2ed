//! The document in what a model wrote.

use serde_json::Value;

use crate::provider::FailureKind;

/// Reads the JSON document that a model was told to answer with, fenced or not.
pub(super) fn document(text: &str) -> Result<Value, FailureKind> {
    let text = text.trim();
    let unfenced = text
        .strip_prefix("```json")
        .or_else(|| text.strip_prefix("```"))
        .and_then(|text| text.strip_suffix("```"))
        .unwrap_or(text);
    serde_json::from_str(unfenced).map_err(|_| FailureKind::NotJson)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_read_with_and_without_a_fence() {
        for text in ["{\"a\":1}", " {\"a\":1}\n", "```json\n{\"a\":1}\n```", "```\n{\"a\":1}\n```"]
        {
            assert_eq!(document(text), Ok(json!({"a": 1})), "{text}");
        }
        for text in ["", "I cannot say", "{\"a\":", "```json\n{\"a\":1}"] {
            assert_eq!(document(text), Err(FailureKind::NotJson), "{text}");
        }
    }
}
