//! How tools lay their migrations out: which files of a folder are applied, and in which order.

use serde::Deserialize;

use super::dialect;
use super::folder::Place;
use super::history::Target;
use super::{Folder, InputError};

/// The tool whose rules a folder of migrations follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// `<digits>_<name>.sql`: the Supabase CLI, sqlx, golang-migrate, goose, dbmate, node-pg-migrate.
    #[default]
    Numbered,
    /// `<digits>_<name>/up.sql`: Diesel. <https://diesel.rs/guides/getting-started>
    Diesel,
    /// `<digits>_<name>/migration.sql`: Prisma, and drizzle-kit 1.
    Prisma,
    /// `meta/_journal.json` tells the order: drizzle-kit. <https://orm.drizzle.team/docs/kit-overview>
    Drizzle,
    /// `V<version>__<name>.sql` and `R__<name>.sql`: Flyway.
    /// <https://documentation.red-gate.com/flyway/flyway-concepts/migrations>
    Flyway,
    /// Every file, in the order that `config.toml` gives or by name: the declarative schemas of Supabase.
    /// <https://supabase.com/docs/guides/local-development/declarative-database-schemas>
    Declarative,
}

/// A file that is applied.
#[derive(Debug)]
pub(super) struct Found {
    /// Its version, digits.
    pub(super) version: String,
    /// Its path relative to the folder.
    pub(super) path: String,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Discovered {
    /// By whose rules.
    pub(super) layout: Layout,
    /// What is applied, in order where the layout tells one.
    pub(super) found: Vec<Found>,
    /// SQL files that are not named as migrations are.
    pub(super) misnamed: Vec<String>,
    /// Migrations that are programs, which only their tool can run.
    pub(super) programs: Vec<String>,
    /// The other database that the folder says that it is for.
    pub(super) dialect: Option<&'static str>,
}

/// The migrations of a folder.
pub(super) fn discover(folder: &Folder) -> Result<Discovered, InputError> {
    let entries = entries(folder)?;
    if folder.shown().ends_with(DECLARATIVE) {
        return Ok(declarative(folder, &entries));
    }
    let journal = folder.read_text("meta/_journal.json").ok();
    let journal = journal.and_then(|text| serde_json::from_str::<Journal>(&text).ok());
    // A journal of files that are gone is not by what the others are applied.
    let has = |entry: &JournalEntry| folder.has(&format!("{}.sql", entry.tag));
    if let Some(journal) = journal.filter(|journal| journal.entries.iter().any(has)) {
        return Ok(drizzle(folder, &entries, journal));
    }
    for (layout, file) in [(Layout::Diesel, "up.sql"), (Layout::Prisma, "migration.sql")] {
        let found = in_folders(folder, &entries, file);
        if !found.is_empty() {
            let lock = folder.read_text("migration_lock.toml").unwrap_or_default();
            let lock = toml::from_str::<Lock>(&lock).ok();
            let dialect = lock.and_then(|lock| dialect::named(&lock.provider?));
            return Ok(Discovered { layout, found, dialect, ..Discovered::default() });
        }
    }
    let scripts = || entries.iter().filter(|entry| is_script(entry));
    let flyway: Vec<Versioned> = scripts().filter_map(|entry| Versioned::of(&entry.name)).collect();
    if flyway.iter().any(|file| file.kind == 'V')
        && !scripts().any(|e| version_of(&e.name).is_some())
    {
        return Ok(flyway_order(flyway));
    }
    let mut discovered = Discovered::default();
    for entry in scripts() {
        match version_of(&entry.name) {
            Some(version) => discovered
                .found
                .push(Found { version: version.to_owned(), path: entry.name.clone() }),
            None => discovered.misnamed.push(folder.shown_path(&entry.name)),
        }
    }
    discovered.misnamed.sort();
    // Goose runs programs among the files.
    let programs = entries.iter().filter(|entry| {
        !entry.is_folder
            && entry.name.ends_with(".go")
            && !entry.name.ends_with("_test.go")
            && version_of(&entry.name).is_some()
    });
    if !discovered.found.is_empty() {
        discovered.programs = programs.map(|entry| entry.name.clone()).collect();
        discovered.programs.sort();
    }
    Ok(discovered)
}

/// A child of a folder.
struct Entry {
    name: String,
    is_folder: bool,
}

fn entries(folder: &Folder) -> Result<Vec<Entry>, InputError> {
    let mut entries = Vec::new();
    match &folder.place {
        Place::Disk { path, .. } => {
            let failed = |error| InputError::Folder { path: folder.shown().to_owned(), error };
            for entry in path.read_dir().map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                entries.push(Entry { name, is_folder: path.is_dir() });
            }
        }
        Place::Commit(commit) => {
            if let Target::Folder(path) = commit.resolve(folder.shown()) {
                entries.extend(commit.children(&path).into_iter().map(|(name, path)| {
                    let is_folder = matches!(commit.resolve(&path), Target::Folder(_));
                    Entry { name, is_folder }
                }));
            }
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// Whether it is an SQL file and no down script.
fn is_script(entry: &Entry) -> bool {
    !entry.is_folder && entry.name.ends_with(".sql") && !entry.name.ends_with(".down.sql")
}

/// The version in the name of an SQL file that is named `<digits>_<name>.sql`.
pub(super) fn version_of(name: &str) -> Option<&str> {
    let (version, _) = name.split_once('_')?;
    let digits = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    digits.then_some(version)
}

/// A file of that name in each folder `<digits>_<name>`, by the names of the folders.
fn in_folders(folder: &Folder, entries: &[Entry], file: &str) -> Vec<Found> {
    entries
        .iter()
        .filter(|entry| entry.is_folder)
        .filter_map(|entry| {
            // Diesel leaves out the dashes of a date.
            let version = entry.name.split_once('_').map_or(&*entry.name, |(version, _)| version);
            let version = version.replace('-', "");
            let is_version = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
            let path = format!("{}/{file}", entry.name);
            (is_version && folder.has(&path)).then_some(Found { version, path })
        })
        .collect()
}

/// `meta/_journal.json` of drizzle-kit.
#[derive(Debug, Deserialize)]
struct Journal {
    dialect: Option<String>,
    entries: Vec<JournalEntry>,
}

#[derive(Debug, Deserialize)]
struct JournalEntry {
    idx: u64,
    tag: String,
}

/// `migration_lock.toml` of Prisma.
#[derive(Debug, Deserialize)]
struct Lock {
    provider: Option<String>,
}

fn drizzle(folder: &Folder, entries: &[Entry], mut journal: Journal) -> Discovered {
    journal.entries.sort_by_key(|entry| entry.idx);
    let found: Vec<Found> = journal
        .entries
        .into_iter()
        .map(|entry| Found { version: entry.idx.to_string(), path: format!("{}.sql", entry.tag) })
        .collect();
    let misnamed = entries.iter().filter(|entry| is_script(entry));
    let misnamed = misnamed.filter(|entry| !found.iter().any(|file| file.path == entry.name));
    Discovered {
        layout: Layout::Drizzle,
        misnamed: misnamed.map(|entry| folder.shown_path(&entry.name)).collect(),
        found,
        programs: Vec::new(),
        dialect: journal.dialect.and_then(|dialect| dialect::named(&dialect)),
    }
}

/// A file that is named as Flyway names them.
struct Versioned {
    /// `V` for a version, `B` for a baseline, `R` for one that is applied again when it changes.
    kind: char,
    version: Vec<u64>,
    name: String,
}

impl Versioned {
    fn of(name: &str) -> Option<Self> {
        let (head, _) = name.split_once("__")?;
        let kind = head.chars().next().filter(|kind| matches!(kind, 'V' | 'B' | 'R'))?;
        let digits = head.get(1..)?;
        let version = if kind == 'R' {
            Some(Vec::new()).filter(|_| digits.is_empty())
        } else {
            digits.split(['.', '_']).map(|part| part.parse().ok()).collect()
        };
        Some(Self { kind, version: version?, name: name.to_owned() })
    }
}

/// A new database begins with the latest baseline; what is repeatable comes last.
fn flyway_order(mut files: Vec<Versioned>) -> Discovered {
    let baseline =
        files.iter().filter(|file| file.kind == 'B').map(|file| file.version.clone()).max();
    files.retain(|file| match (file.kind, &baseline) {
        ('V', Some(baseline)) => file.version > *baseline,
        ('B', Some(baseline)) => file.version == *baseline,
        _ => true,
    });
    files.sort_by(|a, b| {
        (a.kind == 'R', &a.version, &a.name).cmp(&(b.kind == 'R', &b.version, &b.name))
    });
    let found = files.into_iter().map(|file| {
        let version = file.version.first().map_or(String::new(), u64::to_string);
        Found { version, path: file.name }
    });
    Discovered { layout: Layout::Flyway, found: found.collect(), ..Discovered::default() }
}

/// Where the declarative schemas of Supabase are.
pub(super) const DECLARATIVE: &str = "supabase/schemas";

/// The part of `supabase/config.toml` that tells the order of schemas.
#[derive(Debug, Default, Deserialize)]
struct SupabaseConfig {
    #[serde(default)]
    db: SupabaseDatabase,
}

#[derive(Debug, Default, Deserialize)]
struct SupabaseDatabase {
    #[serde(default)]
    migrations: SupabaseMigrations,
}

#[derive(Debug, Default, Deserialize)]
struct SupabaseMigrations {
    #[serde(default)]
    schema_paths: Vec<String>,
}

fn declarative(folder: &Folder, entries: &[Entry]) -> Discovered {
    let names: Vec<&str> =
        entries.iter().filter(|entry| is_script(entry)).map(|entry| entry.name.as_str()).collect();
    let config = folder.read_text("../config.toml").ok();
    let config = config.and_then(|text| toml::from_str::<SupabaseConfig>(&text).ok());
    let patterns = config.unwrap_or_default().db.migrations.schema_paths;
    let mut ordered: Vec<&str> = Vec::new();
    for pattern in &patterns {
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        let Some(pattern) = pattern.strip_prefix("schemas/") else { continue };
        let pattern = pattern.strip_prefix("**/").unwrap_or(pattern);
        ordered.extend(names.iter().filter(|name| matches(pattern, name)));
    }
    if patterns.is_empty() {
        ordered = names;
    }
    // A file that two patterns name is applied once.
    let mut seen = std::collections::BTreeSet::new();
    ordered.retain(|name| seen.insert(*name));
    let found = ordered.into_iter().zip(1..).map(|(name, number): (&str, usize)| Found {
        version: number.to_string(),
        path: name.to_owned(),
    });
    Discovered { layout: Layout::Declarative, found: found.collect(), ..Discovered::default() }
}

/// Whether a name is as a pattern says, in which `*` stands for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        match name.split_once(part) {
            Some((_, after)) => name = after,
            None => return false,
        }
    }
    name.ends_with(last)
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
    fn flyway_begins_with_its_latest_baseline_and_ends_with_what_is_repeatable() {
        for (names, ordered) in [
            (
                vec!["R__views.sql", "V10__c.sql", "V2__b.sql", "V1.5__a.sql", "U2__b.sql"],
                vec!["V1.5__a.sql", "V2__b.sql", "V10__c.sql", "R__views.sql"],
            ),
            (
                vec!["V1__a.sql", "V2__b.sql", "B2__all.sql", "B1__old.sql", "V3__c.sql"],
                vec!["B2__all.sql", "V3__c.sql"],
            ),
            (vec!["V1_1__a.sql", "V1_0_1__b.sql"], vec!["V1_0_1__b.sql", "V1_1__a.sql"]),
        ] {
            let files = names.iter().filter_map(|name| Versioned::of(name)).collect();
            let found = flyway_order(files).found;
            let paths: Vec<_> = found.iter().map(|file| file.path.as_str()).collect();
            assert_eq!(paths, ordered);
        }
    }
}
