//! `upgradable-types`: no column stores a type that keeps a server from being upgraded.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, column, identifier, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Column, ObjectKind, ObjectRef, Table, TableKind};
use crate::facts::Facts;

/// Parameters of `upgradable-types`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UpgradableTypes")]
pub(super) struct Rule {
    /// Whose tables are judged.
    #[serde(default)]
    scope: Scope,
}

/// The types whose values are oids that another server does not have (`check_for_reg_data_type_usage` of
/// `pg_upgrade`). <https://www.postgresql.org/docs/current/pgupgrade.html>
const BARRED: [&str; 8] = [
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
];

impl Parameters for Rule {
    const NAME: &'static str = "upgradable-types";
    const PAGE: &'static str = include_str!("../../docs/checks/upgradable-types.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            // A partition's columns are its parent's, and a foreign table stores nothing.
            let judged = |table: &&Table| {
                table.kind != TableKind::Foreign && table.partition_of.is_none()
            };
            for table in survey.tables().filter(judged) {
                for column in &table.columns {
                    if BARRED.contains(&column.data_type.trim_end_matches("[]")) {
                        survey.found(barred(table, column));
                    }
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let planted = |data_type: &'static str| {
            let what = format!("a table of {schema} gets a column of type {data_type}");
            let change = move |table: &mut Table| table.columns.push(column("mutant", data_type));
            Asserted::NoFault(Planted::table(what, &schema, change))
        };
        BARRED.into_iter().map(planted).collect()
    }
}

fn barred(table: &Table, column: &Column) -> Found {
    let (name, data_type) = (&table.name, &column.data_type);
    let other = if data_type.ends_with("[]") { "text[]" } else { "text" };
    let spelled = identifier(&column.name);
    Found {
        object: ObjectRef::part(ObjectKind::Column, name.clone(), &*column.name).to_string(),
        of: vec![name.clone()],
        history: column.history.clone(),
        labels: Vec::new(),
        message: format!(
            "column {} of {name} stores {data_type}, an oid that another server does not have: pg_upgrade refuses \
             a database that has one",
            column.name
        ),
        help: format!(
            "ALTER TABLE {} ALTER COLUMN {spelled} TYPE {other} USING {spelled}::{other};",
            qualified(name)
        ),
    }
}
