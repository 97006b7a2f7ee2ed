use std::path::Path;
use std::time::{Duration, Instant};

use super::CliError;
use crate::access::{self, Access, AccessError, Tables};
use crate::catalog::ObjectName;
use crate::engine::Platform;
use crate::engine::postgres::Database;
use crate::engine::session::SessionError;
use crate::engine::session::server::ServerSession;
use crate::engine::shadow::ShadowDatabase;
use crate::span::{FileId, SourceMap};

/// Migrations that run longer are given up.
const APPLICATION_LIMIT: Duration = Duration::from_secs(60);

/// A table whose attack takes longer is given up.
const TABLE_LIMIT: Duration = Duration::from_secs(30);

/// Where tables are attacked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ground<'a> {
    /// In a throw-away cluster of the server programs of a folder, or of the newest that are installed.
    Installed(Option<&'a Path>),
    /// In a database that is created and dropped on a server.
    Server(&'a str),
}

/// What is attacked: the tables that migrations make.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    /// Where the migrations start from.
    pub(super) platform: Platform,
    /// The texts of the migrations.
    pub(super) files: &'a SourceMap,
    /// The migrations, in their order.
    pub(super) migrations: &'a [FileId],
}

/// What came of attacking each table.
type Outcomes = Vec<Result<Access, AccessError>>;

impl Target<'_> {
    /// Attacks tables in a database of their own, which they share. `step` is called after each.
    pub(super) fn attack(
        self,
        ground: Ground<'_>,
        tables: &[ObjectName],
        step: &dyn Fn(),
    ) -> Result<Outcomes, CliError> {
        match ground {
            Ground::Installed(programs) => {
                let mut database = Database::open(self.platform, programs)?;
                let prepared = self.apply(&mut database.session)?;
                self.attack_each(&prepared, tables, step, |work| {
                    let outcome = work(&mut database.session);
                    if is_lost(&outcome) {
                        database.reconnect().map_err(access_error)?;
                    }
                    outcome
                })
            }
            Ground::Server(url) => {
                let mut database = ShadowDatabase::create(url, self.platform)?;
                for file in self.migrations {
                    database.will_apply(&self.files.file(*file).text);
                }
                let mut session = database.session()?;
                let prepared = self.apply(&mut session)?;
                let outcomes = self.attack_each(&prepared, tables, step, |work| {
                    let outcome = work(&mut session);
                    if is_lost(&outcome) {
                        session = database.session().map_err(access_error)?;
                    }
                    outcome
                });
                drop(session);
                database.remove()?.iter().for_each(super::note);
                outcomes
            }
        }
    }

    fn apply(self, session: &mut ServerSession) -> Result<Tables, AccessError> {
        session.set_deadline(Some(Instant::now() + APPLICATION_LIMIT));
        if self.platform.is_supabase() {
            access::grant(session)?;
        }
        access::apply(session, self.files, self.migrations)
    }

    /// Attacks one table after the other in the session that `with_session` lends. A process that is told to end
    /// attacks no more.
    fn attack_each(
        self,
        prepared: &Tables,
        tables: &[ObjectName],
        step: &dyn Fn(),
        mut with_session: impl FnMut(
            &mut dyn FnMut(&mut ServerSession) -> Result<Access, AccessError>,
        ) -> Result<Access, AccessError>,
    ) -> Result<Outcomes, CliError> {
        let mut outcomes = Vec::new();
        for table in tables {
            let outcome = with_session(&mut |session| {
                session.set_deadline(Some(Instant::now() + TABLE_LIMIT));
                access::attack(session, prepared, table)
            });
            match outcome {
                Err(error @ AccessError::Session { source: SessionError::Interrupted, .. }) => {
                    return Err(error.into());
                }
                outcome => outcomes.push(outcome),
            }
            step();
        }
        Ok(outcomes)
    }
}

/// Whether the session is of no use any more.
fn is_lost(outcome: &Result<Access, AccessError>) -> bool {
    matches!(
        outcome,
        Err(AccessError::Session { source: SessionError::Lost(_) | SessionError::TimedOut, .. })
    )
}

fn access_error(source: SessionError) -> AccessError {
    AccessError::Session { action: "connect to the server anew", source }
}
