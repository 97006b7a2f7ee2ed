//! The session where pglite-oxide is built in.

use pglite_oxide::{
    BackendMessage, DatabaseError, ExecProtocolOptions, Pglite, extensions, install_extension_bytes,
};

use crate::engine::session::handlers::Batch;
use crate::engine::session::{Answer, Refusal, Session, SessionError};

/// Whether there is an embedded PostgreSQL.
pub const BUILT_IN: bool = true;

/// A session with a PostgreSQL that lives as long as the session.
pub struct EmbeddedSession(Backend);

impl EmbeddedSession {
    /// Starts a PostgreSQL with the search path that every session of it begins with.
    ///
    /// # Errors
    /// Where its files cannot be unpacked or it does not start.
    pub fn start(search_path: &str) -> Result<Self, SessionError> {
        Pglite::builder()
            .temporary()
            .relaxed_durability(true)
            .postgres_config("search_path", search_path)
            // It is started with -O, which a server is not.
            .postgres_config("allow_system_table_mods", "off")
            .open()
            .map(|backend| Self(Backend(backend)))
            .map_err(lost)
    }

    /// The names of the extensions that it comes with.
    pub fn bundled() -> impl Iterator<Item = &'static str> {
        extensions::ALL.iter().map(|extension| extension.sql_name())
    }

    /// Makes an extension that it comes with available to CREATE EXTENSION.
    ///
    /// # Errors
    /// Where its files cannot be unpacked.
    pub fn unpack(&mut self, name: &str) -> Result<(), SessionError> {
        let Some(extension) = extensions::by_sql_name(name) else { return Ok(()) };
        // There is no way to unpack it without creating it.
        self.0.0.enable_extension(extension).map_err(lost)?;
        self.run(&format!("DROP EXTENSION \"{name}\" CASCADE")).map(|_| ())
    }

    /// The PostgreSQL itself, for statements that need no exception handlers.
    pub fn backend(&mut self) -> &mut dyn Session {
        &mut self.0
    }

    /// Adds files to the folder from which CREATE EXTENSION reads.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn add_extension_files(&mut self, files: &[(String, String)]) -> Result<(), SessionError> {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            let path = format!("share/postgresql/extension/{name}");
            archive.append_data(&mut header, path, text.as_bytes()).map_err(lost)?;
        }
        let archive = archive.into_inner().map_err(lost)?;
        install_extension_bytes(self.0.0.paths(), &archive).map_err(lost)
    }
}

impl Session for EmbeddedSession {
    fn run(&mut self, statements: &str) -> Result<Vec<Answer>, SessionError> {
        match Batch::of(statements) {
            Some(batch) => batch.run(&mut self.0),
            None => self.0.run(statements),
        }
    }
}

/// The PostgreSQL itself, which runs no exception handlers.
struct Backend(Pglite);

impl Session for Backend {
    fn run(&mut self, statements: &str) -> Result<Vec<Answer>, SessionError> {
        let options =
            ExecProtocolOptions { throw_on_error: false, ..ExecProtocolOptions::no_sync() };
        let result = self.0.exec_protocol(&query_message(statements), options).map_err(lost)?;
        let mut answers = Vec::new();
        let mut rows = Vec::new();
        for message in result.messages {
            match message {
                BackendMessage::DataRow(row) => rows.push(row.fields),
                BackendMessage::CommandComplete(complete) => answers.push(Answer {
                    rows: std::mem::take(&mut rows),
                    affected: affected(&complete.text),
                }),
                BackendMessage::Error(error) => return Err(refusal(error, answers.len()).into()),
                _ => {}
            }
        }
        Ok(answers)
    }
}

fn lost(error: impl std::fmt::Display) -> SessionError {
    SessionError::Lost(format!("the embedded PostgreSQL: {error:#}"))
}

/// A message of the simple query protocol.
fn query_message(statements: &str) -> Vec<u8> {
    // A zero byte would end the text early.
    let text: Vec<u8> = statements.bytes().filter(|byte| *byte != 0).collect();
    let length = u32::try_from(text.len() + 5).unwrap_or(u32::MAX);
    let mut message = Vec::with_capacity(text.len() + 6);
    message.push(b'Q');
    message.extend(length.to_be_bytes());
    message.extend(text);
    message.push(0);
    message
}

/// The count at the end of a tag such as `INSERT 0 1`.
fn affected(tag: &str) -> u64 {
    tag.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0)
}

fn refusal(error: DatabaseError, completed: usize) -> Refusal {
    Refusal {
        sqlstate: error.code.unwrap_or_default(),
        message: error.message,
        position: error.position.and_then(|position| position.parse().ok()),
        completed,
    }
}
