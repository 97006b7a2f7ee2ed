use std::collections::BTreeMap;

use super::ObjectName;

/// The rows of a table of a platform that migrations write.
#[derive(Debug, Clone)]
pub struct KnownRows {
    /// The table.
    pub table: ObjectName,
    /// Rows that are there for certain, each with its values as text, `None` where one is not known; a column that is
    /// not there is NULL.
    pub rows: Vec<BTreeMap<String, Option<String>>>,
    /// There are no others.
    pub complete: bool,
}
