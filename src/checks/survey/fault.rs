//! What a rule looks for, put into a catalog that has none of it: whether the rule tells it then.

use std::fmt;
use std::sync::Arc;

use crate::catalog::{Catalog, Column, History, ObjectName, Table, TableKind};

/// The name of what is planted, which nothing in a repository bears.
pub(in crate::checks) const NAME: &str = "railcheck_mutant";

/// A change of a catalog that breaks a rule.
#[derive(Clone)]
pub struct Planted {
    /// What is done, as in “a table is made without a primary key”.
    pub what: String,
    /// Does it.
    pub change: Arc<dyn Fn(&mut Catalog) + Send + Sync>,
}

impl fmt::Debug for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Planted").field(&self.what).finish()
    }
}

impl Planted {
    pub(in crate::checks) fn new(
        what: impl Into<String>,
        change: impl Fn(&mut Catalog) + Send + Sync + 'static,
    ) -> Self {
        Self { what: what.into(), change: Arc::new(change) }
    }

    /// A table of that schema is added.
    pub(in crate::checks) fn table(
        what: impl Into<String>,
        schema: &str,
        change: impl Fn(&mut Table) + Send + Sync + 'static,
    ) -> Self {
        let name = ObjectName::new(schema, NAME);
        Self::new(what, move |catalog| {
            let mut table = table(name.clone());
            change(&mut table);
            catalog.tables.push(table);
        })
    }
}

/// A table with one column and nothing else.
fn table(name: ObjectName) -> Table {
    Table { columns: vec![column("id", "uuid")], ..Table::new(name, TableKind::Table) }
}

/// A column that may be NULL.
pub(in crate::checks) fn column(name: &str, data_type: &str) -> Column {
    Column {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        enum_type: None,
        not_null: false,
        default: false,
        default_expression: None,
        generated: false,
        history: History::default(),
    }
}
