//! Requests that are wrong in every way that the contract names, and the limits.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::stage::{ASSESSMENT, PATIENT, Stage, claims, eventually, http, token};
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

#[tokio::test]
async fn wrong_requests_get_their_status_and_nothing_of_the_inside() {
    let stage = Stage::new();
    let server = stage.serve(&["api"], &[]).await;
    let origin = &server.origin;
    let token = token(&claims(PATIENT));
    let post = |body: String, kind: &'static str| {
        let request = http().post(format!("{origin}/api/diagnosis-runs")).body(body);
        if kind.is_empty() { request } else { request.header(CONTENT_TYPE, kind) }
    };
    let fields = |value: Value| post(value.to_string(), "application/json");
    let missing = "20000000-0000-0000-0000-00000000dead";
    let cases = [
        (post("{".into(), "application/json"), 400),
        (post("{}".into(), "text/plain"), 415),
        (post("{}".into(), ""), 415),
        (fields(json!({})), 422),
        (fields(json!({"assessmentId": ASSESSMENT})), 422),
        (fields(json!({"assessmentId": ASSESSMENT, "correlationId": "  "})), 422),
        (fields(json!({"assessmentId": " ", "correlationId": "x"})), 422),
        (fields(json!({"assessmentId": 7, "correlationId": "x"})), 422),
        (fields(json!({"assessmentId": "not-an-id", "correlationId": "x"})), 422),
        (fields(json!({"assessmentId": ASSESSMENT, "correlationId": "\u{0}"})), 422),
        (fields(json!({"assessmentId": ASSESSMENT, "correlationId": "x".repeat(5000)})), 422),
        (fields(json!([])), 422),
        (fields(json!({"assessmentId": missing, "correlationId": "x"})), 404),
        (post(" ".repeat(3 * 1024 * 1024), "application/json"), 413),
        (http().get(format!("{origin}/api/diagnosis-runs/{missing}")), 404),
        (http().get(format!("{origin}/api/diagnosis-runs/not-an-id")), 404),
        (http().get(format!("{origin}/api/diagnosis-runs/%FF")), 404),
        (http().get(format!("{origin}/api/elsewhere")), 404),
        (http().delete(format!("{origin}/healthz")), 405),
        (http().patch(format!("{origin}/openapi.json")), 405),
    ];
    for (request, status) in cases {
        let request = request.bearer_auth(&token);
        let what = format!("{request:?}");
        let reply = request.send().await.expect("answers");
        assert_eq!(reply.status(), status, "{what}");
        assert!(reply.headers().contains_key("x-request-id"), "{what}");
        let body: Value = reply.json().await.expect("is JSON");
        assert_eq!(body["success"], false, "{what}");
        assert!(body["error"].is_string(), "{what}");
    }
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_refused_in_json() {
    let stage = Stage::new();
    let run = stage.enqueue(ASSESSMENT);
    let server = stage.serve(&["api"], &[]).await;
    let mut operator = claims(PATIENT);
    operator["app_metadata"] = json!({"role": "system"});
    let request = http()
        .post(format!("{}/api/diagnosis-runs/{run}/process?wait=maybe", server.origin))
        .bearer_auth(token(&operator));
    let reply = request.send().await.expect("answers");
    assert_eq!(reply.status(), 422);
    let body: Value = reply.json().await.expect("is JSON");
    assert_eq!(body, json!({"success": false, "error": "wait must be true or false"}));
}

#[tokio::test]
async fn the_openapi_document_names_every_guarded_route() {
    let stage = Stage::new();
    let server = stage.serve(&["api"], &[]).await;
    let document: Value = http()
        .get(format!("{}/openapi.json", server.origin))
        .send()
        .await
        .expect("answers")
        .json()
        .await
        .expect("is JSON");
    let paths = document["paths"].as_object().expect("has paths");
    let methods: Vec<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .into_iter()
                .flatten()
                .map(move |(method, _)| format!("{method} {path}"))
        })
        .collect();
    for route in [
        "post /api/diagnosis-runs",
        "get /api/diagnosis-runs",
        "get /api/diagnosis-runs/{id}",
        "post /api/diagnosis-runs/{id}/process",
    ] {
        assert!(methods.iter().any(|method| method == route), "{route} in {methods:?}");
    }
}

#[tokio::test]
async fn metrics_are_prometheus_text() {
    let stage = Stage::new();
    stage.enqueue(ASSESSMENT);
    let server = stage.serve(&["api"], &[]).await;
    let text = http()
        .get(format!("{}/metrics", server.origin))
        .send()
        .await
        .expect("answers")
        .text()
        .await
        .expect("is text");
    for line in [
        "diagnosis_queue_depth 1",
        "diagnosis_stale_writes_rejected_total 0",
        "diagnosis_retries_total 0",
    ] {
        assert!(text.lines().any(|written| written == line), "{line} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_ends_is_closed() {
    let stage = Stage::new();
    let server = stage.serve(&["api"], &[]).await;
    let address = server.origin.trim_start_matches("http://").to_owned();
    let heads = [
        "GET /healthz HTTP/1.1\r\nhost: x\r\n",
        "POST /api/diagnosis-runs HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{",
    ];
    let closings = heads.map(|head| {
        let address = address.clone();
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).expect("connects");
            stream.write_all(head.as_bytes()).expect("writes");
            stream.set_read_timeout(Some(Duration::from_secs(45))).expect("can be set");
            let start = Instant::now();
            let mut reply = Vec::new();
            stream.read_to_end(&mut reply).expect("is closed by the server");
            start.elapsed()
        })
    });
    for closing in closings {
        assert!(closing.await.expect("does not panic") < Duration::from_secs(45));
    }
}

#[tokio::test]
async fn logins_that_row_level_security_does_not_bind_are_refused() {
    let stage = Stage::new();
    let cluster = Stage::cluster();
    stage.psql(
        "DO $$ BEGIN \
         CREATE ROLE bypassing LOGIN PASSWORD 'canary' NOINHERIT BYPASSRLS IN ROLE anon, authenticated; \
         CREATE ROLE overreaching LOGIN NOINHERIT IN ROLE anon, authenticated, service_role; \
         CREATE ROLE powerless LOGIN; \
         EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    );
    let owner = stage.psql(
        "DO $$ BEGIN CREATE ROLE owning LOGIN NOINHERIT IN ROLE anon, authenticated, service_role; \
         EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
         ALTER TABLE diagnosis_runs OWNER TO owning; SELECT 'owning'",
    );
    let cases = [
        ("api", "postgres", "superuser"),
        ("api", "bypassing:canary", "BYPASSRLS"),
        ("api", "overreaching", "service_role"),
        ("api", "powerless", "member of anon"),
        ("api", &owner, "owns"),
        ("worker", "postgres", "superuser"),
        ("worker", "powerless", "service_role"),
        ("worker", &owner, "owns"),
    ];
    for (part, login, reason) in cases {
        let mut command = stage.command(&[part]);
        if part == "worker" {
            command.args(["--provider", "noop"]);
            command.env("DATABASE_URL", cluster.url_as(login, &stage.database));
        } else {
            command.args(["--listen", "127.0.0.1:0"]);
            command.env("API_DATABASE_URL", cluster.url_as(login, &stage.database));
        }
        let output = command.output().expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{part} as {login}");
        assert!(said.contains(reason) && !said.contains("canary"), "{part} as {login}: {said}");
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_exits_cleanly() {
    let stage = Stage::new();
    let mut server = stage.serve(&["run", "--provider", "offline"], &[]).await;
    server.process.signal("-TERM");
    let mut code = None;
    eventually("the process has exited", || {
        code = server.process.0.try_wait().expect("can be asked").and_then(|status| status.code());
        code.is_some()
    })
    .await;
    assert_eq!(code, Some(0));
}
