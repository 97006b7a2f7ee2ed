//! The history table of sqlx, which keeps a checksum of a migration.

use serde::Deserialize;
use sha2::{Digest, Sha384};

use super::{Kept, Record};
use crate::migrate::{MigrateError, Migration, Version, literal};

/// What sqlx makes.
pub(super) const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
    success BOOLEAN NOT NULL,
    checksum BYTEA NOT NULL,
    execution_time BIGINT NOT NULL
);";

/// The rows as JSON.
pub(super) const READ: &str = "\
SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
           'version', version::text,
           'description', description,
           'success', success,
           'checksum', pg_catalog.encode(checksum, 'hex')) ORDER BY version), '[]')::text
FROM _sqlx_migrations";

#[derive(Deserialize)]
struct Row {
    version: String,
    description: String,
    success: bool,
    checksum: String,
}

/// The records that the rows are.
pub(super) fn records(rows: &str) -> serde_json::Result<Vec<Record>> {
    let rows: Vec<Row> = serde_json::from_str(rows)?;
    let record = |Row { version, description, success, checksum }| Record {
        version: Version::new(version),
        name: description.replace(' ', "_"),
        finished: success,
        kept: Kept::Checksum(checksum),
    };
    Ok(rows.into_iter().map(record).collect())
}

/// sqlx's checksum of a text, in hexadecimal digits.
pub(super) fn checksum(text: &str) -> String {
    hex::encode(Sha384::digest(text))
}

pub(super) fn insertion(
    migration: &Migration,
    text: &str,
    nanoseconds: i64,
) -> Result<String, MigrateError> {
    let version: i64 = (migration.version.digits().parse())
        .map_err(|_| MigrateError::VersionTooLarge(migration.version.clone()))?;
    let name = migration.name.strip_suffix(".up").unwrap_or(&migration.name);
    Ok(format!(
        "INSERT INTO _sqlx_migrations ( version, description, success, checksum, execution_time ) \
         VALUES ( {version}, {}, TRUE, decode('{}', 'hex'), {nanoseconds} )",
        literal(&name.replace('_', " ")),
        checksum(text)
    ))
}
