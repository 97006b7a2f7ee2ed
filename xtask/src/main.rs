//! `cargo xtask tables --postgres-bin DIR…` writes the tables of `crates/datum/src/pg_catalog/tables` from the servers whose
//! programs are in these folders, one for each version.
//! `cargo xtask test [ARGUMENTS…]` installs what the tests need and runs them all.

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test", ..] => Ok(xtask::suite::run(arguments.get(1..).unwrap_or_default())?),
        ["tables", "--postgres-bin", servers @ ..] => {
            let servers: Vec<PathBuf> = servers.iter().map(PathBuf::from).collect();
            Ok(xtask::tables::write(&servers)?)
        }
        _ => {
            Err("usage: cargo xtask test [ARGUMENTS…] or cargo xtask tables --postgres-bin DIR…"
                .into())
        }
    }
}
