use std::collections::BTreeMap;

use serde::Deserialize;

use super::{AccessError, quoted, while_trying};
use crate::catalog::ObjectName;
use crate::engine::session::Session;

/// The tables of a database, by their oid.
#[derive(Debug)]
pub(super) struct Schema {
    tables: BTreeMap<String, Table>,
}

/// What is to be known of a table to fill it and to attack it.
#[derive(Debug, Deserialize)]
pub(super) struct Table {
    /// Its oid.
    pub(super) oid: String,
    schema: String,
    name: String,
    /// Row-level security is enabled.
    pub(super) row_level_security: bool,
    /// Its columns, in their order.
    pub(super) columns: Vec<Column>,
    /// The columns of each unique index.
    pub(super) keys: Vec<Vec<String>>,
    /// Its foreign keys.
    pub(super) foreign_keys: Vec<ForeignKey>,
    /// Its CHECK constraints.
    pub(super) checks: Vec<Check>,
    /// The roles that its policies name.
    pub(super) policy_roles: Vec<String>,
    /// Its columns that policies of any table mention.
    pub(super) policy_columns: Vec<String>,
    policy_tables: Vec<String>,
    /// The bodies of the functions that its policies call.
    policy_functions: Vec<String>,
}

/// A column.
#[derive(Debug, Deserialize)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// The type, or the one behind a domain.
    pub(super) base: String,
    /// The category of that type.
    pub(super) category: char,
    /// The labels, where it is an enum.
    pub(super) labels: Vec<String>,
    /// How many characters it takes at most.
    pub(super) length: Option<usize>,
    /// NOT NULL.
    pub(super) not_null: bool,
    /// Has a default or is an identity.
    pub(super) default: bool,
    /// Is computed from others.
    pub(super) generated: bool,
}

/// A foreign key.
#[derive(Debug, Deserialize)]
pub(super) struct ForeignKey {
    /// Its name.
    pub(super) name: String,
    /// Referencing columns.
    pub(super) columns: Vec<String>,
    /// The oid of the referenced table.
    pub(super) references: String,
}

/// A CHECK constraint.
#[derive(Debug, Deserialize)]
pub(super) struct Check {
    /// Its name.
    pub(super) name: String,
    /// The columns that it is about.
    pub(super) columns: Vec<String>,
    /// The constraint as SQL.
    pub(super) definition: String,
}

impl Schema {
    /// Reads the tables of the database.
    pub(super) fn read(session: &mut dyn Session) -> Result<Self, AccessError> {
        let text = while_trying(session.value(include_str!("schema.sql")), "read the tables")?;
        let tables: Vec<Table> = serde_json::from_str(&text)?;
        let tables = tables.into_iter().map(|table| (table.oid.clone(), table)).collect();
        Ok(Self { tables })
    }

    /// The table of that name.
    pub(super) fn find(&self, name: &ObjectName) -> Option<&Table> {
        self.tables.values().find(|table| table.schema == name.schema && table.name == name.name)
    }

    /// The tables of which a row may decide who can reach a row of this one: those that it references, and
    /// those that its policies and their functions read; each after those that it references itself, the
    /// table last.
    pub(super) fn surroundings<'s>(&'s self, table: &'s Table) -> Vec<&'s Table> {
        let mut found = Vec::new();
        // Tables to be left after all that they depend on, on top of those to be entered.
        let mut stack = vec![(table, false)];
        let mut seen = vec![table.oid.as_str()];
        while let Some((table, left)) = stack.pop() {
            if left {
                found.push(table);
                continue;
            }
            stack.push((table, true));
            for next in self.needed_by(table) {
                if !seen.contains(&next.oid.as_str()) {
                    seen.push(&next.oid);
                    stack.push((next, false));
                }
            }
        }
        found
    }

    fn needed_by<'s>(&'s self, table: &'s Table) -> Vec<&'s Table> {
        let referenced = table.foreign_keys.iter().map(|key| &key.references);
        let mut needed: Vec<_> =
            referenced.chain(&table.policy_tables).filter_map(|oid| self.tables.get(oid)).collect();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        for body in &table.policy_functions {
            let words: Vec<_> = body.split(|c| !is_word(c)).collect();
            needed.extend(self.tables.values().filter(|other| words.contains(&&*other.name)));
        }
        needed
    }

    /// The foreign keys to a table, each with the table that has it.
    pub(super) fn references_to<'s>(
        &'s self,
        table: &'s Table,
    ) -> impl Iterator<Item = (&'s Table, &'s ForeignKey)> {
        self.tables.values().flat_map(move |other| {
            let keys = other.foreign_keys.iter().filter(|key| key.references == table.oid);
            keys.map(move |key| (other, key))
        })
    }

    /// Every table.
    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }
}

impl Table {
    /// Schema and name.
    pub(super) fn object_name(&self) -> ObjectName {
        ObjectName::new(&self.schema, &self.name)
    }

    /// The name in SQL.
    pub(super) fn sql(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.name))
    }

    /// The column of that name.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether a column may say whose a row is.
    pub(super) fn has_owner(&self) -> bool {
        const MARKS: [&str; 7] = ["uuid", "text", "varchar", "citext", "int4", "int8", "name"];
        self.columns.iter().any(|column| {
            MARKS.contains(&column.base.as_str())
                && (self.is_reference(&column.name) || self.is_in_policy(&column.name))
        })
    }

    /// Whether the column is part of a foreign key.
    pub(super) fn is_reference(&self, column: &str) -> bool {
        self.foreign_keys.iter().any(|key| key.columns.iter().any(|name| name == column))
    }

    /// Whether the column is part of a unique index.
    pub(super) fn is_key(&self, column: &str) -> bool {
        self.keys.iter().flatten().any(|name| name == column)
    }

    /// Whether a policy mentions the column.
    pub(super) fn is_in_policy(&self, column: &str) -> bool {
        self.policy_columns.iter().any(|name| name == column)
    }
}
