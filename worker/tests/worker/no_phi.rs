//! A canary of its own sits in every input, and every failure path is run. Nothing that leaves the pipeline
//! outside of the artifact and the context pack may hold one, plain or encoded.

use std::fs::File;
use std::process::Stdio;

use crate::stage::{
    ADMIN, Process, Stage, anthropic_answer, claims, diagnosis, eventually, http, token,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

const PATIENT: &str = "00000000-0000-0000-0000-00000000ca17";
const ASSESSMENT: &str = "20000000-0000-0000-0000-00000000ca17";

/// One per class of what identifies somebody or must stay secret.
const CANARIES: [&str; 14] = [
    "canary-name-Zaphod",
    "canary-mail@example.org",
    "canary-question-id",
    "canary-funnel",
    "canary-correlation",
    "canary-llm-body",
    "canary-llm-header",
    "canary-llm-answer",
    "canary-database-error",
    "canary-request-header",
    "canary-request-body",
    "canary-request-path",
    "canary-api-key",
    "canary-url-password",
];

/// Each canary, and what common encodings make of it.
fn traces(canary: &str) -> Vec<String> {
    let unpadded = |encoded: String| encoded.trim_end_matches('=').to_owned();
    vec![
        canary.to_owned(),
        unpadded(STANDARD.encode(canary)),
        unpadded(URL_SAFE.encode(canary)),
        canary.replace('@', "%40"),
        canary.chars().map(|letter| format!("%{:02X}", u32::from(letter))).collect(),
    ]
}

fn assert_clean(place: &str, text: &str) {
    for canary in CANARIES {
        for trace in traces(canary) {
            assert!(!text.contains(&trace), "{place} holds {canary} as {trace}");
        }
    }
}

/// Every way in which a provider fails, each with canaries in header and body.
fn failures() -> Vec<ResponseTemplate> {
    let with_canaries = |status| {
        ResponseTemplate::new(status)
            .insert_header("request-id", "canary-llm-header")
            .insert_header("location", "/canary-llm-header")
            .insert_header("retry-after", "canary-llm-header")
            .set_body_string("{\"error\": \"canary-llm-body\"}")
    };
    let answer = |change: &dyn Fn(&mut Value)| {
        let mut document = diagnosis();
        document["diagnosis"]["summary"] = json!("canary-llm-answer");
        let mut answer = anthropic_answer(&document);
        change(&mut answer);
        ResponseTemplate::new(200).set_body_json(answer)
    };
    let mut failures: Vec<_> =
        [302, 400, 401, 403, 404, 429, 500, 503, 529].map(with_canaries).into();
    failures.push(ResponseTemplate::new(200).set_body_string("canary-llm-body"));
    for reason in ["refusal", "max_tokens", "pause_turn", "canary-llm-body"] {
        failures.push(answer(&|answer| answer["stop_reason"] = json!(reason)));
    }
    failures.push(answer(&|answer| {
        answer["content"][0]["input"]["confidence"] = json!("canary-llm-answer")
    }));
    failures.push(answer(&|answer| {
        answer["content"][0]["input"] = json!({"canary-llm-answer": "canary-llm-answer"});
    }));
    failures.push(answer(&|_| {}));
    failures
}

fn seed(stage: &Stage) {
    stage.psql(&format!(
        "INSERT INTO auth.users (id, email, raw_user_meta_data) VALUES \
         ('{PATIENT}', 'canary-mail@example.org', '{{\"name\": \"canary-name-Zaphod\"}}'); \
         INSERT INTO patient_profiles (id, user_id, full_name) VALUES ('{PATIENT}', '{PATIENT}', 'canary-name-Zaphod'); \
         INSERT INTO assessments (id, patient_id, funnel) VALUES ('{ASSESSMENT}', '{PATIENT}', 'canary-funnel'); \
         INSERT INTO assessment_answers (assessment_id, question_id, answer_value) \
         VALUES ('{ASSESSMENT}', 'canary-question-id', 3)"
    ));
}

/// From here on the database refuses what the run produced, quoting the row.
fn refuse(stage: &Stage) {
    stage.psql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         RAISE NOTICE 'canary-database-error'; \
         RAISE EXCEPTION 'canary-database-error' USING DETAIL = NEW.diagnosis_result::text; END $$; \
         CREATE TRIGGER refuse BEFORE UPDATE ON diagnosis_runs FOR EACH ROW \
         WHEN (NEW.status = 'completed') EXECUTE FUNCTION refuse()",
    );
}

async fn wrong_requests(origin: &str, run: &str) -> Vec<String> {
    let http = http();
    let admin = token(&claims(ADMIN));
    let forged = format!("{admin}canary-request-header");
    let create = || http.post(format!("{origin}/api/diagnosis-runs"));
    let body =
        json!({"assessmentId": "canary-request-body", "correlationId": "canary-request-body"});
    let requests = [
        create().bearer_auth(&forged).json(&body),
        create().bearer_auth(&admin).json(&body),
        create()
            .bearer_auth(&admin)
            .header("content-type", "application/json")
            .body("{\"canary-request-body"),
        create().bearer_auth(&admin).body("canary-request-body"),
        http.get(format!("{origin}/api/diagnosis-runs/canary-request-path")).bearer_auth(&admin),
        http.get(format!("{origin}/api/diagnosis-runs/{run}")).bearer_auth(&admin),
        http.get(format!("{origin}/canary-request-path?canary-request-path")).bearer_auth(&admin),
        http.post(format!("{origin}/api/diagnosis-runs/{run}/process?wait=canary-request-path"))
            .bearer_auth(&admin),
        http.get(format!("{origin}/metrics")),
        http.get(format!("{origin}/readyz")),
    ];
    let mut replies = Vec::new();
    for request in requests {
        let request = request
            .header("x-request-id", "canary-request-header")
            .header("x-anything", "canary-request-header");
        let reply = request.send().await.expect("answers");
        replies.push(format!("{:?}", reply.headers()));
        replies.push(reply.text().await.expect("is text"));
    }
    replies
}

#[tokio::test]
async fn no_canary_leaves_the_pipeline() {
    for format in ["pretty", "json"] {
        let stage = Stage::new();
        seed(&stage);
        let llm = MockServer::start().await;
        let folder = tempfile::tempdir().expect("has a folder");
        let log = folder.path().join("log");
        let file = File::create(&log).expect("can be created");
        let arguments = [
            "--log-format",
            format,
            "worker",
            "--backoff-base",
            "20ms",
            "--backoff-max",
            "50ms",
            "--poll",
            "50ms",
            "--lease",
            "60s",
        ];
        let worker = stage
            .command(&arguments)
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .env("ANTHROPIC_API_KEY", "canary-api-key")
            .env("ANTHROPIC_BASE_URL", llm.uri())
            .env(
                "DATABASE_URL",
                Stage::cluster().url_as("worker_login:canary-url-password", &stage.database),
            )
            .stdout(Stdio::from(file.try_clone().expect("can be shared")))
            .stderr(Stdio::from(file))
            .spawn()
            .map(Process)
            .expect("the binary runs");
        let failures = failures();
        let last = failures.len() - 1;
        for (place, failure) in failures.into_iter().enumerate() {
            if place == last {
                refuse(&stage);
            }
            llm.reset().await;
            Mock::given(method("POST")).respond_with(failure).mount(&llm).await;
            let run = stage.psql(&format!(
                "INSERT INTO diagnosis_runs (assessment_id, correlation_id) \
                 VALUES ('{ASSESSMENT}', 'canary-correlation {place}') RETURNING id"
            ));
            eventually("the run has failed", || stage.run(&run, "status") == "failed").await;
            assert_ne!(stage.run(&run, "errors"), "[]");
        }
        assert_clean(
            "the errors",
            &stage.psql("SELECT string_agg(errors::text, '') FROM diagnosis_runs"),
        );

        let serve_log = folder.path().join("serve.log");
        let file = File::create(&serve_log).expect("can be created");
        let server = stage
            .serve_into(&["--log-format", format, "api"], &[("RUST_LOG", "trace")], file)
            .await;
        let run = stage.psql("SELECT id FROM diagnosis_runs LIMIT 1");
        for reply in wrong_requests(&server.origin, &run).await {
            assert_clean("a reply", &reply);
        }
        worker.signal("-TERM");
        server.process.signal("-TERM");
        for log in [log, serve_log] {
            let log = std::fs::read_to_string(log).expect("the log is text");
            assert!(!log.is_empty(), "something is logged");
            assert_clean("the log", &log);
        }
    }
}

#[test]
fn a_leak_would_be_seen() {
    for encoded in ["x canary-mail%40example.org x", "x Y2FuYXJ5LWZ1bm5lbA== x"] {
        assert!(std::panic::catch_unwind(|| assert_clean("a text", encoded)).is_err(), "{encoded}");
    }
}
