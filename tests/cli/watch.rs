//! A repository is judged again when it changes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::{Run, railcheck, write};
use crate::trees::{CASCADE, compliant_but};

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
    fs::remove_file(root.path().join(CASCADE.0)).expect("a file");
    watch.settle();
    // A folder that is new is watched as well.
    write(root.path(), &[("app/api/diagnosis-runs/new/route.ts", "export const GET = () => 1\n")]);
    watch.next("❌ violates R-E76-005: GET /api/diagnosis-runs/new has no literal callsite");
    watch.settle();
    write(root.path(), &[("app/api/diagnosis-runs/new/route.ts", "export const PUT = () => 1\n")]);
    watch.next("❌ violates R-E76-005: PUT /api/diagnosis-runs/new has no literal callsite");
}

/// Changes one file or more below a root.
type Change = (&'static str, fn(&Path));

/// Changes after each of which another report is due.
const CHANGES: [Change; 19] = [
    ("a new migration", |root| write(root, &[CASCADE])),
    ("a migration that does more", |root| {
        let sql = format!("{}ALTER TABLE public.diagnosis_runs DROP COLUMN status;\n", CASCADE.1);
        write(root, &[(CASCADE.0, &sql)]);
    }),
    ("a migration of another name, which comes first", |root| {
        let first = "supabase/migrations/20250103000000_first.sql";
        fs::rename(root.join(CASCADE.0), root.join(first)).expect("another name");
    }),
    ("a migration that goes", |root| {
        fs::remove_file(root.join("supabase/migrations/20250103000000_first.sql")).expect("a file");
    }),
    ("the first of the migrations", |root| {
        edit(root, CREATE, "ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY");
    }),
    ("the first of the migrations as it was", |root| {
        edit(root, CREATE, "DISABLE ROW LEVEL SECURITY", "ENABLE ROW LEVEL SECURITY");
    }),
    ("a callsite of the same length", |root| {
        edit(root, CLIENT, "'/api/diagnosis-runs'", "'/api/diagnosis-rums'");
    }),
    ("a callsite as it was", |root| {
        edit(root, CLIENT, "'/api/diagnosis-rums'", "'/api/diagnosis-runs'");
    }),
    ("a source in a new folder, by way of one that says nothing itself", |root| {
        write(
            root,
            &[
                ("app/api/diagnosis-runs/new/route.ts", "export * from '../../../../lib/verbs'\n"),
                ("lib/verbs.ts", "export const PUT = () => 1\n"),
            ],
        );
    }),
    ("what the other one says", |root| {
        write(root, &[("lib/verbs.ts", "export const GET = () => 1\n")]);
    }),
    ("a folder of another name", |root| {
        let folder = root.join("app/api/diagnosis-runs");
        fs::rename(folder.join("new"), folder.join("old")).expect("another name");
    }),
    ("a source in the folder of another name", |root| {
        write(root, &[("app/api/diagnosis-runs/old/route.ts", "export const PUT = () => 1\n")]);
    }),
    ("a folder that goes and comes back", |root| {
        fs::remove_dir_all(root.join("app/api/diagnosis-runs/old")).expect("a folder");
        write(root, &[("app/api/diagnosis-runs/old/route.ts", "export const HEAD = () => 1\n")]);
    }),
    ("a source in the folder that came back", |root| {
        write(root, &[("app/api/diagnosis-runs/old/route.ts", "export const POST = () => 1\n")]);
    }),
    ("what is ignored", |root| write(root, &[(".gitignore", "old/\n")])),
    ("the configuration", |root| write(root, &[("railcheck.yaml", "sources: [app]\n")])),
    ("the configuration, which goes", |root| {
        fs::remove_file(root.join("railcheck.yaml")).expect("a file");
        fs::remove_file(root.join(".gitignore")).expect("a file");
    }),
    ("the baseline", |root| {
        assert_eq!(Run::of(root, &["baseline"]).code, 0);
    }),
    ("a source that is no text", |root| {
        fs::write(root.join(CLIENT), b"fetch('/api/diagnosis-runs') // caf\xe9\n").expect("a file");
    }),
];

const CREATE: &str = "supabase/migrations/20260101000000_create_diagnosis_runs.sql";
const CLIENT: &str = "lib/client.ts";

fn edit(root: &Path, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(root.join(path)).expect("a file");
    assert!(text.contains(from), "{path} has no {from}");
    fs::write(root.join(path), text.replacen(from, to, 1)).expect("a file");
}

#[test]
fn each_round_ends_with_the_report_of_a_fresh_run() {
    let root = compliant_but(&[]);
    // What was written just now is read in every round, and what is older is not.
    std::thread::sleep(Duration::from_millis(2_100));
    let watch = Watch::of(root.path(), &["--format", "json", "--output", "report.json"]);
    let mut last = String::new();
    let mut agrees = |what: &str| {
        let fresh = Run::of(root.path(), &["verify", "-q", "--format", "json"]).stdout;
        assert_ne!(fresh, last, "{what} changes nothing");
        loop {
            watch.settle();
            last = fs::read_to_string(root.path().join("report.json")).expect("a report");
            if last == fresh {
                break;
            }
        }
    };
    agrees("a new watch");
    for (what, change) in CHANGES {
        change(root.path());
        agrees(what);
    }
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
