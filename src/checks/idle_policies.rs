//! `idle-policies`: no permissive policy admits nothing.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, identifier, list, policy_object, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Command, Policy, Table};
use crate::facts::Facts;

/// Parameters of `idle-policies`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "IdlePolicies")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// Roles that bypass row-level security.
    #[serde(default)]
    bypassing_roles: Vec<String>,
}

impl Parameters for Rule {
    const NAME: &'static str = "idle-policies";
    const PAGE: &'static str = include_str!("../../docs/checks/idle-policies.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            for table in survey.tables() {
                for policy in table.policies.iter().filter(|policy| policy.permissive) {
                    if let Some(why) = self.why_idle(policy) {
                        survey.found(idle(table, policy, &why));
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
        let what = format!("a table of {schema} gets a policy without any expression");
        let bare = |table: &mut Table| table.policies.push(Policy::new("mutant", Command::All));
        let mut asserted = vec![Asserted::NoFault(Planted::table(what, &schema, bare))];
        if let Some(role) = self.bypassing_roles.first().cloned() {
            let what = format!("a table of {schema} gets a policy for {role} alone");
            let plant = move |table: &mut Table| {
                table.policies.push(Policy {
                    roles: vec![role.clone()],
                    using: Some("true".to_owned()),
                    ..Policy::new("mutant", Command::All)
                });
            };
            asserted.push(Asserted::NoFault(Planted::table(what, &schema, plant)));
        }
        asserted
    }
}

impl Rule {
    /// Why a policy lets nobody at any row, if so.
    fn why_idle(&self, policy: &Policy) -> Option<String> {
        if policy.using.is_none() && policy.with_check.is_none() {
            return Some("has neither USING nor WITH CHECK, by which PostgreSQL admits no row".into());
        }
        let bypasses = |role: &String| self.bypassing_roles.contains(role);
        policy.roles.iter().all(bypasses).then(|| {
            let verb = if policy.roles.len() == 1 { "is" } else { "are" };
            format!(
                "is for {} alone, which {verb} asked for no policy: a visitor gets nothing by it",
                list(&policy.roles)
            )
        })
    }
}

fn idle(table: &Table, policy: &Policy, why: &str) -> Found {
    let name = &table.name;
    Found {
        object: policy_object(table, policy),
        of: vec![name.clone()],
        history: policy.history.clone(),
        labels: Vec::new(),
        message: format!("policy {} of {name} {why}", policy.name),
        help: format!("DROP POLICY {} ON {};", identifier(&policy.name), qualified(name)),
    }
}
