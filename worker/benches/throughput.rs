//! How fast a queue of no-op runs is drained, beside pgbench with the bare statements on the same server, and
//! how soon an idle worker starts a run.
//!
//! `cargo bench -p diagnosis-worker` prints both. Only ratios within one run mean anything.

#[path = "../tests/worker/stage.rs"]
mod stage;

use std::io::{Write, stdout};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use stage::{Process, Stage};
use test_cluster::{Cluster, Durability};

const RUNS: u32 = 20_000;
const ROUNDS: usize = 3;
const CLIENTS: [u32; 3] = [1, 10, 50];
/// The name of a way to work, the worker's `--batch`, and the batch of the bare statements beside it.
const WAYS: [(&str, Option<u32>, u32); 3] = [
    ("one at a time, `--batch 1`", Some(1), 1),
    ("one at a time, shared statements", None, 1),
    ("batches, `--batch 100`", Some(100), 100),
];
const WAKE_UPS: usize = 200;

const PLANNER: &str = "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off \
    -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off -c plan_cache_mode=force_generic_plan \
    -c role=service_role";

fn bare_script(batch: u32) -> String {
    format!(
        "WITH due AS MATERIALIZED (SELECT id FROM public.diagnosis_runs WHERE status = 'queued' \
         AND next_attempt_at <= now() ORDER BY next_attempt_at, id LIMIT {batch} FOR NO KEY UPDATE SKIP LOCKED), \
         claimed AS (UPDATE public.diagnosis_runs AS run SET status = 'in_progress', started_at = now(), \
         lease_epoch = run.lease_epoch + 1, lease_owner = 'bare', \
         lease_expires_at = now() + interval '60 seconds' FROM due WHERE run.id = due.id RETURNING run.id) \
         SELECT array_agg(id) AS ids FROM claimed \\gset\n\
         UPDATE public.diagnosis_runs AS run SET status = 'completed', \
         diagnosis_result = '{{\"diagnosis\": {{}}, \"confidence\": 0, \"metadata\": {{}}}}', completed_at = now(), \
         lease_owner = NULL, lease_expires_at = NULL FROM unnest(:ids::uuid[]) AS finished (id) \
         WHERE run.id = finished.id AND run.status = 'in_progress';\n"
    )
}

fn refill(cluster: &Cluster, stage: &Stage, runs: u32) {
    let sql = format!(
        "TRUNCATE diagnosis_runs; INSERT INTO diagnosis_runs (assessment_id, correlation_id) \
         SELECT gen_random_uuid(), n::text FROM generate_series(1, {runs}) AS n"
    );
    cluster.psql(&stage.database, &sql).expect("runs can be enqueued");
    cluster.psql(&stage.database, "VACUUM ANALYZE diagnosis_runs").expect("can be vacuumed");
    cluster.psql(&stage.database, "CHECKPOINT").expect("can be checkpointed");
}

fn bare(cluster: &Cluster, stage: &Stage, clients: u32, batch: u32) -> f64 {
    refill(cluster, stage, RUNS);
    let script = cluster.folder().join("bare.sql");
    std::fs::write(&script, bare_script(batch)).expect("the script can be written");
    // A few runs fewer than there are, so that no client finds the queue empty.
    let transactions = (RUNS / batch / clients).saturating_sub(u32::from(batch == 1)).max(1);
    let start = Instant::now();
    let output = Command::new(cluster.binaries().join("pgbench"))
        .args(["-n", "-M", "prepared", "-c", &clients.to_string(), "-t", &transactions.to_string()])
        .arg("-f")
        .arg(&script)
        .arg(cluster.url_as("worker_login", &stage.database))
        .env("PGOPTIONS", PLANNER)
        .output()
        .expect("pgbench is installed");
    let elapsed = start.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    f64::from(transactions * clients * batch) / elapsed.as_secs_f64()
}

fn ours(cluster: &Cluster, stage: &Stage, clients: u32, batch: Option<u32>, runs: u32) -> Duration {
    refill(cluster, stage, runs);
    let mut command = stage.command(&["worker", "--provider", "noop", "--until-empty"]);
    command.args(["--concurrency", &clients.to_string()]);
    if let Some(batch) = batch {
        command.args(["--batch", &batch.to_string()]);
    }
    let start = Instant::now();
    let output = command
        .env("DATABASE_URL", cluster.url_as("worker_login", &stage.database))
        .output()
        .expect("the binary runs");
    let elapsed = start.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let open = "SELECT count(*) FROM diagnosis_runs WHERE status <> 'completed'";
    assert_eq!(cluster.psql(&stage.database, open).expect("can be counted"), "0");
    elapsed
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn wake_up(cluster: &Cluster, stage: &Stage) -> (f64, f64) {
    cluster.psql(&stage.database, "TRUNCATE diagnosis_runs").expect("can be emptied");
    let worker = stage
        .command(&["worker", "--provider", "noop", "--poll", "10s"])
        .env("DATABASE_URL", cluster.url_as("worker_login", &stage.database))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(Process)
        .expect("the binary runs");
    std::thread::sleep(Duration::from_secs(2));
    let enqueue = format!(
        "DO $$ BEGIN FOR n IN 1..{WAKE_UPS} LOOP \
         INSERT INTO diagnosis_runs (assessment_id, correlation_id, created_at) \
         VALUES (gen_random_uuid(), n::text, clock_timestamp()); COMMIT; PERFORM pg_sleep(0.02); \
         END LOOP; END $$"
    );
    cluster.psql(&stage.database, &enqueue).expect("runs can be enqueued");
    std::thread::sleep(Duration::from_secs(1));
    drop(worker);
    let percentiles = cluster
        .psql(
            &stage.database,
            "SELECT extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY started_at - created_at)) * 1000 \
             || ' ' || extract(epoch FROM percentile_cont(0.99) WITHIN GROUP (ORDER BY started_at - created_at)) * 1000 \
             FROM diagnosis_runs",
        )
        .expect("latencies can be read");
    let mut values = percentiles.split(' ').filter_map(|value| value.parse().ok());
    (values.next().unwrap_or(f64::NAN), values.next().unwrap_or(f64::NAN))
}

fn main() -> std::io::Result<()> {
    let cluster =
        Cluster::start_with(Durability::On, &["shared_buffers=512MB", "max_wal_size=4GB"])
            .expect("a PostgreSQL server is installed");
    let stage = Stage::on(&cluster);
    let mut out = stdout().lock();
    writeln!(
        out,
        "| | c | bare, runs/s | worker, runs/s | ratio |\n| --- | ---: | ---: | ---: | ---: |"
    )?;
    for (what, batch, bare_batch) in WAYS {
        for clients in CLIENTS {
            let (mut bare_rates, mut our_rates) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                bare_rates.push(bare(&cluster, &stage, clients, bare_batch));
                let elapsed = ours(&cluster, &stage, clients, batch, RUNS);
                our_rates.push(f64::from(RUNS) / elapsed.as_secs_f64());
            }
            let (bare, ours) = (median(bare_rates), median(our_rates));
            writeln!(out, "| {what} | {clients} | {bare:.0} | {ours:.0} | {:.2} |", ours / bare)?;
        }
    }
    let time = |runs| ours(&cluster, &stage, 10, None, runs).as_secs_f64();
    let growth = median((0..ROUNDS).map(|_| time(4 * RUNS) / time(RUNS)).collect());
    writeln!(out, "\nfour times the runs take {growth:.1} times as long")?;
    let (p50, p99) = wake_up(&cluster, &stage);
    writeln!(out, "from enqueue to start on an idle worker: p50 {p50:.1} ms, p99 {p99:.1} ms")
}
