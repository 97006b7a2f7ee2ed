//! Workers are killed, frozen past their lease, and cut from the server, again and again. A trigger writes
//! down every change of every run, and the record must show that no invariant was ever broken.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::record;
use crate::stage::{ASSESSMENT, Process, Stage, anthropic_answer, diagnosis};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use test_cluster::{Cluster, Durability};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

const WORKERS: usize = 3;
const RUNS: u32 = 200;
const LEASE: Duration = Duration::from_millis(800);
const LIMIT: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy)]
enum Fault {
    Kill,
    Freeze,
    Disconnect,
    Restart,
}

struct Crew<'a> {
    stage: &'a Stage,
    cluster: &'a Cluster,
    llm: String,
    workers: Vec<Process>,
}

impl Crew<'_> {
    fn hire(&self) -> Process {
        let lease = format!("{}ms", LEASE.as_millis());
        let process = self
            .stage
            .command(&["worker", "--concurrency", "4", "--lease", &lease, "--heartbeat", "200ms"])
            .args(["--poll", "50ms", "--backoff-base", "20ms", "--backoff-max", "100ms"])
            .env("DATABASE_URL", self.cluster.url_as("worker_login", &self.stage.database))
            .env("ANTHROPIC_BASE_URL", &self.llm)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        Process(process)
    }

    async fn inflict(&mut self, fault: Fault, victim: usize) {
        match fault {
            Fault::Kill => {
                let replacement = self.hire();
                self.workers[victim] = replacement;
            }
            Fault::Freeze => {
                self.workers[victim].signal("-STOP");
                tokio::time::sleep(LEASE + LEASE / 2).await;
                self.workers[victim].signal("-CONT");
            }
            Fault::Disconnect => {
                let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                           WHERE datname = current_database() AND usename = 'worker_login' AND random() < 0.5";
                self.cluster.psql(&self.stage.database, sql).expect("backends can be terminated");
            }
            Fault::Restart => {
                self.cluster.restart().expect("the server comes back");
                // A server that does nothing but crash works no runs.
                tokio::time::sleep(LEASE * 2).await;
            }
        }
        // A worker that gave up, as it may when the server is away at its start, is replaced.
        for place in 0..self.workers.len() {
            if self.workers[place].0.try_wait().is_ok_and(|status| status.is_some()) {
                let replacement = self.hire();
                self.workers[place] = replacement;
            }
        }
    }
}

async fn slow_llm() -> MockServer {
    let llm = MockServer::start().await;
    let answer = |pause| {
        ResponseTemplate::new(200)
            .set_body_json(anthropic_answer(&diagnosis()))
            .set_delay(Duration::from_millis(pause))
    };
    let busy = ResponseTemplate::new(529).set_body_json(json!({"type": "error"}));
    Mock::given(method("POST")).respond_with(busy).up_to_n_times(20).mount(&llm).await;
    Mock::given(method("POST"))
        .respond_with(answer(150))
        .up_to_n_times(u64::from(RUNS))
        .mount(&llm)
        .await;
    Mock::given(method("POST")).respond_with(answer(20)).mount(&llm).await;
    llm
}

async fn survive(cluster: &Cluster, stage: &Stage, faults: &[Fault], seed: u64) {
    let query = |sql: &str| cluster.psql(&stage.database, sql).expect("the statement succeeds");
    query(record::KEEP);
    query(&format!(
        "INSERT INTO diagnosis_runs (assessment_id, correlation_id, max_attempts) \
         SELECT '{ASSESSMENT}', 'fault ' || n, 10 FROM generate_series(1, {RUNS}) AS n"
    ));
    let llm = slow_llm().await;
    let mut crew = Crew { stage, cluster, llm: llm.uri(), workers: Vec::new() };
    crew.workers = (0..WORKERS).map(|_| crew.hire()).collect();
    let mut random = StdRng::seed_from_u64(seed);
    let start = Instant::now();
    let mut inflicted = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(random.random_range(50..250))).await;
        let open = query(record::OPEN_RUNS);
        if open == "0" {
            break;
        }
        assert!(start.elapsed() < LIMIT, "seed {seed}: {open} runs have not ended");
        let fault = faults[random.random_range(0..faults.len())];
        crew.inflict(fault, random.random_range(0..WORKERS)).await;
        inflicted += 1;
    }
    assert!(inflicted >= 3, "the runs were over before anything happened");
    drop(crew);
    record::assert_unbroken(&format!("seed {seed}"), query);
    let completed = query("SELECT count(*) FROM diagnosis_runs WHERE status = 'completed'");
    assert!(completed.parse::<u32>().is_ok_and(|completed| completed > RUNS / 2), "{completed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_invariant_breaks_while_workers_are_killed_frozen_and_cut_off() {
    let stage = Stage::new();
    let faults = [Fault::Kill, Fault::Freeze, Fault::Disconnect];
    survive(Stage::cluster(), &stage, &faults, 76).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_invariant_breaks_while_the_server_crashes() {
    let cluster = Cluster::start_with(Durability::On, &[]).expect("a server is installed");
    let stage = Stage::on(&cluster);
    survive(&cluster, &stage, &[Fault::Restart, Fault::Kill], 77).await;
}
