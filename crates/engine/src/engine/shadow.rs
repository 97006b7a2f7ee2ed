//! The engine that applies the migrations to a database of its own on a server that the user names.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

use super::session::options::ConnectOptions;
use super::session::server::ServerSession;
use super::session::{Session, SessionError};
use super::sql::{self, while_trying};
use super::{Engine, EngineError, Look, Outcome, Platform, prelude};
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
    /// What is asked of the database at last.
    pub look: Option<Look>,
}

impl Engine for Shadow {
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError> {
        let mut database = ShadowDatabase::create(&self.url, self.platform)
            .map_err(while_trying("create a shadow database"))?;
        for file in migrations {
            database.will_apply(&files.file(*file).text);
        }
        let outcome =
            database.session().map_err(while_trying("prepare the shadow database")).and_then(
                |mut session| sql::apply(&mut session, self.platform, files, migrations, self.look),
            );
        let notes = database.remove().map_err(while_trying("drop the shadow database"))?;
        outcome.map(|outcome| Outcome { notes, ..outcome })
    }
}

/// A database with a name of its own on the user's server, and the roles that the platform needs or the
/// migrations make. Dropping it removes them all, also where something failed or the process was told to end.
pub struct ShadowDatabase {
    server: ServerSession,
    options: ConnectOptions,
    name: String,
    platform: Platform,
    prepared: bool,
    /// The roles that the server had before.
    existing_roles: BTreeSet<String>,
    /// The text of the migrations, which name the roles that they make.
    migrations: String,
    removed: bool,
}

impl ShadowDatabase {
    /// Creates a database through another one of the same server.
    ///
    /// # Errors
    /// Where the server cannot be reached, or does not let the login create databases.
    pub fn create(url: &str, platform: Platform) -> Result<Self, SessionError> {
        let options = ConnectOptions::parse(url)?;
        let mut server = ServerSession::connect_with(&options)?;
        server.survive_interruption()?;
        server.run(TURN)?;
        let existing_roles = roles(&mut server)?;
        let name = format!("railcheck_shadow_{:016x}", RandomState::new().hash_one(()));
        // From here on whatever happens drops the database.
        let mut database = Self {
            server,
            options,
            name,
            platform,
            prepared: false,
            existing_roles,
            migrations: String::new(),
            removed: false,
        };
        let (name, path) = (&database.name, platform.search_path());
        database.server.run(&format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        database.server.run(&format!("ALTER DATABASE {name} SET search_path = {path}"))?;
        Ok(database)
    }

    /// Tells a migration beforehand, so that the roles that it makes can go again.
    pub fn will_apply(&mut self, migration: &str) {
        self.migrations.push_str(migration);
        self.migrations.push('\n');
    }

    /// A session with the database, which has what the platform has.
    ///
    /// # Errors
    /// Where the server refuses it.
    pub fn session(&mut self) -> Result<ServerSession, SessionError> {
        let options = self.options.clone().database(&self.name);
        let mut session = ServerSession::connect_with(&options)?;
        session.survive_interruption()?;
        if !std::mem::replace(&mut self.prepared, true) {
            prelude::prepare(&mut session, self.platform)?;
        }
        Ok(session)
    }

    /// Drops the database, and the roles that came with it. Returns what had to stay, a sentence each.
    ///
    /// # Errors
    /// Where the server does not drop the database.
    pub fn remove(mut self) -> Result<Vec<String>, SessionError> {
        self.drop_all()
    }

    fn drop_all(&mut self) -> Result<Vec<String>, SessionError> {
        if std::mem::replace(&mut self.removed, true) {
            return Ok(Vec::new());
        }
        self.server.ignore_interruption();
        self.server.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))?;
        let mut left = Vec::new();
        for role in roles(&mut self.server)?.difference(&self.existing_roles) {
            let name = crate::datum::quote_identifier(role);
            let why = if self.is_named(role) {
                self.server.run(&format!("DROP ROLE IF EXISTS {name}")).err().map(|e| e.to_string())
            } else {
                Some("no migration names it".to_owned())
            };
            if let Some(why) = why {
                left.push(format!("the new role {role} stays on the server: {why}"));
            }
        }
        Ok(left)
    }

    /// Whether the platform or a migration names a role. Somebody else may have made others meanwhile.
    fn is_named(&self, role: &str) -> bool {
        let in_migrations = || self.migrations.to_lowercase().contains(&role.to_lowercase());
        self.platform.roles().contains(&role) || in_migrations()
    }
}

fn roles(server: &mut ServerSession) -> Result<BTreeSet<String>, SessionError> {
    let answers = server.run("SELECT rolname FROM pg_catalog.pg_roles")?;
    Ok(answers.into_iter().flat_map(|answer| answer.rows).flatten().flatten().collect())
}

impl Drop for ShadowDatabase {
    fn drop(&mut self) {
        // Who could still be told did not ask.
        let _unreachable = self.drop_all();
    }
}
