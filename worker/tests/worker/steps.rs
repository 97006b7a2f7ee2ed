//! Faults between every two steps. All messages of a worker, to the database and to the LLM, pass a gate that
//! stops at the first, the second, the third one and so on; there the worker is killed, frozen until
//! another has done its work, or cut off. Whatever the moment, no invariant may break.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use wiremock::MockServer;

use crate::record;
use crate::stage::{ASSESSMENT, Process, Stage, diagnosis, eventually, llm, ok};
use crate::wire::{Gate, lay};

/// Tried at the same time, each on a database of its own.
const THEATRES: usize = 4;
const RUNS: u32 = 2;
/// More messages than two runs take.
const MOST_MESSAGES: usize = 200;
/// Fewer would mean that the gate does not see them.
const FEWEST_MESSAGES: usize = 40;
const QUICK: [&str; 8] =
    ["--lease", "600ms", "--heartbeat", "100ms", "--backoff-base", "10ms", "--backoff-max", "50ms"];

#[derive(Debug, Clone, Copy)]
enum Fault {
    /// SIGKILL; what it had sent arrives.
    Kill,
    /// SIGSTOP until its runs have been done by another; what it had sent arrives late.
    Freeze,
    /// All its connections break; what it had sent, or was about to be told, is lost.
    Cut,
}

struct Theatre {
    stage: Stage,
    llm: MockServer,
}

impl Theatre {
    async fn new() -> Self {
        let stage = Stage::new();
        stage.psql(record::KEEP);
        Self { stage, llm: llm(ok(&diagnosis())).await }
    }

    async fn victim(&self, gate: &Arc<Gate>) -> Process {
        let database = lay(Stage::cluster().port(), gate).await;
        let llm = lay(self.llm.address().port(), gate).await;
        let victim = self
            .stage
            .command(&["worker", "--concurrency", "2", "--poll", "10s"])
            .args(QUICK)
            .env(
                "DATABASE_URL",
                format!("postgres://worker_login@127.0.0.1:{database}/{}", self.stage.database),
            )
            .env("ANTHROPIC_BASE_URL", format!("http://127.0.0.1:{llm}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Process)
            .expect("the binary runs");
        let listening = "SELECT count(*) FROM pg_stat_activity \
                         WHERE datname = current_database() AND query LIKE 'LISTEN%'";
        eventually("the worker listens", || self.stage.psql(listening) == "1").await;
        // Its first look at the empty queue is not among the steps.
        tokio::time::sleep(Duration::from_millis(50)).await;
        victim
    }

    /// Another worker does whatever is left to do, however long the lease on it lasts.
    async fn relieve(&self) {
        let mut command = self.stage.command(&["worker", "--until-empty", "--poll", "50ms"]);
        command.args(QUICK).env("ANTHROPIC_BASE_URL", self.llm.uri());
        let output =
            tokio::task::spawn_blocking(move || command.output().expect("the binary runs"))
                .await
                .expect("is not cancelled");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Inflicts a fault at a message; false if there are not so many messages.
    async fn play(&self, fault: Fault, message: usize) -> bool {
        let gate = Gate::new(message);
        let victim = self.victim(&gate).await;
        gate.arm();
        self.stage.psql(&format!(
            "INSERT INTO diagnosis_runs (assessment_id, correlation_id, max_attempts) \
             SELECT '{ASSESSMENT}', gen_random_uuid(), 10 FROM generate_series(1, {RUNS})"
        ));
        let all_done =
            eventually("all runs have ended", || self.stage.psql(record::OPEN_RUNS) == "0");
        tokio::select! {
            biased;
            () = gate.reached() => {}
            () = all_done => return false,
        }
        match fault {
            Fault::Kill => {
                drop(victim);
                gate.open();
                self.relieve().await;
            }
            Fault::Freeze => {
                victim.signal("-STOP");
                self.relieve().await;
                victim.signal("-CONT");
                gate.open();
                // Time enough for what it still believes to be its to write.
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            Fault::Cut => {
                gate.cut();
                self.relieve().await;
            }
        }
        let what = format!("{fault:?} at message {message}");
        record::assert_unbroken(&what, |sql| self.stage.psql(sql));
        let failed = "SELECT count(*) FROM diagnosis_runs WHERE status = 'failed'";
        assert_eq!(self.stage.psql(failed), "0", "{what}");
        true
    }
}

/// Inflicts a fault at every message that there is.
async fn at_every_step(fault: Fault) {
    let plays = (0..THEATRES).map(|place| {
        tokio::spawn(async move {
            let theatre = Theatre::new().await;
            let mut message = place;
            while message < MOST_MESSAGES && theatre.play(fault, message).await {
                message += THEATRES;
            }
            message
        })
    });
    for last in futures_util::future::join_all(plays).await {
        let last = last.expect("no invariant breaks");
        assert!((FEWEST_MESSAGES..MOST_MESSAGES).contains(&last), "{last} messages");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 12)]
async fn a_worker_may_be_killed_at_every_step() {
    at_every_step(Fault::Kill).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 12)]
async fn a_worker_may_be_frozen_past_its_lease_at_every_step() {
    at_every_step(Fault::Freeze).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 12)]
async fn a_worker_may_be_cut_off_at_every_step() {
    at_every_step(Fault::Cut).await;
}
