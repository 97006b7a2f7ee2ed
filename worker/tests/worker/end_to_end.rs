//! The contract's acceptance, through real HTTP, a real PostgreSQL and an LLM that is not.

use serde_json::{Value, json};
use wiremock::matchers::{header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::{
    ASSESSMENT, OTHER_PATIENT, PATIENT, Stage, anthropic_answer, diagnosis, eventually, llm, ok,
    uuid, work,
};

#[tokio::test]
async fn a_run_is_created_processed_and_shown() {
    let stage = Stage::new();
    let llm = MockServer::start().await;
    Mock::given(header("x-api-key", "sk-test"))
        .and(header("anthropic-version", "2023-06-01"))
        .respond_with(ok(&diagnosis()))
        .mount(&llm)
        .await;
    let server =
        stage.serve(&["run", "--poll", "50ms"], &[("ANTHROPIC_BASE_URL", &llm.uri())]).await;
    let patient = server.client_of(PATIENT);

    let reply = patient.create(ASSESSMENT, "test-1").await.expect("answers");
    assert_eq!(reply.status(), 201);
    assert!(reply.headers().contains_key("x-request-id"));
    let created: Value = reply.json().await.expect("is JSON");
    assert_eq!(created["success"], true);
    let run = uuid(&created["runId"]);

    let again = patient.create(ASSESSMENT, "test-1").await.expect("answers");
    assert_eq!(again.status(), 200);
    assert_eq!(again.json::<Value>().await.expect("is JSON")["runId"], created["runId"]);

    eventually("the run is completed", || stage.run(&run.to_string(), "status") == "completed")
        .await;
    let shown: Value = patient.show(run).await.expect("answers").json().await.expect("is JSON");
    let shown = &shown["run"];
    assert_eq!(shown["diagnosis_result"]["confidence"], 0.8);
    assert_eq!(shown["diagnosis_result"]["metadata"]["provider"], "anthropic");
    assert_eq!(shown["diagnosis_result"]["metadata"]["note"], "kept");
    assert_eq!(shown["diagnosis_result"]["metadata"]["review"]["required"], false);
    assert_eq!(shown["errors"], json!([]));
    assert_eq!(shown["attempt"], 1);
    assert_eq!(shown["lease_epoch"], 1);
    assert_eq!(
        shown["context_pack"]["assessment_data"]["answers"],
        json!([
            {"question_id": "sleep_hours", "answer_value": 4},
            {"question_id": "stress_level", "answer_value": 8},
        ])
    );
    let columns = stage.psql(
        "SELECT string_agg(column_name, ',' ORDER BY column_name) FROM information_schema.columns \
         WHERE table_name = 'diagnosis_runs'",
    );
    let mut fields: Vec<_> =
        shown.as_object().expect("is an object").keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields.join(","), columns);

    let listed: Value = patient.list().await.expect("answers").json().await.expect("is JSON");
    assert_eq!(listed["runs"][0]["id"], created["runId"]);
    let other = server.client_of(OTHER_PATIENT);
    let listed: Value = other.list().await.expect("answers").json().await.expect("is JSON");
    assert_eq!(listed["runs"], json!([]));
    assert_eq!(other.show(run).await.expect("answers").status(), 404);

    let conflict = server.operator().process(run).await.expect("answers");
    assert_eq!(conflict.status(), 409);
    assert_eq!(conflict.json::<Value>().await.expect("is JSON")["errorCode"], "INVALID_STATUS");
}

#[tokio::test]
async fn terminal_failures_of_the_llm_fail_the_run_after_one_request() {
    let stage = Stage::new();
    for status in [400, 401, 403, 404, 413, 422, 301, 302] {
        let llm = llm(ResponseTemplate::new(status).insert_header("location", "/elsewhere")).await;
        let run = stage.enqueue(ASSESSMENT);
        assert_eq!(work(&stage, &llm).await, 1, "{status}");
        assert_eq!(stage.run(&run, "status || ' ' || attempt"), "failed 1", "{status}");
        assert_eq!(stage.run(&run, "errors -> 0 ->> 'code'"), "LLM_ERROR", "{status}");
        assert_eq!(stage.run(&run, "errors -> 0 ->> 'http_status'"), status.to_string());
    }
}

#[tokio::test]
async fn passing_failures_of_the_llm_are_retried_until_the_attempts_are_used_up() {
    let stage = Stage::new();
    for status in [408, 409, 425, 429, 500, 501, 502, 503, 504, 520, 522, 529] {
        let llm = llm(ResponseTemplate::new(status)).await;
        let run = stage.enqueue(ASSESSMENT);
        assert_eq!(work(&stage, &llm).await, 3, "{status}");
        assert_eq!(stage.run(&run, "status || ' ' || attempt"), "failed 3", "{status}");
        assert_eq!(stage.run(&run, "lease_epoch"), "3");
        assert_eq!(stage.run(&run, "jsonb_array_length(errors)"), "3");
    }
}

#[tokio::test]
async fn answers_that_break_the_schema_are_repaired_once_and_then_refused() {
    let stage = Stage::new();
    let broken = json!({"diagnosis": {"summary": "Canary"}, "confidence": 7, "metadata": {}});
    let server = llm(ok(&broken)).await;
    let run = stage.enqueue(ASSESSMENT);
    assert_eq!(work(&stage, &server).await, 2);
    assert_eq!(stage.run(&run, "status || ' ' || attempt"), "failed 1");
    assert_eq!(stage.run(&run, "errors -> 0 ->> 'code'"), "VALIDATION_ERROR");
    assert_eq!(stage.run(&run, "errors -> 0 ->> 'schema_path'"), "/properties/confidence/maximum");
    let requests = server.received_requests().await.unwrap_or_default();
    let repair = String::from_utf8_lossy(&requests[1].body).into_owned();
    assert!(
        repair.contains("/properties/confidence/maximum") && !repair.contains("Canary"),
        "{repair}"
    );

    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ok(&broken)).up_to_n_times(1).mount(&server).await;
    Mock::given(method("POST")).respond_with(ok(&diagnosis())).mount(&server).await;
    let run = stage.enqueue(ASSESSMENT);
    assert_eq!(work(&stage, &server).await, 2);
    assert_eq!(stage.run(&run, "status || ' ' || errors"), "completed []");
}

#[tokio::test]
async fn replies_without_a_diagnosis_fail_the_run() {
    let stage = Stage::new();
    let stopped = |reason: &str| {
        let mut answer = anthropic_answer(&diagnosis());
        answer["stop_reason"] = json!(reason);
        ResponseTemplate::new(200).set_body_json(answer)
    };
    let replies = [
        (stopped("refusal"), 1),
        (stopped("max_tokens"), 1),
        (ResponseTemplate::new(200).set_body_string("not JSON"), 3),
        (ResponseTemplate::new(200).set_body_json(json!({})), 3),
        (ResponseTemplate::new(200).set_body_bytes(vec![b' '; 33 * 1024 * 1024]), 1),
    ];
    for (reply, asked) in replies {
        let llm = llm(reply).await;
        let run = stage.enqueue(ASSESSMENT);
        assert_eq!(work(&stage, &llm).await, asked);
        assert_eq!(stage.run(&run, "status"), "failed");
        assert_eq!(stage.run(&run, "errors -> 0 ->> 'code'"), "LLM_ERROR");
    }
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let stage = Stage::new();
    let server = MockServer::start().await;
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "2");
    Mock::given(method("POST")).respond_with(limited).up_to_n_times(1).mount(&server).await;
    Mock::given(method("POST")).respond_with(ok(&diagnosis())).mount(&server).await;
    let run = stage.enqueue(ASSESSMENT);
    assert_eq!(work(&stage, &server).await, 2);
    assert_eq!(stage.run(&run, "status || ' ' || attempt"), "completed 2");
    assert_eq!(stage.run(&run, "started_at - created_at >= interval '2 seconds'"), "t");
}

#[tokio::test]
async fn a_missing_assessment_fails_the_run_without_asking_the_llm() {
    let stage = Stage::new();
    let llm = llm(ok(&diagnosis())).await;
    let run = stage.enqueue("20000000-0000-0000-0000-00000000dead");
    assert_eq!(work(&stage, &llm).await, 0);
    assert_eq!(stage.run(&run, "errors -> 0 ->> 'code'"), "CONTEXT_FETCH_ERROR");
}

#[tokio::test]
async fn a_database_that_hiccups_at_completion_does_not_make_the_llm_answer_again() {
    let stage = Stage::new();
    stage.psql(
        "CREATE SEQUENCE hiccups; GRANT USAGE ON SEQUENCE hiccups TO PUBLIC; \
         CREATE FUNCTION hiccup() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF nextval('hiccups') < 4 THEN RAISE EXCEPTION 'Canary'; END IF; RETURN NEW; END $$; \
         CREATE TRIGGER hiccup BEFORE UPDATE ON diagnosis_runs FOR EACH ROW \
         WHEN (NEW.status = 'completed') EXECUTE FUNCTION hiccup()",
    );
    let llm = llm(ok(&diagnosis())).await;
    let run = stage.enqueue(ASSESSMENT);
    assert_eq!(work(&stage, &llm).await, 1);
    assert_eq!(stage.run(&run, "status || ' ' || attempt || ' ' || errors"), "completed 1 []");
}

#[tokio::test]
async fn a_database_that_refuses_the_artifact_for_good_fails_the_run() {
    let stage = Stage::new();
    stage.psql(
        "ALTER TABLE diagnosis_runs ADD CONSTRAINT refuse CHECK (diagnosis_result IS NULL) NOT VALID",
    );
    let llm = llm(ok(&diagnosis())).await;
    let run = stage.enqueue(ASSESSMENT);
    assert_eq!(work(&stage, &llm).await, 1);
    assert_eq!(stage.run(&run, "status"), "failed");
    assert_eq!(stage.run(&run, "errors -> 0 ->> 'code'"), "PERSISTENCE_ERROR");
}

#[tokio::test]
async fn commands_create_process_and_show_a_run() {
    let stage = Stage::new();
    let create = ["create", "--assessment", ASSESSMENT, "--correlation", "by-hand"];
    let first = stage.output(&create);
    let id = String::from_utf8_lossy(&first.stdout).trim().to_owned();
    assert_eq!(stage.output(&create).stdout, first.stdout);
    let processed = stage.output(&["process", &id, "--provider", "offline"]);
    assert!(processed.status.success());
    assert_eq!(String::from_utf8_lossy(&processed.stdout).trim(), "completed");
    assert_eq!(crate::stage::json_of(&stage.output(&["show", &id]))["status"], "completed");

    let again = stage.output(&["process", &id, "--provider", "offline"]);
    assert!(!again.status.success());
    assert_eq!(String::from_utf8_lossy(&again.stdout).trim(), "INVALID_STATUS");
    let missing = stage.output(&["process", ASSESSMENT, "--provider", "offline"]);
    assert!(!missing.status.success());
    assert_eq!(String::from_utf8_lossy(&missing.stdout).trim(), "RUN_NOT_FOUND");
}
