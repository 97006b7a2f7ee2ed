//! What the engines that run SQL share: a new database, the migrations, and a look at the catalog.

use super::interpreter::Interpreter;
use super::session::{Session, SessionError};
use super::{EngineError, Outcome, Platform, batch, history, introspect};
use crate::catalog::Catalog;
use crate::span::{FileId, SourceMap};

/// By which the types of columns are spelled.
const INTROSPECTION_PATH: &str = "SET search_path = public, extensions";

/// Applies migrations to a new database of that platform, up to the first that fails, and reads the catalog.
pub(super) fn apply(
    session: &mut dyn Session,
    platform: Platform,
    files: &SourceMap,
    migrations: &[FileId],
) -> Result<Outcome, EngineError> {
    let mut outcome = Outcome::default();
    let mut applied = 0;
    for file in migrations {
        applied += 1;
        outcome.failure = batch::apply(session, *file, &files.file(*file).text)
            .map_err(while_trying("apply the migrations"))?;
        if outcome.failure.is_some() {
            break;
        }
    }
    outcome.catalog = read(session)?;
    let interpreted =
        Interpreter { platform }.interpret(files, migrations.get(..applied).unwrap_or_default());
    history::adopt(&mut outcome.catalog, interpreted.catalog);
    Ok(outcome)
}

/// Reads the catalog as a session sees it.
pub(super) fn read(session: &mut dyn Session) -> Result<Catalog, EngineError> {
    session.run(INTROSPECTION_PATH).map_err(while_trying("read the catalog"))?;
    Ok(introspect::read(session)?)
}

/// Says what was being done when a session failed.
pub(super) fn while_trying(action: &'static str) -> impl Fn(SessionError) -> EngineError {
    move |source| EngineError::Session { action, source }
}
