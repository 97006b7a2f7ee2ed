//! Sorted tables of text.

/// The first and the last version of the tables.
pub(crate) const SUPPORTED: Versions = Versions { first: 15, last: 18 };

/// The major versions of PostgreSQL that have a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Versions {
    /// The first of them.
    pub(crate) first: u8,
    /// The last of them.
    pub(crate) last: u8,
}

impl Versions {
    /// Whether every supported version has the row.
    pub(crate) fn is_every(self) -> bool {
        self == SUPPORTED
    }

    /// Whether a version has the row.
    pub(crate) fn contains(self, version: u8) -> bool {
        (self.first..=self.last).contains(&version)
    }

    /// The supported versions, each alone.
    pub(crate) fn each() -> impl Iterator<Item = u8> {
        SUPPORTED.first..=SUPPORTED.last
    }

    fn parse(range: &str) -> Option<Self> {
        let (first, last) = range.split_once('-')?;
        Some(Self { first: first.parse().ok()?, last: last.parse().ok()? })
    }
}

/// A table: lines sorted by their first column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table(pub(super) &'static str);

/// A row without its range of versions, and that range.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) columns: &'static str,
    pub(super) versions: Versions,
}

impl Row {
    fn parse(line: &'static str) -> Option<Self> {
        let (columns, range) = line.rsplit_once('\t')?;
        Some(Self { columns, versions: Versions::parse(range)? })
    }

    /// The columns, if there are so many.
    pub(super) fn split<const N: usize>(self) -> Option<[&'static str; N]> {
        let mut columns = self.columns.split('\t');
        let mut found = [""; N];
        for column in &mut found {
            *column = columns.next()?;
        }
        columns.next().is_none().then_some(found)
    }
}

impl Table {
    /// Every row.
    pub(super) fn rows(self) -> impl Iterator<Item = Row> {
        self.0.lines().filter_map(Row::parse)
    }

    /// The rows whose first column is this.
    pub(super) fn find(self, key: &str) -> impl Iterator<Item = Row> {
        let key = key.to_owned();
        let rest = self.0.get(self.lower_bound(&key)..).unwrap_or_default();
        rest.lines().take_while(move |line| first_column(line) == key).filter_map(Row::parse)
    }

    /// Where the first line starts whose first column is not before the key.
    fn lower_bound(self, key: &str) -> usize {
        let text = self.0;
        // The line that is looked for starts in `low..=high`, and both are starts of lines.
        let (mut low, mut high) = (0, text.len());
        while low < high {
            let middle = low.midpoint(high);
            let start =
                memchr::memrchr(b'\n', text.as_bytes().get(low..middle).unwrap_or_default())
                    .map_or(low, |at| low + at + 1);
            let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
            if first_column(line) < key {
                low = (start + line.len() + 1).min(text.len());
            } else {
                high = start;
            }
        }
        low
    }
}

fn first_column(line: &str) -> &str {
    line.split('\t').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_its_first_column() {
        let table = Table("a\t1\t15-18\nb\t2\t15-16\nb\t3\t17-18\nbb\t4\t15-18\n");
        let found = |key: &str| table.find(key).map(|row| row.columns).collect::<Vec<_>>();
        assert_eq!(found("a"), ["a\t1"]);
        assert_eq!(found("b"), ["b\t2", "b\t3"]);
        assert_eq!(found("bb"), ["bb\t4"]);
        for missing in ["", "0", "aa", "ba", "c"] {
            assert_eq!(found(missing), [""; 0], "{missing}");
        }
        let ranges: Vec<_> = table.find("b").map(|row| row.versions).collect();
        assert!(ranges.iter().all(|versions| !versions.is_every()));
        assert!(ranges.iter().any(|versions| versions.contains(15)));
    }

    #[test]
    fn every_row_of_every_table_is_found_under_its_key() {
        for table in super::super::TABLES {
            assert!(table.rows().count() > 50);
            assert_eq!(table.rows().count(), table.0.lines().count());
            for row in table.rows() {
                let key = first_column(row.columns);
                assert!(table.find(key).any(|found| found.columns == row.columns), "{key}");
            }
        }
    }
}
