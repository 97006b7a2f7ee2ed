//! Reads the catalog of a running PostgreSQL. Each query stands beside the rows that it fills; an engine
//! brings the connection.

mod rows;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use self::rows::{
    ColumnRow, ConstraintRow, EnumRow, FunctionRow, IndexRow, PolicyRow, TableRow, TriggerRow,
};
use crate::catalog::{Catalog, LEFT_OUT, ObjectName, Table};

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

/// Reads the catalog as it is. Histories are empty, since a server keeps none.
///
/// The session's `search_path` should be `public, extensions`, by which types are spelled.
///
/// # Errors
/// Where a query fails.
pub fn read<C: Connection + ?Sized>(
    connection: &mut C,
) -> Result<Catalog, IntrospectError<C::Error>> {
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
        within(row.relation(), &mut |table| table.policies.push(row.policy()));
    }
    for row in ask::<_, IndexRow>(connection, "indexes", include_str!("introspect/indexes.sql"))? {
        within(row.relation(), &mut |table| table.indexes.push(row.index()));
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
    catalog.tables = tables.into_values().collect();
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
