//! Runs test binaries side by side: most of them wait for a server or a clock most of the time.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use serde::Deserialize;

use crate::suite::SuiteError;

/// How many run at once.
const AT_ONCE: usize = 2;

/// The binary that takes longest.
const LONGEST: &str = "worker test worker";

/// A test binary that cargo has built.
#[derive(Debug)]
struct Binary {
    /// What it is called, such as `railcheck cli`.
    name: String,
    executable: PathBuf,
    /// The folder that cargo would start it in.
    folder: PathBuf,
}

/// A message of `cargo test --no-run --message-format json`.
/// <https://doc.rust-lang.org/cargo/reference/external-tools.html#artifact-messages>
#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Builds every test of the workspace and runs all of them, whatever fails.
///
/// # Errors
/// Where they cannot be built or started, or one fails.
pub fn run(cargo: &str) -> Result<(), SuiteError> {
    let mut binaries = build(cargo)?;
    // What takes longest begins first, so that nothing waits for it alone.
    binaries.sort_by_key(|binary| binary.name != LONGEST);
    let queue = Mutex::new(VecDeque::from(binaries));
    let failed = Mutex::new(Vec::new());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    thread::scope(|scope| {
        let work = || {
            while let Some(binary) = next() {
                if let Err(error) = binary.run() {
                    failed.lock().unwrap_or_else(PoisonError::into_inner).push(error);
                }
            }
        };
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.into_iter().next().map_or(Ok(()), Err)
}

fn build(cargo: &str) -> Result<Vec<Binary>, SuiteError> {
    let arguments =
        ["test", "--workspace", "--no-run", "--message-format", "json-render-diagnostics"];
    let command = format!("{cargo} {}", arguments.join(" "));
    let start = |error| SuiteError::Start { program: cargo.to_owned(), error };
    let output =
        Command::new(cargo).args(arguments).stderr(Stdio::inherit()).output().map_err(start)?;
    if !output.status.success() {
        return Err(SuiteError::Failed { command, status: output.status });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    Ok(messages.filter_map(Binary::of).collect())
}

impl Binary {
    fn of(message: Message) -> Option<Self> {
        let Message { reason, manifest_path, target, profile, executable } = message;
        if reason != "compiler-artifact" || !profile?.test {
            return None;
        }
        let (target, folder) = (target?, manifest_path?.parent()?.to_owned());
        let package = folder.file_name()?.to_string_lossy();
        let kind = target.kind.first()?;
        let name = format!("{package} {kind} {}", target.name);
        Some(Self { name, executable: executable?, folder })
    }

    /// Runs it to its end, then shows what it said.
    #[expect(clippy::print_stderr, reason = "a task tells what it does")]
    fn run(&self) -> Result<(), SuiteError> {
        let began = Instant::now();
        let output = Command::new(&self.executable)
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .output()
            .map_err(|error| SuiteError::Start { program: self.name.clone(), error })?;
        let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        let took = began.elapsed().as_secs_f64();
        eprintln!("+ {} ({took:.1} s)\n{}{}", self.name, said[0], said[1]);
        let status: ExitStatus = output.status;
        if status.success() {
            Ok(())
        } else {
            Err(SuiteError::Failed { command: self.name.clone(), status })
        }
    }
}
