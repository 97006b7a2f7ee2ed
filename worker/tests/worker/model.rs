//! The queue against a model of it: whatever two workers do in whatever order, stale or not, the table must
//! say what the model says.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::stage::{ASSESSMENT, Stage};
use diagnosis_worker::database::{Database, Lane};
use diagnosis_worker::phi::Phi;
use diagnosis_worker::pipeline::run_error::RunError;
use diagnosis_worker::queue::{Backoff, Claimed, Status, Store};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, Clone)]
enum Step {
    Enqueue { max_attempts: i32 },
    Claim { worker: usize, limit: usize },
    Beat { claim: Index },
    Complete { claim: Index },
    Fail { claim: Index, retryable: bool },
    GiveBack { claim: Index },
    Expire,
    Rescue { worker: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let claim = any::<Index>;
    prop_oneof![
        2 => (1..=3).prop_map(|max_attempts| Step::Enqueue { max_attempts }),
        4 => (0..2_usize, 1..4_usize).prop_map(|(worker, limit)| Step::Claim { worker, limit }),
        1 => claim().prop_map(|claim| Step::Beat { claim }),
        2 => claim().prop_map(|claim| Step::Complete { claim }),
        2 => (claim(), any::<bool>()).prop_map(|(claim, retryable)| Step::Fail { claim, retryable }),
        1 => claim().prop_map(|claim| Step::GiveBack { claim }),
        1 => Just(Step::Expire),
        1 => (0..2_usize).prop_map(|worker| Step::Rescue { worker }),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    status: Status,
    attempt: i32,
    max_attempts: i32,
    epoch: i64,
    is_expired: bool,
}

impl Run {
    fn retry_or_fail(&mut self, retryable: bool) {
        if retryable && self.attempt < self.max_attempts {
            self.status = Status::Queued;
            self.attempt += 1;
        } else {
            self.status = Status::Failed;
        }
    }
}

/// The table and its model, and every claim that was ever made.
struct Play {
    stage: Stage,
    workers: Vec<(Store, Lane)>,
    runs: BTreeMap<Uuid, Run>,
    claims: Vec<Claimed>,
}

impl Play {
    async fn begin() -> Self {
        let stage = Stage::new();
        let url = Stage::cluster().url_as("worker_login", &stage.database);
        let database =
            Database::connect_worker(url.parse().expect("is a URL"), 4).await.expect("connects");
        let backoff = Backoff::new(Duration::ZERO, Duration::ZERO);
        let worker = || {
            let store = Store::new(database.clone(), Duration::from_secs(60), backoff, None);
            (store, database.lane())
        };
        Self { workers: vec![worker(), worker()], stage, runs: BTreeMap::new(), claims: Vec::new() }
    }

    /// A claim that was made at some time, and whether it still holds.
    fn pick(&mut self, index: &Index) -> Option<(Claimed, bool)> {
        if self.claims.is_empty() {
            return None;
        }
        let claim = index.get(&self.claims).clone();
        let run = self.runs[&claim.id];
        let holds = run.status == Status::InProgress && run.epoch == claim.lease_epoch;
        Some((claim, holds))
    }

    fn run_of(&mut self, claim: &Claimed) -> &mut Run {
        self.runs.get_mut(&claim.id).expect("claimed runs are known")
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Enqueue { max_attempts } => {
                let id = self.stage.psql(&format!(
                    "INSERT INTO diagnosis_runs (assessment_id, correlation_id, max_attempts) \
                     VALUES ('{ASSESSMENT}', gen_random_uuid(), {max_attempts}) RETURNING id"
                ));
                let run = Run {
                    status: Status::Queued,
                    attempt: 1,
                    max_attempts: *max_attempts,
                    epoch: 0,
                    is_expired: false,
                };
                self.runs.insert(id.parse().expect("is an id"), run);
            }
            Step::Claim { worker, limit } => {
                let due = self.runs.values().filter(|run| run.status == Status::Queued).count();
                let (store, lane) = &mut self.workers[*worker];
                let claimed = store.exchange(lane, &[], *limit).await.expect("claims").claimed;
                assert_eq!(claimed.len(), due.min(*limit));
                for claim in claimed {
                    let run = self.run_of(&claim);
                    assert_eq!(run.status, Status::Queued);
                    run.status = Status::InProgress;
                    run.epoch += 1;
                    run.is_expired = false;
                    assert_eq!((claim.lease_epoch, claim.attempt), (run.epoch, run.attempt));
                    self.claims.push(claim);
                }
            }
            Step::Beat { claim } => {
                let Some((claim, holds)) = self.pick(claim) else { return };
                let (store, lane) = &mut self.workers[0];
                let held = store.heartbeat(lane, &[claim.fence()]).await.expect("beats");
                assert_eq!(held.get(&claim.id).copied(), holds.then_some(true));
                if holds {
                    self.run_of(&claim).is_expired = false;
                }
            }
            Step::Complete { claim } => {
                let Some((claim, holds)) = self.pick(claim) else { return };
                let finished = [(claim.fence(), Phi::new(json!({"confidence": 1})))];
                let (store, lane) = &mut self.workers[0];
                let landed = store.exchange(lane, &finished, 0).await.expect("completes").landed;
                assert_eq!(landed.is_empty(), !holds);
                if holds {
                    self.run_of(&claim).status = Status::Completed;
                }
            }
            Step::Fail { claim, retryable } => {
                let Some((claim, holds)) = self.pick(claim) else { return };
                let error = if *retryable {
                    RunError::context_unavailable()
                } else {
                    RunError::assessment_missing()
                };
                let settled =
                    self.workers[0].0.settle_failure(&claim, &error, None).await.expect("settles");
                if holds {
                    self.run_of(&claim).retry_or_fail(*retryable);
                    assert_eq!(settled, Some(self.run_of(&claim).status));
                } else {
                    assert_eq!(settled, None);
                }
            }
            Step::GiveBack { claim } => {
                let Some((claim, holds)) = self.pick(claim) else { return };
                let given = self.workers[0]
                    .0
                    .give_back(claim.fence(), Duration::ZERO)
                    .await
                    .expect("gives");
                assert_eq!(given, holds);
                if holds {
                    self.run_of(&claim).status = Status::Queued;
                }
            }
            Step::Expire => {
                self.stage.psql(
                    "UPDATE diagnosis_runs SET lease_expires_at = now() - interval '1 second' \
                     WHERE status = 'in_progress'",
                );
                for run in self.runs.values_mut() {
                    run.is_expired |= run.status == Status::InProgress;
                }
            }
            Step::Rescue { worker } => {
                let (store, lane) = &mut self.workers[*worker];
                store.rescue(lane).await.expect("rescues");
                for run in self.runs.values_mut() {
                    if run.status == Status::InProgress && run.is_expired {
                        run.retry_or_fail(true);
                    }
                }
            }
        }
    }

    fn compare(&self) {
        let rows = self.stage.psql(
            "SELECT id || ' ' || status || ' ' || attempt || ' ' || lease_epoch FROM diagnosis_runs ORDER BY id",
        );
        let expected: Vec<_> = self
            .runs
            .iter()
            .map(|(id, run)| format!("{id} {} {} {}", run.status.as_str(), run.attempt, run.epoch))
            .collect();
        assert_eq!(rows.lines().collect::<Vec<_>>(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_table_follows_the_model(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
        runtime.block_on(async {
            let mut play = Play::begin().await;
            for step in &steps {
                play.take(step).await;
                play.compare();
            }
        });
    }
}
