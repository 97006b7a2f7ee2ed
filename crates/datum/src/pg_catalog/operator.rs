use super::table::{Table, Versions};

pub(super) const TABLE: Table = Table(include_str!("tables/operators.tsv"));

/// An operator of `pg_operator`. <https://www.postgresql.org/docs/current/catalog-pg-operator.html>
#[derive(Debug, Clone, Copy)]
pub(crate) struct OperatorRow {
    pub(crate) name: &'static str,
    /// Empty for a prefix operator.
    pub(crate) left: &'static str,
    pub(crate) right: &'static str,
    pub(crate) result: &'static str,
    pub(crate) versions: Versions,
}

/// Every operator.
pub(crate) fn operators() -> impl Iterator<Item = OperatorRow> {
    TABLE.rows().filter_map(|row| {
        let [name, left, right, result, _] = row.split()?;
        Some(OperatorRow { name, left, right, result, versions: row.versions })
    })
}
