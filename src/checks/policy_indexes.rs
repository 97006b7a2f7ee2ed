//! `policy-indexes`: what policies look rows up by has an index.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, identifier, list, policy_object, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Command, Policy, Table};
use crate::facts::Facts;

/// Parameters of `policy-indexes`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PolicyIndexes")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "policy-indexes";
    const PAGE: &'static str = include_str!("../../docs/checks/policy-indexes.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            for table in survey.tables().filter(|table| table.rls_enabled) {
                let columns: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
                for policy in &table.policies {
                    let Some(using) = &policy.using else { continue };
                    let Some(using) = survey.expression(table, policy, using) else { continue };
                    let mut missing = using.looked_up(&table.name.name, &columns);
                    missing.retain(|column| !has_index(table, column));
                    if !missing.is_empty() {
                        survey.found(without_index(table, policy, &missing));
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
        let what = format!("a policy of {schema} looks rows up by a column without an index");
        let plant = |table: &mut Table| {
            table.rls_enabled = true;
            table.policies.push(Policy {
                using: Some("id = (SELECT auth.uid())".to_owned()),
                ..Policy::new("mutant", Command::Select)
            });
        };
        vec![Asserted::NoFault(Planted::table(what, &schema, plant))]
    }
}

/// Whether an index finds every row by a column.
fn has_index(table: &Table, column: &str) -> bool {
    table.indexes.iter().chain(&table.constraint_indexes).any(|index| {
        let leads = index.columns.first().is_some_and(|first| first.as_deref() == Some(column));
        let only = index.columns.len() == 1;
        leads
            && index.valid
            && index.predicate.is_none()
            && (index.method == "btree" || index.method == "hash" && only)
    })
}

fn without_index(table: &Table, policy: &Policy, missing: &[String]) -> Found {
    let name = &table.name;
    let statements: Vec<String> = missing
        .iter()
        .map(|column| format!("CREATE INDEX ON {} ({});", qualified(name), identifier(column)))
        .collect();
    let verb = if missing.len() == 1 { "is" } else { "are" };
    Found {
        object: policy_object(table, policy),
        of: vec![name.clone()],
        history: policy.history.clone(),
        labels: Vec::new(),
        message: format!(
            "policy {} of {name} compares {}, which {verb} the first column of no index: each query of a visitor reads \
             all rows",
            policy.name,
            list(missing)
        ),
        help: statements.join(" "),
    }
}
