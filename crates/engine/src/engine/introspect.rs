//! Reads the catalog of a running PostgreSQL. Each query stands beside the rows that it fills; an engine
//! brings the connection.

mod access;
mod rows;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use self::access::{AccessRow, DefaultRow, RoleRow};
use self::rows::{
    ColumnRow, ConstraintRow, EnumRow, ExtensionRow, FunctionRow, IndexRow, PolicyRow, TableRow,
    TriggerRow,
};
use crate::catalog::{Catalog, KnownRows, LEFT_OUT, ObjectName, Table, is_left_out};

/// A connection that can answer a query whose result is one text.
pub trait Connection {
    /// Why a query went unanswered.
    type Error;

    /// Runs a statement and returns the first column of its first row.
    ///
    /// # Errors
    /// Where the server refuses or is gone.
    fn text(&mut self, statement: &str) -> Result<String, Self::Error>;
}

/// Why a catalog could not be read.
#[derive(Debug, thiserror::Error)]
pub enum IntrospectError<E> {
    /// The server did not answer.
    #[error("the catalog query {query} failed")]
    Query {
        /// The name of the query's file.
        query: &'static str,
        /// The connection's own error.
        #[source]
        source: E,
    },
    /// The answer is not of the expected form: a server that railcheck does not know.
    #[error("the catalog query {query} gave an unexpected answer")]
    Answer {
        /// The name of the query's file.
        query: &'static str,
        /// Where the answer differs.
        #[source]
        source: serde_json::Error,
    },
}

impl<E: std::fmt::Display> IntrospectError<E> {
    /// Why, in the words of the connection or the reader.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Query { source, .. } => source.to_string(),
            Self::Answer { source, .. } => source.to_string(),
        }
    }
}

/// Tables of platforms whose rows say what is there, with the columns that do.
const TELLING: [(&str, &str, [&str; 2]); 1] = [("storage", "buckets", ["id", "public"])];

/// Reads the rows of a table that the login sees whole; nothing of one that is not there, or that hides any.
fn read_rows<C: Connection + ?Sized>(
    connection: &mut C,
    (schema, name, columns): (&str, &str, [&str; 2]),
) -> Result<Option<KnownRows>, IntrospectError<C::Error>> {
    let failed = |source| IntrospectError::Query { query: "rows", source };
    // The names are constants of this crate, none needs quotes.
    let table = format!("{schema}.{name}");
    // `to_regclass` fails where the schema may not be used.
    let is_seen = format!(
        "SELECT coalesce((SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
             AND pg_catalog.has_table_privilege(c.oid, 'SELECT') \
             AND NOT pg_catalog.row_security_active(c.oid) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = '{schema}' AND c.relname = '{name}'), false)::text"
    );
    if connection.text(&is_seen).map_err(failed)? != "true" {
        return Ok(None);
    }
    let values: Vec<String> =
        columns.iter().map(|column| format!("'{column}', r.{column}::text")).collect();
    let rows = format!(
        "SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_strip_nulls(\
             pg_catalog.json_build_object({}))), '[]')::text FROM {table} r",
        values.join(", ")
    );
    let rows = connection.text(&rows).map_err(failed)?;
    let rows = serde_json::from_str(&rows)
        .map_err(|source| IntrospectError::Answer { query: "rows", source })?;
    Ok(Some(KnownRows { table: ObjectName::new(schema, name), rows, complete: true }))
}

/// Reads the catalog as it is. Histories are empty, since a server keeps none.
///
/// The session's `search_path` should be `public, extensions`, by which types are spelled.
///
/// # Errors
/// Where a query fails.
pub fn read<C: Connection + ?Sized>(
    connection: &mut C,
) -> Result<Catalog, IntrospectError<C::Error>> {
    // To compile these queries takes longer than to run them.
    connection
        .text("SELECT pg_catalog.set_config('jit', 'off', false)")
        .map_err(|source| IntrospectError::Query { query: "jit", source })?;
    let mut catalog = Catalog::default();
    let mut tables = BTreeMap::new();
    for row in ask::<_, TableRow>(connection, "tables", include_str!("introspect/tables.sql"))? {
        row.place(&mut tables, &mut catalog.views);
    }
    let mut within = |name: ObjectName, fill: &mut dyn FnMut(&mut Table)| {
        if let Some(table) = tables.get_mut(&name) {
            fill(table);
        }
    };
    for row in ask::<_, ColumnRow>(connection, "columns", include_str!("introspect/columns.sql"))? {
        within(row.relation(), &mut |table| table.columns.push(row.column()));
    }
    for row in ask::<_, ConstraintRow>(
        connection,
        "constraints",
        include_str!("introspect/constraints.sql"),
    )? {
        within(row.relation(), &mut |table| row.place(table));
    }
    for row in ask::<_, PolicyRow>(connection, "policies", include_str!("introspect/policies.sql"))?
    {
        let relation = row.relation();
        let policy = row.policy();
        within(relation, &mut |table| table.policies.push(policy.clone()));
    }
    for row in ask::<_, IndexRow>(connection, "indexes", include_str!("introspect/indexes.sql"))? {
        let (relation, mut row) = (row.relation(), Some(row));
        within(relation, &mut |table| row.take().into_iter().for_each(|row| row.place(table)));
    }
    for row in
        ask::<_, TriggerRow>(connection, "triggers", include_str!("introspect/triggers.sql"))?
    {
        within(row.relation(), &mut |table| table.triggers.push(row.trigger()));
    }
    for row in ask::<_, EnumRow>(connection, "enums", include_str!("introspect/enums.sql"))? {
        catalog.enums.push(row.into());
    }
    for row in
        ask::<_, FunctionRow>(connection, "functions", include_str!("introspect/functions.sql"))?
    {
        catalog.functions.push(row.into());
    }
    for row in ask::<_, AccessRow>(connection, "access", include_str!("introspect/access.sql"))? {
        row.place(&mut catalog.access);
    }
    for row in ask::<_, RoleRow>(connection, "roles", include_str!("introspect/roles.sql"))? {
        row.place(&mut catalog.access);
    }
    for row in ask::<_, DefaultRow>(
        connection,
        "default_privileges",
        include_str!("introspect/default_privileges.sql"),
    )? {
        catalog.access.defaults.push(row.into());
    }
    catalog
        .access
        .defaults
        .sort_by(|a, b| (&a.role, &a.schema, a.kind).cmp(&(&b.role, &b.schema, b.kind)));
    for row in
        ask::<_, ExtensionRow>(connection, "extensions", include_str!("introspect/extensions.sql"))?
    {
        catalog.extensions.push(row.into());
    }
    for table in TELLING {
        catalog.platform_rows.extend(read_rows(connection, table)?);
    }
    (catalog.platform_tables, catalog.tables) =
        tables.into_values().partition(|table: &Table| is_left_out(&table.name.schema));
    Ok(catalog)
}

fn ask<C: Connection + ?Sized, R: DeserializeOwned>(
    connection: &mut C,
    query: &'static str,
    text: &str,
) -> Result<Vec<R>, IntrospectError<C::Error>> {
    // The names are constants of this crate, none has a quote or a comma.
    let left_out = format!("'{{{}}}'::name[]", LEFT_OUT.join(","));
    let statement = format!(
        "SELECT coalesce(pg_catalog.json_agg(row), '[]')::text FROM ({}) row",
        text.replace(":left_out", &left_out)
    );
    let answer =
        connection.text(&statement).map_err(|source| IntrospectError::Query { query, source })?;
    serde_json::from_str(&answer).map_err(|source| IntrospectError::Answer { query, source })
}
