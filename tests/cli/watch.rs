//! A repository is judged again when it changes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::{railcheck, write};
use crate::verdicts::{CASCADE, compliant_but};

/// Long enough for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// A watch under way.
struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn of(root: &Path, options: &[&str]) -> Self {
        // One pipe for both streams keeps the order of their lines.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let child = Command::new(railcheck())
            .args([&["verify", "-q", "--watch"], options].concat())
            .current_dir(root)
            .stdout(writer.try_clone().expect("a pipe"))
            .stderr(writer)
            .spawn()
            .expect("railcheck");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(reader).lines().map_while(Result::ok);
            lines.map(|line| sender.send(line)).take_while(Result::is_ok).for_each(drop);
        });
        Self { child, lines }
    }

    /// The next line that begins like this.
    fn next(&self, start: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|error| panic!("no line begins with {start}: {error}"));
            if line.starts_with(start) {
                return line;
            }
        }
    }

    /// Waits until everything is judged that has changed.
    fn settle(&self) {
        self.next("railcheck: judged in ");
    }

    fn is_quiet(&self) -> bool {
        self.lines.recv_timeout(Duration::from_millis(500)).is_err()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_change_is_judged_and_undoing_it_too() {
    let root = compliant_but(&[]);
    let watch = Watch::of(root.path(), &[]);
    watch.settle();
    write(root.path(), &[CASCADE]);
    watch.next("❌ violates R-E76-002: policy diagnosis_runs_clinician_select");
    watch.settle();
    std::fs::remove_file(root.path().join(CASCADE.0)).expect("a file");
    watch.settle();
    // A folder that is new is watched as well.
    write(root.path(), &[("app/api/diagnosis-runs/new/route.ts", "export const GET = () => 1\n")]);
    watch.next("❌ violates R-E76-005: GET /api/diagnosis-runs/new has no literal callsite");
    watch.settle();
    write(root.path(), &[("app/api/diagnosis-runs/new/route.ts", "export const PUT = () => 1\n")]);
    watch.next("❌ violates R-E76-005: PUT /api/diagnosis-runs/new has no literal callsite");
}

#[test]
fn reading_files_and_writing_others_is_no_change() {
    let root = compliant_but(&[]);
    let watch = Watch::of(root.path(), &["--output", "report.txt"]);
    watch.settle();
    assert!(watch.is_quiet(), "its own reading and its report wake it");
    write(root.path(), &[("notes.md", "text"), (".git/index", "x"), ("node_modules/a/b.ts", "")]);
    while !watch.is_quiet() {}
}

#[test]
fn a_configuration_that_is_half_written_is_said_and_waited_out() {
    let root = compliant_but(&[]);
    let watch = Watch::of(root.path(), &[]);
    watch.settle();
    write(root.path(), &[("railcheck.yaml", "migrat")]);
    watch.next("railcheck: railcheck.yaml:1:1: ");
    watch.settle();
    write(root.path(), &[("railcheck.yaml", "migrations: supabase/migrations\n")]);
    watch.settle();
    write(root.path(), &[CASCADE]);
    watch.next("❌ violates R-E76-002: ");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_cleanly() {
    let root = compliant_but(&[]);
    let mut watch = Watch::of(root.path(), &[]);
    watch.settle();
    let interrupt = Command::new("kill").args(["-INT", &watch.child.id().to_string()]).status();
    assert!(interrupt.expect("kill").success());
    assert_eq!(watch.child.wait().expect("an end").code(), Some(0));
}
