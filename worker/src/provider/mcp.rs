//! One tool of an MCP server. Nothing else of the server is used: not its prompts, not its resources, and no
//! request of its own is answered.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Client;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{StreamableHttpClientTransport, TokioChildProcess};
use rmcp::{ServiceError, ServiceExt};
use serde_json::{Map, Value, json};
use tokio::process::Command;

use crate::phi::Phi;
use crate::pipeline::artifact::Usage;
use crate::pipeline::validation::diagnosis_schema;
use crate::provider::{
    Answer, FailureKind, Provider, ProviderError, ProviderName, Question, answer, prompt,
};

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const CALL_LIMIT: Duration = Duration::from_secs(120);

/// Where the server is.
pub enum McpServer {
    /// At the URL of its streamable HTTP endpoint.
    Http {
        /// Calls it.
        client: Client,
        /// The endpoint.
        url: String,
    },
    /// In a child process that speaks over stdio: program and arguments.
    Stdio(Vec<String>),
}

/// The provider.
pub struct Mcp {
    server: McpServer,
    tool: String,
}

impl Mcp {
    /// Asks a tool of a server. The connection lasts for one question, so that a server that was restarted
    /// or that leaks from one caller to the next does no harm.
    pub const fn new(server: McpServer, tool: String) -> Self {
        Self { server, tool }
    }

    async fn connect(&self) -> Result<RunningService<RoleClient, ()>, FailureKind> {
        let connected = match &self.server {
            McpServer::Http { client, url } => {
                let config = StreamableHttpClientTransportConfig::with_uri(url.as_str());
                let transport = StreamableHttpClientTransport::with_client(client.clone(), config);
                ().serve(transport).await
            }
            McpServer::Stdio(words) => {
                let (program, arguments) = words.split_first().ok_or(FailureKind::Unreachable)?;
                let mut command = Command::new(program);
                // The child needs none of this process's secrets.
                command
                    .args(arguments)
                    .env_clear()
                    .envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
                let transport =
                    TokioChildProcess::new(command).map_err(|_| FailureKind::Unreachable)?;
                ().serve(transport).await
            }
        };
        connected.map_err(|_| FailureKind::Unreachable)
    }

    async fn call(&self, arguments: Map<String, Value>) -> Result<CallToolResult, FailureKind> {
        let service = tokio::time::timeout(CONNECT_LIMIT, self.connect())
            .await
            .map_err(|_| FailureKind::Timeout)??;
        let call = CallToolRequestParams::new(self.tool.clone()).with_arguments(arguments);
        let result = service.peer().call_tool(call).await.map_err(|error| match error {
            ServiceError::Timeout { .. } => FailureKind::Timeout,
            ServiceError::TransportSend(_) | ServiceError::TransportClosed => {
                FailureKind::Interrupted
            }
            ServiceError::McpError(_) => FailureKind::Stopped,
            _ => FailureKind::Malformed,
        });
        // The answer is here; how the server takes the farewell does not matter.
        let _ = service.cancel().await;
        result
    }
}

#[async_trait]
impl Provider for Mcp {
    fn name(&self) -> ProviderName {
        ProviderName::Mcp
    }

    fn model(&self) -> &str {
        &self.tool
    }

    async fn ask(&self, question: Question<'_>) -> Result<Answer, ProviderError> {
        let broken: Vec<_> = question.broken.iter().map(|path| path.as_str()).collect();
        let arguments = [
            ("instructions", json!(prompt::SYSTEM)),
            ("context_pack", json!(question.context.expose())),
            ("result_schema", diagnosis_schema().clone()),
            ("broken_schema_paths", json!(broken)),
        ];
        let arguments =
            arguments.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let result = tokio::time::timeout(CALL_LIMIT, self.call(arguments))
            .await
            .map_err(|_| FailureKind::Timeout)??;
        Ok(Answer {
            document: Phi::new(document(result)?),
            model: self.tool.clone(),
            request_id: None,
            usage: Usage::default(),
        })
    }
}

fn document(result: CallToolResult) -> Result<Value, FailureKind> {
    if result.is_error == Some(true) {
        return Err(FailureKind::Stopped);
    }
    if let Some(structured) = result.structured_content {
        return Ok(structured);
    }
    let text: String = result
        .content
        .iter()
        .filter_map(|block| block.as_text())
        .map(|block| block.text.as_str())
        .collect();
    answer::document(&text)
}
