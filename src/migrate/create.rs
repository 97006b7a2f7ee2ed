//! A file for a new migration.

use std::fs::File;
use std::io::{self, Write};

use chrono::{DateTime, Utc};
use heck::ToSnakeCase;

use super::Migration;
use crate::input::Folder;

/// How sortable timestamps of migrations are written.
const TIMESTAMP: &str = "%Y%m%d%H%M%S";

/// The most characters of a name; file systems take 255 bytes.
const MAX_NAME: usize = 100;

/// Why there is no file for a new migration.
#[derive(Debug, thiserror::Error)]
pub enum NewMigrationError {
    /// The name is none of a file.
    #[error("`{0}` is not the name of a migration; write a verb and a noun, such as create_runs")]
    Name(String),
    /// The file cannot be made.
    #[error("cannot create {path}: {error}")]
    File {
        /// The file.
        path: String,
        /// Why.
        error: io::Error,
    },
}

/// A migration that comes after those that are there, before its file is made.
#[derive(Debug)]
pub struct NewMigration<'a> {
    folder: &'a Folder,
    file_name: String,
    slug: String,
}

impl<'a> NewMigration<'a> {
    /// The next migration of a folder.
    ///
    /// # Errors
    /// If the name is none.
    pub fn after(
        folder: &'a Folder,
        migrations: &[Migration],
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, NewMigrationError> {
        let slug = slug(name).ok_or_else(|| NewMigrationError::Name(name.to_owned()))?;
        let file_name = format!("{}_{slug}.sql", next_version(migrations, now));
        Ok(Self { folder, file_name, slug })
    }

    /// Its path as shown.
    #[must_use]
    pub fn path(&self) -> String {
        self.folder.shown_path(&self.file_name)
    }

    /// The comment that an empty one begins with.
    #[must_use]
    pub fn heading(&self) -> String {
        format!("-- {}.\n", sentence(&self.slug))
    }

    /// Makes its file.
    ///
    /// # Errors
    /// If it cannot be made; one that is there is never written over.
    pub fn create(&self, text: &str) -> Result<(), NewMigrationError> {
        let write = || {
            let commit = || io::Error::other("a commit stays as it is");
            let folder = self.folder.path().ok_or_else(commit)?;
            File::create_new(folder.join(&self.file_name))?.write_all(text.as_bytes())
        };
        write().map_err(|error| NewMigrationError::File { path: self.path(), error })
    }
}

/// The name as the part of a file name; `None` for a path, or where nothing is left.
fn slug(name: &str) -> Option<String> {
    if name.contains(['/', '\\', '\0']) || name.starts_with('.') {
        return None;
    }
    let slug = name.strip_suffix(".sql").unwrap_or(name).to_snake_case();
    (!slug.is_empty() && slug.chars().count() <= MAX_NAME).then_some(slug)
}

fn sentence(slug: &str) -> String {
    let mut characters = slug.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).map(|c| if c == '_' { ' ' } else { c }).collect()
}

/// The version after the last one, in the form that the folder's versions have: a number, or the time.
fn next_version(migrations: &[Migration], now: DateTime<Utc>) -> String {
    let now = now.format(TIMESTAMP).to_string();
    let Some(last) = migrations.iter().map(|migration| &migration.version).max() else {
        return now;
    };
    let width = last.digits().len();
    let following = last.digits().parse::<u64>().ok().and_then(|number| number.checked_add(1));
    let following = following.map(|number| format!("{number:0width$}"));
    // A clock that is behind must not put the migration before those that are there.
    match following {
        Some(number) if width < now.len() || number > now => number,
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::Version;
    use crate::span::FileId;

    fn now() -> DateTime<Utc> {
        "2026-02-03T04:05:06Z".parse().unwrap()
    }

    #[test]
    fn a_version_is_like_those_that_are_there_and_after_them() {
        for (versions, next) in [
            (&[][..], "20260203040506"),
            (&["20260101000000", "20260202000000"], "20260203040506"),
            (&["20270101000000"], "20270101000001"),
            (&["1", "2"], "3"),
            (&["0001", "0009"], "0010"),
            (&["9"], "10"),
            (&["99999999999999999999999"], "20260203040506"),
        ] {
            let migrations: Vec<_> = versions
                .iter()
                .map(|version| Migration {
                    file: FileId(0),
                    version: Version::new(*version),
                    name: String::new(),
                })
                .collect();
            assert_eq!(next_version(&migrations, now()), next, "{versions:?}");
        }
    }

    #[test]
    fn a_name_becomes_a_part_of_a_file_name_and_a_path_does_not() {
        let long = "x".repeat(MAX_NAME + 1);
        for (name, expected) in [
            ("create_runs", Some("create_runs")),
            ("Create the Runs!", Some("create_the_runs")),
            ("add-status-index.sql", Some("add_status_index")),
            ("AddIndex", Some("add_index")),
            ("../create_runs", None),
            ("a/b", None),
            ("a\\b", None),
            ("..", None),
            (".hidden", None),
            ("", None),
            ("!!", None),
            (&long, None),
        ] {
            assert_eq!(slug(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_file_that_is_there_is_not_written_over() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::root(parent.path()).unwrap();
        let new = |name| NewMigration::after(&folder, &[], name, now()).unwrap();
        let migration = new("create runs");
        assert_eq!(migration.path(), "20260203040506_create_runs.sql");
        migration.create(&migration.heading()).unwrap();
        let written = std::fs::read_to_string(parent.path().join(migration.path())).unwrap();
        assert_eq!(written, "-- Create runs.\n");
        let again = new("create_runs").create("").unwrap_err();
        assert!(matches!(again, NewMigrationError::File { .. }), "{again}");
    }
}
