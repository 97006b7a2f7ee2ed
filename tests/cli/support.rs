//! Runs the binary on small trees.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

pub(crate) use crate::trees::write;

/// The binary under test.
pub(crate) fn railcheck() -> PathBuf {
    assert_cmd::cargo::cargo_bin!("railcheck").to_owned()
}

/// A tree of files, each with its content; missing folders are made.
pub(crate) fn tree(files: &[(&str, &str)]) -> TempDir {
    let parent = tempfile::tempdir().expect("a temporary folder");
    write(parent.path(), files);
    parent
}

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code.
    pub(crate) code: i32,
    /// What it reported.
    pub(crate) stdout: String,
    /// What it said beside the report.
    pub(crate) stderr: String,
}

impl Run {
    /// Runs the binary in a folder.
    pub(crate) fn of(folder: &Path, arguments: &[&str]) -> Self {
        let output = assert_cmd::Command::new(railcheck())
            .args(arguments)
            .current_dir(folder)
            .env_remove("NO_COLOR")
            .env("RAILCHECK_CACHE_DIR", env!("CARGO_TARGET_TMPDIR"))
            .output()
            .expect("railcheck runs");
        Self {
            code: output.status.code().expect("an exit code"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}
