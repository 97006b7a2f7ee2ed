//! What the worker is told: secrets from the environment alone, the rest from flags, environment and file.

use std::fmt;
use std::time::Duration;

use reqwest::header::HeaderValue;
use sqlx::postgres::PgConnectOptions;

use crate::queue::Backoff;

/// A setting that is missing or cannot be used. Values are not quoted: they may be secrets.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A variable that is needed is not set.
    #[error("the environment variable {name} is not set; {needed_for}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What it is needed for.
        needed_for: &'static str,
    },
    /// A variable is not a connection URL.
    #[error("the environment variable {name} is not a PostgreSQL connection URL")]
    NotAUrl {
        /// The variable.
        name: &'static str,
    },
    /// Two settings contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// A secret. It shows itself to nobody.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub const fn new(secret: String) -> Self {
        Self(secret)
    }

    /// Reads a secret from the environment; an empty one is none.
    pub fn from_environment(name: &str) -> Option<Self> {
        std::env::var(name).ok().filter(|value| !value.is_empty()).map(Self)
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The secret as a header that is kept out of logs. One that cannot be a header is sent as none, and
    /// the provider refuses it.
    pub fn header(&self) -> HeaderValue {
        let mut header =
            HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// The worker's login.
pub fn worker_database() -> Result<PgConnectOptions, SettingsError> {
    database("DATABASE_URL")?.ok_or(SettingsError::Missing {
        name: "DATABASE_URL",
        needed_for: "set it to the connection URL of the worker's login",
    })
}

/// The API's login, and whether it is derived: by default it is the worker's.
pub fn api_database() -> Result<(PgConnectOptions, bool), SettingsError> {
    match database("API_DATABASE_URL")? {
        Some(own) => Ok((own, false)),
        None => Ok((worker_database()?, true)),
    }
}

fn database(name: &'static str) -> Result<Option<PgConnectOptions>, SettingsError> {
    Secret::from_environment(name)
        .map(|url| url.expose().parse().map_err(|_| SettingsError::NotAUrl { name }))
        .transpose()
}

/// How the queue is worked.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// Runs that are worked at the same time.
    pub concurrency: usize,
    /// Runs that one statement claims and completes at most; by default as many as can be worked.
    pub batch: Option<usize>,
    /// How often the queue is looked at without being woken.
    pub poll: Duration,
    /// How long a claim holds without a heartbeat.
    pub lease: Duration,
    /// How often the lease is renewed.
    pub heartbeat: Duration,
    /// Wait before the second attempt.
    pub backoff_base: Duration,
    /// Longest wait between attempts.
    pub backoff_max: Duration,
    /// How long unfinished runs may go on after SIGTERM.
    pub drain_timeout: Duration,
    /// Attempts that a run gets, where its own maximum is not lower.
    pub max_attempts: Option<i32>,
    /// Stop once nothing is due or running.
    pub until_empty: bool,
    /// Whether to LISTEN; a connection pooler may not be able to.
    pub listen_for_runs: bool,
}

impl QueueSettings {
    /// The waits between attempts.
    pub const fn backoff(&self) -> Backoff {
        Backoff::new(self.backoff_base, self.backoff_max)
    }

    /// Refuses settings with which every lease would be lost.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.heartbeat >= self.lease {
            return Err(SettingsError::Contradiction(
                "--heartbeat must be shorter than --lease, or leases run out between heartbeats",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_itself_to_nobody() {
        let secret = Secret::new("sk-canary".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret(redacted)");
        assert_eq!(format!("{:?}", secret.header()), "Sensitive");
    }
}
