use std::borrow::Cow;

use ignore::WalkBuilder;
use rayon::prelude::*;

use super::folder::{Place, encloses, read_bounded, slashed};
use super::history::Target;
use super::layout::{DECLARATIVE, Discovered, Found, Layout, discover};
use super::{Folder, InputError, Unreadable, dialect, sections};
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
#[derive(Debug, Clone, Default)]
pub struct Migrations {
    /// Every migration in the order that it is applied.
    pub files: Vec<FileId>,
    /// Those that could not be read; they stand in `files` without text.
    pub unreadable: Vec<Unreadable>,
    /// Versions that more than one file bears.
    pub duplicate_versions: Vec<String>,
    /// SQL files that are not named as migrations are; they are not applied.
    pub misnamed: Vec<String>,
    /// The versions of `files`, in their order.
    pub versions: Vec<String>,
    /// By which tool's rules they were found.
    pub layout: Layout,
    /// The other database that they are written for; then none of them is applied.
    pub dialect: Option<&'static str>,
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
    pub fn end_with(&mut self, version: &str) -> Result<(), UnknownVersion> {
        if !self.versions.iter().any(|known| by_number(known, version).is_eq()) {
            let nearest = self.nearest(version);
            return Err(UnknownVersion { version: version.to_owned(), nearest });
        }
        let all = self.files.iter().copied().zip(std::mem::take(&mut self.versions));
        let (kept, later): (Vec<_>, Vec<_>) =
            all.partition(|(_, known)| by_number(known, version).is_le());
        let is_later = |file: FileId| later.iter().any(|(later, _)| *later == file);
        self.unreadable.retain(|unreadable| !is_later(unreadable.file));
        (self.files, self.versions) = kept.into_iter().unzip();
        Ok(())
    }

    /// The versions before and after one that is not there.
    fn nearest(&self, version: &str) -> String {
        let versions = || self.versions.iter().filter(|known| !known.is_empty());
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

/// Whether a folder holds at least one migration.
#[must_use]
pub fn holds_migrations(folder: &Folder) -> bool {
    discover(folder).is_ok_and(|discovered| !discovered.found.is_empty())
}

/// How deep below the root folders of migrations are looked for, as in `apps/web/supabase/migrations`.
const MAX_DEPTH: usize = 6;

/// What folders of migrations are called.
const FOLDER_NAMES: [&str; 3] = ["migrations", "migration", "drizzle"];

/// How many files of a folder are looked at to tell which database they are for.
const LOOKED_AT: usize = 8;

/// The database that the migrations of a folder are written for, where it is not PostgreSQL.
#[must_use]
pub fn foreign_database(folder: &Folder) -> Option<&'static str> {
    let Discovered { found, dialect, .. } = discover(folder).ok()?;
    let read = |file: &Found| read_text(folder, &file.path).ok();
    let texts: Vec<String> = found.iter().take(LOOKED_AT).filter_map(read).collect();
    dialect.or_else(|| dialect::of(texts.iter().map(String::as_str)))
}

/// The folders anywhere below the root that are called as folders of migrations are and hold some: those of
/// Supabase first, then those nearest to the root. What `.gitignore` files exclude is left out.
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
        .filter_map(|entry| {
            let inside = slashed(entry.path().strip_prefix(path).ok()?);
            let is_named = FOLDER_NAMES.iter().any(|name| entry.file_name() == *name);
            (is_named || inside.ends_with(DECLARATIVE)).then(|| root.inside(&inside).ok())?
        })
        .filter(holds_migrations)
        .collect();
    let is_supabase = |folder: &Folder| folder.shown().ends_with("supabase/migrations");
    let depth = |folder: &Folder| folder.shown().matches('/').count();
    folders.sort_by_key(|f| (!is_supabase(f), depth(f), f.shown().to_owned()));
    folders
}

/// Reads the migrations of `folder` into `map`, by the rules of the tool that laid it out. Down scripts and the
/// sections of the way back are not applied.
///
/// # Errors
/// If the folder cannot be listed.
pub fn read_migrations(
    folder: &Folder,
    order: Order,
    map: &mut SourceMap,
) -> Result<Migrations, InputError> {
    let Discovered { layout, mut found, misnamed, programs, dialect } = discover(folder)?;
    match (layout, order) {
        (Layout::Numbered, Order::Version) => found.sort_by(|a, b| {
            by_number(&a.version, &b.version).then_with(|| a.path.as_bytes().cmp(b.path.as_bytes()))
        }),
        (Layout::Numbered, Order::Name) => {
            found.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        }
        // The others have an order of their own.
        _ => {}
    }
    let texts: Vec<_> = found.par_iter().map(|file| read_text(folder, &file.path)).collect();
    let readable = texts.iter().filter_map(|text| text.as_deref().ok());
    let dialect = dialect.or_else(|| dialect::of(readable));

    let mut migrations = Migrations { misnamed, layout, dialect, ..Migrations::default() };
    for (file, text) in found.iter().zip(texts) {
        let (text, reason) = match (text, dialect) {
            (Ok(_), Some(database)) => {
                (String::new(), Some(format!("it is written for {database}, not for PostgreSQL")))
            }
            (Ok(text), None) => (text, None),
            (Err(reason), _) => (String::new(), Some(reason)),
        };
        let id = map.add(SourceFile::new(folder.shown_path(&file.path), text));
        migrations.files.push(id);
        migrations.versions.push(file.version.clone());
        migrations.unreadable.extend(reason.map(|reason| Unreadable { file: id, reason }));
    }
    // Only one tool runs programs among SQL files, which are told by their sections.
    let has_sections = migrations.files.iter().any(|file| map.file(*file).text.contains("+goose"));
    for program in programs.into_iter().filter(|_| has_sections) {
        let file = map.add(SourceFile::new(folder.shown_path(&program), ""));
        let reason = "it is a program, which only goose can run".to_owned();
        migrations.unreadable.push(Unreadable { file, reason });
    }
    if layout == Layout::Numbered {
        let mut versions: Vec<_> =
            found.iter().map(|file| file.version.trim_start_matches('0')).collect();
        versions.sort_unstable();
        let twice = versions.windows(2).filter(|pair| pair[0] == pair[1]);
        migrations.duplicate_versions = twice.map(|pair| pair[0].to_owned()).collect();
        migrations.duplicate_versions.dedup();
    }
    Ok(migrations)
}

/// Reads the migrations of `folder`, and before them what comes before the first one, such as a dump: a file
/// of the repository.
///
/// # Errors
/// If the folder cannot be listed, or the file cannot be read.
pub fn read_history(
    root: &Folder,
    before: Option<&str>,
    folder: Option<&Folder>,
    map: &mut SourceMap,
) -> Result<Migrations, InputError> {
    let before = before.map(|path| {
        let text = read_text(root, path)
            .map_err(|reason| InputError::File { path: root.shown_path(path), reason })?;
        Ok(map.add(SourceFile::new(root.shown_path(path), text)))
    });
    let before = before.transpose()?;
    let mut migrations = match folder {
        Some(folder) => read_migrations(folder, Order::Version, map)?,
        None => Migrations::default(),
    };
    if let Some(file) = before {
        migrations.files.insert(0, file);
        // It has no version, which comes before all others.
        migrations.versions.insert(0, String::new());
    }
    Ok(migrations)
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
            commit.read(entry, MAX_MIGRATION, &mut bytes)?;
        }
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        format!("it is not valid UTF-8 from byte {} on", error.utf8_error().valid_up_to())
    })?;
    Ok(match sections::applied(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(applied) => applied,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_version_is_told_with_the_nearest_ones() {
        let of = |versions: &[&str]| Migrations {
            files: (0..).zip(versions).map(|(number, _)| FileId(number)).collect(),
            versions: versions.iter().map(ToString::to_string).collect(),
            ..Migrations::default()
        };
        let all = ["1", "0020", "20", "300"];
        let files: Vec<FileId> = (0..4).map(FileId).collect();
        for (version, kept) in [("1", 1), ("20", 3), ("00020", 3), ("300", 4)] {
            let mut migrations = of(&all);
            migrations.end_with(version).expect(version);
            assert_eq!(migrations.files, files[..kept], "{version}");
        }
        for (version, nearest) in [
            ("0", "; the first one is 1"),
            ("2", "; the nearest are 1 and 0020"),
            ("301", "; the last one is 300"),
            ("latest", "; the last one is 300"),
        ] {
            let error = of(&all).end_with(version).expect_err(version).to_string();
            assert_eq!(error, format!("there is no migration of version {version}{nearest}"));
        }
        let error = of(&[]).end_with("1").expect_err("none").to_string();
        assert_eq!(error, "there is no migration of version 1; there are none at all");
    }

    #[test]
    fn versions_compare_as_numbers_of_any_length() {
        let mut versions = ["10", "9", "0009", "20260202100000", "0", "99999999999999999999999"];
        versions.sort_by(|a, b| by_number(a, b));
        assert_eq!(versions, ["0", "9", "0009", "10", "20260202100000", "99999999999999999999999"]);
    }
}
