//! `foreign-key-indexes`: every foreign key has an index that finds the rows which refer to a row.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, columns, made, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{ForeignKey, History, Index, ObjectKind, ObjectName, ObjectRef, Table};
use crate::expression::Expression;
use crate::facts::Facts;

/// Parameters of `foreign-key-indexes`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ForeignKeyIndexes")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "foreign-key-indexes";
    const PAGE: &'static str = include_str!("../../docs/checks/foreign-key-indexes.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            for table in survey.tables() {
                // A key that partitions have from their parent is told there.
                for key in table.foreign_keys.iter().filter(|key| !key.inherited) {
                    if !indexes(table).any(|index| finds(index, &key.columns)) {
                        survey.found(without_index(table, key));
                    }
                }
            }
        })
    }

    fn is_mended_by_statement(&self) -> bool {
        true
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let what = format!("a table of {schema} gets a foreign key without an index");
        let name = ObjectName::new(&*schema, "railcheck_mutant");
        let plant = move |table: &mut Table| {
            table.foreign_keys.push(ForeignKey {
                name: "mutant_fkey".to_owned(),
                columns: vec!["id".to_owned()],
                table: name.clone(),
                referenced: vec!["id".to_owned()],
                references_primary_key: true,
                inherited: false,
                history: History::default(),
            });
        };
        vec![Asserted::NoFault(Planted::table(what, &schema, plant))]
    }
}

fn indexes(table: &Table) -> impl Iterator<Item = &Index> {
    table.indexes.iter().chain(&table.constraint_indexes)
}

/// Whether an index finds rows by these columns, whatever their order in it.
fn finds(index: &Index, columns: &[String]) -> bool {
    let method = match index.method.as_str() {
        "btree" => true,
        "hash" => columns.len() == 1,
        _ => false,
    };
    // Another collation than the column's is of no use to a comparison of the column.
    let leading: Vec<Option<&String>> = (index.columns.iter().zip(&index.keys))
        .take(columns.len())
        .map(|(column, key)| column.as_ref().filter(|_| key.collation.is_none()))
        .collect();
    method
        && index.valid
        && columns.iter().all(|column| leading.contains(&Some(column)))
        && leading.len() == columns.len()
        && index.predicate.as_ref().is_none_or(|predicate| leaves_out_nulls(predicate, columns))
}

/// Whether a predicate leaves out rows alone that refer to nothing.
fn leaves_out_nulls(predicate: &str, columns: &[String]) -> bool {
    Expression::parse(predicate).is_some_and(|predicate| {
        let required = predicate.required_columns();
        required.is_some_and(|required| required.iter().all(|name| columns.contains(name)))
    })
}

fn without_index(table: &Table, key: &ForeignKey) -> Found {
    let (name, shown) = (&table.name, key.columns.join(", "));
    Found {
        object: ObjectRef::part(ObjectKind::Constraint, name.clone(), &*key.name).to_string(),
        of: vec![name.clone()],
        history: made(&key.history),
        labels: Vec::new(),
        message: format!(
            "foreign key {} of {name} has no index on ({shown}): each DELETE of a row of {}, and each UPDATE of its \
             key, reads all of {name}",
            key.name, key.table
        ),
        help: format!("CREATE INDEX ON {} ({});", qualified(name), columns(&key.columns)),
    }
}
