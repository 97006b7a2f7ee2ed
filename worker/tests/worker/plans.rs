//! The queue's statements touch what is queued or in progress, however many runs have ended.

use chrono::{DateTime, Utc};
use diagnosis_worker::database::Database;
use serde_json::{Value, json};
use sqlx::postgres::PgArguments;
use sqlx::types::Json;
use sqlx::{Arguments, AssertSqlSafe};
use uuid::Uuid;

use crate::stage::Stage;

const ENDED: u32 = 200_000;

const ENDED_RUNS: &str = "INSERT INTO diagnosis_runs \
    (assessment_id, correlation_id, status, diagnosis_result, completed_at, next_attempt_at) \
    SELECT gen_random_uuid(), n, 'completed', '{}', now(), now() - interval '1 day' \
    FROM generate_series(1, $ENDED) AS n";
const EXCHANGE: &str = include_str!("../../src/queue/sql/exchange.sql");
const OPEN_RUNS: &str = "INSERT INTO diagnosis_runs (assessment_id, correlation_id, status, lease_expires_at) \
    SELECT gen_random_uuid(), 'open ' || n, status::diagnosis_run_status, now() \
    FROM generate_series(1, 50) AS n, unnest(ARRAY['queued', 'in_progress']) AS status";

/// The statements that run again and again, with their arguments.
fn statements() -> Vec<(&'static str, &'static str, PgArguments)> {
    let none: (Vec<Uuid>, Vec<i64>, Vec<Json<Value>>) = Default::default();
    let with = |add: &dyn Fn(&mut PgArguments)| {
        let mut arguments = PgArguments::default();
        add(&mut arguments);
        arguments
    };
    let exchange = |place: Option<(DateTime<Utc>, Uuid)>| {
        with(&|arguments| {
            let (ids, epochs, artifacts) = none.clone();
            let (due_since, due_id) = place.unzip();
            let added = [
                arguments.add(ids),
                arguments.add(epochs),
                arguments.add(artifacts),
                arguments.add(10_i64),
                arguments.add("owner"),
                arguments.add(60_000_i64),
                arguments.add(due_since),
                arguments.add(due_id),
            ];
            assert!(added.iter().all(Result::is_ok));
        })
    };
    let lost = json!({"code": "PERSISTENCE_ERROR", "message": "lost", "timestamp": "now"});
    let rescue = with(&|arguments| {
        let added = [
            arguments.add(60_000_i64),
            arguments.add(vec![1000_i64; 10]),
            arguments.add(Json(lost.clone())),
            arguments.add(10),
            arguments.add(Json(lost.clone())),
        ];
        assert!(added.iter().all(Result::is_ok));
    });
    vec![
        ("exchange", EXCHANGE, exchange(None)),
        ("exchange behind a place", EXCHANGE, exchange(Some((DateTime::UNIX_EPOCH, Uuid::nil())))),
        ("rescue", include_str!("../../src/queue/sql/rescue.sql"), rescue),
        ("is_idle", include_str!("../../src/queue/sql/is_idle.sql"), PgArguments::default()),
        ("depth", include_str!("../../src/queue/sql/depth.sql"), PgArguments::default()),
    ]
}

/// Each scan of the table: its index, and the rows that it read.
fn scans(node: &Value, found: &mut Vec<(String, f64)>) {
    let text = |field: &str| node[field].as_str().unwrap_or_default().to_owned();
    if text("Node Type").contains("Scan") && text("Relation Name") == "diagnosis_runs" {
        let number = |field: &str| node[field].as_f64().unwrap_or(0.0);
        let rows = number("Actual Rows") + number("Rows Removed by Filter");
        let index = node["Index Name"].as_str().unwrap_or("none").to_owned();
        found.push((index, rows * number("Actual Loops")));
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        scans(child, found);
    }
}

#[tokio::test]
async fn no_statement_of_the_queue_walks_past_ended_runs() {
    let stage = Stage::new();
    stage.psql(&ENDED_RUNS.replace("$ENDED", &ENDED.to_string()));
    stage.psql(OPEN_RUNS);
    let url = Stage::cluster().url_as("worker_login", &stage.database);
    let database =
        Database::connect_worker(url.parse().expect("is a URL"), 1).await.expect("connects");
    let partial =
        ["idx_diagnosis_runs_due", "idx_diagnosis_runs_in_progress", "idx_diagnosis_runs_status"];
    // Before the first ANALYZE the planner knows nothing, and after it that nearly all runs have ended.
    for statistics in ["SELECT 1", "ANALYZE diagnosis_runs"] {
        stage.psql(statistics);
        for (name, sql, arguments) in statements() {
            let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {sql}");
            let query = sqlx::query_scalar_with(AssertSqlSafe(explain), arguments);
            let Json(plan): Json<Value> = database
                .run(|connection| {
                    Box::pin(async move {
                        // What ANALYZE executes must not stay.
                        let mut transaction = sqlx::Connection::begin(connection).await?;
                        let plan = query.fetch_one(&mut *transaction).await?;
                        transaction.rollback().await?;
                        Ok(plan)
                    })
                })
                .await
                .expect("can be explained");
            let mut found = Vec::new();
            scans(&plan[0]["Plan"], &mut found);
            assert!(!found.is_empty(), "{name}: {plan}");
            for (index, rows) in found {
                let is_by_key = index == "diagnosis_runs_pkey";
                assert!(
                    is_by_key || partial.contains(&index.as_str()),
                    "{name}: {index} in {plan}"
                );
                assert!(rows <= 100.0, "{name}: {rows} rows of {index}");
            }
        }
    }
}
