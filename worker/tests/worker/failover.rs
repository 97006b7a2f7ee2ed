//! The worker goes on after a failover: sessions that can only read are not kept.

use std::process::Stdio;
use std::time::Duration;

use diagnosis_worker::database::{Database, DatabaseError};

use crate::stage::{ASSESSMENT, Process, Stage, diagnosis, eventually, llm, ok};

/// Makes the sessions that are opened from now on read-only or not, and ends those of the worker, as when the
/// address of the primary passes to a server that still is a standby.
fn fail_over(stage: &Stage, to: &str) {
    let database = &stage.database;
    let admin = |sql: &str| Stage::cluster().psql("postgres", sql).expect("the server obeys");
    admin(&format!("ALTER DATABASE {database} SET default_transaction_read_only = {to}"));
    if to == "on" {
        admin(&format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = '{database}' AND usename = 'worker_login'"
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_outlives_a_server_that_only_reads_for_a_while() {
    let stage = Stage::new();
    let llm = llm(ok(&diagnosis())).await;
    let _worker = stage
        .command(&["worker", "--poll", "100ms"])
        .env("ANTHROPIC_BASE_URL", llm.uri())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(Process)
        .expect("the binary runs");
    let completed = |run: &str| stage.run(run, "status") == "completed";
    let before = stage.enqueue(ASSESSMENT);
    eventually("the worker works", || completed(&before)).await;

    fail_over(&stage, "on");
    let during = stage.psql(&format!(
        "SET default_transaction_read_only = off; \
         INSERT INTO diagnosis_runs (assessment_id, correlation_id, max_attempts) \
         VALUES ('{ASSESSMENT}', gen_random_uuid(), 1) RETURNING id"
    ));
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(stage.run(&during, "status"), "queued");

    fail_over(&stage, "off");
    eventually("the worker has found a session that writes", || completed(&during)).await;
    assert_eq!(stage.run(&during, "attempt || ' ' || errors"), "1 []");
}

#[tokio::test]
async fn a_session_that_turns_read_only_leaves_the_pool_and_none_that_is_comes_in() {
    let stage = Stage::new();
    let url = Stage::cluster().url_as("worker_login", &stage.database);
    let connect = || Database::connect_worker(url.parse().expect("is a URL"), 1);
    let database = connect().await.expect("connects");
    let execute = |sql: &'static str| {
        database.run(move |connection| Box::pin(sqlx::query(sql).execute(connection)))
    };
    execute("SET default_transaction_read_only = on").await.expect("is set");
    let write = "DELETE FROM diagnosis_runs";
    let refused = execute(write).await.expect_err("only reads");
    assert!(matches!(refused, DatabaseError::Refused(state) if state.as_str() == "25006"));
    assert!(refused.is_outage(), "it counts as a server that is away");
    execute(write).await.expect("another session was opened");

    fail_over(&stage, "on");
    assert!(connect().await.is_err(), "a session that only reads is of no use");
}
