//! Database work as the caller of a request, the way PostgREST does it: one transaction, in which the role
//! and the claims are set, so that row-level security decides.

use sqlx::{Connection, PgConnection};

use super::ApiError;
use super::token::Caller;
use crate::database::{Database, DatabaseError, Reply};

/// Ends together with the transaction, and is the first thing in it.
const BECOME: &str = "SELECT set_config('role', $1, true), \
    set_config('request.jwt.claims', $2, true), \
    set_config('statement_timeout', '8000', true)";

impl Caller {
    /// Reads as this caller. It runs in a task of its own: a request that is dropped half way must not
    /// leave a connection in somebody's role.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        database: &Database,
        work: impl for<'c> FnOnce(&'c mut PgConnection) -> Reply<'c, T> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (database, caller) = (database.clone(), self.clone());
        let task = tokio::spawn(async move {
            database
                .run(|connection| {
                    Box::pin(async move {
                        let mut transaction = connection.begin_with("BEGIN READ ONLY").await?;
                        sqlx::query(BECOME)
                            .bind(caller.role)
                            .bind(caller.claims)
                            .execute(&mut *transaction)
                            .await?;
                        let value = work(&mut transaction).await?;
                        transaction.commit().await?;
                        Ok(value)
                    })
                })
                .await
        });
        let outcome: Result<T, DatabaseError> = task.await.map_err(|_| ApiError::Internal)?;
        Ok(outcome?)
    }
}
