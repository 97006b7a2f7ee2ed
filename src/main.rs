//! The binary: parses the command line, runs the command, tells the outcome by the exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use railcheck::cli::Cli;

/// Statements and their histories are many small allocations, made and freed on different threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code of a run that could not be made.
const CANNOT_RUN: u8 = 2;

/// Deeply nested sources are read by recursion on every thread of the pool.
const WORKER_STACK: usize = 64 << 20;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let pool = rayon::ThreadPoolBuilder::new().stack_size(WORKER_STACK).build_global();
    pool.map_err(anyhow::Error::from)
        .and_then(|()| cli.run().map_err(anyhow::Error::from))
        .unwrap_or_else(|error| {
            let _ = writeln!(std::io::stderr(), "railcheck: {error}");
            ExitCode::from(CANNOT_RUN)
        })
}
