//! What a run has printed, kept in the user's cache by the contents of everything that the run read.
//!
//! Whoever asks the same of the same contents is given the same bytes, without an engine or a parser. Times of
//! files are never asked: the migrations and sources are read and hashed each time.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::repository::Repository;
use crate::input::{Journal, Migrations};
use crate::load::{Tree, search_sources};
use crate::span::SourceMap;
use crate::verify;

/// How many results are kept. Those that were not asked for longest go first.
const MOST: usize = 256;

/// Larger results are not kept.
const LARGEST: usize = 4 << 20;

/// Where results are kept.
#[derive(Debug, Clone, Args)]
pub(super) struct CacheArguments {
    /// Neither use nor keep results of earlier runs
    #[arg(long)]
    no_cache: bool,
    /// Keep results in this folder [default: railcheck in the user's cache folder]
    #[arg(long, value_name = "DIR", env = "RAILCHECK_CACHE_DIR")]
    cache_dir: Option<PathBuf>,
}

/// What a run has printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Printed {
    /// The exit status.
    pub(super) code: u8,
    /// What was said beside the report, but for the last line.
    pub(super) notes: Vec<String>,
    /// How much was looked at.
    pub(super) coverage: String,
    /// The report.
    pub(super) report: String,
}

/// The results of one question, such as a command line in a folder, and what this run reads.
pub(super) struct ResultCache {
    folder: PathBuf,
    pub(super) journal: Journal,
}

impl CacheArguments {
    /// The results of a question; nothing where none are to be kept.
    pub(super) fn of(&self, question: &[u8]) -> Option<ResultCache> {
        if self.no_cache {
            return None;
        }
        let folder = match &self.cache_dir {
            Some(folder) => folder.clone(),
            None => railcheck_cluster::user_cache()?,
        };
        let folder = folder.join("results").join(hex(&Sha256::digest(question)));
        Some(ResultCache { folder, journal: Journal::default() })
    }
}

/// What a run is asked, whatever the contents of the repository: by which program, with which words, where.
pub(super) fn question(repository: &Repository, color: bool) -> Option<Vec<u8>> {
    let program = std::env::current_exe().ok()?;
    let metadata = program.metadata().ok()?;
    let made = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let here = std::env::current_dir().ok()?;
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let said = format!(
        "{}\0{program:?}\0{}\0{made:?}\0{here:?}\0{words:?}\0{color}\0{}",
        env!("CARGO_PKG_VERSION"),
        metadata.len(),
        repository.fixed(),
    );
    Some(said.into_bytes())
}

impl ResultCache {
    /// Whether the question was asked before.
    pub(super) fn is_known(&self) -> bool {
        self.folder.is_dir()
    }

    /// What was printed when the repository was what it is.
    pub(super) fn recall(&self, repository: &Repository, tree: Tree<'_>) -> Option<Printed> {
        let mut files = repository.files.clone();
        let migrations = tree.read_migrations(&mut files).ok()?;
        self.journal.keep(search_sources(tree, &verify::source_query(&repository.packs)));
        let path = self.folder.join(self.key(tree, &files, &migrations));
        let printed = read(&path)?;
        // The time of its last use tells what may go; that it cannot be noted is no matter.
        if let Ok(file) = fs::File::open(&path) {
            let _ = file.set_modified(SystemTime::now());
        }
        Some(printed)
    }

    /// Keeps what was printed of what was read. That it cannot be kept is no reason to fail.
    pub(super) fn keep(
        &self,
        tree: Tree<'_>,
        files: &SourceMap,
        migrations: &Migrations,
        printed: &Printed,
    ) {
        if printed.report.len() > LARGEST || !self.journal.agrees(files) {
            return;
        }
        let path = self.folder.join(self.key(tree, files, migrations));
        if write(&path, printed).is_some() {
            prune(&self.folder);
        }
    }

    /// The name of a result: a hash of everything that was read.
    fn key(&self, tree: Tree<'_>, files: &SourceMap, migrations: &Migrations) -> String {
        let mut key = Sha256::new();
        let Migrations { files: ids, unreadable, duplicate_versions, misnamed, .. } = migrations;
        for id in ids {
            let file = files.file(*id);
            add(&mut key, &file.path);
            add(&mut key, &file.text);
        }
        for unreadable in unreadable {
            add(&mut key, &files.file(unreadable.file).path);
            add(&mut key, &unreadable.reason);
        }
        for word in duplicate_versions.iter().chain(misnamed).chain(&migrations.versions) {
            add(&mut key, word);
        }
        add(&mut key, &format!("{:?} {:?}", migrations.layout, migrations.dialect));
        add(&mut key, &tree.project_text().unwrap_or_default());
        self.journal.add_to(&mut key);
        hex(&key.finalize())
    }
}

/// Adds a text and where it ends.
fn add(key: &mut Sha256, text: &str) {
    key.update(text.len().to_le_bytes());
    key.update(text.as_bytes());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a result. A damaged one is none.
fn read(path: &Path) -> Option<Printed> {
    let text = fs::read_to_string(path).ok()?;
    let (hash, body) = text.split_once('\n')?;
    (hex(&Sha256::digest(body)) == hash).then(|| serde_json::from_str(body).ok())?
}

/// Writes a result beside its place and moves it there, so that nobody reads half of it.
fn write(path: &Path, printed: &Printed) -> Option<()> {
    let folder = path.parent()?;
    fs::create_dir_all(folder).ok()?;
    let body = serde_json::to_string(printed).ok()?;
    let mut file = tempfile::NamedTempFile::new_in(folder).ok()?;
    write!(file, "{}\n{body}", hex(&Sha256::digest(&body))).ok()?;
    file.persist(path).ok()?;
    Some(())
}

/// Removes the results that were not used longest, of every question.
fn prune(folder: &Path) {
    let Some(all) = folder.parent().and_then(|results| fs::read_dir(results).ok()) else { return };
    let mut kept: Vec<(SystemTime, PathBuf)> = all
        .flatten()
        .filter_map(|question| fs::read_dir(question.path()).ok())
        .flat_map(|results| results.flatten())
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    if kept.len() <= MOST {
        return;
    }
    kept.sort();
    kept.truncate(kept.len() - MOST * 3 / 4);
    for (_, path) in kept {
        let _ = fs::remove_file(&path);
        // A folder that is not empty stays.
        let _ = path.parent().map(fs::remove_dir);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_result_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("question/key");
        let printed = Printed {
            code: 1,
            notes: vec!["a note".to_owned()],
            coverage: "looked at 1 rule".to_owned(),
            report: "❌ violates R\n".to_owned(),
        };
        write(&path, &printed).unwrap();
        assert_eq!(read(&path), Some(printed));
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(read(&path), None, "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(read(&path), None, "cut at {at}");
        }
    }

    #[test]
    fn what_was_not_used_longest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let printed =
            Printed { code: 0, notes: Vec::new(), coverage: String::new(), report: String::new() };
        let path = |number: usize| folder.path().join(format!("q{}/{number}", number % 3));
        for number in 0..=MOST {
            write(&path(number), &printed).unwrap();
            let used = UNIX_EPOCH + std::time::Duration::from_secs(number as u64);
            fs::File::open(path(number)).unwrap().set_modified(used).unwrap();
        }
        prune(&folder.path().join("q0"));
        let left: Vec<usize> = (0..=MOST).filter(|number| path(*number).exists()).collect();
        assert_eq!(left, (MOST + 1 - MOST * 3 / 4..=MOST).collect::<Vec<_>>());
    }
}
