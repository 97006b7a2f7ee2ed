//! A provider that does nothing, to measure the queue alone.

use async_trait::async_trait;
use serde_json::json;

use crate::phi::Phi;
use crate::pipeline::artifact::Usage;
use crate::provider::{Answer, Provider, ProviderError, ProviderName, Question};

/// The provider.
pub struct Noop;

#[async_trait]
impl Provider for Noop {
    fn name(&self) -> ProviderName {
        ProviderName::Noop
    }

    fn model(&self) -> &str {
        "noop"
    }

    fn reads_context(&self) -> bool {
        false
    }

    async fn ask(&self, _: Question<'_>) -> Result<Answer, ProviderError> {
        Ok(Answer {
            document: Phi::new(json!({"diagnosis": {}, "confidence": 0.0, "metadata": {}})),
            model: self.model().to_owned(),
            request_id: None,
            usage: Usage::default(),
        })
    }
}
