use super::table::Table;

pub(super) const TABLE: Table = Table(include_str!("tables/types.tsv"));

/// A type of `pg_type`. <https://www.postgresql.org/docs/current/catalog-pg-type.html>
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypeRow {
    pub(crate) name: &'static str,
    pub(crate) oid: u32,
    /// `b` base, `p` pseudo, `r` range, `m` multirange, `a` array.
    pub(crate) kind: char,
    /// `typcategory`.
    pub(crate) category: char,
    /// Whether it is the preferred type of its category.
    pub(crate) preferred: bool,
    /// The type of its arrays, 0 for none.
    pub(crate) array: u32,
    /// The element of an array, the subtype of a range, the range of a multirange; 0 for none.
    pub(crate) part: u32,
    /// As `format_type` writes it.
    pub(crate) spelling: &'static str,
}

/// Every type that is no row of a system catalog.
pub(crate) fn types() -> impl Iterator<Item = TypeRow> {
    TABLE.rows().filter_map(|row| {
        let [name, oid, kind, category, preferred, array, part, _, _, spelling] = row.split()?;
        Some(TypeRow {
            name,
            oid: oid.parse().ok()?,
            kind: kind.chars().next()?,
            category: category.chars().next()?,
            preferred: !preferred.is_empty(),
            array: array.parse().ok()?,
            part: part.parse().ok()?,
            spelling,
        })
    })
}
