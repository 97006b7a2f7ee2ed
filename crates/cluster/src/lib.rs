//! A throw-away PostgreSQL cluster from the server programs that are installed: its own data folder in a
//! temporary folder, a Unix socket, and gone with the process that started it, however that process ends.
//!
//! What `initdb` makes, and what is prepared in it, is kept in the user's cache folder and copied, so that
//! a start takes a few tenths of a second.

mod account;
mod cache;
mod programs;
mod server;
mod template;

use std::path::PathBuf;

pub use programs::{NEWEST, OLDEST, Programs};
pub use server::{Cluster, Settings};
pub use template::Template;

/// The settings of a server whose data may be lost: fast, and right for everything but a crash.
pub const FAST: [&str; 4] =
    ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"];

/// How to install a server here.
pub const INSTALL: &str = if cfg!(target_os = "macos") {
    "brew install postgresql@17"
} else {
    "apt-get install postgresql"
};

/// Why a cluster could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No server programs on this machine.
    #[error(
        "no PostgreSQL server of version {OLDEST} to {NEWEST} is installed on this machine; install one with \
         `{INSTALL}`, or name the folder of its programs with --postgres-bin"
    )]
    Missing,
    /// The folder that was named has no server programs.
    #[error("{folder} does not have the programs initdb and postgres of a PostgreSQL server")]
    NoPrograms {
        /// The folder as it was named.
        folder: String,
    },
    /// The `pg_config` that was named cannot tell where the server programs are.
    #[error("PG_CONFIG names {program}, which does not tell a folder of programs: {reason}")]
    NoConfig {
        /// The program as it was named.
        program: String,
        /// What went wrong.
        reason: String,
    },
    /// The operating system refused something.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// A server program failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// The program.
        program: &'static str,
        /// What it printed.
        output: String,
    },
    /// The database of a new cluster could not be prepared.
    #[error("cannot prepare the database: {0}")]
    Unprepared(String),
    /// Servers are started on Unix alone.
    #[error("a PostgreSQL server can be started on Unix alone")]
    Platform,
}

fn io(action: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { action, source }
}

/// The folder in which this user's programs keep what can be made anew.
#[must_use]
pub fn user_cache() -> Option<PathBuf> {
    let named = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = named("HOME");
    let cache = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    named("XDG_CACHE_HOME")
        .or_else(|| Some(home?.join(cache)))
        .map(|folder| folder.join("railcheck"))
}
