//! Connections to PostgreSQL: pools, bounded statements, and errors without anybody's data in them.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgPool, Postgres};

/// How long a statement may take before its connection is given up.
const STATEMENT_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait for a free or new connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);

/// Session settings of the worker's connections. It acts as service_role where its login may; on
/// Supabase that role, and not its members, bypasses row-level security.
///
/// The queue's statements have one right plan each, a walk along a partial index. Statistics of a table
/// that fills within seconds are too old to show it, so the alternatives are switched off.
const WORKER_SESSION: &str = "SELECT \
    set_config('enable_seqscan', 'off', false), \
    set_config('enable_bitmapscan', 'off', false), \
    set_config('enable_sort', 'off', false), \
    set_config('enable_hashjoin', 'off', false), \
    set_config('enable_mergejoin', 'off', false), \
    set_config('jit', 'off', false), \
    set_config('plan_cache_mode', 'force_generic_plan', false), \
    (SELECT set_config('role', 'service_role', false) FROM pg_catalog.pg_roles AS role \
     WHERE role.rolname = 'service_role' AND session_user <> 'service_role' \
       AND pg_catalog.pg_has_role(session_user, role.oid, 'MEMBER'))";

/// How the SQLSTATEs begin of a server that is away: connection failure, shutdown, too many connections.
const AWAY: [&str; 3] = ["08", "57P", "53300"];

/// A failure of the database. The server's message and detail are dropped on purpose: they quote rows.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// The server refused the statement, with this SQLSTATE.
    #[error("the database refused the statement (SQLSTATE {0})")]
    Refused(SqlState),
    /// The server could not be reached, or the connection broke.
    #[error("the database cannot be reached")]
    Unreachable,
    /// The statement took too long.
    #[error("the database did not answer in time")]
    Timeout,
    /// The reply was not what the statement asks for.
    #[error("the database answered with something unexpected")]
    Unreadable,
}

impl DatabaseError {
    /// A reply that was not what the statement asks for.
    pub const UNREADABLE: Self = Self::Unreadable;

    /// Whether the server was away: shut down, restarting, out of connections or not answering. What it
    /// refuses while it is there is no outage, however short of disk or memory it may be.
    pub fn is_outage(self) -> bool {
        match self {
            Self::Unreachable | Self::Timeout => true,
            Self::Refused(state) => AWAY.iter().any(|prefix| state.as_str().starts_with(prefix)),
            Self::Unreadable => false,
        }
    }
}

impl fmt::Debug for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => {
                Self::Refused(SqlState::new(error.code().as_deref().unwrap_or_default()))
            }
            sqlx::Error::PoolTimedOut => Self::Timeout,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unreachable,
            _ => Self::Unreadable,
        }
    }
}

/// A five-character SQLSTATE; anything else becomes the internal error `XX000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqlState([u8; 5]);

impl SqlState {
    fn new(code: &str) -> Self {
        let code: Option<[u8; 5]> = code.as_bytes().try_into().ok();
        Self(code.filter(|code| code.iter().all(u8::is_ascii_alphanumeric)).unwrap_or(*b"XX000"))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or("XX000")
    }
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A pool of connections under one login.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    /// Whether there is but one connection, which nobody may keep to themselves.
    is_single: bool,
}

impl Database {
    /// Connects the worker's login; its sessions act as service_role and are planned for the queue.
    pub async fn connect_worker(
        options: PgConnectOptions,
        connections: u32,
    ) -> Result<Self, DatabaseError> {
        let pool = pool_options(connections).after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::query(WORKER_SESSION).execute(connection).await?;
                Ok(())
            })
        });
        let pool = pool.connect_with(quiet(options)).await?;
        Ok(Self { pool, is_single: connections == 1 })
    }

    /// Connects a login as it is: the API's, which acts as nobody until a request says who is calling,
    /// or an operator's.
    pub async fn connect(
        options: PgConnectOptions,
        connections: u32,
    ) -> Result<Self, DatabaseError> {
        let pool = pool_options(connections).connect_with(quiet(options)).await?;
        Ok(Self { pool, is_single: connections == 1 })
    }

    /// Runs database work on a connection from the pool.
    pub async fn run<T>(
        &self,
        work: impl for<'c> FnOnce(&'c mut PgConnection) -> Reply<'c, T>,
    ) -> Result<T, DatabaseError> {
        self.lane().run(work).await
    }

    /// A lane of its own for work that comes again and again.
    pub fn lane(&self) -> Lane {
        Lane { pool: self.pool.clone(), connection: None, keeps: !self.is_single }
    }

    /// The pool, for what brings its own way of using it.
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }
}

/// What database work comes to.
pub type Reply<'c, T> = BoxFuture<'c, Result<T, sqlx::Error>>;

/// One connection that is kept between statements, for as long as it is sound: the pool asks the server
/// whether a connection lives whenever it changes hands, which would double the round trips of a queue.
#[derive(Debug)]
pub struct Lane {
    pool: PgPool,
    connection: Option<PoolConnection<Postgres>>,
    keeps: bool,
}

impl Lane {
    /// Runs database work within the time limit. A connection with a failed or unfinished statement is
    /// not used again, and neither is one whose statement was dropped half way.
    pub async fn run<T>(
        &mut self,
        work: impl for<'c> FnOnce(&'c mut PgConnection) -> Reply<'c, T>,
    ) -> Result<T, DatabaseError> {
        let mut busy = Busy(Some(match self.connection.take() {
            Some(connection) => connection,
            None => self.pool.acquire().await?,
        }));
        let Some(connection) = busy.0.as_mut() else { return Err(DatabaseError::Unreachable) };
        let reply = tokio::time::timeout(STATEMENT_LIMIT, work(connection))
            .await
            .map_err(|_| DatabaseError::Timeout)?;
        let connection = busy.0.take();
        let reply = reply?;
        self.connection = connection.filter(|_| self.keeps);
        Ok(reply)
    }
}

/// A connection with a statement under way. Dropped half way it leaves the pool, which would otherwise wait
/// for the statement's end before anybody else may have the connection.
struct Busy(Option<PoolConnection<Postgres>>);

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

fn pool_options(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_LIMIT)
        .idle_timeout(Duration::from_secs(300))
}

fn quiet(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("diagnosis-worker").disable_statement_logging()
}
