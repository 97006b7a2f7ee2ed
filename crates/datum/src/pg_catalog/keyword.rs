use super::table::Table;

pub(super) const TABLE: Table = Table(include_str!("tables/keywords.tsv"));

/// Where a keyword may be used as a name. <https://www.postgresql.org/docs/current/sql-keywords-appendix.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    /// Everywhere.
    Unreserved,
    /// As a name of a column, not of a function or type.
    ColumnName,
    /// As a name of a function or type.
    TypeFunctionName,
    /// Nowhere.
    Reserved,
}

/// The category of a lower-case word that every supported version has as a keyword of that category.
pub(crate) fn keyword(word: &str) -> Option<Category> {
    let row = TABLE.find(word).find(|row| row.versions.is_every())?;
    let [_, category] = row.split()?;
    Some(match category {
        "C" => Category::ColumnName,
        "T" => Category::TypeFunctionName,
        "R" => Category::Reserved,
        _ => Category::Unreserved,
    })
}
