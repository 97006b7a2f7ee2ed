//! `cargo xtask tables --postgres-bin DIR…` writes the tables of `crates/datum/src/pg_catalog/tables` from the servers whose
//! programs are in these folders, one for each version.

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next().as_deref()) {
        (Some("tables"), Some("--postgres-bin")) => {
            let servers: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
            Ok(xtask::tables::write(&servers)?)
        }
        _ => Err("usage: cargo xtask tables --postgres-bin DIR…".into()),
    }
}
