use std::io::{self, Write};

use serde::Serialize;

use super::printable::printable;
use crate::migrate::{Entry, HistoryTable, State};

/// For people: how each migration stands, one a line.
///
/// # Errors
/// If the writer fails.
pub fn migrations_text(entries: &[Entry], out: &mut dyn Write) -> io::Result<()> {
    for entry in entries {
        writeln!(out, "{:<10} {}", word(entry.state), printable(&entry.title()))?;
    }
    Ok(())
}

fn word(state: State) -> &'static str {
    match state {
        State::Applied => "applied",
        State::Pending => "pending",
        State::Changed => "changed",
        State::Missing => "missing",
        State::Unfinished => "unfinished",
    }
}

/// For programs: how each migration stands, as one JSON array.
///
/// # Errors
/// If the writer fails.
pub fn migrations_json(entries: &[Entry], out: &mut dyn Write) -> io::Result<()> {
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| EntryJson {
            version: entry.version.digits(),
            name: &entry.name,
            state: entry.state,
            noted_in: &entry.noted_in,
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    writeln!(out)
}

#[derive(Serialize)]
struct EntryJson<'a> {
    version: &'a str,
    name: &'a str,
    state: State,
    noted_in: &'a [HistoryTable],
}
