//! Step 4 of a run: reads the context pack.

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::database::{Database, DatabaseError};
use crate::phi::Phi;
use crate::pipeline::artifact::ContextPack;

/// Reads the context pack of an assessment; none if the assessment or its patient does not exist.
pub async fn fetch_context_pack(
    database: &Database,
    assessment_id: Uuid,
) -> Result<Option<Phi<ContextPack>>, DatabaseError> {
    let pack: Option<Json<Value>> = database
        .run(|connection| {
            let query = sqlx::query_scalar(include_str!("context_pack.sql")).bind(assessment_id);
            Box::pin(query.fetch_optional(connection))
        })
        .await?;
    pack.map(|Json(pack)| serde_json::from_value(pack).map(Phi::new))
        .transpose()
        .map_err(|_| DatabaseError::UNREADABLE)
}

#[cfg(test)]
pub(crate) fn example() -> ContextPack {
    serde_json::from_value(serde_json::json!({
        "assessment_data": {
            "id": "20000000-0000-0000-0000-000000000001",
            "answers": [{"question_id": "sleep_hours", "answer_value": 4}],
            "created_at": "2026-02-02T10:00:00+00:00",
        },
        "funnel_config": {"funnel": "stress", "funnel_id": null},
        "patient_context": {
            "patient_id": "10000000-0000-0000-0000-000000000001",
            "patient_created_at": "2026-01-01T10:00:00+00:00",
        },
    }))
    .expect("the example is a context pack")
}
