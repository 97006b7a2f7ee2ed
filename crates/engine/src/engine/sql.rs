//! What the engines that run SQL share: a new database, the migrations, and a look at the catalog.

use super::history::{self, Attribution};
use super::interpreter::Interpreter;
use super::session::{Session, SessionError};
use super::{EngineError, Look, Outcome, Platform, batch, introspect, limits};
use crate::catalog::Catalog;
use crate::span::{FileId, SourceMap};

/// By which the types of columns are spelled.
const INTROSPECTION_PATH: &str = "SET search_path = public, extensions";

/// Applies migrations to a new database of that platform, up to the first that fails, and reads the catalog.
///
/// What the interpreter understands has its history from there. Around each file that it does not
/// understand the catalog is read, so that what the file changed is known. At last the database is looked at.
pub(super) fn apply(
    session: &mut dyn Session,
    platform: Platform,
    files: &SourceMap,
    migrations: &[FileId],
    look: Option<Look>,
) -> Result<Outcome, EngineError> {
    let interpreted = Interpreter { platform }.interpret(files, migrations);
    let mut attribution = Attribution::new(files, &interpreted);
    let mut failure = None;
    // The catalog before the next file, where it is known.
    let mut before: Option<Catalog> = None;
    for file in migrations {
        let unclear = attribution.is_unclear(*file);
        if unclear && before.is_none() {
            before = Some(read(session)?);
        }
        failure = batch::apply(session, *file, &files.file(*file).text)
            .map_err(while_trying("apply the migrations"))?;
        before = match before {
            Some(before) if unclear => {
                let after = read(session)?;
                attribution.write(*file, &before, &after);
                Some(after)
            }
            _ => None,
        };
        if failure.is_some() {
            break;
        }
    }
    let mut catalog = match before {
        Some(catalog) => catalog,
        None => read(session)?,
    };
    history::adopt(&mut catalog, &interpreted.catalog);
    attribution.tell(&mut catalog, &interpreted.catalog);
    if let Some(failure) = &mut failure {
        let texts = migrations.iter().map(|file| &*files.file(*file).text);
        failure.limit = limits::limit(session, platform, texts, failure);
    }
    if let (Some(look), None) = (look, &failure) {
        look(session, &mut catalog);
    }
    Ok(Outcome { catalog, failure, ..Outcome::default() })
}

/// Reads the catalog as a session sees it.
pub(super) fn read(session: &mut dyn Session) -> Result<Catalog, EngineError> {
    session.run(INTROSPECTION_PATH).map_err(while_trying("read the catalog"))?;
    let catalog = introspect::read(session)?;
    session.run("RESET search_path").map_err(while_trying("read the catalog"))?;
    Ok(catalog)
}

/// Says what was being done when a session failed.
pub(super) fn while_trying(action: &'static str) -> impl Fn(SessionError) -> EngineError {
    move |source| EngineError::Session { action, source }
}
