//! The engine that applies the migrations to a real PostgreSQL inside this process.

mod extensions;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::session::SessionError;
use super::session::embedded::EmbeddedSession;
use super::sql::{self, while_trying};
use super::{Engine, EngineError, Look, Outcome, Platform, limits, prelude};
use crate::span::{FileId, SourceMap};

/// Migrations that run longer, in a loop without an end perhaps, are given up.
const LIMIT: Duration = Duration::from_secs(20);

/// The PostgreSQL of pglite-oxide.
#[derive(Debug, Clone, Copy, Default)]
pub struct Embedded {
    /// Where the migrations start from.
    pub platform: Platform,
    /// What is asked of the database at last.
    pub look: Option<Look>,
}

impl Engine for Embedded {
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError> {
        let Self { platform, look } = *self;
        let (files, migrations) = (files.clone(), migrations.to_vec());
        within_limit(move || {
            let apply = |migrations: &[FileId]| {
                let texts = migrations.iter().map(|file| &*files.file(*file).text);
                sql::apply(&mut open(platform, texts)?, platform, &files, migrations, look)
            };
            match apply(&migrations) {
                // It happens that pglite-oxide cannot undo what failed; what was before is applied anew.
                Err(EngineError::Session {
                    source: SessionError::Stuck { at, refusal }, ..
                }) => {
                    let before = migrations.iter().take_while(|file| **file != at.file);
                    let outcome = apply(&before.copied().collect::<Vec<_>>())?;
                    let failure = Some(limits::by_itself(refusal.at(at)));
                    Ok(Outcome { failure, ..outcome })
                }
                other => other,
            }
        })
    }
}

/// Starts a PostgreSQL that is ready for some migrations: with what the platform has, and the extensions
/// that they name.
///
/// # Errors
/// Where it does not start.
pub fn open<'t>(
    platform: Platform,
    migrations: impl Iterator<Item = &'t str>,
) -> Result<EmbeddedSession, EngineError> {
    let mut session = EmbeddedSession::start(platform.search_path())
        .map_err(while_trying("start the embedded PostgreSQL"))?;
    extensions::provide(&mut session, migrations.chain(prelude::text(platform)))
        .map_err(while_trying("provide extensions"))?;
    prelude::prepare(session.backend(), platform).map_err(while_trying("prepare the database"))?;
    Ok(session)
}

/// Runs `work` on a thread of its own, which is left to itself once its time is over: nothing can stop
/// a PostgreSQL that does not listen, but the process can end without it.
///
/// # Errors
/// If the work fails or takes too long.
pub fn within_limit<T: Send + 'static, E: From<EngineError> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new()
        .name("embedded".to_owned())
        .spawn(move || {
            // Nobody waits any more where the time was over.
            let _late = sender.send(work());
        })
        .map_err(|_| EngineError::Stopped)?;
    receiver.recv_timeout(LIMIT).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => Err(EngineError::TimeLimit(LIMIT.as_secs()).into()),
        RecvTimeoutError::Disconnected => Err(EngineError::Stopped.into()),
    })
}
