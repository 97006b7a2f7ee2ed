//! `index`: a table has an index of this name, led by these columns, which covers these rows.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::table::{TableCheck, Message, TableName, last_event};
use super::{Asserted, Check, Judgement, Parameters, Part};
use crate::catalog::{Index, ObjectKind, ObjectRef, Table};
use crate::facts::Facts;
use crate::prover::{Context, Proof, Vacuity, prove};

/// Parameters of `index`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Index")]
pub(super) struct Rule {
    /// The table.
    table: TableName,
    /// The name of the index.
    index: String,
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
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        TableCheck::judge(facts, &self.table, |case, table| {
            match table.indexes.iter().find(|index| index.name == self.index) {
                Some(index) => self.judge_index(case, table, index),
                None => self.is_missing(case, table),
            }
        })
    }

    fn asserts(&self, _: &Facts<'_>) -> Vec<Asserted> {
        let table = &self.table.0;
        vec![Asserted::Table(table.clone()), Asserted::Index(Part::of(table, &self.index))]
    }
}

impl Rule {
    fn object(&self, table: &Table) -> ObjectRef {
        ObjectRef::part(ObjectKind::Index, table.name.clone(), &*self.index)
    }

    fn definition(&self, table: &Table) -> String {
        format!("index {} on {} ({})", self.index, table.name, self.leading_columns.join(", "))
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
        let catalog = case.catalog();
        let context = Context { catalog, table, visitor: None, given: &self.rows };
        let Proof { vacuity, functions } = prove(predicate, context);
        functions.into_iter().for_each(|function| case.depends_on(function));
        let rows = match self.rows.len() {
            0 => "every row".to_owned(),
            _ => {
                let columns = self.rows.iter().map(|(name, value)| format!("{name} '{value}'"));
                format!("every row of {}", columns.collect::<Vec<_>>().join(" and "))
            }
        };
        match vacuity {
            Vacuity::Vacuous => {}
            Vacuity::NotVacuous => {
                let what = format!("leaves rows out: not {rows} satisfies {predicate}");
                self.is_wrong(case, table, index, what);
            }
            Vacuity::Unknown => {
                let message = format!(
                    "whether {rows} satisfies the predicate of index {} of {} cannot be told",
                    self.index, table.name
                );
                let help = "write the predicate more plainly".to_owned();
                case.doubtful(&self.object(table), &index.history, Message { message, help });
            }
        }
    }

    fn is_wrong(&self, case: &mut TableCheck<'_>, table: &Table, index: &Index, what: String) {
        let message = format!("index {} of {} {what}", self.index, table.name);
        let help = format!("drop the index and create {}", self.definition(table));
        case.wrong(&self.object(table), &index.history, Message { message, help });
    }

    fn is_missing(&self, case: &mut TableCheck<'_>, table: &Table) {
        let object = self.object(table);
        let last_event =
            case.catalog().last_drop(&object).map_or("does not exist".into(), |d| last_event(&d.history));
        let message = format!("index {} of {} {last_event}", self.index, table.name);
        let help = format!("create {}", self.definition(table));
        case.missing(&object, table, Message { message, help });
    }
}
