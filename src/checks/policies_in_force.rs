//! `policies-in-force`: row-level security is on where there are policies.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, also, list, made, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{ChangeKind, Command, ObjectKind, ObjectRef, Policy, Table};
use crate::facts::Facts;

/// Parameters of `policies-in-force`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PoliciesInForce")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "policies-in-force";
    const PAGE: &'static str = include_str!("../../docs/checks/policies-in-force.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            let ignored = |table: &&Table| !table.rls_enabled && !table.policies.is_empty();
            for table in survey.tables().filter(ignored) {
                survey.found(ignored_policies(table));
            }
        })
    }

    fn is_mended_by_statement(&self) -> bool {
        true
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let what = format!("a table of {schema} gets a policy without row-level security");
        let plant = |table: &mut Table| {
            table.policies.push(Policy {
                using: Some("false".to_owned()),
                ..Policy::new("mutant", Command::All)
            });
        };
        vec![Asserted::NoFault(Planted::table(what, &schema, plant))]
    }
}

fn ignored_policies(table: &Table) -> Found {
    let name = &table.name;
    let named: Vec<String> = table.policies.iter().map(|policy| policy.name.clone()).collect();
    let labels = table.policies.iter().filter_map(|policy| {
        also(&policy.history, format!("policy {} is not in force", policy.name))
    });
    let is_switched = table.rls_history.iter().any(|event| event.verb != ChangeKind::Created);
    let policies = if named.len() == 1 { "policy" } else { "policies" };
    Found {
        object: ObjectRef::whole(ObjectKind::Table, name.clone()).to_string(),
        of: vec![name.clone()],
        history: if is_switched { table.rls_history.clone() } else { made(&table.history) },
        labels: labels.collect(),
        message: format!(
            "row-level security of {name} is off, so that {policies} {} {} nobody out: whoever has a privilege on the \
             table has it on every row",
            list(&named),
            if named.len() == 1 { "keeps" } else { "keep" }
        ),
        help: format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY;", qualified(name)),
    }
}
