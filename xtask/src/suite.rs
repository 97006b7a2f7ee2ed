//! Every test with one command: programs that the tests start are installed first where they are missing.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use crate::binaries;

/// Why the tests did not run.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// A program is missing, and no known package manager could install it.
    #[error("{program} is missing; install it, for instance with `{install}`, and try again")]
    Missing {
        /// What is missing.
        program: &'static str,
        /// The command that installs it on Debian.
        install: String,
    },
    /// A program could not be started.
    #[error("cannot start {program}: {error}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        error: std::io::Error,
    },
    /// A command failed.
    #[error("`{command}` failed with {status}")]
    Failed {
        /// The command.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
}

/// A program that the tests start.
struct Needed {
    program: &'static str,
    /// Any of these on the PATH will do.
    names: &'static [&'static str],
    debian: &'static str,
    homebrew: &'static [&'static str],
    is_there: fn() -> bool,
}

const NEEDED: [Needed; 2] = [
    Needed {
        program: "PostgreSQL",
        names: &["initdb"],
        debian: "postgresql",
        homebrew: &["install", "postgresql@17"],
        is_there: || railcheck_cluster::Programs::find(None).is_ok(),
    },
    Needed {
        program: "Chromium",
        names: &["chromium", "google-chrome", "chromium-browser", "google-chrome-stable"],
        debian: "chromium",
        homebrew: &["install", "--cask", "chromium"],
        is_there: || Path::new("/Applications/Google Chrome.app").exists(),
    },
];

/// Installs what is missing, and runs every test of the workspace; with arguments, which go to `cargo test`, it runs
/// what they choose.
///
/// # Errors
/// Where a program is missing and cannot be installed, or a test fails.
pub fn run(arguments: &[String]) -> Result<(), SuiteError> {
    for needed in &NEEDED {
        if !is_installed(needed) {
            install(needed)?;
        }
    }
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    if !arguments.is_empty() {
        let chosen = arguments.iter().map(String::as_str);
        return execute(&cargo, ["test", "--workspace"].into_iter().chain(chosen));
    }
    binaries::run(&cargo)?;
    execute(&cargo, ["test", "--workspace", "--doc"])
}

fn is_installed(needed: &Needed) -> bool {
    needed.names.iter().any(|name| on_path(name).is_some()) || (needed.is_there)()
}

/// A program in a folder of the PATH.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn install(needed: &Needed) -> Result<(), SuiteError> {
    let Needed { program, debian, homebrew, .. } = needed;
    if on_path("apt-get").is_some() {
        let as_root = |arguments: &[&str]| match on_path("sudo") {
            Some(_) => execute("sudo", [&["apt-get"], arguments].concat()),
            None => execute("apt-get", arguments.iter().copied()),
        };
        as_root(&["update", "-q"])?;
        as_root(&["install", "-yq", "--no-install-recommends", debian])
    } else if on_path("brew").is_some() {
        execute("brew", homebrew.iter().copied())
    } else {
        Err(SuiteError::Missing { program, install: format!("apt-get install {debian}") })
    }
}

/// Runs a command and shows it.
#[expect(clippy::print_stderr, reason = "a task tells what it does")]
fn execute<'a>(
    program: &str,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Result<(), SuiteError> {
    let arguments: Vec<&str> = arguments.into_iter().collect();
    let command = format!("{program} {}", arguments.join(" "));
    eprintln!("+ {command}");
    let status = Command::new(program)
        .args(&arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .map_err(|error| SuiteError::Start { program: program.to_owned(), error })?;
    if status.success() { Ok(()) } else { Err(SuiteError::Failed { command, status }) }
}
