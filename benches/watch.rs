//! How long it takes from the change of a file until `verify --watch` has printed its report.
//!
//! `cargo bench --bench watch -- REPOSITORY [BINARY]` works on a copy of the repository, adds a comment to one file
//! after the other, twenty of each kind, and prints the median and the longest time.

#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use walkdir::WalkDir;

const CHANGES: usize = 20;

/// Longer than a change takes, so that one does not fall into the round of another.
const PAUSE: Duration = Duration::from_millis(300);

/// What was written before is not read again after this time.
const SETTLED: Duration = Duration::from_millis(2_500);

/// Tells files of one kind by their paths.
type Kind = (&'static str, fn(&str) -> bool);

const KINDS: [Kind; 3] = [
    ("a migration", |path| path.contains("/migrations/") && path.ends_with(".sql")),
    ("a route", |path| path.ends_with("/route.ts")),
    ("another source", |path| path.ends_with(".ts") && !path.ends_with("/route.ts")),
];

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(repository) = arguments.next() else {
        return println!("cargo bench --bench watch -- REPOSITORY [BINARY]");
    };
    let binary = arguments.next().unwrap_or_else(|| env!("CARGO_BIN_EXE_railcheck").to_owned());
    let copy = tempfile::tempdir().expect("a temporary folder");
    let files = copied(Path::new(&repository), copy.path());
    std::thread::sleep(SETTLED);
    let watch = Watch::of(&binary, copy.path());
    watch.round();
    for (name, is_of_kind) in KINDS {
        let of_kind: Vec<_> = files.iter().filter(|path| is_of_kind(path)).collect();
        // Spread over the repository, the same ones each time.
        let changed = of_kind.iter().step_by((of_kind.len() / CHANGES).max(1)).cycle();
        let times: Vec<_> =
            changed.take(CHANGES).map(|path| watch.change(&copy.path().join(path))).collect();
        report(name, times);
    }
}

/// Copies the files that are no links, and returns their paths.
fn copied(from: &Path, to: &Path) -> Vec<String> {
    let entries = WalkDir::new(from).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file()).map(|entry| {
        let path = entry.path().strip_prefix(from).expect("a path below").to_owned();
        let target = to.join(&path);
        fs::create_dir_all(target.parent().expect("a parent")).expect("folders");
        fs::copy(entry.path(), target).expect("a copy");
        path.display().to_string()
    });
    files.filter(|path| !path.starts_with(".git/") && !path.contains("node_modules/")).collect()
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    if let (Some(median), Some(longest)) = (times.get(times.len() / 2), times.last()) {
        println!("{name}: median {} ms, longest {} ms", median.as_millis(), longest.as_millis());
    }
}

/// A watch under way.
struct Watch {
    child: Child,
    lines: Receiver<(Instant, String)>,
}

impl Watch {
    fn of(binary: &str, root: &Path) -> Self {
        // One pipe for both streams keeps the order of their lines: the report, and then that it is done.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let child = Command::new(PathBuf::from(binary))
            .args(["verify", "--watch"])
            .arg(root)
            .stdout(writer.try_clone().expect("a pipe"))
            .stderr(Stdio::from(writer))
            .spawn()
            .expect("railcheck");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(reader).lines().map_while(Result::ok);
            lines
                .map(|line| sender.send((Instant::now(), line)))
                .take_while(Result::is_ok)
                .for_each(drop);
        });
        Self { child, lines }
    }

    /// Waits for the end of a round, which is said after the report.
    fn round(&self) -> Instant {
        let done = self.lines.iter().find(|(_, line)| line.starts_with("railcheck: judged in "));
        done.expect("a round").0
    }

    fn change(&self, path: &Path) -> Duration {
        std::thread::sleep(PAUSE);
        let comment =
            if path.extension().is_some_and(|ending| ending == "sql") { "--" } else { "//" };
        let mut file = fs::OpenOptions::new().append(true).open(path).expect("a file");
        let begin = Instant::now();
        writeln!(file, "\n{comment} changed").expect("a change");
        drop(file);
        self.round() - begin
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
