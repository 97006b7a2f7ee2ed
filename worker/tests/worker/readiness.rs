//! Ready while the database answers, and not a moment longer.

use std::time::{Duration, Instant};

use test_cluster::{Cluster, Durability};

use crate::stage::{ASSESSMENT, PATIENT, Server, Stage, http};

/// How long it takes until `/readyz` answers with a status.
async fn until_ready_is(server: &Server, status: u16) -> Duration {
    let start = Instant::now();
    loop {
        let reply = http().get(format!("{}/readyz", server.origin)).send().await;
        if reply.is_ok_and(|reply| reply.status() == status) {
            return start.elapsed();
        }
        assert!(start.elapsed() < Duration::from_secs(60), "/readyz never answered {status}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_follows_the_database_and_liveness_does_not() {
    // It is stopped like a crash; what was committed must still be there.
    let cluster = Cluster::start_with(Durability::On, &[]).expect("a server is installed");
    let stage = Stage::on(&cluster);
    let [worker, api] =
        ["worker_login", "api_login"].map(|login| cluster.url_as(login, &stage.database));
    let environment = [("DATABASE_URL", worker.as_str()), ("API_DATABASE_URL", api.as_str())];
    let arguments = ["run", "--provider", "offline", "--poll", "200ms"];
    let server = stage.serve(&arguments, &environment).await;
    until_ready_is(&server, 200).await;

    cluster.stop().expect("the server stops");
    assert!(until_ready_is(&server, 503).await < Duration::from_secs(15));
    let alive = http().get(format!("{}/healthz", server.origin)).send().await.expect("answers");
    assert_eq!(alive.status(), 200);
    let refused = server.client_of(PATIENT).list().await.expect("answers");
    assert_eq!(refused.status(), 503);

    cluster.resume().expect("the server starts");
    assert!(until_ready_is(&server, 200).await < Duration::from_secs(20));
    let created = server.client_of(PATIENT).create(ASSESSMENT, "after").await.expect("answers");
    assert_eq!(created.status(), 201);
    let start = Instant::now();
    let completed = "SELECT count(*) FROM diagnosis_runs WHERE status = 'completed'";
    while cluster.psql(&stage.database, completed).expect("can be counted") != "1" {
        assert!(start.elapsed() < Duration::from_secs(30), "the worker did not find its way back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
