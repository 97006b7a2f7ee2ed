//! Spans reach an OpenTelemetry collector, with ids in them and nothing else.

use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::{ASSESSMENT, Stage, diagnosis, llm, ok, work_with};

#[tokio::test(flavor = "multi_thread")]
async fn the_span_of_a_run_reaches_the_collector() {
    let collector = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/traces"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&collector)
        .await;
    let stage = Stage::new();
    let run = stage.enqueue(ASSESSMENT);
    let llm = llm(ok(&diagnosis())).await;
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.uri())];
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    work_with(&stage, &llm, &[], &environment).await;
    let requests = collector.received_requests().await.unwrap_or_default();
    let sent: String = requests
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .collect();
    assert!(
        sent.contains(&run) && sent.contains("diagnosis-worker"),
        "{} requests",
        requests.len()
    );
    assert!(!sent.contains("sleep_hours") && !sent.contains("sk-test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_stops_nobody() {
    let stage = Stage::new();
    let run = stage.enqueue(ASSESSMENT);
    let llm = llm(ok(&diagnosis())).await;
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")];
    work_with(&stage, &llm, &[], &environment).await;
    assert_eq!(stage.run(&run, "status"), "completed");
}
