use std::collections::BTreeMap;

use super::ObjectName;

/// The rows of a table of a platform that migrations write.
#[derive(Debug, Clone)]
pub struct KnownRows {
    /// The table.
    pub table: ObjectName,
    /// Rows that are there for certain, each with the values that are known: those that are not NULL, as text.
    pub rows: Vec<BTreeMap<String, String>>,
    /// There are no others.
    pub complete: bool,
}
