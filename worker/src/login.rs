//! Who the worker and the API log in as, and whether row-level security binds them.

use sqlx::FromRow;

use crate::database::{Database, DatabaseError};

/// What a login is and may become.
#[derive(Debug, Clone, FromRow)]
pub struct Login {
    /// Its name.
    pub name: String,
    /// Whether it is a superuser.
    pub is_superuser: bool,
    /// Whether it bypasses row-level security.
    pub bypasses_rls: bool,
    /// Whether it inherits the privileges of its roles.
    pub inherits: bool,
    /// Whether the table exists.
    pub table_exists: bool,
    /// Whether it owns the table, or is a member of a role that does.
    pub owns_table: bool,
    /// Whether it is a member of service_role.
    pub is_service: bool,
    /// Whether it is a member of authenticated.
    pub is_authenticated: bool,
    /// Whether it is a member of anon.
    pub is_anon: bool,
}

/// A login that must not be used, or could not be.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The database could not be asked.
    #[error("the login cannot be checked")]
    Database(#[from] DatabaseError),
    /// The migrations have not been applied.
    #[error(
        "there is no table public.diagnosis_runs; apply the migrations with `diagnosis-worker migrate`"
    )]
    NotMigrated,
    /// Row-level security does not bind it, or it may not do its work.
    #[error("the {part} refuses to run as {login}: it {reason}")]
    Refused {
        /// The part that refuses.
        part: &'static str,
        /// The login.
        login: String,
        /// Why.
        reason: &'static str,
    },
}

impl Login {
    /// The login of a pool.
    pub async fn of(database: &Database) -> Result<Self, DatabaseError> {
        let query = sqlx::query_as(include_str!("login.sql"));
        database.run(|connection| Box::pin(query.fetch_one(connection))).await
    }

    /// Whether the worker may run as this login.
    pub fn check_worker(&self) -> Result<(), LoginError> {
        self.check_bound("worker")?;
        if !self.is_service {
            return Err(self.refusal(
                "worker",
                "is not a member of service_role, so it may not claim runs; GRANT service_role TO it",
            ));
        }
        Ok(())
    }

    /// Whether the API may run as this login. One that also is a member of service_role is let through
    /// only where it was derived from the worker's.
    pub fn check_api(&self, is_derived: bool) -> Result<(), LoginError> {
        self.check_bound("API")?;
        let reason = if self.bypasses_rls {
            "has BYPASSRLS, so row-level security would hide nothing from anybody"
        } else if !(self.is_authenticated && self.is_anon) {
            "is not a member of anon and authenticated, so it cannot act as its callers; set API_DATABASE_URL"
        } else if self.is_service && !is_derived {
            "is a member of service_role; the API's login must be a member of anon and authenticated alone"
        } else {
            if self.is_service || self.inherits {
                tracing::warn!(
                    "the API's login can do more than it needs; give it one of its own in \
                     API_DATABASE_URL, a NOINHERIT member of anon and authenticated alone"
                );
            }
            return Ok(());
        };
        Err(self.refusal("API", reason))
    }

    fn check_bound(&self, part: &'static str) -> Result<(), LoginError> {
        if self.is_superuser {
            return Err(self.refusal(part, "is a superuser, whom row-level security does not bind"));
        }
        if !self.table_exists {
            return Err(LoginError::NotMigrated);
        }
        if self.owns_table {
            let reason = "owns public.diagnosis_runs, and row-level security does not bind owners";
            return Err(self.refusal(part, reason));
        }
        Ok(())
    }

    fn refusal(&self, part: &'static str, reason: &'static str) -> LoginError {
        LoginError::Refused { part, login: self.name.clone(), reason }
    }
}
