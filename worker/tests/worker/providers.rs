//! Each provider against a server that speaks its protocol, and the chain over providers that fail.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use diagnosis_worker::metrics::Metrics;
use diagnosis_worker::phi::Phi;
use diagnosis_worker::pipeline::artifact::{ContextPack, Usage};
use diagnosis_worker::provider::mcp::{Mcp, McpServer};
use diagnosis_worker::provider::openai::Openai;
use diagnosis_worker::provider::{
    Answer, Chain, FailureKind, Provider, ProviderError, ProviderName, Question, http_client,
};
use diagnosis_worker::queue::Backoff;
use diagnosis_worker::settings::Secret;
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::stage::diagnosis;

fn context() -> Phi<ContextPack> {
    let pack = json!({
        "assessment_data": {
            "id": "20000000-0000-0000-0000-000000000001",
            "answers": [{"question_id": "sleep_hours", "answer_value": 4}],
            "created_at": null,
        },
        "funnel_config": {"funnel": "stress", "funnel_id": null},
        "patient_context": {"patient_id": "10000000-0000-0000-0000-000000000001", "patient_created_at": null},
    });
    Phi::new(serde_json::from_value(pack).expect("is a context pack"))
}

async fn ask(provider: &dyn Provider) -> Result<Answer, ProviderError> {
    provider.ask(Question { context: &context(), broken: &[] }).await
}

fn completion(finish_reason: &str, message: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "id": "chatcmpl-1",
        "model": "local-model-1",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": message}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7},
    }))
}

async fn openai(reply: ResponseTemplate) -> (MockServer, Result<Answer, ProviderError>) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/chat/completions"))
        .and(header("authorization", "Bearer sk-test"))
        .respond_with(reply)
        .mount(&server)
        .await;
    let key = Some(Secret::new("sk-test".to_owned()));
    let client = http_client().expect("a client can be made");
    let provider = Openai::new(client, &server.uri(), key, "asked-model".to_owned());
    let answered = ask(&provider).await;
    (server, answered)
}

#[tokio::test]
async fn an_openai_compatible_endpoint_is_asked_for_the_schema_and_its_answer_is_read() {
    let message = json!({"role": "assistant", "content": diagnosis().to_string()});
    let (server, answered) = openai(completion("stop", message)).await;
    let answer = answered.expect("is an answer");
    assert_eq!(answer.document.expose(), &diagnosis());
    assert_eq!(answer.model, "local-model-1");
    assert_eq!(answer.request_id.as_deref(), Some("chatcmpl-1"));
    assert_eq!(answer.usage, Usage { input_tokens: 11, output_tokens: 7 });

    let requests = server.received_requests().await.unwrap_or_default();
    let request: Value = requests[0].body_json().expect("is JSON");
    assert_eq!(request["model"], "asked-model");
    assert_eq!(request["response_format"]["type"], "json_schema");
    let schema = &request["response_format"]["json_schema"]["schema"];
    assert_eq!(schema["required"], json!(["diagnosis", "confidence", "metadata"]));
    assert_eq!(request["messages"][0]["role"], "system");
    let turn = request["messages"][1]["content"].as_str().unwrap_or_default();
    let turn: Value = serde_json::from_str(turn).expect("the user's turn is one JSON document");
    assert_eq!(turn["context_pack"], json!(context().expose()));
}

#[tokio::test]
async fn an_openai_compatible_endpoint_fails_in_known_ways() {
    let said = |content: &str| json!({"content": content});
    let cases = [
        (completion("length", said("{}")), FailureKind::Truncated),
        (completion("content_filter", said("{}")), FailureKind::Refusal),
        (completion("tool_calls", said("{}")), FailureKind::Stopped),
        (completion("stop", json!({"content": null, "refusal": "no"})), FailureKind::Refusal),
        (completion("stop", said("I would rather not")), FailureKind::NotJson),
        (ResponseTemplate::new(200).set_body_string("<html>"), FailureKind::Malformed),
        (ResponseTemplate::new(200).set_body_json(json!({"choices": []})), FailureKind::Malformed),
        (ResponseTemplate::new(429), FailureKind::Status(429)),
        (ResponseTemplate::new(401), FailureKind::Status(401)),
    ];
    for (reply, expected) in cases {
        let (_, answered) = openai(reply).await;
        assert_eq!(answered.expect_err("fails").kind, expected);
    }
}

/// An MCP server's answer to a request; none to a notification.
fn mcp_reply(request: &Value, tool_result: &Value) -> Option<Value> {
    let result = match request["method"].as_str()? {
        "initialize" => json!({
            "protocolVersion": request["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "of the tests", "version": "1"},
        }),
        "tools/call" => tool_result.clone(),
        _ => return None,
    };
    Some(json!({"jsonrpc": "2.0", "id": request["id"], "result": result}))
}

struct McpOverHttp {
    tool_result: Value,
}

impl Respond for McpOverHttp {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let request: Value = request.body_json().unwrap_or_default();
        match mcp_reply(&request, &self.tool_result) {
            Some(reply) => ResponseTemplate::new(200).set_body_json(reply),
            None => ResponseTemplate::new(202),
        }
    }
}

/// What a tool of an MCP server over HTTP answers, and the methods that were called.
async fn over_http(tool_result: Value) -> (Result<Answer, ProviderError>, Vec<String>) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(McpOverHttp { tool_result }).mount(&server).await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(405)).mount(&server).await;
    let client = http_client().expect("a client can be made");
    let endpoint = McpServer::Http { client, url: format!("{}/mcp", server.uri()) };
    let answered = ask(&Mcp::new(endpoint, "diagnose".to_owned())).await;
    let requests = server.received_requests().await.unwrap_or_default();
    let calls = requests
        .iter()
        .filter_map(|request| request.body_json::<Value>().ok())
        .filter_map(|call| call["method"].as_str().map(str::to_owned))
        .collect();
    (answered, calls)
}

#[tokio::test]
async fn a_tool_of_an_mcp_server_over_http_answers_and_nothing_else_of_the_server_is_used() {
    let (answered, calls) =
        over_http(json!({"content": [], "structuredContent": diagnosis()})).await;
    let answer = answered.expect("is an answer");
    assert_eq!(answer.document.expose(), &diagnosis());
    assert_eq!(answer.model, "diagnose");
    assert_eq!(calls, ["initialize", "notifications/initialized", "tools/call"]);
}

#[tokio::test]
async fn a_tool_of_an_mcp_server_may_answer_with_text_and_fails_in_known_ways() {
    let text = |text: String| json!({"content": [{"type": "text", "text": text}]});
    let (answered, _) = over_http(text(diagnosis().to_string())).await;
    assert_eq!(answered.expect("is an answer").document.expose(), &diagnosis());

    let mut failed = text("no".to_owned());
    failed["isError"] = json!(true);
    let (answered, _) = over_http(failed).await;
    assert_eq!(answered.expect_err("fails").kind, FailureKind::Stopped);
    let (answered, _) = over_http(text("not JSON".to_owned())).await;
    assert_eq!(answered.expect_err("fails").kind, FailureKind::NotJson);

    let client = http_client().expect("a client can be made");
    let nobody = McpServer::Http { client, url: "http://127.0.0.1:1/mcp".to_owned() };
    let answered = ask(&Mcp::new(nobody, "diagnose".to_owned())).await;
    assert_eq!(answered.expect_err("fails").kind, FailureKind::Unreachable);
}

/// A server that speaks over stdio, and writes down what it was called for and what it could see.
const MCP_OVER_STDIO: &str = r#"
env >"$0.environment"
while IFS= read -r line; do
    printf '%s\n' "$line" >>"$0.calls"
    id=$(printf '%s' "$line" | grep -o '"id":[0-9][0-9]*' | head -n 1 | tr -dc 0-9)
    case $line in
    *'"method":"initialize"'*)
        version=$(printf '%s' "$line" | sed -n 's/.*"protocolVersion":"\([^"]*\)".*/\1/p')
        printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"%s","capabilities":{"tools":{}},"serverInfo":{"name":"t","version":"1"}}}\n' "$id" "$version" ;;
    *'"method":"tools/call"'*)
        printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[],"structuredContent":{"diagnosis":{},"confidence":1,"metadata":{}}}}\n' "$id" ;;
    esac
done
"#;

#[tokio::test]
async fn an_mcp_server_over_stdio_answers_and_sees_none_of_the_secrets() {
    let folder = tempfile::tempdir().expect("has a folder");
    let script = folder.path().join("server");
    fs::write(&script, MCP_OVER_STDIO).expect("can be written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("can be set");
    let words = vec!["sh".to_owned(), script.to_str().expect("is text").to_owned()];
    let answered = ask(&Mcp::new(McpServer::Stdio(words), "diagnose".to_owned())).await;
    let document = json!({"diagnosis": {}, "confidence": 1, "metadata": {}});
    assert_eq!(answered.expect("is an answer").document.expose(), &document);

    let seen = |what: &str| fs::read_to_string(script.with_extension(what)).expect("is written");
    let calls: Vec<Value> = seen("calls")
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is a message"))
        .collect();
    let called = &calls.last().expect("the tool was called")["params"];
    assert_eq!(called["name"], "diagnose");
    assert_eq!(called["arguments"]["context_pack"], json!(context().expose()));
    // What the shell adds by itself is not this program's.
    let given = ["PATH=", "PWD=", "OLDPWD=", "SHLVL=", "_="];
    for line in seen("environment").lines() {
        assert!(given.iter().any(|name| line.starts_with(name)), "{line}");
    }
}

/// Fails in a given way so many times, and then answers.
struct Failing {
    name: ProviderName,
    kind: FailureKind,
    times: usize,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl Provider for Failing {
    fn name(&self) -> ProviderName {
        self.name
    }

    fn model(&self) -> &str {
        "of the tests"
    }

    async fn ask(&self, _: Question<'_>) -> Result<Answer, ProviderError> {
        if self.asked.fetch_add(1, Ordering::SeqCst) < self.times {
            return Err(self.kind.into());
        }
        Ok(Answer {
            document: Phi::new(diagnosis()),
            model: self.model().to_owned(),
            request_id: None,
            usage: Usage::default(),
        })
    }
}

struct Play {
    chain: Chain,
    first: Arc<AtomicUsize>,
    second: Arc<AtomicUsize>,
}

fn play(kind: FailureKind, times: usize) -> Play {
    let (first, second) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let provider = |name, times, asked: &Arc<AtomicUsize>| -> Box<dyn Provider> {
        Box::new(Failing { name, kind, times, asked: Arc::clone(asked) })
    };
    let chain = Chain::new(
        provider(ProviderName::Anthropic, times, &first),
        vec![provider(ProviderName::Openai, 0, &second)],
        Backoff::new(Duration::from_secs(2), Duration::from_secs(300)),
        Arc::new(Metrics::default()),
    );
    Play { chain, first, second }
}

#[tokio::test]
async fn the_chain_falls_back_on_what_may_pass_and_on_nothing_else() {
    let cases = [
        (FailureKind::Status(429), true),
        (FailureKind::Status(529), true),
        (FailureKind::Timeout, true),
        (FailureKind::Unreachable, true),
        (FailureKind::Status(401), false),
        (FailureKind::Status(403), false),
        (FailureKind::Status(400), false),
        (FailureKind::Status(404), false),
        (FailureKind::Status(408), true),
        (FailureKind::Status(409), true),
        (FailureKind::Status(422), false),
        (FailureKind::Status(425), true),
        (FailureKind::Status(522), true),
        (FailureKind::Malformed, true),
        (FailureKind::NotJson, true),
        (FailureKind::Refusal, false),
        (FailureKind::Truncated, false),
    ];
    for (kind, falls_back) in cases {
        let play = play(kind, usize::MAX);
        let context = context();
        let answered = play.chain.ask(Question { context: &context, broken: &[] }).await;
        match answered {
            Ok(answered) => {
                assert!(falls_back, "{kind:?}");
                assert_eq!(answered.provider, ProviderName::Openai);
            }
            Err(failed) => {
                assert!(!falls_back, "{kind:?}");
                assert_eq!((failed.provider, failed.error.kind), (ProviderName::Anthropic, kind));
            }
        }
        let asked = (play.first.load(Ordering::SeqCst), play.second.load(Ordering::SeqCst));
        assert_eq!(asked, (1, usize::from(falls_back)), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_keeps_failing_is_left_alone_and_probed_until_it_is_back() {
    let play = play(FailureKind::Status(503), 14);
    let context = context();
    let ask = async || {
        let question = Question { context: &context, broken: &[] };
        play.chain.ask(question).await.expect("somebody answers").provider
    };
    for _ in 0..50 {
        assert_eq!(ask().await, ProviderName::Openai);
    }
    assert_eq!(play.first.load(Ordering::SeqCst), 12, "it is left alone after twelve failures");
    for probes in 13..=14 {
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(ask().await, ProviderName::Openai);
        assert_eq!(ask().await, ProviderName::Openai);
        assert_eq!(play.first.load(Ordering::SeqCst), probes, "one probe at a time");
    }
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(ask().await, ProviderName::Anthropic);
    assert_eq!(ask().await, ProviderName::Anthropic);
}
