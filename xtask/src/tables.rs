//! The tables of `crates/datum/src/pg_catalog/tables`, read from servers.
//!
//! A table is what a query of `queries/` returns, one row a line with tabs between the columns. The last column
//! is the range of PostgreSQL's versions that have the row, such as `15-18`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use test_cluster::Cluster;

/// A table: its name and the query that reads it from a server.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// The file is named after it.
    pub name: &'static str,
    query: &'static str,
    /// What else is installed beside a server decides what the query returns.
    pub depends_on_packages: bool,
}

macro_rules! table {
    ($name:literal, $depends:literal) => {
        Table {
            name: $name,
            query: include_str!(concat!("../queries/", $name, ".sql")),
            depends_on_packages: $depends,
        }
    };
}

/// Every table.
pub const TABLES: [Table; 7] = [
    table!("casts", false),
    table!("conditions", false),
    table!("extensions", true),
    table!("functions", false),
    table!("keywords", false),
    table!("operators", false),
    table!("types", false),
];

/// The oldest version that rows are told of.
pub const OLDEST: u32 = 15;

/// Why tables could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A server could not be started or asked.
    #[error("cannot ask the server in {folder}")]
    Server {
        /// The folder of its programs.
        folder: PathBuf,
        /// Why not.
        source: test_cluster::Error,
    },
    /// Its answer is not what the query promises.
    #[error("the server does not tell its version: {0}")]
    Version(String),
    /// A file could not be read or written.
    #[error("cannot access {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// No server was named.
    #[error("name the folders of the servers' programs: cargo xtask tables --postgres-bin DIR…")]
    NoServer,
}

/// The rows that a server has, each table's sorted.
#[derive(Debug)]
pub struct Rows {
    /// The major version.
    pub version: u32,
    tables: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Rows {
    /// Reads every table from a running server.
    ///
    /// # Errors
    /// Where the server refuses.
    pub fn read(cluster: &Cluster) -> Result<Self, Error> {
        let failed = |source| Error::Server { folder: cluster.binaries().to_owned(), source };
        // Each in a database of its own, since a query may make what it looks at.
        let ask = |sql: &str| {
            let database = cluster.create_database().map_err(failed)?;
            cluster.psql(&database, sql).map_err(failed)
        };
        let number = ask("SHOW server_version_num")?;
        let version = number.parse::<u32>().map_err(|_| Error::Version(number))? / 10_000;
        let mut tables = BTreeMap::new();
        for table in TABLES {
            let answer = ask(table.query)?;
            tables.insert(table.name, answer.lines().map(str::to_owned).collect());
        }
        Ok(Self { version, tables })
    }

    /// The rows of one table.
    #[must_use]
    pub fn of(&self, table: &Table) -> Option<&BTreeSet<String>> {
        self.tables.get(table.name)
    }
}

/// The folder of the tables.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/datum/src/pg_catalog/tables")
}

/// The text of a table as its file has it.
///
/// # Errors
/// Where the file cannot be read.
pub fn committed(table: &Table) -> Result<String, Error> {
    let path = folder().join(format!("{}.tsv", table.name));
    std::fs::read_to_string(&path).map_err(|source| Error::File { path, source })
}

/// The rows of a text that a version has.
#[must_use]
pub fn rows_of(text: &str, version: u32) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.rsplit_once('\t'))
        .filter(|(_, range)| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let number = |text: &str| text.parse::<u32>().unwrap_or_default();
            (number(first)..=number(last)).contains(&version)
        })
        .map(|(row, _)| row.to_owned())
        .collect()
}

/// Writes every table from the servers in these folders.
///
/// # Errors
/// Where a server cannot be asked, or a file not be written.
pub fn write(servers: &[PathBuf]) -> Result<(), Error> {
    let mut all = Vec::new();
    for folder in servers {
        let cluster = Cluster::start_from(folder)
            .map_err(|source| Error::Server { folder: folder.clone(), source })?;
        all.push(Rows::read(&cluster)?);
    }
    if all.is_empty() {
        return Err(Error::NoServer);
    }
    all.sort_by_key(|rows| rows.version);
    for table in TABLES {
        let path = self::folder().join(format!("{}.tsv", table.name));
        let text = merged(&table, &all);
        std::fs::write(&path, text).map_err(|source| Error::File { path, source })?;
    }
    Ok(())
}

/// The rows of one table in every version, each with the runs of versions that have it.
fn merged(table: &Table, servers: &[Rows]) -> String {
    let mut versions: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for server in servers {
        for row in server.of(table).into_iter().flatten() {
            versions.entry(row).or_default().push(server.version);
        }
    }
    let mut text = String::new();
    for (row, versions) in versions {
        for run in versions.chunk_by(|a, b| a + 1 == *b) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            text.push_str(&format!("{row}\t{first}-{last}\n"));
        }
    }
    text
}
