//! What becomes of a run beyond the plain success: marked for review, answered from memory or by another
//! provider, failed with every code that a run can fail with.

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::{
    ASSESSMENT, OTHER_ASSESSMENT, Stage, anthropic_answer, diagnosis, llm, ok, work, work_with,
};

#[tokio::test]
async fn an_artifact_that_a_person_must_look_at_says_so() {
    let stage = Stage::new();
    let cases = [
        (json!({"evidence_ids": ["sleep_hours"]}), 0.8, json!([])),
        (json!({"evidence_ids": ["sleep_hours"]}), 0.5, json!(["low_confidence"])),
        (json!({}), 0.8, json!(["missing_evidence"])),
        (json!({"evidence_ids": ["no_such_question"]}), 0.8, json!(["unknown_evidence"])),
        (
            json!({"evidence_ids": ["sleep_hours"], "refused": true}),
            0.1,
            json!(["low_confidence", "refusal"]),
        ),
    ];
    for (fields, confidence, reasons) in cases {
        // The model cannot take the flag off itself.
        let metadata = json!({"review": {"required": false, "reasons": []}});
        let document = json!({"diagnosis": fields, "confidence": confidence, "metadata": metadata});
        let llm = llm(ok(&document)).await;
        let run = stage.enqueue(ASSESSMENT);
        work(&stage, &llm).await;
        let review = stage.run(&run, "diagnosis_result -> 'metadata' -> 'review'");
        let review: Value = serde_json::from_str(&review).expect("is JSON");
        let required = reasons != json!([]);
        assert_eq!(review, json!({"required": required, "reasons": reasons}), "{document}");
    }
}

#[tokio::test]
async fn equal_runs_are_answered_from_memory_where_that_was_asked_for() {
    for (flags, requests) in [(&[][..], 3), (&["--reuse-results", "--concurrency", "1"], 2)] {
        let stage = Stage::new();
        let llm = llm(ok(&diagnosis())).await;
        stage.enqueue(ASSESSMENT);
        stage.enqueue(ASSESSMENT);
        stage.enqueue(OTHER_ASSESSMENT);
        assert_eq!(work_with(&stage, &llm, flags, &[]).await, requests, "{flags:?}");
        let cached = stage.psql(
            "SELECT count(*) FROM diagnosis_runs WHERE diagnosis_result #>> '{metadata,cached}' = 'true'",
        );
        assert_eq!(cached, (3 - requests).to_string(), "{flags:?}");
    }
}

#[tokio::test]
async fn the_next_provider_answers_where_the_first_fails_and_the_artifact_names_it() {
    let stage = Stage::new();
    let openai = MockServer::start().await;
    let completion = json!({
        "id": "chatcmpl-1",
        "model": "local-model-1",
        "choices": [{"finish_reason": "stop", "message": {"content": diagnosis().to_string()}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    });
    let reply = ResponseTemplate::new(200).set_body_json(completion);
    Mock::given(method("POST")).respond_with(reply).mount(&openai).await;
    let flags = ["--provider", "anthropic", "--provider", "openai"];
    let uri = openai.uri();
    let environment = [("OPENAI_BASE_URL", uri.as_str()), ("OPENAI_API_KEY", "sk-test")];

    let run = stage.enqueue(ASSESSMENT);
    let overloaded = llm(ResponseTemplate::new(529)).await;
    assert_eq!(work_with(&stage, &overloaded, &flags, &environment).await, 1);
    assert_eq!(stage.run(&run, "status || ' ' || attempt || ' ' || errors"), "completed 1 []");
    let metadata = stage.run(&run, "diagnosis_result -> 'metadata'");
    let metadata: Value = serde_json::from_str(&metadata).expect("is JSON");
    assert_eq!(metadata["provider"], "openai");
    assert_eq!(metadata["model"], "local-model-1");
    assert_eq!(metadata["request_id"], "chatcmpl-1");
    assert_eq!(metadata["usage"], json!({"input_tokens": 3, "output_tokens": 2}));

    let run = stage.enqueue(ASSESSMENT);
    let refused = llm(ResponseTemplate::new(401)).await;
    assert_eq!(work_with(&stage, &refused, &flags, &environment).await, 1);
    assert_eq!(stage.run(&run, "status"), "failed");
    assert_eq!(openai.received_requests().await.unwrap_or_default().len(), 1);
}

#[tokio::test]
async fn the_page_of_a_proxy_is_not_taken_for_an_answer() {
    let stage = Stage::new();
    let page = "<html><body>Checking your browser</body></html>";
    // Without a provider to fall back to, it is asked again.
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(200).set_body_string(page);
    Mock::given(method("POST")).respond_with(reply).up_to_n_times(1).mount(&server).await;
    Mock::given(method("POST")).respond_with(ok(&diagnosis())).mount(&server).await;
    let run = stage.enqueue(ASSESSMENT);
    assert_eq!(work(&stage, &server).await, 2);
    assert_eq!(stage.run(&run, "status || ' ' || attempt"), "completed 2");
    assert_eq!(
        stage.run(&run, "errors -> 0 ->> 'message'"),
        "the answer of the provider is not in its protocol"
    );
    // With one, that one answers at once.
    let page = llm(ResponseTemplate::new(200).set_body_string(page)).await;
    let run = stage.enqueue(ASSESSMENT);
    let flags = ["--provider", "anthropic", "--provider", "offline"];
    assert_eq!(work_with(&stage, &page, &flags, &[]).await, 1);
    assert_eq!(stage.run(&run, "status || ' ' || attempt || ' ' || errors"), "completed 1 []");
}

#[tokio::test]
async fn how_a_model_writes_is_set_by_flags_and_else_left_to_it() {
    let stage = Stage::new();
    let asked = async |flags: &[&str]| {
        let llm = llm(ok(&diagnosis())).await;
        stage.enqueue(ASSESSMENT);
        work_with(&stage, &llm, flags, &[]).await;
        let requests = llm.received_requests().await.unwrap_or_default();
        let request: Value = requests[0].body_json().expect("is JSON");
        (request["max_tokens"].clone(), request.get("temperature").cloned())
    };
    assert_eq!(asked(&[]).await, (json!(4096), None));
    let flags = ["--max-output-tokens", "9000", "--temperature", "0.2"];
    assert_eq!(asked(&flags).await, (json!(9000), Some(json!(0.2))));
}

#[tokio::test]
async fn the_usage_of_a_repair_is_counted_with_the_first_answer() {
    let stage = Stage::new();
    let llm = MockServer::start().await;
    let broken = ok(&json!({"diagnosis": {}}));
    Mock::given(method("POST")).respond_with(broken).up_to_n_times(1).mount(&llm).await;
    Mock::given(method("POST")).respond_with(ok(&diagnosis())).mount(&llm).await;
    let run = stage.enqueue(ASSESSMENT);
    assert_eq!(work(&stage, &llm).await, 2);
    let once = anthropic_answer(&diagnosis())["usage"]["input_tokens"].as_u64().unwrap_or(0);
    let counted = stage.run(&run, "diagnosis_result #>> '{metadata,usage,input_tokens}'");
    assert_eq!(counted, (2 * once).to_string());
}

#[tokio::test]
async fn a_run_whose_worker_vanished_is_tried_again_and_failed_after_its_last_attempt() {
    let stage = Stage::new();
    let llm = llm(ok(&diagnosis())).await;
    let abandoned = |attempt: u32| {
        let run = stage.enqueue(ASSESSMENT);
        stage.psql(&format!(
            "UPDATE diagnosis_runs SET status = 'in_progress', attempt = {attempt}, lease_epoch = 1, \
             lease_owner = 'gone', lease_expires_at = now() - interval '1 second' WHERE id = '{run}'"
        ));
        run
    };
    let (first, last) = (abandoned(1), abandoned(3));
    let lost = "errors -> 0 ->> 'code' || ' ' || (errors -> 0 ->> 'stage') || ' ' || (errors -> 0 ->> 'attempt') \
                || ' ' || jsonb_array_length(errors)";
    assert_eq!(work(&stage, &llm).await, 1);
    let state = "status || ' ' || attempt || ' ' || lease_epoch";
    assert_eq!(stage.run(&first, state), "completed 2 2");
    assert_eq!(stage.run(&first, lost), "PERSISTENCE_ERROR rescue 1 1");
    assert_eq!(stage.run(&last, state), "failed 3 1");
    assert_eq!(
        stage.run(&last, "errors -> 0 ->> 'code' || ' ' || (errors -> 0 ->> 'attempt')"),
        "MAX_ATTEMPTS_REACHED 3"
    );
}

#[tokio::test]
async fn a_provider_that_is_down_does_not_use_up_the_attempts_of_every_run() {
    let stage = Stage::new();
    let llm = llm(ResponseTemplate::new(503)).await;
    for _ in 0..20 {
        stage.enqueue(ASSESSMENT);
    }
    let outage = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        llm.reset().await;
        Mock::given(method("POST")).respond_with(ok(&diagnosis())).mount(&llm).await;
    };
    tokio::join!(work_with(&stage, &llm, &["--concurrency", "4"], &[]), outage);
    // Twelve failures and a probe now and then do not fail them all.
    let completed = "SELECT count(*) >= 10 FROM diagnosis_runs WHERE status = 'completed'";
    assert_eq!(stage.psql(completed), "t");
}

#[tokio::test]
async fn a_run_that_an_open_transaction_has_locked_costs_no_other_run_its_lease() {
    let stage = Stage::new();
    // A lock that outlasts several leases is taken on the first run once it is in progress.
    let locked = stage.enqueue(ASSESSMENT);
    for _ in 0..3 {
        stage.enqueue(ASSESSMENT);
    }
    let llm = llm(ok(&diagnosis()).set_delay(Duration::from_secs(3))).await;
    let lock = async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let database = stage.database.clone();
        let sql = format!(
            "BEGIN; SELECT 1 FROM diagnosis_runs WHERE id = '{locked}' FOR UPDATE; \
             SELECT pg_sleep(4); COMMIT"
        );
        tokio::task::spawn_blocking(move || Stage::cluster().psql(&database, &sql))
            .await
            .expect("is not cancelled")
            .expect("can be locked");
    };
    let flags = ["--concurrency", "4", "--heartbeat", "200ms"];
    tokio::join!(work_with(&stage, &llm, &flags, &[("DIAGNOSIS_WORKER_LEASE", "1s")]), lock);
    let undisturbed = format!(
        "SELECT count(*) FROM diagnosis_runs WHERE id <> '{locked}' AND status = 'completed' AND lease_epoch = 1"
    );
    assert_eq!(stage.psql(&undisturbed), "3");
}
