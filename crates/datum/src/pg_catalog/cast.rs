use super::table::{Table, Versions};

pub(super) const TABLE: Table = Table(include_str!("tables/casts.tsv"));

/// Where a cast applies by itself. <https://www.postgresql.org/docs/current/catalog-pg-cast.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CastContext {
    /// In every expression.
    Implicit,
    /// Where a value is assigned to a column.
    Assignment,
    /// Where it is written.
    Explicit,
}

/// A cast of `pg_cast`, between types of `pg_catalog`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cast {
    pub(crate) source: &'static str,
    pub(crate) target: &'static str,
    /// The two have the same bytes.
    pub(crate) binary: bool,
    pub(crate) context: CastContext,
    pub(crate) versions: Versions,
}

/// Every cast.
pub(crate) fn casts() -> impl Iterator<Item = Cast> {
    TABLE.rows().filter_map(|row| {
        let [source, target, method, context] = row.split()?;
        let context = match context {
            "i" => CastContext::Implicit,
            "a" => CastContext::Assignment,
            _ => CastContext::Explicit,
        };
        Some(Cast { source, target, binary: method == "b", context, versions: row.versions })
    })
}
