//! Statements on what tables and indexes hold.

use sqlparser::ast::{Ident, ObjectName};

/// A statement that changes rows or the storage of a relation as a whole, not the catalog.
#[derive(Debug, Clone)]
pub enum Maintenance {
    /// `TRUNCATE`
    Truncate {
        /// Which tables, each with whether `ONLY` is before it.
        tables: Vec<(ObjectName, bool)>,
        /// `CASCADE`
        cascade: bool,
    },
    /// `REFRESH MATERIALIZED VIEW`
    Refresh {
        /// Which.
        view: ObjectName,
        /// `CONCURRENTLY`
        concurrently: bool,
        /// Not `WITH NO DATA`.
        with_data: bool,
    },
    /// `COPY`
    Copy {
        /// The table, unless it is a query.
        table: Option<ObjectName>,
        /// `FROM`
        into: bool,
    },
    /// `CLUSTER`
    Cluster {
        /// The table; without it, all tables that were clustered before.
        table: Option<ObjectName>,
        /// `USING`
        index: Option<Ident>,
    },
    /// `REINDEX`
    Reindex {
        /// `INDEX`
        index: bool,
        /// The table or index; `None` for a schema, a database or the system.
        relation: Option<ObjectName>,
        /// `CONCURRENTLY`
        concurrently: bool,
    },
    /// `VACUUM`
    Vacuum {
        /// Which tables; none stands for all.
        tables: Vec<ObjectName>,
    },
    /// `ANALYZE`
    Analyze {
        /// Which tables; none stands for all.
        tables: Vec<ObjectName>,
    },
    /// A statement that has to be a transaction by itself, such as `CREATE DATABASE`.
    Alone(&'static str),
}
