//! PostgreSQL's own verdict on a list of migrations.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::{Cluster, Error};

/// A statement that the server refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The number of the migration in the list, from 0.
    pub migration: usize,
    /// The five characters of SQLSTATE.
    pub sqlstate: String,
    /// The server's message.
    pub message: String,
    /// Where in the migration, in characters from 1, if the server said so.
    pub position: Option<usize>,
}

/// What the server says of a list of migrations.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The catalog after the last migration that was applied, as `railcheck catalog` would print it.
    pub catalog: Value,
    /// The statement that ended the migrations.
    pub refusal: Option<Refusal>,
    /// Whether R-E76-001 to R-E76-004 hold, in this order, told by `pg_catalog` and by evaluating the
    /// expressions of policies and predicates.
    pub holds: [bool; 4],
}

/// What the server says of a list of migrations, and of who may do what after them.
#[derive(Debug, Clone)]
pub struct Conformance {
    /// The catalog after the last migration that was applied, as `railcheck catalog` would print it.
    pub catalog: Value,
    /// `roles`, as `railcheck catalog` would print them, and `rights`: what each role may do.
    pub access: Value,
    /// The statement that ended the migrations.
    pub refusal: Option<Refusal>,
}

impl Cluster {
    /// Applies migrations to a new database, each as one batch on a connection of its own, up to the
    /// first that fails, and reads the catalog.
    ///
    /// # Errors
    /// Where the server cannot be asked; a refused migration is no error.
    pub fn judge<'a>(
        &self,
        migrations: impl IntoIterator<Item = &'a str>,
    ) -> Result<Judgement, Error> {
        self.judge_and(migrations, |_| ())
    }

    /// The same, with a look at the database, by its name, before it goes.
    ///
    /// # Errors
    /// Where the server cannot be asked; a refused migration is no error.
    pub fn judge_and<'a>(
        &self,
        migrations: impl IntoIterator<Item = &'a str>,
        look: impl FnOnce(&str),
    ) -> Result<Judgement, Error> {
        let database = self.create_database()?;
        let url = self.url(&database);
        let runtime = runtime()?;
        let mut refusal = None;
        for (number, text) in migrations.into_iter().enumerate() {
            refusal = runtime.block_on(apply(&url, number, text))?;
            if refusal.is_some() {
                break;
            }
        }
        let catalog = self.psql(&database, include_str!("catalog.sql"))?;
        look(&database);
        let verdict = self.psql(&database, include_str!("verdict.sql"))?;
        let mut lines = verdict.lines().map(|line| line == "t");
        let holds = std::array::from_fn(|_| lines.next().unwrap_or(false));
        self.psql("postgres", &format!("DROP DATABASE {database} WITH (FORCE)"))?;
        let catalog = serde_json::from_str(&catalog)
            .map_err(|error| Error::Failed { program: "psql", output: error.to_string() })?;
        Ok(Judgement { catalog, refusal, holds })
    }

    /// Applies migrations as [`Cluster::judge`] does, to a database that `clean` empties first rather than to a
    /// new one, which takes a tenth of the time, and reads the catalog alone.
    ///
    /// # Errors
    /// Where the server cannot be asked; a refused migration is no error.
    pub fn catalog_after<'a>(
        &self,
        database: &str,
        clean: &str,
        migrations: impl IntoIterator<Item = &'a str>,
    ) -> Result<Conformance, Error> {
        let url = self.url(database);
        let runtime = runtime()?;
        let unexpected = |error: String| Error::Failed { program: "postgres", output: error };
        if let Some(refusal) = runtime.block_on(apply(&url, 0, clean))? {
            return Err(unexpected(refusal.message));
        }
        let mut refusal = None;
        for (number, text) in migrations.into_iter().enumerate() {
            refusal = runtime.block_on(apply(&url, number, text))?;
            if refusal.is_some() {
                break;
            }
        }
        let answers = runtime
            .block_on(async {
                let mut connection = PgConnection::connect(&url).await?;
                let mut answers = Vec::new();
                for query in [include_str!("catalog.sql"), include_str!("access.sql")] {
                    let rows = sqlx::raw_sql(query).fetch_all(&mut connection).await?;
                    let answer =
                        rows.last().map(|row| row.try_get_unchecked::<String, _>(0)).transpose()?;
                    answers.push(answer.unwrap_or_default());
                }
                connection.close().await?;
                Ok::<_, sqlx::Error>(answers)
            })
            .map_err(|error| unexpected(error.to_string()))?;
        let read = |at: usize| {
            let answer = answers.get(at).map(String::as_str).unwrap_or_default();
            serde_json::from_str(answer).map_err(|error| unexpected(error.to_string()))
        };
        Ok(Conformance { catalog: read(0)?, access: read(1)?, refusal })
    }

    /// Applies migrations to a new database, passing over those that fail, and says which those are.
    ///
    /// # Errors
    /// Where the server cannot be asked; a refused migration is no error.
    pub fn refusals<'a>(
        &self,
        migrations: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<Refusal>, Error> {
        let database = self.create_database()?;
        let url = self.url(&database);
        let runtime = runtime()?;
        let refusals = migrations
            .into_iter()
            .enumerate()
            .filter_map(|(number, text)| runtime.block_on(apply(&url, number, text)).transpose())
            .collect::<Result<_, _>>()?;
        self.psql("postgres", &format!("DROP DATABASE {database} WITH (FORCE)"))?;
        Ok(refusals)
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::Io { action: "start a runtime", source })
}

async fn apply(url: &str, migration: usize, text: &str) -> Result<Option<Refusal>, Error> {
    let unexpected =
        |error: sqlx::Error| Error::Failed { program: "postgres", output: error.to_string() };
    let mut connection = PgConnection::connect(url).await.map_err(unexpected)?;
    let result = sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await;
    let refusal = match result {
        Ok(_) => None,
        Err(sqlx::Error::Database(error)) => {
            let error = error.downcast_ref::<sqlx::postgres::PgDatabaseError>();
            let position = match error.position() {
                Some(sqlx::postgres::PgErrorPosition::Original(position)) => Some(position),
                _ => None,
            };
            Some(Refusal {
                migration,
                sqlstate: error.code().to_owned(),
                message: error.message().to_owned(),
                position,
            })
        }
        Err(error) => return Err(unexpected(error)),
    };
    connection.close().await.map_err(unexpected)?;
    Ok(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_catalog_up_to_the_refused_migration() {
        let cluster = Cluster::start().unwrap();
        let judgement = cluster
            .judge([
                "CREATE TYPE s AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, s s[], u text UNIQUE)",
                "CREATE TABLE u (); SELECT 1/0",
                "CREATE TABLE v ()",
            ])
            .unwrap();
        let refusal = judgement.refusal.unwrap();
        assert_eq!((refusal.migration, refusal.sqlstate.as_str()), (1, "22012"));
        let tables = judgement.catalog["tables"].as_array().unwrap();
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0]["columns"][1]["type"], "s[]");
        assert_eq!(tables[0]["unique"][0]["name"], "t_u_key");
        assert_eq!(tables[0]["primary_key"], serde_json::json!(["id"]));
        assert_eq!(tables[0]["indexes"], serde_json::json!([]));
        assert_eq!(judgement.holds, [false; 4]);
        assert_eq!(judgement.catalog["enums"][0]["labels"], serde_json::json!(["a", "b"]));
    }

    const COMPLIANT: &str = "
        CREATE SCHEMA auth;
        CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
            AS $$SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid$$;
        CREATE TYPE diagnosis_run_status AS ENUM ('queued', 'in_progress', 'completed', 'failed');
        CREATE TABLE diagnosis_runs (id uuid PRIMARY KEY, assessment_id uuid NOT NULL, correlation_id text NOT NULL,
            status diagnosis_run_status NOT NULL, attempt int, max_attempts int, context_pack jsonb, diagnosis_result jsonb,
            errors jsonb, created_at timestamptz, updated_at timestamptz, started_at timestamptz, completed_at timestamptz,
            schema_version text NOT NULL, UNIQUE (schema_version, assessment_id, correlation_id));
        CREATE INDEX idx_diagnosis_runs_status ON diagnosis_runs (status) WHERE status IN ('queued', 'failed');
        ALTER TABLE diagnosis_runs ENABLE ROW LEVEL SECURITY;
        CREATE POLICY diagnosis_runs_patient_select ON diagnosis_runs FOR SELECT USING (auth.uid() = assessment_id);
        CREATE POLICY diagnosis_runs_clinician_select ON diagnosis_runs FOR SELECT USING (auth.uid() = id);
        CREATE POLICY diagnosis_runs_system_insert ON diagnosis_runs FOR INSERT WITH CHECK (current_user = 'service_role');
        CREATE POLICY diagnosis_runs_system_update ON diagnosis_runs FOR UPDATE USING (current_user = 'service_role');";

    #[test]
    fn judges_the_rules() {
        let cluster = Cluster::start().unwrap();
        let cases = [
            ("", [true; 4]),
            ("ALTER TABLE diagnosis_runs ALTER errors TYPE json", [false, true, true, true]),
            ("ALTER TYPE diagnosis_run_status ADD VALUE 'x'", [false, true, true, true]),
            (
                "CREATE POLICY o ON diagnosis_runs USING (auth.uid() IS NOT NULL)",
                [true, false, true, true],
            ),
            ("CREATE POLICY o ON diagnosis_runs USING (id IS NOT NULL)", [true, false, true, true]),
            ("CREATE POLICY o ON diagnosis_runs USING (status = 'queued')", [true; 4]),
            ("CREATE POLICY o ON diagnosis_runs AS RESTRICTIVE USING (true)", [true; 4]),
            ("ALTER TABLE diagnosis_runs RENAME schema_version TO v", [false, true, false, true]),
            (
                "DROP INDEX idx_diagnosis_runs_status; \
                 CREATE INDEX idx_diagnosis_runs_status ON diagnosis_runs (status) WHERE status = 'queued' AND attempt > 0",
                [true, true, true, false],
            ),
            ("ALTER TABLE diagnosis_runs SET SCHEMA auth", [false; 4]),
        ];
        for (change, holds) in cases {
            assert_eq!(cluster.judge([COMPLIANT, change]).unwrap().holds, holds, "{change}");
        }
    }
}
