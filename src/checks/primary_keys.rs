//! `primary-keys`: every table has a primary key.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, identifier, made, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{ObjectKind, ObjectRef, Table, TableKind};
use crate::facts::Facts;

/// Parameters of `primary-keys`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PrimaryKeys")]
pub(super) struct Rule {
    /// Whose tables are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "primary-keys";
    const PAGE: &'static str = include_str!("../../docs/checks/primary-keys.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            // The key of a partition is its parent's, and a foreign table can have none.
            let judged = |table: &&Table| {
                table.kind != TableKind::Foreign && table.partition_of.is_none()
            };
            for table in survey.tables().filter(judged) {
                if table.primary_key.is_none() {
                    survey.found(without_key(table));
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let what = format!("a table of {schema} is made without a primary key");
        vec![Asserted::NoFault(Planted::table(what, &schema, |_| {}))]
    }
}

fn without_key(table: &Table) -> Found {
    let name = &table.name;
    let help = if table.kind == TableKind::Partitioned {
        // Which columns tell a row is for its owner to say.
        format!(
            "add a primary key to {} that has the columns of its partition key",
            qualified(name)
        )
    } else {
        format!("ALTER TABLE {} {};", qualified(name), key_of(table))
    };
    Found {
        object: ObjectRef::whole(ObjectKind::Table, name.clone()).to_string(),
        of: vec![name.clone()],
        history: made(&table.history),
        labels: Vec::new(),
        message: format!(
            "{name} has no primary key: nothing tells two equal rows apart, and no UPDATE or DELETE of it can be replicated"
        ),
        help,
    }
}

/// The clause that adds a key: a column that can be one by its name, or a new one.
fn key_of(table: &Table) -> String {
    match table.column("id") {
        Some(column) if column.not_null => {
            format!("ADD PRIMARY KEY ({})", identifier(&column.name))
        }
        None => "ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY".to_owned(),
        Some(_) => "ADD COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY".to_owned(),
    }
}
