use super::table::Table;

pub(super) const TABLE: Table = Table(include_str!("tables/conditions.tsv"));

/// The SQLSTATEs of a condition's name. <https://www.postgresql.org/docs/current/errcodes-appendix.html>
pub(crate) fn sqlstates(condition: &str) -> impl Iterator<Item = &'static str> {
    TABLE.find(condition).filter_map(|row| Some(row.split::<2>()?[1]))
}

/// A SQLSTATE as one of those that the server knows.
pub(crate) fn known_sqlstate(code: &str) -> Option<&'static str> {
    TABLE.rows().filter_map(|row| Some(row.split::<2>()?[1])).find(|known| *known == code)
}
