//! Engine postgres starts a server of its own and leaves nothing behind, however its process ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::support::railcheck;
use super::{Run, compliant, copy_of_compliant};

/// A folder that every account may enter, since a server does not run as root.
fn open_folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("rc-").tempdir_in("/tmp").expect("a folder");
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).expect("permissions");
    folder
}

/// Starts `verify --engine postgres` with folders of its own for what is kept and what is not.
fn start(tree: &Path, temporary: &Path, cache: &Path) -> Child {
    Command::new(railcheck())
        .args(["verify", "--engine", "postgres"])
        .current_dir(tree)
        .env("TMPDIR", temporary)
        .env("XDG_CACHE_HOME", cache)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("railcheck runs")
}

fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !condition() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// The process ids of the servers whose folders are there and that take sessions.
fn servers(temporary: &Path) -> Vec<String> {
    let files = entries(temporary).into_iter().map(|folder| folder.join("data/postmaster.pid"));
    let texts = files.filter_map(|file| fs::read_to_string(file).ok());
    texts
        .filter(|text| text.lines().any(|line| line.starts_with("ready")))
        .filter_map(|text| text.lines().next().map(str::to_owned))
        .collect()
}

fn is_alive(process: &str) -> bool {
    let kill = Command::new("kill").args(["-0", process]).stderr(Stdio::null()).status();
    kill.expect("kill runs").success()
}

#[test]
fn no_server_outlives_its_process_however_that_ends() {
    let (temporary, cache) = (open_folder(), open_folder());
    let tree = copy_of_compliant(&[("99990101000000_wait.sql", "SELECT pg_sleep(300);")]);
    for signal in ["-KILL", "-TERM", "-INT"] {
        let mut child = start(tree.path(), temporary.path(), cache.path());
        let log = || {
            let logs = entries(temporary.path()).into_iter().map(|f| f.join("server.log"));
            logs.filter_map(|log| fs::read_to_string(log).ok()).collect::<String>()
        };
        // The first server prepares what is kept, the second one applies the migrations.
        let mut found = Vec::new();
        eventually("the server of the migrations", || {
            found = servers(temporary.path());
            found.len() == 1 && cache.path().join("railcheck/postgres").exists()
        });
        let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
        child.wait().expect("an end");
        eventually(&format!("{signal}: the server is gone; {}", log()), || {
            !found.iter().any(|process| is_alive(process))
        });
        eventually(&format!("{signal}: its folder is gone"), || {
            entries(temporary.path()).is_empty()
        });
    }
}

#[test]
fn processes_that_begin_at_once_share_what_is_kept_and_a_damaged_one_is_made_anew() {
    let (temporary, cache) = (open_folder(), open_folder());
    let run = |count: usize| {
        let children: Vec<Child> =
            (0..count).map(|_| start(&compliant(), temporary.path(), cache.path())).collect();
        for mut child in children {
            assert_eq!(child.wait().expect("an end").code(), Some(0));
        }
        assert_eq!(entries(temporary.path()), [""; 0].map(PathBuf::from));
    };
    run(3);
    let kept = entries(&cache.path().join("railcheck/postgres"));
    assert_eq!(kept.len(), 1, "{kept:?}");
    let list = fs::read_to_string(kept[0].join("files")).expect("a list");
    assert!(list.lines().count() > 300, "{list}");

    let control = kept[0].join("data/global/pg_control");
    let whole = fs::read(&control).expect("a file");
    for damage in [vec![0; whole.len()], Vec::new()] {
        fs::write(&control, damage).expect("a file");
        run(1);
        assert_ne!(fs::read(&control).expect("a file").first(), Some(&0), "it was not made anew");
    }
    fs::remove_file(&control).expect("a file");
    run(1);
    assert!(control.exists(), "it was not made anew");
}

#[test]
fn a_server_that_is_not_there_is_told_with_what_to_do() {
    let nowhere = tempfile::tempdir().expect("a folder");
    let programs = nowhere.path().to_str().expect("a path");
    for (arguments, said) in [
        (
            &["--engine", "postgres", "--postgres-bin", programs][..],
            "does not have the programs initdb and postgres of a PostgreSQL server",
        ),
        (&["--engine", "embedded"], "use --engine postgres"),
    ] {
        let run = Run::of(&compliant(), &[&["verify"], arguments].concat());
        assert_eq!((run.code, &*run.stdout), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
    }
    let missing = railcheck_cluster::Error::Missing.to_string();
    assert!(missing.contains(railcheck_cluster::INSTALL), "{missing}");
    assert!(missing.contains("--postgres-bin"), "{missing}");
}
