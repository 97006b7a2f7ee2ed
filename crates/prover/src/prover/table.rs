//! The rows of tables: which are there, which may be there, and which of them a query sees.
//!
//! What is in a table is data too: no row, or some row. But some rows are there for certain: that which
//! a foreign key of a row refers to, and the account of a visitor who is signed in. Whether a query
//! sees a row hangs on the policies of its table and on whose rights a function has, which nobody
//! follows here: it may, or it may not.

use std::collections::HashSet;
use std::sync::Arc;

use super::evaluator::Evaluator;
use super::path_search::{Options, Stop};
use super::scope::{Open, Relation};
use super::value::Value;
use super::visitor::Visitor;
use crate::catalog::{ForeignKey, ObjectName, is_left_out};

/// A row that is there.
#[derive(Debug, Clone)]
pub(super) struct Present {
    pub(super) table: ObjectName,
    pub(super) relation: Relation,
}

/// What a path knows of tables.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) rows: Vec<Present>,
    /// Foreign keys of rows whose referenced rows were looked for.
    followed: HashSet<Arc<str>>,
    /// The tables that were asked for their rows.
    visited: HashSet<ObjectName>,
}

/// How many rows a path may know of.
const MOST_ROWS: usize = 8;

/// How many foreign keys lead from one row to another.
const FARTHEST: usize = 4;

impl Tables {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.followed.clear();
        self.visited.clear();
    }
}

impl Evaluator<'_> {
    /// The row that the expression is about is there.
    fn begin_rows(&mut self) {
        if self.tables.rows.is_empty() {
            let table = self.context.table.name.clone();
            self.tables.rows.push(Present { table, relation: self.guarded().clone() });
        }
    }

    /// The rows of a table that a query finds.
    pub(super) fn rows_of_table(
        &mut self,
        name: &ObjectName,
        alias: &str,
    ) -> Result<Vec<Relation>, Stop> {
        self.begin_rows();
        self.add_account(name);
        self.follow_keys(name)?;
        let catalog = self.context.catalog;
        let (table, own) = (catalog.table(name), *name == self.context.table.name);
        let hidden = own || table.is_none_or(|table| table.rls_enabled);
        let mut rows: Vec<Relation> = (self.tables.rows.iter())
            .filter(|row| row.table == *name)
            .map(|row| Relation { alias: alias.into(), hidden, ..row.relation.clone() })
            .collect();

        let key: Arc<str> = format!("{}{name} {alias} in {}", self.call, self.query_text).into();
        let atom: Arc<str> = format!("rows of {name}").into();
        let exists = table.is_some() || is_left_out(&name.schema);
        let free = exists && self.facts.data.is_free(&atom);
        let refers_to_visited = table.is_some_and(|table| {
            table.foreign_keys.iter().any(|foreign| self.tables.visited.contains(&foreign.table))
        });
        // Of a table that was asked before, all rows are known; and a row beside others needs
        // another key.
        let other =
            free && rows.is_empty() && !self.tables.visited.contains(name) && !refers_to_visited;
        let attainable = u64::from(free) | u64::from(other) << 1;
        if !exists {
            self.facts.data.settle_all();
        }
        let options = Options { attainable, ..Options::adversarial(2) };
        let there = self.decide(format!("row: {key}"), options)? == 1;
        self.tables.visited.insert(name.clone());
        if there {
            let row = match table {
                Some(table) => Relation::of_table(catalog, table, alias, &key),
                None => Relation::open(alias, Open { key, real: exists }),
            };
            self.tables.rows.push(Present { table: name.clone(), relation: row.clone() });
            rows.push(Relation { hidden, ..row });
        }
        Ok(rows)
    }

    /// Whoever is signed in has an account.
    fn add_account(&mut self, name: &ObjectName) {
        let account = self.context.visitor.filter(|visitor| *visitor == Visitor::SignedIn);
        if name.schema != "auth"
            || name.name != "users"
            || self.tables.visited.contains(name)
            || account.is_none()
        {
            return;
        }
        let relation = Visitor::account();
        self.tables.rows.push(Present { table: name.clone(), relation });
    }

    /// Adds the rows of a table that foreign keys of rows refer to, directly or over other tables.
    fn follow_keys(&mut self, target: &ObjectName) -> Result<(), Stop> {
        let catalog = self.context.catalog;
        let mut at = 0;
        while let Some(Present { table, relation }) = self.tables.rows.get(at).cloned() {
            at += 1;
            let Some(table) = catalog.table(&table) else { continue };
            for foreign in &table.foreign_keys {
                if self.reaches(&foreign.table, target, FARTHEST) {
                    self.follow_key(foreign, &relation)?;
                }
            }
        }
        Ok(())
    }

    fn reaches(&self, from: &ObjectName, target: &ObjectName, steps: usize) -> bool {
        from == target
            || steps > 0
                && self.context.catalog.table(from).is_some_and(|table| {
                    let mut keys = table.foreign_keys.iter();
                    keys.any(|foreign| self.reaches(&foreign.table, target, steps - 1))
                })
    }

    /// Adds the row that a foreign key refers to, unless it is one that is known.
    fn follow_key(&mut self, foreign: &ForeignKey, row: &Relation) -> Result<(), Stop> {
        let key: Arc<str> = format!("{} -> {}", row.key, foreign.name).into();
        if !self.tables.followed.insert(Arc::clone(&key)) {
            return Ok(());
        }
        let mut values = Vec::new();
        for column in &foreign.columns {
            let Some(value) = row.column(column) else { return Ok(()) };
            match self.known(value)? {
                // Where one column is NULL, nothing is referred to.
                Value::Null => return Ok(()),
                value => values.push(value),
            }
        }
        if values.is_empty() || values.len() != foreign.referenced.len() {
            self.facts.data.settle_all();
            return Ok(());
        }
        let known: Vec<Relation> = (self.tables.rows.iter())
            .filter(|row| row.table == foreign.table)
            .map(|row| row.relation.clone())
            .collect();
        for row in known {
            let mut same = true;
            for (column, value) in foreign.referenced.iter().zip(&values) {
                let other = row.column(column).unwrap_or(Value::Null);
                same = same && self.equal(other, value.clone())? == Some(true);
            }
            if same {
                return Ok(());
            }
        }
        if self.tables.rows.len() >= MOST_ROWS {
            return Err(Stop::TooMany);
        }
        let mut relation = match self.context.catalog.table(&foreign.table) {
            Some(table) => Relation::of_table(self.context.catalog, table, "", &key),
            None => {
                let real = is_left_out(&foreign.table.schema);
                Relation::open("", Open { key: Arc::clone(&key), real })
            }
        };
        for (column, value) in foreign.referenced.iter().zip(values) {
            relation.set(column, value);
        }
        self.tables.rows.push(Present { table: foreign.table.clone(), relation });
        Ok(())
    }

    /// Whether a query sees rows that it finds, those that may be hidden from it included.
    pub(super) fn sees(&mut self, rows: &[Relation]) -> Result<bool, Stop> {
        for row in rows.iter().filter(|row| row.hidden) {
            let question = format!("sees: {}{}", self.call, row.key);
            if !self.facts.decided.contains_key(&*question) {
                self.facts.data.settle_all();
            }
            if self.decide(question, Options::adversarial(2))? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
