//! A row that somebody has locked, as an operator's open transaction in psql does, holds up no other run.

use std::time::Duration;

use crate::stage::{ASSESSMENT, Stage, diagnosis, eventually, llm, ok, work_with};

/// Longer than any statement of the worker may take.
const LOCKED_FOR: u32 = 14;

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_run_is_completed_later_and_the_others_are_not_held_up() {
    let stage = Stage::new();
    let llm = llm(ok(&diagnosis()).set_delay(Duration::from_secs(2))).await;
    let runs: Vec<_> = (0..4).map(|_| stage.enqueue(ASSESSMENT)).collect();
    let locked = runs[0].clone();
    let flags = ["--concurrency", "4"];
    let environment = [("DIAGNOSIS_WORKER_LEASE", "60s")];
    let work = work_with(&stage, &llm, &flags, &environment);
    let watch = async {
        let claimed =
            format!("SELECT status = 'in_progress' FROM diagnosis_runs WHERE id = '{locked}'");
        eventually("the run is claimed", || stage.psql(&claimed) == "t").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let database = stage.database.clone();
        let sql = format!(
            "BEGIN; SELECT 1 FROM diagnosis_runs WHERE id = '{locked}' FOR UPDATE; \
             SELECT pg_sleep({LOCKED_FOR}); COMMIT"
        );
        let lock = tokio::task::spawn_blocking(move || Stage::cluster().psql(&database, &sql));
        tokio::time::sleep(Duration::from_secs(2)).await;
        // One that is enqueued while the lock lasts is claimed and completed as well.
        let later = stage.enqueue(ASSESSMENT);
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert!(!lock.is_finished());
        let completed = "SELECT count(*) FROM diagnosis_runs WHERE status = 'completed'";
        assert_eq!(stage.psql(completed), "4", "all but the locked one");
        assert_eq!(stage.run(&later, "status"), "completed");
        assert_eq!(stage.run(&locked, "status"), "in_progress");
        lock.await.expect("is not cancelled").expect("can be locked");
    };
    let (asked, ()) = tokio::join!(work, watch);
    assert_eq!(asked, 5, "nobody was asked twice");
    let state = "status || ' ' || attempt || ' ' || lease_epoch || ' ' || errors";
    assert_eq!(stage.run(&locked, state), "completed 1 1 []");
}
