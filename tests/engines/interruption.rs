//! A run that is told to end tidies up first.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use test_cluster::Cluster;

use super::copy_of_compliant;
use super::support::railcheck;

#[test]
fn a_shadow_database_is_dropped_on_ctrl_c_and_on_termination() {
    let cluster = Cluster::start().expect("a server");
    let databases =
        || cluster.psql("postgres", "SELECT count(*) FROM pg_database").expect("a count");
    let before = databases();
    let tree = copy_of_compliant(&[("99990101000000_wait.sql", "SELECT pg_sleep(60);")]);
    for signal in ["-INT", "-TERM"] {
        let mut child = Command::new(railcheck())
            .args(["verify", "--engine", "shadow", "--shadow-url", &cluster.url("postgres")])
            .current_dir(tree.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("railcheck runs");
        let asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'";
        eventually(|| cluster.psql("postgres", asleep).expect("a count").trim() == "1");
        assert_ne!(databases(), before);
        let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
        let started = Instant::now();
        assert_eq!(child.wait().expect("an end").code(), Some(2), "{signal}");
        assert!(started.elapsed() < Duration::from_secs(20), "{signal}");
        assert_eq!(databases(), before, "{signal}");
    }
}

fn eventually(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "it never happened");
        std::thread::sleep(Duration::from_millis(50));
    }
}
