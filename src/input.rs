//! Discovers and reads files, those on disk or those of a commit: the only room that touches the file
//! system, and never outside the folder that it was given.

mod commit;
mod dialect;
mod folder;
mod git;
mod history;
mod journal;
mod layout;
mod migrations;
mod project;
mod sections;
mod source_cache;
mod sources;
mod watch;

pub use commit::Commit;
pub use folder::{Folder, InputError, read_named_text};
pub use history::HistoryError;
pub use journal::Journal;
pub use layout::Layout;
pub use migrations::{
    Migrations, Order, UnknownVersion, foreign_database, holds_migrations, nested_migrations,
    read_history, read_migrations,
};
pub use project::{project_text, read_project};
pub use source_cache::SourceCache;
pub use sources::{FoundSources, Selection, Sources, find_sources, read_deferred};
pub use watch::{Signal, WatchError, Watcher};

use crate::span::FileId;

/// A file that is there but could not be read as text. Whatever it may hold is undecided.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// The file, without text in the source map.
    pub file: FileId,
    /// Why, in one lower-case sentence.
    pub reason: String,
}
