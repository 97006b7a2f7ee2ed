//! A session with a PostgreSQL server, over the network.

use std::str::FromStr;

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgErrorPosition, PgRow};
use sqlx::{AssertSqlSafe, Connection, Either, PgConnection, Row, ValueRef};
use tokio::runtime::{Builder, Runtime};

use super::{Answer, Refusal, Session, SessionError};

/// A session with a server. Its methods wait for the answer.
pub struct ServerSession {
    runtime: Runtime,
    options: PgConnectOptions,
    /// Settings may have been stored for it when it was opened.
    had_settings: bool,
    connection: PgConnection,
    interruption: Option<Interruption>,
}

impl ServerSession {
    /// Connects to the database of a URL.
    ///
    /// # Errors
    /// Where the URL is invalid, or the server cannot be reached or refuses the login.
    pub fn connect(url: &str) -> Result<Self, SessionError> {
        Self::connect_with(options(url)?)
    }

    /// Connects with options.
    ///
    /// # Errors
    /// Where the server cannot be reached or refuses the login.
    pub fn connect_with(options: PgConnectOptions) -> Result<Self, SessionError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(lost)?;
        let connection =
            runtime.block_on(PgConnection::connect_with(&options)).map_err(session_error)?;
        Ok(Self { runtime, options, had_settings: true, connection, interruption: None })
    }

    /// From now on Ctrl-C and SIGTERM do not end the process: the statement under way, or the next one,
    /// ends with [`SessionError::Interrupted`], so that the caller can tidy up.
    ///
    /// # Errors
    /// Where signals cannot be listened to.
    pub fn survive_interruption(&mut self) -> Result<(), SessionError> {
        let _inside = self.runtime.enter();
        self.interruption = Some(Interruption::listen().map_err(lost)?);
        Ok(())
    }

    /// From now on signals are left unanswered, while what was begun is tidied up.
    pub(in crate::engine) fn ignore_interruption(&mut self) {
        self.interruption = None;
    }

    /// The connection itself, with the runtime that drives it.
    pub fn parts(&mut self) -> (&Runtime, &mut PgConnection) {
        (&self.runtime, &mut self.connection)
    }

    /// Ends the session in good order.
    pub fn close(self) {
        // A server that is gone already has ended it too.
        let _gone = self.runtime.block_on(self.connection.close());
    }
}

impl Session for ServerSession {
    fn run(&mut self, statements: &str) -> Result<Vec<Answer>, SessionError> {
        let Self { runtime, connection, interruption, .. } = self;
        runtime.block_on(async {
            match interruption {
                None => run(connection, statements).await,
                Some(interruption) => tokio::select! {
                    biased;
                    () = interruption.arrives() => Err(SessionError::Interrupted),
                    answers = run(connection, statements) => answers,
                },
            }
        })
    }

    fn renew(&mut self, has_settings: bool) -> Result<(), SessionError> {
        if !has_settings && !self.had_settings {
            return Ok(());
        }
        self.had_settings = has_settings;
        let opened = PgConnection::connect_with(&self.options);
        let new = self.runtime.block_on(opened).map_err(session_error)?;
        let old = std::mem::replace(&mut self.connection, new);
        // A server that is gone already has ended it too.
        let _gone = self.runtime.block_on(old.close());
        Ok(())
    }
}

/// The options that a URL stands for.
///
/// # Errors
/// Where it is invalid.
pub fn options(url: &str) -> Result<PgConnectOptions, SessionError> {
    PgConnectOptions::from_str(url).map_err(|error| {
        SessionError::Lost(format!("the URL is not postgres://user@host:port/database: {error}"))
    })
}

async fn run(connection: &mut PgConnection, statements: &str) -> Result<Vec<Answer>, SessionError> {
    let mut answers = Vec::new();
    let mut rows = Vec::new();
    let mut stream = sqlx::raw_sql(AssertSqlSafe(statements)).fetch_many(connection);
    loop {
        match stream.try_next().await {
            Ok(Some(Either::Left(done))) => answers
                .push(Answer { rows: std::mem::take(&mut rows), affected: done.rows_affected() }),
            Ok(Some(Either::Right(row))) => rows.push(texts(&row)),
            Ok(None) => return Ok(answers),
            Err(error) => {
                return Err(match session_error(error) {
                    SessionError::Refused(refusal) => {
                        Refusal { completed: answers.len(), ..refusal }.into()
                    }
                    other => other,
                });
            }
        }
    }
}

/// The columns of a row; a batch gets them all as text.
fn texts(row: &PgRow) -> Vec<Option<String>> {
    (0..row.len())
        .map(|column| {
            let value = row.try_get_raw(column).ok().filter(|value| !value.is_null())?;
            value.as_str().ok().map(str::to_owned)
        })
        .collect()
}

fn lost(error: impl std::fmt::Display) -> SessionError {
    SessionError::Lost(format!("the PostgreSQL server: {error}"))
}

fn session_error(error: sqlx::Error) -> SessionError {
    let sqlx::Error::Database(error) = error else { return lost(error) };
    match error.try_downcast::<PgDatabaseError>() {
        Err(error) => lost(error),
        Ok(error) => Refusal {
            sqlstate: error.code().to_owned(),
            message: error.message().to_owned(),
            position: match error.position() {
                Some(PgErrorPosition::Original(position)) => Some(position),
                _ => None,
            },
            completed: 0,
        }
        .into(),
    }
}

/// The signals by which a process is asked to end.
#[cfg(unix)]
struct Interruption {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Interruption {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn arrives(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signal by which a process is asked to end.
#[cfg(not(unix))]
struct Interruption;

#[cfg(not(unix))]
impl Interruption {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn arrives(&mut self) {
        let _listening = tokio::signal::ctrl_c().await;
    }
}
