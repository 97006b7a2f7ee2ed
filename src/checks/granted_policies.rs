//! `granted-policies`: those whom a policy lets in have a privilege for one of its commands.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{
    Found, Planted, Range, Scope, Survey, commands_listed, commands_of, identifier, list, made, qualified,
};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{
    Answer, Command, Counting, ObjectKind, ObjectRef, Policy, PrivilegeSet, Table,
};
use crate::facts::Facts;
use crate::finding::Label;

/// Parameters of `granted-policies`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GrantedPolicies")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "granted-policies";
    const PAGE: &'static str = include_str!("../../docs/checks/granted-policies.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        // A new database has no default grants, unless the project asks for them.
        let exposes = facts.project.and_then(|project| project.exposes_new_objects);
        let counting =
            if exposes == Some(true) { Counting::All } else { Counting::WithoutPlatform };
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            let served: Vec<&Table> = survey
                .tables()
                .filter(|table| table.rls_enabled && survey.serves(&table.name.schema))
                .collect();
            for table in served {
                self.judge_table(survey, counting, table);
            }
        })
    }

    fn is_mended_by_statement(&self) -> bool {
        true
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let Some(role) = self.scope.visitors.roles().last().cloned() else { return Vec::new() };
        let what = format!("a table of {schema} gets a policy for {role}, who may do nothing with it");
        let nothing_for = role.clone();
        let plant = move |table: &mut Table| {
            table.rls_enabled = true;
            table.policies.push(Policy {
                roles: vec![role.clone()],
                using: Some("true".to_owned()),
                ..Policy::new("mutant", Command::Select)
            });
        };
        let planted = Planted::table(what, &schema, plant);
        let planted = planted.granted_to(&schema, &nothing_for, PrivilegeSet::NONE);
        vec![Asserted::NoFault(planted)]
    }
}

impl Rule {
    fn judge_table(&self, survey: &mut Survey<'_>, counting: Counting, table: &Table) {
        let mut idle: Vec<&Policy> = Vec::new();
        let mut open = false;
        for policy in table.policies.iter().filter(|policy| policy.permissive) {
            let roles = self.scope.visitors.roles().filter(|role| policy.applies_to(role));
            let roles: Vec<&String> = roles.collect();
            let answers = roles.iter().flat_map(|role| {
                commands_of(policy).map(|c| survey.answer(counting, role, c, &table.name))
            });
            match answers.fold(Answer::No, Answer::or) {
                _ if roles.is_empty() => {}
                Answer::Yes => {}
                Answer::No => idle.push(policy),
                Answer::Unknown => open = true,
            }
        }
        if !idle.is_empty() {
            let found = self.found(table, &idle);
            survey.found(found);
        } else if open {
            let found = perhaps(survey, table);
            survey.doubtful(found);
        }
    }

    fn found(&self, table: &Table, idle: &[&Policy]) -> Found {
        let name = &table.name;
        let mut commands: Vec<Command> = idle.iter().flat_map(|p| commands_of(p)).collect();
        commands.sort();
        commands.dedup();
        let visitors = &self.scope.visitors;
        let applied: Vec<String> = visitors
            .roles()
            .filter(|role| idle.iter().any(|policy| policy.applies_to(role)))
            .cloned()
            .collect();
        // A policy for everybody is mostly meant for those with an account.
        let named: Vec<String> = visitors
            .roles()
            .filter(|role| {
                idle.iter().any(|policy| policy.roles.contains(role))
                    || visitors.signed_in.contains(role) && applied.contains(role)
            })
            .map(|role| identifier(role))
            .collect();
        let policies: Vec<String> = idle.iter().map(|policy| policy.name.clone()).collect();
        let labels = idle.iter().filter_map(|policy| {
            let span = policy.history.iter().rev().find_map(|event| event.span)?;
            Some(Label { span, text: format!("policy {}", policy.name) })
        });
        let word = if policies.len() == 1 { "policy" } else { "policies" };
        let lets = if policies.len() == 1 { "lets" } else { "let" };
        Found {
            object: ObjectRef::whole(ObjectKind::Table, name.clone()).to_string(),
            of: vec![name.clone()],
            history: made(&table.history),
            labels: labels.collect(),
            message: format!(
                "{word} {} of {name} {lets} nobody in: {} may not {} there, so that each request ends with 42501, \
                 permission denied",
                list(&policies),
                list(&applied),
                either_command(&commands),
            ),
            help: format!(
                "GRANT {} ON {} TO {};",
                commands_listed(&commands).replace(" and ", ", "),
                qualified(name),
                named.join(", ")
            ),
        }
    }
}

fn either_command(commands: &[Command]) -> String {
    match commands {
        [only] => only.to_string(),
        all => commands_listed(all).replace(" and ", " or "),
    }
}

fn perhaps(survey: &Survey<'_>, table: &Table) -> Found {
    let name = &table.name;
    Found {
        object: ObjectRef::whole(ObjectKind::Table, name.clone()).to_string(),
        of: vec![name.clone()],
        history: made(&table.history),
        labels: survey.access_doubts(name),
        message: format!("it cannot be told whether those whom policies of {name} let in may do anything"),
        help: "grant in a statement of its own, with the names of table and role".to_owned(),
    }
}
