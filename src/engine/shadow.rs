//! The engine that applies the migrations to a database of its own on a server that the user names.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

use sqlx::postgres::PgConnectOptions;

use super::session::server::{self, ServerSession};
use super::session::{Session, SessionError};
use super::sql::{self, while_trying};
use super::{Engine, EngineError, Outcome, Platform, prelude};
use crate::span::{FileId, SourceMap};

/// Roles are the whole server's, so that two runs that make and drop them take turns.
const TURN: &str = "SELECT pg_advisory_lock(hashtext('railcheck shadow'))";

/// A database that exists for one run.
#[derive(Debug, Clone)]
pub struct Shadow {
    /// Where the migrations start from.
    pub platform: Platform,
    /// A database of the server from which others can be created.
    pub url: String,
}

impl Engine for Shadow {
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError> {
        let mut database = ShadowDatabase::create(&self.url, self.platform)
            .map_err(while_trying("create a shadow database"))?;
        let outcome = database
            .session()
            .map_err(while_trying("prepare the shadow database"))
            .and_then(|mut session| sql::apply(&mut session, self.platform, files, migrations));
        database.remove().map_err(while_trying("drop the shadow database"))?;
        outcome
    }
}

/// A database with a name of its own on the user's server, and the roles that the platform needs. Dropping
/// it removes both, also where something failed or the process was told to end.
pub struct ShadowDatabase {
    server: ServerSession,
    options: PgConnectOptions,
    name: String,
    platform: Platform,
    prepared: bool,
    /// Roles of the platform that the server did not have before.
    new_roles: Vec<&'static str>,
    removed: bool,
}

impl ShadowDatabase {
    /// Creates a database through another one of the same server.
    ///
    /// # Errors
    /// Where the server cannot be reached, or does not let the login create databases.
    pub fn create(url: &str, platform: Platform) -> Result<Self, SessionError> {
        let options = server::options(url)?;
        let mut server = ServerSession::connect_with(options.clone())?;
        server.survive_interruption()?;
        server.run(TURN)?;
        let existing = server.run("SELECT rolname FROM pg_catalog.pg_roles")?;
        let existing: BTreeSet<String> =
            existing.into_iter().flat_map(|answer| answer.rows).flatten().flatten().collect();
        let new_roles =
            platform.roles().into_iter().filter(|role| !existing.contains(*role)).collect();
        let name = format!("railcheck_shadow_{:016x}", RandomState::new().hash_one(()));
        // From here on whatever happens drops the database.
        let mut database =
            Self { server, options, name, platform, prepared: false, new_roles, removed: false };
        let (name, path) = (&database.name, platform.search_path());
        database.server.run(&format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        database.server.run(&format!("ALTER DATABASE {name} SET search_path = {path}"))?;
        Ok(database)
    }

    /// A session with the database, which has what the platform has.
    ///
    /// # Errors
    /// Where the server refuses it.
    pub fn session(&mut self) -> Result<ServerSession, SessionError> {
        let options = self.options.clone().database(&self.name);
        let mut session = ServerSession::connect_with(options)?;
        session.survive_interruption()?;
        if !std::mem::replace(&mut self.prepared, true) {
            prelude::prepare(&mut session, self.platform)?;
        }
        Ok(session)
    }

    /// Drops the database, and the roles that came with it.
    ///
    /// # Errors
    /// Where the server does not drop the database.
    pub fn remove(mut self) -> Result<(), SessionError> {
        self.drop_all()
    }

    fn drop_all(&mut self) -> Result<(), SessionError> {
        if std::mem::replace(&mut self.removed, true) {
            return Ok(());
        }
        self.server.ignore_interruption();
        self.server.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))?;
        for role in &self.new_roles {
            // A role that something else has come to depend on stays.
            let _in_use = self.server.run(&format!("DROP ROLE IF EXISTS {role}"));
        }
        Ok(())
    }
}

impl Drop for ShadowDatabase {
    fn drop(&mut self) {
        // Who could still be told did not ask.
        let _unreachable = self.drop_all();
    }
}
