//! A provider that needs no key and no network. What it writes is made up from the answers alone and says so.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use crate::phi::Phi;
use crate::pipeline::artifact::Usage;
use crate::provider::{Answer, Provider, ProviderError, ProviderName, Question};

/// The provider.
#[derive(Debug, Default)]
pub struct Offline {
    /// How long it pretends to think.
    pub pause: Duration,
}

#[async_trait]
impl Provider for Offline {
    fn name(&self) -> ProviderName {
        ProviderName::Offline
    }

    fn model(&self) -> &str {
        "offline-1"
    }

    async fn ask(&self, question: Question<'_>) -> Result<Answer, ProviderError> {
        tokio::time::sleep(self.pause).await;
        let answers = &question.context.expose().assessment_data.answers;
        let evidence: Vec<_> = answers.iter().map(|answer| &answer.question_id).collect();
        // More answers, more confidence, and never enough of it to pass for a real model's.
        let confidence = 0.3 + 0.05 * f64::from(u8::try_from(answers.len().min(6)).unwrap_or(6));
        let document = json!({
            "diagnosis": {
                "summary": "Placeholder made without a model: the answers were read and counted.",
                "findings": [],
                "evidence_ids": evidence,
                "answer_count": answers.len(),
            },
            "confidence": confidence,
            "metadata": {"offline": true},
        });
        Ok(Answer {
            document: Phi::new(document),
            model: self.model().to_owned(),
            request_id: None,
            usage: Usage::default(),
        })
    }
}
