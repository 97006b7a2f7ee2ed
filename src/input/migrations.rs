use ignore::WalkBuilder;
use rayon::prelude::*;

use super::folder::{Place, encloses, read_bounded, slashed};
use super::history::Target;
use super::{Folder, InputError, Unreadable};
use crate::span::{FileId, SourceFile, SourceMap};

/// The largest migration that is read. A byte more is a gap, since no reader of spans can hold it.
const MAX_MIGRATION: u64 = 256 << 20;

/// In which order migrations are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By version as a number, then by name: what the Supabase CLI and sqlx do.
    Version,
    /// By the bytes of the file name.
    Name,
}

/// The migrations of a folder.
#[derive(Debug, Default)]
pub struct Migrations {
    /// Every migration in the order that it is applied.
    pub files: Vec<FileId>,
    /// Those that could not be read; they stand in `files` without text.
    pub unreadable: Vec<Unreadable>,
    /// Versions that more than one file bears.
    pub duplicate_versions: Vec<String>,
    /// SQL files that are not named as migrations are; they are not applied.
    pub misnamed: Vec<String>,
}

/// A version that no migration bears.
#[derive(Debug, thiserror::Error)]
#[error("there is no migration of version {version}{nearest}")]
pub struct UnknownVersion {
    version: String,
    /// What there is instead, as the end of the sentence.
    nearest: String,
}

impl Migrations {
    /// Leaves out every migration after that version.
    ///
    /// # Errors
    /// If no migration bears it.
    pub fn end_with(&mut self, version: &str, map: &SourceMap) -> Result<(), UnknownVersion> {
        let compared = |file: &FileId| by_number(version_in(map, *file), version);
        if !self.files.iter().any(|file| compared(file).is_eq()) {
            let nearest = self.nearest(version, map);
            return Err(UnknownVersion { version: version.to_owned(), nearest });
        }
        self.files.retain(|file| compared(file).is_le());
        self.unreadable.retain(|unreadable| self.files.contains(&unreadable.file));
        Ok(())
    }

    /// The versions before and after one that is not there.
    fn nearest(&self, version: &str, map: &SourceMap) -> String {
        let versions = || self.files.iter().map(|file| version_in(map, *file));
        let before = versions().rfind(|known| by_number(known, version).is_lt());
        let after = versions().find(|known| by_number(known, version).is_gt());
        match (before, after) {
            (Some(before), Some(after)) => format!("; the nearest are {before} and {after}"),
            (Some(only), None) => format!("; the last one is {only}"),
            (None, Some(only)) => format!("; the first one is {only}"),
            (None, None) => "; there are none at all".to_owned(),
        }
    }
}

/// The version of a migration by its name.
fn version_in(map: &SourceMap, file: FileId) -> &str {
    let path = &map.file(file).path;
    let name = path.rsplit_once('/').map_or(&**path, |(_, name)| name);
    version_of(name).unwrap_or_default()
}

struct Found {
    version: String,
    name: String,
}

/// Whether a folder holds at least one migration.
#[must_use]
pub fn holds_migrations(folder: &Folder) -> bool {
    discover(folder).is_ok_and(|(found, _)| !found.is_empty())
}

/// How deep below the root folders of migrations are looked for, as in `apps/web/supabase/migrations`.
const MAX_DEPTH: usize = 6;

/// The folders called `migrations` anywhere below the root that hold migrations: those of Supabase first,
/// then those nearest to the root. What `.gitignore` files exclude is left out.
#[must_use]
pub fn nested_migrations(root: &Folder) -> Vec<Folder> {
    let Some(path) = root.path() else { return Vec::new() };
    let walk = WalkBuilder::new(path)
        .max_depth(Some(MAX_DEPTH))
        .git_global(false)
        .require_git(false)
        .parents(false)
        .filter_entry(|entry| entry.file_name() != "node_modules")
        .build();
    let mut folders: Vec<Folder> = walk
        .flatten()
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_dir()))
        .filter(|entry| entry.file_name() == "migrations")
        .filter_map(|entry| {
            let inside = entry.path().strip_prefix(path).ok()?;
            root.inside(&slashed(inside)).ok()
        })
        .filter(holds_migrations)
        .collect();
    let is_supabase = |folder: &Folder| folder.shown().ends_with("supabase/migrations");
    let depth = |folder: &Folder| folder.shown().matches('/').count();
    folders.sort_by_key(|f| (!is_supabase(f), depth(f), f.shown().to_owned()));
    folders
}

/// Reads `<digits>_<name>.sql` directly in `folder` into `map`. Down scripts, other endings and nested
/// folders are not migrations.
///
/// # Errors
/// If the folder cannot be listed.
pub fn read_migrations(
    folder: &Folder,
    order: Order,
    map: &mut SourceMap,
) -> Result<Migrations, InputError> {
    let (mut found, misnamed) = discover(folder)?;
    match order {
        Order::Version => found.sort_by(|a, b| {
            by_number(&a.version, &b.version).then_with(|| a.name.as_bytes().cmp(b.name.as_bytes()))
        }),
        Order::Name => found.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes())),
    }
    let texts: Vec<_> = found.par_iter().map(|file| read_text(folder, &file.name)).collect();

    let mut migrations = Migrations { misnamed, ..Migrations::default() };
    for (file, text) in found.iter().zip(texts) {
        let (text, reason) = match text {
            Ok(text) => (text, None),
            Err(reason) => (String::new(), Some(reason)),
        };
        let id = map.add(SourceFile::new(folder.shown_path(&file.name), text));
        migrations.files.push(id);
        migrations.unreadable.extend(reason.map(|reason| Unreadable { file: id, reason }));
    }
    let mut versions: Vec<_> = found.iter().map(|f| f.version.trim_start_matches('0')).collect();
    versions.sort_unstable();
    migrations.duplicate_versions =
        versions.windows(2).filter(|pair| pair[0] == pair[1]).map(|p| p[0].to_owned()).collect();
    migrations.duplicate_versions.dedup();
    Ok(migrations)
}

/// The migrations of a folder, and the other SQL files that are no down scripts.
fn discover(folder: &Folder) -> Result<(Vec<Found>, Vec<String>), InputError> {
    let (mut found, mut misnamed) = (Vec::new(), Vec::new());
    for name in scripts(folder)? {
        match version_of(&name) {
            Some(version) => found.push(Found { version: version.to_owned(), name }),
            None => misnamed.push(folder.shown_path(&name)),
        }
    }
    misnamed.sort();
    Ok((found, misnamed))
}

/// The names of the SQL files directly in a folder that are no down scripts.
fn scripts(folder: &Folder) -> Result<Vec<String>, InputError> {
    let is_script = |name: &str| name.ends_with(".sql") && !name.ends_with(".down.sql");
    let mut names = Vec::new();
    match &folder.place {
        Place::Disk { path, .. } => {
            let failed = |error| InputError::Folder { path: folder.shown().to_owned(), error };
            for entry in path.read_dir().map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if is_script(&name) && !path.is_dir() {
                    names.push(name);
                }
            }
        }
        Place::Commit(commit) => {
            let is_folder = |path: &str| matches!(commit.resolve(path), Target::Folder(_));
            let children = match commit.resolve(folder.shown()) {
                Target::Folder(path) => commit.children(&path),
                Target::File(_) | Target::Outside => Vec::new(),
            };
            let scripts =
                children.into_iter().filter(|(name, path)| is_script(name) && !is_folder(path));
            names.extend(scripts.map(|(name, _)| name));
        }
    }
    Ok(names)
}

/// The version in the name of an SQL file that is named `<digits>_<name>.sql`.
fn version_of(name: &str) -> Option<&str> {
    let (version, _) = name.split_once('_')?;
    let digits = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    digits.then_some(version)
}

/// Compares digits as numbers of any length.
fn by_number(a: &str, b: &str) -> std::cmp::Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn read_text(folder: &Folder, name: &str) -> Result<String, String> {
    let outside = || "it is a symbolic link that leads nowhere or out of the root".to_owned();
    let mut bytes = Vec::new();
    match &folder.place {
        Place::Disk { path, boundary } => {
            let path = path.join(name);
            if path.is_symlink() && !encloses(boundary, &path) {
                return Err(outside());
            }
            read_bounded(&path, MAX_MIGRATION, &mut bytes)?;
        }
        Place::Commit(commit) => {
            let entry = match commit.resolve(&folder.shown_path(name)) {
                Target::File(path) => commit.entry(&path),
                Target::Folder(_) | Target::Outside => None,
            };
            let entry = entry.ok_or_else(outside)?;
            commit.reader().read_entry(entry, MAX_MIGRATION, &mut bytes)?;
        }
    }
    String::from_utf8(bytes).map_err(|error| {
        format!("it is not valid UTF-8 from byte {} on", error.utf8_error().valid_up_to())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_digits_before_an_underscore() {
        for (name, version) in [
            ("20260202100000_create_runs.sql", Some("20260202100000")),
            ("1_a.sql", Some("1")),
            ("0001_a.up.sql", Some("0001")),
            ("0001_a.b.c.sql", Some("0001")),
            ("0001_.sql", Some("0001")),
            ("0001.sql", None),
            ("0001-a.sql", None),
            ("v1_a.sql", None),
            ("_a.sql", None),
            (".0001_a.sql", None),
            ("٣_a.sql", None),
        ] {
            assert_eq!(version_of(name), version, "{name}");
        }
    }

    #[test]
    fn an_unknown_version_is_told_with_the_nearest_ones() {
        let mut map = SourceMap::default();
        let names = ["m/1_a.sql", "m/0020_b.sql", "m/20_c.sql", "m/300_d.sql"];
        let files: Vec<_> = names.map(|name| map.add(SourceFile::new(name, ""))).into();
        let of = |files: &[FileId]| Migrations { files: files.to_vec(), ..Migrations::default() };
        for (version, kept) in [("1", 1), ("20", 3), ("00020", 3), ("300", 4)] {
            let mut migrations = of(&files);
            migrations.end_with(version, &map).expect(version);
            assert_eq!(migrations.files, files[..kept], "{version}");
        }
        for (version, nearest) in [
            ("0", "; the first one is 1"),
            ("2", "; the nearest are 1 and 0020"),
            ("301", "; the last one is 300"),
            ("latest", "; the last one is 300"),
        ] {
            let error = of(&files).end_with(version, &map).expect_err(version).to_string();
            assert_eq!(error, format!("there is no migration of version {version}{nearest}"));
        }
        let error = of(&[]).end_with("1", &map).expect_err("none").to_string();
        assert_eq!(error, "there is no migration of version 1; there are none at all");
    }

    #[test]
    fn versions_compare_as_numbers_of_any_length() {
        let mut versions = ["10", "9", "0009", "20260202100000", "0", "99999999999999999999999"];
        versions.sort_by(|a, b| by_number(a, b));
        assert_eq!(versions, ["0", "9", "0009", "10", "20260202100000", "99999999999999999999999"]);
    }
}
