//! `index`: a table has an index of this name, led by these columns, which covers these rows.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::tables::{has_columns, TablePatterns, Tables};
use super::table::{Message, TableCheck, TableName, columns_sql, last_event};
use super::{Asserted, Check, Judgement, Parameters, Part};
use crate::catalog::{Index, ObjectKind, ObjectName, ObjectRef, Table};
use crate::facts::Facts;
use crate::datum::quote_identifier;
use crate::prover::{Context, Proof, Vacuity, prove};

/// Parameters of `index`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Index")]
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
    /// The name of the index; without one, any index of the table will do.
    #[serde(default)]
    index: Option<String>,
    /// Its first columns, in this order.
    leading_columns: Vec<String>,
    /// Rows that it must hold, by the values of some columns: a predicate of the index must be true
    /// of each of them, whatever its other columns are. Without any, an index with a predicate
    /// is taken only if the predicate is true of every row.
    #[serde(default)]
    rows: IndexMap<String, String>,
}

impl Parameters for Rule {
    const NAME: &'static str = "index";
    const PAGE: &'static str = include_str!("../../docs/checks/index.md");

    fn validate(&self) -> Result<(), String> {
        Tables::validate(self.table.as_ref(), &self.tables, &self.except)
    }
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        self.tables().judge(facts, |case, table| match &self.index {
            Some(name) => match table.indexes.iter().find(|index| index.name == *name) {
                Some(index) => self.judge_index(case, table, index),
                None => self.is_missing(case, table, name),
            },
            None if self.tables().is_pattern() && !has_columns(table, &self.leading_columns) => {}
            None => self.judge_any(case, table),
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let tables = self.tables();
        let of = |table: ObjectName| {
            let index = self.index.as_ref().map(|name| Asserted::Index(Part::of(&table, name)));
            tables.asserted(&table).into_iter().chain(index)
        };
        tables.names(facts).into_iter().flat_map(of).collect()
    }
}

impl Rule {
    fn tables(&self) -> Tables<'_> {
        Tables::of(self.table.as_ref(), &self.tables, &self.except)
    }

    fn definition(&self, table: &Table, name: &str) -> String {
        let columns = columns_sql(&self.leading_columns);
        format!("create index {} on {} ({columns})", quote_identifier(name), table.name.sql())
    }

    /// Any valid index of the table that begins with the columns and holds the rows will do, that of a
    /// key included.
    fn judge_any(&self, case: &mut TableCheck<'_>, table: &Table) {
        let leads = |columns: &[String]| columns.starts_with(&self.leading_columns);
        let keys = table.primary_key.iter().chain(&table.unique);
        if let Some(key) = keys.clone().find(|key| leads(&key.columns)) {
            return case.shows(format_args!("constraint {}", key.name), &key.history);
        }
        let mut unknown = None;
        for index in &table.indexes {
            let columns: Vec<String> =
                index.columns.iter().map(|column| column.clone().unwrap_or_default()).collect();
            if !index.valid || !leads(&columns) {
                continue;
            }
            match index.predicate.as_ref().map(|sql| self.holds_rows(case, table, sql)) {
                None | Some(Vacuity::Vacuous) => {
                    return case.shows(format_args!("index {}", index.name), &index.history);
                }
                Some(Vacuity::NotVacuous) => {}
                Some(Vacuity::Unknown) => unknown = Some(index),
            }
        }
        if let Some(index) = unknown {
            return self.is_unknown(case, table, index);
        }
        let columns = self.leading_columns.join(", ");
        let message = format!("{} has no index that begins with ({columns})", table.name);
        let help = format!("create index on {} ({})", table.name.sql(), columns_sql(&self.leading_columns));
        let object = ObjectRef::part(ObjectKind::Index, table.name.clone(), format!("({columns})"));
        case.missing(&object, table, Message { message, help });
    }

    fn judge_index(&self, case: &mut TableCheck<'_>, table: &Table, index: &Index) {
        case.shows(format_args!("index {}", index.name), &index.history);
        if !index.valid {
            self.is_wrong(case, table, index, "is not valid".to_owned());
        }
        let leads = |(at, wanted): (usize, &String)| {
            index.columns.get(at).is_some_and(|column| column.as_ref() == Some(wanted))
        };
        if !self.leading_columns.iter().enumerate().all(leads) {
            let keys: Vec<&str> = index
                .columns
                .iter()
                .map(|column| column.as_deref().unwrap_or("an expression"))
                .collect();
            let wanted = self.leading_columns.join(", ");
            let what = format!("is on ({}), which does not begin with ({wanted})", keys.join(", "));
            self.is_wrong(case, table, index, what);
        }
        if let Some(predicate) = &index.predicate {
            self.judge_predicate(case, table, index, predicate);
        }
    }

    /// The predicate must be true of each of the rows, whatever their other columns are.
    fn judge_predicate(&self, case: &mut TableCheck<'_>, table: &Table, index: &Index, predicate: &str) {
        match self.holds_rows(case, table, predicate) {
            Vacuity::Vacuous => {}
            Vacuity::NotVacuous => {
                let what = format!("leaves rows out: not {} satisfies {predicate}", self.rows_in_words());
                self.is_wrong(case, table, index, what);
            }
            Vacuity::Unknown => self.is_unknown(case, table, index),
        }
    }

    /// Whether a predicate is true of every row that the rule asks for.
    fn holds_rows(&self, case: &mut TableCheck<'_>, table: &Table, predicate: &str) -> Vacuity {
        let catalog = case.catalog();
        let context = Context { catalog, table, visitor: None, given: &self.rows };
        let Proof { vacuity, functions } = prove(predicate, context);
        functions.into_iter().for_each(|function| case.depends_on(function));
        vacuity
    }

    fn rows_in_words(&self) -> String {
        if self.rows.is_empty() {
            return "every row".to_owned();
        }
        let columns = self.rows.iter().map(|(name, value)| format!("{name} '{value}'"));
        format!("every row of {}", columns.collect::<Vec<_>>().join(" and "))
    }

    fn is_unknown(&self, case: &mut TableCheck<'_>, table: &Table, index: &Index) {
        let message = format!(
            "whether {} satisfies the predicate of index {} of {} cannot be told",
            self.rows_in_words(),
            index.name,
            table.name
        );
        let help = "write the predicate more plainly".to_owned();
        case.doubtful(&object(table, &index.name), &index.history, Message { message, help });
    }

    fn is_wrong(&self, case: &mut TableCheck<'_>, table: &Table, index: &Index, what: String) {
        let message = format!("index {} of {} {what}", index.name, table.name);
        let dropped = ObjectName::new(&*table.name.schema, &*index.name).sql();
        let help = format!("drop index {dropped}; {}", self.definition(table, &index.name));
        case.wrong(&object(table, &index.name), &index.history, Message { message, help });
    }

    fn is_missing(&self, case: &mut TableCheck<'_>, table: &Table, name: &str) {
        let object = object(table, name);
        let last_event =
            case.catalog().last_drop(&object).map_or("does not exist".into(), |d| last_event(&d.history));
        let message = format!("index {name} of {} {last_event}", table.name);
        let help = self.definition(table, name);
        case.missing(&object, table, Message { message, help });
    }
}

fn object(table: &Table, name: &str) -> ObjectRef {
    ObjectRef::part(ObjectKind::Index, table.name.clone(), name)
}
