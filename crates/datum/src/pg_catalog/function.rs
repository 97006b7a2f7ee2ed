use super::table::{Table, Versions};

pub(super) const TABLE: Table = Table(include_str!("tables/functions.tsv"));

/// A function of `pg_proc`. <https://www.postgresql.org/docs/current/catalog-pg-proc.html>
#[derive(Debug, Clone, Copy)]
pub(crate) struct FunctionRow {
    arguments: &'static str,
    names: &'static str,
    /// The type of each of the variadic arguments, where there are such; `any` where each may have its own.
    pub(crate) variadic: Option<&'static str>,
    /// How many of the last arguments have a default.
    pub(crate) defaults: usize,
    pub(crate) result: &'static str,
    outputs: &'static str,
    /// `f` function, `p` procedure, `w` window function, `n` aggregate, `o` and `h` ordered-set aggregates.
    pub(crate) kind: char,
    pub(crate) returns_set: bool,
    pub(crate) versions: Versions,
}

impl FunctionRow {
    /// The types of the arguments that a caller passes.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &'static str> {
        list(self.arguments)
    }

    /// The names of these arguments; empty for those without.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.split(',')
    }

    /// Name and type of each column of the result, where it has several or they have names.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        list(self.outputs).filter_map(|output| output.split_once(' '))
    }
}

fn list(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split(',').filter(|part| !part.is_empty())
}

/// The functions of that name.
pub(crate) fn functions(name: &str) -> impl Iterator<Item = FunctionRow> {
    TABLE.find(name).filter_map(|row| {
        let [_, arguments, names, variadic, defaults, result, outputs, letters] = row.split()?;
        Some(FunctionRow {
            arguments,
            names,
            variadic: Some(variadic).filter(|variadic| !variadic.is_empty()),
            defaults: defaults.parse().ok()?,
            result,
            outputs,
            kind: letters.chars().next()?,
            returns_set: letters.ends_with('s') && letters.len() > 2,
            versions: row.versions,
        })
    })
}

/// Whether any supported version has a function of that name.
pub(crate) fn has_function(name: &str) -> bool {
    TABLE.find(name).next().is_some()
}
