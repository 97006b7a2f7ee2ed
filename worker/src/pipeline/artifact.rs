//! The two documents that a run carries: the context pack that goes in and the artifact that comes out.
//! Their published JSON schemas are generated from these types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::provider::ProviderName;

/// Version of the contract of both documents, and the default of a run's `schema_version`.
pub const SCHEMA_VERSION: &str = "v1";

/// What a provider is told: answers, funnel, and identifiers, but no names and no contact data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContextPack {
    /// The assessment.
    pub assessment_data: AssessmentData,
    /// The questionnaire that it answers.
    pub funnel_config: FunnelConfig,
    /// The little that is told of the patient.
    pub patient_context: PatientContext,
}

impl ContextPack {
    /// Stands in where no provider reads the context.
    pub fn unread(assessment_id: Uuid) -> Self {
        Self {
            assessment_data: AssessmentData {
                id: assessment_id,
                answers: Vec::new(),
                created_at: None,
            },
            funnel_config: FunnelConfig { funnel: None, funnel_id: None },
            patient_context: PatientContext { patient_id: Uuid::nil(), patient_created_at: None },
        }
    }
}

/// The assessment of a [`ContextPack`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssessmentData {
    /// The assessment's id.
    pub id: Uuid,
    /// The answers, in the order of their question ids.
    pub answers: Vec<AnsweredQuestion>,
    /// When it was made, in ISO 8601.
    pub created_at: Option<String>,
}

/// One answer of an assessment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnsweredQuestion {
    /// The question's id, which a diagnosis cites as evidence.
    pub question_id: String,
    /// The coded answer.
    pub answer_value: Value,
}

/// The funnel of a [`ContextPack`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunnelConfig {
    /// The funnel's slug.
    pub funnel: Option<String>,
    /// The funnel's id.
    pub funnel_id: Option<Uuid>,
}

/// The patient of a [`ContextPack`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PatientContext {
    /// The id of the patient's profile.
    pub patient_id: Uuid,
    /// When the profile was made, in ISO 8601.
    pub patient_created_at: Option<String>,
}

/// What a provider must answer with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// The diagnosis: a summary, findings, and the ids of the answers that support it.
    pub diagnosis: Map<String, Value>,
    /// How sure the provider is, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
    /// Remarks of the provider; the worker adds its own to them.
    pub metadata: Map<String, Value>,
}

/// A run's `diagnosis_result`: the validated answer with the worker's own metadata.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Artifact {
    /// The diagnosis.
    pub diagnosis: Map<String, Value>,
    /// How sure the provider is, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
    /// Where the artifact comes from, and whether a person must look at it.
    pub metadata: Metadata,
}

/// The metadata of an [`Artifact`].
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Metadata {
    /// The provider that answered.
    pub provider: ProviderName,
    /// The model that answered, as the provider names it.
    pub model: String,
    /// The provider's id of the answer, for its support.
    pub request_id: Option<String>,
    /// Tokens that were billed.
    pub usage: Usage,
    /// How long the provider took.
    pub latency_ms: u64,
    /// Version of the prompt.
    pub prompt_version: String,
    /// Version of this document.
    pub schema_version: String,
    /// Whether the artifact was taken from the result cache.
    pub cached: bool,
    /// The outcome of the safety checks.
    pub review: Review,
    /// Remarks of the provider.
    #[serde(flatten)]
    pub remarks: Map<String, Value>,
}

/// Tokens that a provider billed, all requests of the attempt taken together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
    }
}

/// Whether a person must look at an artifact before it is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Review {
    /// True if any safety rule matched.
    pub required: bool,
    /// The rules that matched.
    pub reasons: Vec<ReviewReason>,
}

/// A safety rule that an artifact matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewReason {
    /// The confidence is below the threshold.
    LowConfidence,
    /// The diagnosis names no answers that support it.
    MissingEvidence,
    /// The diagnosis names answers that the assessment does not have.
    UnknownEvidence,
    /// The provider declined in the form of an answer.
    Refusal,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use schemars::Schema;

    use super::*;

    #[test]
    fn the_published_schemas_are_those_of_the_types() {
        let schemas: [(&str, Schema); 2] = [
            ("context-pack.v1.json", schemars::schema_for!(ContextPack)),
            ("diagnosis-result.v1.json", schemars::schema_for!(Artifact)),
        ];
        for (file, schema) in schemas {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(file);
            let text = serde_json::to_string_pretty(&schema).expect("is JSON") + "\n";
            if std::env::var_os("UPDATE_DOCS").is_some() {
                std::fs::write(&path, &text).expect("can be written");
            }
            assert_eq!(std::fs::read_to_string(path).expect("is published"), text, "{file}");
        }
    }
}
