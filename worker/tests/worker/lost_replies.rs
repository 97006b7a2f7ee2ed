//! Claims that the worker does not get to know of cost no run an attempt.

use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::Duration;

use diagnosis_worker::database::{Database, DatabaseError};
use uuid::Uuid;

use crate::stage::{ASSESSMENT, Process, Stage, diagnosis, eventually, llm, ok};
use crate::wire::lay_swallowing;

const STATE: &str = "status || ' ' || attempt || ' ' || errors";

/// A run that has one attempt only.
fn enqueue_once(stage: &Stage) -> Uuid {
    let run = Uuid::new_v4();
    stage.psql(&format!(
        "INSERT INTO diagnosis_runs (id, assessment_id, correlation_id, max_attempts) \
         VALUES ('{run}', '{ASSESSMENT}', gen_random_uuid(), 1)"
    ));
    run
}

fn start_worker(stage: &Stage, port: u16, llm: &str) -> Process {
    let database = &stage.database;
    stage
        .command(&["worker", "--lease", "8s", "--poll", "100ms"])
        .env("DATABASE_URL", format!("postgres://worker_login@127.0.0.1:{port}/{database}"))
        .env("ANTHROPIC_BASE_URL", llm)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(Process)
        .expect("the binary runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_reply_is_lost_is_given_back_with_its_attempt_uncounted() {
    let stage = Stage::new();
    let llm = llm(ok(&diagnosis())).await;
    let run = Uuid::new_v4();
    let port = Stage::cluster().port();
    let (port, swallowed) = lay_swallowing(port, run.as_bytes().to_vec()).await;
    let _worker = start_worker(&stage, port, &llm.uri());
    stage.psql(&format!(
        "INSERT INTO diagnosis_runs (id, assessment_id, correlation_id, max_attempts) \
         VALUES ('{run}', '{ASSESSMENT}', gen_random_uuid(), 1)"
    ));
    let run = run.to_string();
    let ended = "status IN ('completed', 'failed')";
    eventually("the run has ended", || stage.run(&run, ended) == "t").await;
    assert_eq!(swallowed.load(Ordering::SeqCst), 1, "a reply was lost");
    assert_eq!(stage.run(&run, STATE), "completed 1 []");
    assert_eq!(stage.run(&run, "lease_epoch"), "2");
    assert_eq!(llm.received_requests().await.unwrap_or_default().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_the_worker_has_given_up_is_not_committed_after_all() {
    let stage = Stage::new();
    let llm = llm(ok(&diagnosis())).await;
    let run = enqueue_once(&stage).to_string();
    // Longer than any statement may take.
    let database = stage.database.clone();
    let lock = tokio::task::spawn_blocking(move || {
        let sql = "BEGIN; LOCK TABLE diagnosis_runs; SELECT pg_sleep(11); COMMIT";
        Stage::cluster().psql(&database, sql)
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let _worker = start_worker(&stage, Stage::cluster().port(), &llm.uri());
    lock.await.expect("is not cancelled").expect("can be locked");
    let ended = "status IN ('completed', 'failed')";
    eventually("the run has ended", || stage.run(&run, ended) == "t").await;
    assert_eq!(stage.run(&run, STATE), "completed 1 []");
    assert_eq!(stage.run(&run, "lease_epoch"), "1");
}

#[tokio::test]
async fn the_server_gives_a_statement_up_before_the_worker_does() {
    let stage = Stage::new();
    let url = Stage::cluster().url_as("worker_login", &stage.database);
    let options = url.parse().expect("is a URL");
    let database = Database::connect_worker_within(options, 2, Duration::from_secs(2))
        .await
        .expect("connects");
    let refused = database
        .run(|connection| Box::pin(sqlx::query("SELECT pg_sleep(9)").execute(connection)))
        .await
        .expect_err("takes too long");
    assert!(matches!(refused, DatabaseError::Refused(state) if state.as_str() == "57014"));
    assert!(refused.is_outage(), "it may be tried again");
}
