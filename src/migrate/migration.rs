use std::cmp::Ordering;
use std::fmt;

use super::MigrateError;
use crate::span::{FileId, SourceMap};

/// The version of a migration: digits, as they are written, that compare as a number. The Supabase CLI
/// keeps the digits, sqlx the number.
#[derive(Debug, Clone)]
pub struct Version(String);

impl Version {
    /// The version that these digits write.
    #[must_use]
    pub fn new(digits: impl Into<String>) -> Self {
        Self(digits.into())
    }

    /// The digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    fn number(&self) -> (usize, &str) {
        let digits = self.0.trim_start_matches('0');
        (digits.len(), digits)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

/// A migration that there is a file of.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The file.
    pub file: FileId,
    /// Its version.
    pub version: Version,
    /// What the file name says after the version, without `.sql`.
    pub name: String,
}

impl Migration {
    fn of(files: &SourceMap, file: FileId) -> Option<Self> {
        let path = &files.file(file).path;
        let file_name = path.rsplit('/').next()?;
        let (version, name) = file_name.strip_suffix(".sql")?.split_once('_')?;
        Some(Self { file, version: Version::new(version), name: name.to_owned() })
    }
}

/// The migrations of these files, in the order of their versions.
///
/// # Errors
/// If two files bear the same version: the history could not tell which of them was applied.
pub fn in_order(files: &SourceMap, ids: &[FileId]) -> Result<Vec<Migration>, MigrateError> {
    let mut migrations: Vec<_> = ids.iter().filter_map(|id| Migration::of(files, *id)).collect();
    migrations.sort_by(|a, b| a.version.cmp(&b.version));
    let twins = migrations.windows(2).find_map(|pair| match pair {
        [first, second] if first.version == second.version => Some((first, second)),
        _ => None,
    });
    match twins {
        Some((first, second)) => Err(MigrateError::SameVersion {
            version: first.version.clone(),
            first: files.file(first.file).path.to_string(),
            second: files.file(second.file).path.to_string(),
        }),
        None => Ok(migrations),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::SourceFile;

    fn read(paths: &[&str]) -> Result<Vec<Migration>, MigrateError> {
        let mut files = SourceMap::default();
        let ids: Vec<_> = paths.iter().map(|path| files.add(SourceFile::new(*path, ""))).collect();
        in_order(&files, &ids)
    }

    #[test]
    fn migrations_are_ordered_by_version_as_a_number() {
        let migrations = read(&["db/10_b.sql", "db/9_a_c.up.sql", "db/0011_d.sql"]).unwrap();
        let names: Vec<_> =
            migrations.iter().map(|m| (m.version.digits(), m.name.as_str())).collect();
        assert_eq!(names, [("9", "a_c.up"), ("10", "b"), ("0011", "d")]);
    }

    #[test]
    fn two_files_of_one_version_are_refused() {
        let error = read(&["db/1_a.sql", "db/0001_b.sql"]).unwrap_err().to_string();
        assert!(error.contains("db/1_a.sql and db/0001_b.sql"), "{error}");
    }
}
