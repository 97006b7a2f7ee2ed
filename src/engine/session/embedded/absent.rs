//! The session where pglite-oxide is not built in, because its feature is off or it has no build for
//! the target: there is none.

use std::convert::Infallible;

use crate::engine::session::{Answer, Session, SessionError};

/// Whether there is an embedded PostgreSQL.
pub const BUILT_IN: bool = false;

/// A session that cannot be had.
pub struct EmbeddedSession(Infallible);

impl EmbeddedSession {
    /// Says that it is not built in.
    ///
    /// # Errors
    /// Always.
    pub fn start(_search_path: &str) -> Result<Self, SessionError> {
        Err(SessionError::Lost(
            "this railcheck has no embedded PostgreSQL; build it with feature `embedded` on Linux, \
             macOS on Apple silicon or Windows on x86-64, or name a server with --engine shadow"
                .to_owned(),
        ))
    }

    /// The names of the extensions that it comes with: none.
    pub fn bundled() -> impl Iterator<Item = &'static str> {
        std::iter::empty()
    }

    /// Makes an extension that it comes with available.
    ///
    /// # Errors
    /// Never, since it is never called.
    pub fn unpack(&mut self, _name: &str) -> Result<(), SessionError> {
        match self.0 {}
    }

    /// The PostgreSQL itself.
    pub fn backend(&mut self) -> &mut dyn Session {
        self
    }

    /// Adds files of extensions.
    ///
    /// # Errors
    /// Never, since it is never called.
    pub fn add_extension_files(&mut self, _files: &[(String, String)]) -> Result<(), SessionError> {
        match self.0 {}
    }
}

impl Session for EmbeddedSession {
    fn run(&mut self, _statements: &str) -> Result<Vec<Answer>, SessionError> {
        match self.0 {}
    }
}
