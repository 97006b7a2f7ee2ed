//! A session with a PostgreSQL server, over a socket or the network. It waits for each answer: no runtime.
//! <https://www.postgresql.org/docs/current/protocol.html>

use std::io;
use std::time::Instant;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::{DataRowBody, ErrorResponseBody, Message};
use postgres_protocol::message::frontend;

use super::options::ConnectOptions;
use super::stream::Stream;
use super::{Answer, Refusal, Session, SessionError, interruption};

/// Settings that every session begins with, so that values are written in one way.
const SETTINGS: [(&str, &str); 4] = [
    ("client_encoding", "UTF8"),
    ("DateStyle", "ISO, MDY"),
    ("TimeZone", "UTC"),
    ("extra_float_digits", "2"),
];

/// A session with a server. Its methods wait for the answer.
pub struct ServerSession {
    options: ConnectOptions,
    /// Settings may have been stored for it when it was opened.
    had_settings: bool,
    stream: Stream,
    /// What the server has said and nobody has read yet.
    incoming: BytesMut,
    /// Whether a signal ends the statement under way, rather than the process.
    heeds_interruption: bool,
    deadline: Option<Instant>,
    /// Whether an answer was not waited for, so that later ones cannot be told from it.
    is_lost: bool,
}

impl ServerSession {
    /// Connects to the database of a URL.
    ///
    /// # Errors
    /// Where the URL is invalid, or the server cannot be reached or refuses the login.
    pub fn connect(url: &str) -> Result<Self, SessionError> {
        Self::connect_with(&ConnectOptions::parse(url)?)
    }

    /// Connects with options.
    ///
    /// # Errors
    /// Where the server cannot be reached or refuses the login.
    pub fn connect_with(options: &ConnectOptions) -> Result<Self, SessionError> {
        let mut session = Self {
            options: options.clone(),
            had_settings: true,
            stream: Stream::connect(options).map_err(lost)?,
            incoming: BytesMut::with_capacity(1 << 16),
            heeds_interruption: false,
            deadline: None,
            is_lost: false,
        };
        let mut parameters = vec![("user", &*options.user)];
        parameters.extend(options.database.as_deref().map(|name| ("database", name)));
        parameters.extend(options.application_name.as_deref().map(|n| ("application_name", n)));
        parameters.extend(options.options.as_deref().map(|settings| ("options", settings)));
        parameters.extend(SETTINGS);
        session.send(|buffer| frontend::startup_message(parameters, buffer))?;
        session.log_in(options)?;
        Ok(session)
    }

    /// From now on Ctrl-C and SIGTERM do not end the process: the statement under way, or the next one,
    /// ends with [`SessionError::Interrupted`], so that the caller can tidy up.
    ///
    /// # Errors
    /// Where signals cannot be listened to.
    pub fn survive_interruption(&mut self) -> Result<(), SessionError> {
        interruption::listen().map_err(lost)?;
        self.heeds_interruption = true;
        Ok(())
    }

    /// From now on signals are left unanswered, while what was begun is tidied up.
    pub(in crate::engine) fn ignore_interruption(&mut self) {
        self.heeds_interruption = false;
    }

    /// When a statement that is still running ends with [`SessionError::TimedOut`].
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    /// Answers the server's questions about the login, up to the moment when it takes statements.
    fn log_in(&mut self, options: &ConnectOptions) -> Result<(), SessionError> {
        let password = || {
            let missing = || lost("it asks for a password, and none is given");
            options.password.as_deref().ok_or_else(missing)
        };
        let mut scram: Option<ScramSha256> = None;
        let out_of_turn = || lost("it does not keep to the order of a login");
        loop {
            match self.receive()? {
                Message::AuthenticationCleartextPassword => {
                    let password = password()?;
                    self.send(|buffer| frontend::password_message(password.as_bytes(), buffer))?;
                }
                Message::AuthenticationMd5Password(body) => {
                    let user = options.user.as_bytes();
                    let hash = md5_hash(user, password()?.as_bytes(), body.salt());
                    self.send(|buffer| frontend::password_message(hash.as_bytes(), buffer))?;
                }
                Message::AuthenticationSasl(body) => {
                    let is_known = body.mechanisms().any(|name| Ok(name == SCRAM_SHA_256));
                    if !is_known.map_err(lost)? {
                        return Err(lost("it asks for a way to log in that is not known"));
                    }
                    let binding = ChannelBinding::unsupported();
                    let begun = ScramSha256::new(password()?.as_bytes(), binding);
                    self.send(|buffer| {
                        frontend::sasl_initial_response(SCRAM_SHA_256, begun.message(), buffer)
                    })?;
                    scram = Some(begun);
                }
                Message::AuthenticationSaslContinue(body) => {
                    let begun = scram.as_mut().ok_or_else(out_of_turn)?;
                    begun.update(body.data()).map_err(lost)?;
                    let response = begun.message().to_vec();
                    self.send(|buffer| frontend::sasl_response(&response, buffer))?;
                }
                Message::AuthenticationSaslFinal(body) => {
                    let begun = scram.as_mut().ok_or_else(out_of_turn)?;
                    begun.finish(body.data()).map_err(lost)?;
                }
                Message::AuthenticationOk
                | Message::BackendKeyData(_)
                | Message::ParameterStatus(_)
                | Message::NoticeResponse(_) => {}
                Message::ReadyForQuery(_) => return Ok(()),
                Message::ErrorResponse(body) => return Err(refusal(&body, 0).into()),
                _ => return Err(lost("it asks for a way to log in that is not known")),
            }
        }
    }

    /// Sends the message that `write` makes.
    fn send(
        &mut self,
        write: impl FnOnce(&mut BytesMut) -> io::Result<()>,
    ) -> Result<(), SessionError> {
        let mut message = BytesMut::new();
        write(&mut message).map_err(lost)?;
        self.stream.write_all(&message).map_err(lost)
    }

    /// The next message.
    fn receive(&mut self) -> Result<Message, SessionError> {
        loop {
            if let Some(message) = Message::parse(&mut self.incoming).map_err(lost)? {
                return Ok(message);
            }
            let mut chunk = [0; 1 << 14];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(lost("it closed the connection")),
                Ok(count) => {
                    self.incoming.extend_from_slice(chunk.get(..count).unwrap_or_default());
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock
                    | io::ErrorKind::TimedOut
                    | io::ErrorKind::Interrupted => self.look_up()?,
                    _ => return Err(lost(error)),
                },
            }
        }
    }

    /// Ends the wait where somebody wants it.
    fn look_up(&mut self) -> Result<(), SessionError> {
        if self.heeds_interruption && interruption::arrived() {
            return Err(SessionError::Interrupted);
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(SessionError::TimedOut);
        }
        Ok(())
    }

    fn query(&mut self, statements: &str) -> Result<Vec<Answer>, SessionError> {
        self.look_up()?;
        // A zero byte would end the text early.
        let statements = statements.replace('\0', "");
        self.send(|buffer| frontend::query(&statements, buffer))?;
        let mut answers = Vec::new();
        let mut rows = Vec::new();
        let mut refused: Option<Refusal> = None;
        loop {
            let message = match (self.receive(), &refused) {
                (Ok(message), _) => message,
                // A server that ends a session says why, and no more.
                (Err(SessionError::Lost(_)), Some(refusal)) => {
                    self.is_lost = true;
                    return Err(refusal.clone().into());
                }
                (Err(error), _) => return Err(error),
            };
            match message {
                Message::DataRow(row) => rows.push(texts(&row).map_err(lost)?),
                Message::CommandComplete(body) => answers.push(Answer {
                    rows: std::mem::take(&mut rows),
                    affected: affected(body.tag().map_err(lost)?),
                }),
                Message::ErrorResponse(body) => {
                    refused.get_or_insert_with(|| refusal(&body, answers.len()));
                }
                Message::CopyInResponse(_) => {
                    self.send(|buffer| frontend::copy_fail("railcheck has no rows", buffer))?;
                }
                Message::ReadyForQuery(_) => return refused.map_or(Ok(answers), |r| Err(r.into())),
                _ => {}
            }
        }
    }
}

impl Session for ServerSession {
    fn run(&mut self, statements: &str) -> Result<Vec<Answer>, SessionError> {
        if self.is_lost {
            return Err(lost("an earlier answer of it was not waited for"));
        }
        let result = self.query(statements);
        self.is_lost |= !matches!(result, Ok(_) | Err(SessionError::Refused(_)));
        result
    }

    fn renew(&mut self, has_settings: bool) -> Result<(), SessionError> {
        if !has_settings && !self.had_settings {
            return Ok(());
        }
        let mut opened = Self::connect_with(&self.options)?;
        opened.had_settings = has_settings;
        opened.heeds_interruption = self.heeds_interruption;
        opened.deadline = self.deadline;
        // The old session ends as it is dropped.
        *self = opened;
        Ok(())
    }
}

impl Drop for ServerSession {
    fn drop(&mut self) {
        // A server that is gone already has ended the session too.
        let _gone = self.send(|buffer| {
            frontend::terminate(buffer);
            Ok(())
        });
    }
}

/// The columns of a row, as text.
fn texts(row: &DataRowBody) -> io::Result<Vec<Option<String>>> {
    let text = |range: std::ops::Range<usize>| {
        let bytes = row.buffer().get(range).unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    };
    row.ranges().map(|range| Ok(range.map(text))).collect()
}

/// The count at the end of a tag such as `INSERT 0 1`.
fn affected(tag: &str) -> u64 {
    tag.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// <https://www.postgresql.org/docs/current/protocol-error-fields.html>
fn refusal(body: &ErrorResponseBody, completed: usize) -> Refusal {
    let mut refusal =
        Refusal { sqlstate: String::new(), message: String::new(), position: None, completed };
    let mut fields = body.fields();
    while let Ok(Some(field)) = fields.next() {
        let value = String::from_utf8_lossy(field.value_bytes());
        match field.type_() {
            b'C' => refusal.sqlstate = value.into_owned(),
            b'M' => refusal.message = value.into_owned(),
            b'P' => refusal.position = value.parse().ok(),
            _ => {}
        }
    }
    refusal
}

fn lost(error: impl std::fmt::Display) -> SessionError {
    SessionError::Lost(format!("the PostgreSQL server: {error}"))
}
