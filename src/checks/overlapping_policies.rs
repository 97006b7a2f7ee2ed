//! `overlapping-policies`: one permissive policy at most applies to a visitor for a command.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, also, identifier, list, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Command, History, Policy, Table};
use crate::facts::Facts;

/// Parameters of `overlapping-policies`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OverlappingPolicies")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "overlapping-policies";
    const PAGE: &'static str = include_str!("../../docs/checks/overlapping-policies.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            for table in survey.tables().filter(|table| table.rls_enabled) {
                for command in COMMANDS {
                    let visitors = &survey.scope.visitors;
                    let mut overlapping: Vec<&Policy> = Vec::new();
                    let mut roles = Vec::new();
                    for role in visitors.roles() {
                        let applying: Vec<&Policy> = (table.policies.iter())
                            .filter(|policy| policy.permissive && policy.is_for(command))
                            .filter(|policy| policy.applies_to(role))
                            .collect();
                        if applying.len() > 1 {
                            roles.push(role.clone());
                            overlapping.extend(applying);
                        }
                    }
                    overlapping.sort_by_key(|policy| (survey.place(&policy.history), &policy.name));
                    overlapping.dedup_by_key(|policy| &policy.name);
                    if !roles.is_empty() {
                        survey.found(overlap(table, command, &overlapping, &roles));
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
        let roles: Vec<String> = self.scope.visitors.roles().cloned().collect();
        let what = format!("a table of {schema} gets two policies for one command");
        let plant = move |table: &mut Table| {
            table.rls_enabled = true;
            for (name, command) in [("mutant", Command::All), ("mutant_too", Command::Select)] {
                table.policies.push(Policy {
                    roles: roles.clone(),
                    using: Some("id = auth.uid()".to_owned()),
                    ..Policy::new(name, command)
                });
            }
        };
        vec![Asserted::NoFault(Planted::table(what, &schema, plant))]
    }
}

const COMMANDS: [Command; 4] =
    [Command::Select, Command::Insert, Command::Update, Command::Delete];

fn overlap(table: &Table, command: Command, policies: &[&Policy], roles: &[String]) -> Found {
    let name = &table.name;
    let named: Vec<String> = policies.iter().map(|policy| policy.name.clone()).collect();
    let (last, others) = match policies {
        [others @ .., last] => (last.history.clone(), others),
        [] => (History::default(), policies),
    };
    let labels = others.iter().filter_map(|policy| {
        also(&policy.history, format!("policy {} is for {}", policy.name, policy.command))
    });
    Found {
        object: format!("policies for {command} of {name}"),
        of: vec![name.clone()],
        history: last,
        labels: labels.collect(),
        message: format!(
            "{} permissive policies of {name} apply to {command} by {}: {}; PostgreSQL computes each of them for each row \
             that none before it admits",
            policies.len(),
            list(roles),
            list(&named)
        ),
        help: mend(table, command, policies),
    }
}

/// Policies that are alike but for their expressions become one with OR.
fn mend(table: &Table, command: Command, policies: &[&Policy]) -> String {
    let Some((first, others)) = policies.split_first() else { return String::new() };
    let alike = others.iter().all(|policy| {
        policy.command == first.command
            && policy.roles == first.roles
            && policy.using.is_some() == first.using.is_some()
            && policy.with_check.is_some() == first.with_check.is_some()
    });
    if !alike {
        return format!(
            "say in each policy by TO whom it is for, and split a policy FOR ALL so that one applies to {command}"
        );
    }
    let clause = |word: &str, of: fn(&Policy) -> Option<&String>| {
        let parts: Vec<String> =
            policies.iter().filter_map(|policy| of(policy)).map(|sql| format!("({sql})")).collect();
        if parts.is_empty() { String::new() } else { format!(" {word} ({})", parts.join(" OR ")) }
    };
    let table = qualified(&table.name);
    let dropped: String = others
        .iter()
        .map(|policy| format!(" DROP POLICY {} ON {table};", identifier(&policy.name)))
        .collect();
    format!(
        "ALTER POLICY {} ON {table}{}{};{dropped}",
        identifier(&first.name),
        clause("USING", |policy| policy.using.as_ref()),
        clause("WITH CHECK", |policy| policy.with_check.as_ref())
    )
}
