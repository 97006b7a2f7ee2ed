//! Connections to PostgreSQL: pools, bounded statements, and errors without anybody's data in them.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgPool, Postgres};

/// How long a statement may take before its connection is given up, at most and at least.
const STATEMENT_LIMIT: Duration = Duration::from_secs(10);
const LEAST_STATEMENT_LIMIT: Duration = Duration::from_secs(2);
/// How long to wait for a free or new connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);

/// Session settings of the worker's connections. It acts as service_role where its login may; on
/// Supabase that role, and not its members, bypasses row-level security.
///
/// The queue's statements have one right plan each, a walk along a partial index. Statistics of a table
/// that fills within seconds are too old to show it, so the alternatives are switched off.
///
/// The server gives a statement up before the client does ($1, in milliseconds), so that nothing that the
/// client has given up is committed after all; it gives up waiting for a lock ($2) sooner than that.
const WORKER_SESSION: &str = "SELECT \
    set_config('statement_timeout', $1, false), \
    set_config('idle_in_transaction_session_timeout', $1, false), \
    set_config('lock_timeout', $2, false), \
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

/// Whether a session can only read: its server is a standby, or its transactions are made so.
const IS_READ_ONLY: &str =
    "SELECT pg_catalog.pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";

/// How the SQLSTATEs begin of a server that is away: connection failure, shutdown, too many connections,
/// a statement or a transaction that took too long, and a server that only reads, as after a failover.
const AWAY: [&str; 6] = ["08", "57P", "53300", "57014", "25P03", "25006"];
/// The SQLSTATE of a row or table that somebody else has locked.
const LOCKED: &str = "55P03";

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
    /// Another transaction has locked what the statement is about.
    #[error("another transaction has locked the row")]
    Busy,
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
            Self::Busy | Self::Unreadable => false,
        }
    }

    /// Whether the same statement will succeed once others let it: the server is away, or a row is locked.
    pub fn will_pass(self) -> bool {
        self == Self::Busy || self.is_outage()
    }

    /// Whether the statement may have been executed although it failed on this side.
    pub const fn is_ambiguous(self) -> bool {
        matches!(self, Self::Unreachable | Self::Timeout | Self::Unreadable)
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
                match SqlState::new(error.code().as_deref().unwrap_or_default()) {
                    state if state.as_str() == LOCKED => Self::Busy,
                    state => Self::Refused(state),
                }
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
    /// How long a statement may take.
    limit: Duration,
}

/// How long a statement of a worker may take: a claim whose reply is lost is noticed while its lease lasts.
pub fn statement_limit(lease: Duration) -> Duration {
    (lease / 2).clamp(LEAST_STATEMENT_LIMIT, STATEMENT_LIMIT)
}

impl Database {
    /// Connects the worker's login; its sessions act as service_role and are planned for the queue.
    pub async fn connect_worker(
        options: PgConnectOptions,
        connections: u32,
    ) -> Result<Self, DatabaseError> {
        Self::connect_worker_within(options, connections, STATEMENT_LIMIT).await
    }

    /// The same, with a time limit on each statement. Sessions that can only read are not taken: a worker
    /// has no use for them, and they might stay so after their server has become the primary.
    pub async fn connect_worker_within(
        options: PgConnectOptions,
        connections: u32,
        limit: Duration,
    ) -> Result<Self, DatabaseError> {
        let statement_timeout = (limit * 4 / 5).as_millis().to_string();
        let lock_timeout = (limit / 5).as_millis().to_string();
        let pool = pool_options(connections).after_connect(move |connection, _| {
            let session = sqlx::query(WORKER_SESSION)
                .bind(statement_timeout.clone())
                .bind(lock_timeout.clone());
            Box::pin(async move {
                session.execute(&mut *connection).await?;
                if sqlx::query_scalar(IS_READ_ONLY).fetch_one(connection).await? {
                    tracing::warn!(
                        "the server only reads: it is a standby, or default_transaction_read_only is on"
                    );
                    return Err(sqlx::Error::PoolTimedOut);
                }
                Ok(())
            })
        });
        let pool = pool.connect_with(quiet(options)).await?;
        Ok(Self { pool, is_single: connections == 1, limit })
    }

    /// Connects a login as it is: the API's, which acts as nobody until a request says who is calling,
    /// or an operator's.
    pub async fn connect(
        options: PgConnectOptions,
        connections: u32,
    ) -> Result<Self, DatabaseError> {
        let pool = pool_options(connections).connect_with(quiet(options)).await?;
        Ok(Self { pool, is_single: connections == 1, limit: STATEMENT_LIMIT })
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
        Lane {
            pool: self.pool.clone(),
            connection: None,
            keeps: !self.is_single,
            limit: self.limit,
        }
    }

    /// How long a statement may take.
    pub const fn limit(&self) -> Duration {
        self.limit
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
    limit: Duration,
}

impl Lane {
    /// Runs database work within the time limit. A connection with an unfinished statement, or one that was
    /// dropped half way, is not used again, and neither is one whose server is away or only reads.
    pub async fn run<T>(
        &mut self,
        work: impl for<'c> FnOnce(&'c mut PgConnection) -> Reply<'c, T>,
    ) -> Result<T, DatabaseError> {
        let mut busy = Busy(Some(match self.connection.take() {
            Some(connection) => connection,
            None => self.pool.acquire().await?,
        }));
        let Some(connection) = busy.0.as_mut() else { return Err(DatabaseError::Unreachable) };
        let reply = tokio::time::timeout(self.limit, work(connection))
            .await
            .map_err(|_| DatabaseError::Timeout)?
            .map_err(DatabaseError::from);
        if reply.as_ref().is_err_and(|error| error.is_outage()) {
            return reply;
        }
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
