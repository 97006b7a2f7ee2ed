//! `unique-constraint`: a table has a UNIQUE constraint on exactly these columns.

use schemars::JsonSchema;
use serde::Deserialize;

use super::asserted::may_have_been_unique;
use super::tables::{has_columns, TablePatterns, Tables};
use super::table::{Message, TableCheck, TableName, columns_sql, last_event};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Dropped, ObjectKind, ObjectName, ObjectRef, Table};
use crate::facts::Facts;

/// Parameters of `unique-constraint`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UniqueConstraint")]
pub(super) struct Rule {
    /// The table.
    #[serde(default)]
    table: Option<TableName>,
    /// Instead of `table`: every table that matches, those of migrations to come included.
    #[serde(default)]
    tables: TablePatterns,
    /// Tables that match and are not meant.
    #[serde(default)]
    except: TablePatterns,
    /// The columns of the constraint, in any order.
    columns: Vec<String>,
}

impl Parameters for Rule {
    const NAME: &'static str = "unique-constraint";
    const PAGE: &'static str = include_str!("../../docs/checks/unique-constraint.md");

    fn validate(&self) -> Result<(), String> {
        Tables::validate(self.table.as_ref(), &self.tables, &self.except)
    }
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        self.tables().judge(facts, |case, table| {
            if self.tables().is_pattern() && !has_columns(table, &self.columns) {
                return;
            }
            match table.unique.iter().find(|key| self.is_on(&key.columns)) {
                Some(key) => case.shows(format_args!("constraint {}", key.name), &key.history),
                None => self.is_missing(case, table),
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let tables = self.tables();
        let of = |table: ObjectName| {
            let unique = Asserted::Unique { table: table.clone(), columns: self.columns.clone() };
            tables.asserted(&table).into_iter().chain([unique])
        };
        tables.names(facts).into_iter().flat_map(of).collect()
    }
}

impl Rule {
    fn tables(&self) -> Tables<'_> {
        Tables::of(self.table.as_ref(), &self.tables, &self.except)
    }

    fn is_on(&self, columns: &[String]) -> bool {
        columns.len() == self.columns.len() && self.columns.iter().all(|c| columns.contains(c))
    }

    fn is_missing(&self, case: &mut TableCheck<'_>, table: &Table) {
        let columns = self.columns.join(", ");
        let help = format!(
            "alter table {} add unique ({})",
            table.name.sql(),
            columns_sql(&self.columns)
        );
        // The name of the constraint is free, so that the last one dropped that is no other constraint
        // by its name is the best guess.
        let mut dropped = case.catalog().dropped.iter().rev();
        let lost = dropped.find(|dropped| may_have_been_unique(dropped, &table.name));
        let mut message = format!("{} has no UNIQUE constraint on ({columns})", table.name);
        match lost {
            Some(Dropped { object, history }) => {
                let name = object.part.as_deref().unwrap_or_default();
                message.push_str(&format!("; constraint {name} {}", last_event(history)));
                case.wrong(object, history, Message { message, help });
            }
            None => {
                let name = format!("unique ({columns})");
                let object = ObjectRef::part(ObjectKind::Constraint, table.name.clone(), name);
                case.missing(&object, table, Message { message, help });
            }
        }
    }
}
