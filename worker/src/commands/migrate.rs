//! `migrate`: applies the migrations that are compiled in.

use std::process::ExitCode;

use anyhow::Context;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::database::{DatabaseError, SqlState};
use crate::settings;

/// Where it is noted what has been applied. It is not sqlx's default, so that a project's own migrations and
/// these can live in one database.
const LEDGER: &str = "public.diagnosis_worker_migrations";

/// The migrations did not apply.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A statement was refused.
    #[error("migration {version} failed (SQLSTATE {state})")]
    Refused {
        /// The migration.
        version: i64,
        /// Why.
        state: SqlState,
    },
    /// An applied migration is not the one that is compiled in.
    #[error(
        "migration {0} was applied with another text; this program is older or newer than the database"
    )]
    Differs(i64),
    /// The database failed.
    #[error("the migrations cannot be applied")]
    Database(#[from] DatabaseError),
}

/// Applies what has not been applied yet. Two at once take turns.
pub async fn migrate(connection: &mut PgConnection) -> Result<(), MigrationError> {
    let mut migrator: Migrator = sqlx::migrate!("../migrations");
    migrator.dangerous_set_table_name(LEDGER);
    migrator.run(&mut *connection).await.map_err(|error| match error {
        MigrateError::ExecuteMigration(error, version) => match DatabaseError::from(error) {
            DatabaseError::Refused(state) => MigrationError::Refused { version, state },
            error => MigrationError::Database(error),
        },
        MigrateError::Execute(error) => MigrationError::Database(error.into()),
        MigrateError::VersionMismatch(version) | MigrateError::VersionMissing(version) => {
            MigrationError::Differs(version)
        }
        _ => MigrationError::Database(DatabaseError::UNREADABLE),
    })?;
    // Supabase grants every new table to everyone and serves it over HTTP.
    let seal = format!(
        "ALTER TABLE {LEDGER} ENABLE ROW LEVEL SECURITY; \
         REVOKE ALL ON {LEDGER} FROM PUBLIC, anon, authenticated"
    );
    sqlx::raw_sql(AssertSqlSafe(seal)).execute(connection).await.map_err(DatabaseError::from)?;
    Ok(())
}

/// Runs the subcommand.
pub async fn run() -> anyhow::Result<ExitCode> {
    let options = settings::worker_database()?;
    let mut connection = PgConnection::connect_with(&options)
        .await
        .map_err(DatabaseError::from)
        .context("cannot log in with DATABASE_URL")?;
    migrate(&mut connection).await?;
    super::print("the migrations are applied")?;
    Ok(ExitCode::SUCCESS)
}
