use super::table::Table;

pub(super) const TABLE: Table = Table(include_str!("tables/extensions.tsv"));

/// The names of the operators that an extension of PostgreSQL's own brings in any version, with blanks between
/// them. <https://www.postgresql.org/docs/current/contrib.html>
pub(crate) fn extension_operators(name: &str) -> Option<&'static str> {
    TABLE
        .find(name)
        .filter_map(|row| row.split::<6>()?.last().copied())
        .max_by_key(|operators| operators.len())
}

/// The schema that an extension must be in.
pub(crate) fn extension_schema(name: &str) -> Option<&'static str> {
    let [_, _, _, schema, ..] = TABLE.find(name).next()?.split::<6>()?;
    Some(schema).filter(|schema| !schema.is_empty())
}
