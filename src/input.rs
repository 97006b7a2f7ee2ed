//! Discovers and reads files: the only room that touches the file system, and never outside the
//! folder that it was given.

mod folder;
mod migrations;
mod sources;

pub use folder::{Folder, InputError, read_named_text};
pub use migrations::{Migrations, Order, holds_migrations, nested_migrations, read_migrations};
pub use sources::{Selection, Sources, read_sources};

use crate::span::FileId;

/// A file that is there but could not be read as text. Whatever it may hold is undecided.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// The file, without text in the source map.
    pub file: FileId,
    /// Why, in one lower-case sentence.
    pub reason: String,
}
