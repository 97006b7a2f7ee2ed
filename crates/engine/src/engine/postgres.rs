//! The engine that applies the migrations to a throw-away cluster of the PostgreSQL that is installed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use railcheck_cluster::{Cluster, FAST, Programs, Settings, Template};

use super::session::options::ConnectOptions;
use super::session::server::ServerSession;
use super::session::{Session, SessionError};
use super::sql::{self, while_trying};
use super::{Engine, EngineError, Look, Outcome, Platform, prelude};
use crate::span::{FileId, SourceMap};

/// Migrations that run longer, in a loop without an end perhaps, are given up.
const LIMIT: Duration = Duration::from_secs(60);

/// Settings of the server beside those that make it fast. Locks are there for large migrations, and the
/// write-ahead log has what publications want.
const SETTINGS: [&str; 5] = [
    "max_connections=40",
    "max_locks_per_transaction=1024",
    "jit=off",
    "timezone=UTC",
    "wal_level=logical",
];

/// Databases that no migration reads; without them there is half as much to copy.
const UNWANTED: [&str; 2] = ["template0", "template1"];

/// A PostgreSQL that is started for one run.
#[derive(Debug, Clone, Default)]
pub struct Postgres {
    /// Where the migrations start from.
    pub platform: Platform,
    /// The folder of the server programs, where they are not looked for.
    pub programs: Option<PathBuf>,
    /// What is asked of the database at last.
    pub look: Option<Look>,
}

impl Engine for Postgres {
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError> {
        let mut database = Database::open(self.platform, self.programs.as_deref())?;
        database.limit(LIMIT);
        let session = &mut database.session;
        sql::apply(session, self.platform, files, migrations, self.look).map_err(told_as_limit)
    }
}

/// A session that was given up is one that took too long.
fn told_as_limit(error: EngineError) -> EngineError {
    match error {
        EngineError::Session { source: SessionError::TimedOut, .. } => {
            EngineError::TimeLimit(LIMIT.as_secs())
        }
        other => other,
    }
}

/// A database of a throw-away cluster, which has what the platform has. The cluster goes with it.
pub struct Database {
    /// A session of its superuser.
    pub session: ServerSession,
    cluster: Cluster,
}

impl Database {
    /// Starts a cluster for migrations of a platform.
    ///
    /// # Errors
    /// Where there are no server programs, or they do not start.
    pub fn open(platform: Platform, programs: Option<&Path>) -> Result<Self, EngineError> {
        let programs = Programs::find(programs)?;
        let template = Template::new(programs).prepared(
            &key(platform),
            |cluster| prepare(cluster, platform).map_err(|error| error.to_string()),
            |cluster| check(cluster).map_err(|error| error.to_string()),
        );
        let search_path = format!("search_path={}", platform.search_path());
        let values = [&FAST[..], &SETTINGS, &[&search_path]].concat();
        let cluster = template.start(Settings { port: None, values: &values })?;
        let session = connect(&cluster).map_err(while_trying("connect to the server"))?;
        Ok(Self { session, cluster })
    }

    /// Gives up whatever still runs after that time.
    pub fn limit(&mut self, time: Duration) {
        self.session.set_deadline(Some(Instant::now() + time));
    }

    /// Opens a new session, where the old one was given up.
    ///
    /// # Errors
    /// Where the server refuses it.
    pub fn reconnect(&mut self) -> Result<(), SessionError> {
        self.session = connect(&self.cluster)?;
        Ok(())
    }
}

fn connect(cluster: &Cluster) -> Result<ServerSession, SessionError> {
    let options = ConnectOptions::of_socket(cluster.socket_folder(), cluster.port());
    ServerSession::connect_with(&options)
}

/// All that a prepared cluster depends on.
fn key(platform: Platform) -> String {
    format!("{} {:?} {:?}", platform.search_path(), prelude::script(platform), UNWANTED)
}

/// Makes what the platform has.
fn prepare(cluster: &Cluster, platform: Platform) -> Result<(), SessionError> {
    let mut session = connect(cluster)?;
    for name in UNWANTED {
        session.run(&format!("ALTER DATABASE {name} IS_TEMPLATE false"))?;
        session.run(&format!("DROP DATABASE {name}"))?;
    }
    session.run(&format!("SET search_path = {}", platform.search_path()))?;
    prelude::prepare(&mut session, platform)
}

/// Reads the whole catalog, so that a damaged one is noticed.
fn check(cluster: &Cluster) -> Result<(), SessionError> {
    const CATALOG: &str = "SELECT count(*) FROM pg_catalog.pg_class; \
        SELECT count(*) FROM pg_catalog.pg_attribute; \
        SELECT count(*) FROM pg_catalog.pg_proc; SELECT count(*) FROM pg_catalog.pg_type; \
        SELECT count(*) FROM pg_catalog.pg_depend; SELECT count(*) FROM pg_catalog.pg_authid";
    connect(cluster)?.run(CATALOG).map(drop)
}
