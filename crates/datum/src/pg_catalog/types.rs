use super::table::Table;

pub(super) const TABLE: Table = Table(include_str!("tables/types.tsv"));

/// A type of `pg_type`. <https://www.postgresql.org/docs/current/catalog-pg-type.html>
#[derive(Debug, Clone, Copy)]
pub struct TypeRow {
    /// Its name, without a schema.
    pub name: &'static str,
    /// Its oid, the same in every version.
    pub oid: u32,
    /// `b` base, `p` pseudo, `r` range, `m` multirange, `a` array.
    pub kind: char,
    /// `typcategory`.
    pub category: char,
    /// Whether it is the preferred type of its category.
    pub preferred: bool,
    /// The type of its arrays, 0 for none.
    pub array: u32,
    /// The element of an array, the subtype of a range, the range of a multirange; 0 for none.
    pub part: u32,
    /// As `format_type` writes it.
    pub spelling: &'static str,
}

/// Every type that is no row of a system catalog.
pub fn types() -> impl Iterator<Item = TypeRow> {
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
