//! The committed tables are those of the server that is installed.

use std::collections::BTreeSet;

use test_cluster::Cluster;
use xtask::tables::{OLDEST, Rows, TABLES, committed, rows_of};

#[test]
fn the_tables_are_those_of_the_installed_server() {
    let rows = Rows::read(&Cluster::start().unwrap()).unwrap();
    assert!(rows.version >= OLDEST, "PostgreSQL {} is older than the tables", rows.version);
    for table in TABLES {
        let ours = rows_of(&committed(&table).unwrap(), rows.version);
        let theirs = rows.of(&table).unwrap();
        // Which extensions there are depends on the packages that are installed.
        let is_told = |row: &&String, by: &BTreeSet<String>| {
            let name = |row: &str| row.split('\t').next().map(str::to_owned);
            !table.depends_on_packages || by.iter().any(|other| name(other) == name(row))
        };
        let missing: Vec<_> = theirs.difference(&ours).filter(|r| is_told(r, &ours)).collect();
        let surplus: Vec<_> = ours.difference(theirs).filter(|r| is_told(r, theirs)).collect();
        assert!(
            missing.is_empty() && surplus.is_empty(),
            "{}: the server has {missing:?}, the table {surplus:?}; write it anew with \
             cargo xtask tables --postgres-bin DIR…",
            table.name
        );
        assert!(!ours.is_empty(), "{} is empty", table.name);
    }
}
