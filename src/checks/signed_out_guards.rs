//! `signed-out-guards`: no policy that asks who the visitor is lets in whoever is nobody.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Clause, Found, Passage, Planted, Range, Scope, Survey, identifier, policy_object, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use indexmap::IndexMap;

use super::calls_per_row::is_call_of;
use crate::catalog::{Command, ObjectName, Policy, Table};
use crate::facts::Facts;
use crate::prover::Visitor;

/// Parameters of `signed-out-guards`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SignedOutGuards")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// The functions that tell who the visitor is, with their schema where that is not `pg_catalog`.
    functions: Vec<String>,
}

impl Parameters for Rule {
    const NAME: &'static str = "signed-out-guards";
    const PAGE: &'static str = include_str!("../../docs/checks/signed-out-guards.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Policies, |survey| {
            for table in survey.guarded_tables().filter(|table| table.rls_enabled) {
                let for_reading = |policy: &&Policy| {
                    policy.permissive
                        && matches!(policy.command, Command::Select | Command::All)
                        && policy.using.is_some()
                };
                for policy in table.policies.iter().filter(for_reading) {
                    self.judge_policy(survey, table, policy);
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let Some(function) = self.functions.first() else { return Vec::new() };
        let what = format!("a policy of {schema} lets in whoever has no {function}()");
        let guard = format!("{function}() IS NULL OR id = {function}()");
        let plant = move |table: &mut Table| {
            table.rls_enabled = true;
            table.policies.push(Policy {
                using: Some(guard.clone()),
                ..Policy::new("mutant", Command::Select)
            });
        };
        vec![Asserted::NoFault(Planted::table(what, &schema, plant))]
    }
}

impl Rule {
    fn judge_policy(&self, survey: &mut Survey<'_>, table: &Table, policy: &Policy) {
        let Some(using) = &policy.using else { return };
        let Some(expression) = survey.expression(table, policy, using) else { return };
        let asked: Vec<String> = expression
            .calls()
            .into_iter()
            .filter(|call| self.functions.iter().any(|name| is_call_of(name, policy, call)))
            .map(|call| call.text)
            .collect();
        let Some(asked) = asked.first() else { return };
        let (mut of, given) = (vec![table.name.clone()], IndexMap::new());
        let mut passage = Passage::Closed;
        for role in &survey.scope.visitors.signed_out {
            let who = (role.as_str(), Visitor::SignedOut);
            if !policy.applies_to(role) || !survey.may(role, Command::Select, table) {
                continue;
            }
            let by_policy =
                survey.passage((table, policy), Clause::Using, who.1, &given, &mut of);
            let restricted = match by_policy {
                Passage::Closed => Passage::Closed,
                _ => survey.restrictions(
                    table,
                    who,
                    Command::Select,
                    Clause::Using,
                    &given,
                    &mut of,
                ),
            };
            passage = passage.max(by_policy.min(restricted));
        }
        match passage {
            Passage::Closed => {}
            Passage::Unknown => survey.doubt_openness(table, policy),
            Passage::Open => {
                let found = self.say(table, policy, asked, of);
                survey.found(found);
            }
        }
    }

    fn say(&self, table: &Table, policy: &Policy, asked: &str, of: Vec<ObjectName>) -> Found {
        let name = &table.name;
        let roles: Vec<String> =
            self.scope.visitors.signed_in.iter().map(|role| identifier(role)).collect();
        Found {
            object: policy_object(table, policy),
            of,
            history: policy.history.clone(),
            labels: Vec::new(),
            message: format!(
                "policy {} of {name} asks for {asked}, and lets anyone with the public key read every row who is not \
                 signed in",
                policy.name
            ),
            help: format!(
                "ALTER POLICY {} ON {} TO {};",
                identifier(&policy.name),
                qualified(name),
                roles.join(", ")
            ),
        }
    }
}
