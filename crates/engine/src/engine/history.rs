//! The history of facts that a server tells: a server keeps none, but the interpreter of the same
//! migrations does.

mod attribution;

use std::collections::HashMap;

use crate::catalog::{
    Catalog, Check, Column, Enum, ForeignKey, Function, History, Index, Key, ObjectName, Policy,
    Table, Trigger, View,
};

pub(super) use self::attribution::Attribution;

/// Takes over the histories of the facts that the interpreter found too, and what was dropped.
pub fn adopt(catalog: &mut Catalog, interpreted: &Catalog) {
    let known: HashMap<&ObjectName, &Table> =
        interpreted.tables.iter().map(|table| (&table.name, table)).collect();
    for table in &mut catalog.tables {
        if let Some(known) = known.get(&table.name) {
            adopt_table(table, known);
        }
    }
    adopt_all(&mut catalog.enums, &interpreted.enums);
    adopt_all(&mut catalog.views, &interpreted.views);
    adopt_all(&mut catalog.functions, &interpreted.functions);
    catalog.dropped.clone_from(&interpreted.dropped);
}

fn adopt_table(table: &mut Table, known: &Table) {
    table.history = known.history.clone();
    table.rls_history = known.rls_history.clone();
    adopt_all(&mut table.columns, &known.columns);
    adopt_all(table.primary_key.as_mut_slice(), known.primary_key.as_slice());
    adopt_all(&mut table.unique, &known.unique);
    adopt_all(&mut table.foreign_keys, &known.foreign_keys);
    adopt_all(&mut table.checks, &known.checks);
    adopt_all(&mut table.policies, &known.policies);
    adopt_all(&mut table.indexes, &known.indexes);
    adopt_all(&mut table.triggers, &known.triggers);
}

fn adopt_all<T: Remembered>(facts: &mut [T], known: &[T]) {
    let known: HashMap<String, &History> =
        known.iter().map(|fact| (fact.name(), fact.history())).collect();
    for fact in facts {
        if let Some(history) = known.get(&fact.name()) {
            fact.set_history((*history).clone());
        }
    }
}

/// A fact that has a name among its like, and a history.
trait Remembered {
    fn name(&self) -> String;
    fn history(&self) -> &History;
    fn set_history(&mut self, history: History);
}

macro_rules! remembered {
    ($($fact:ty),*) => {$(
        impl Remembered for $fact {
            fn name(&self) -> String {
                self.name.to_string()
            }

            fn history(&self) -> &History {
                &self.history
            }

            fn set_history(&mut self, history: History) {
                self.history = history;
            }
        }
    )*};
}
remembered!(Column, Key, ForeignKey, Check, Policy, Index, Trigger, Enum, View, Function);
