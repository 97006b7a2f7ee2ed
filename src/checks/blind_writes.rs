//! `blind-writes`: who may change or delete rows by a policy sees rows by another.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{
    Found, Planted, Range, Scope, Survey, commands_listed, identifier, list, policy_object,
    qualified,
};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Answer, Command, Policy, PrivilegeSet, Table};
use crate::facts::Facts;

/// Parameters of `blind-writes`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BlindWrites")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "blind-writes";
    const PAGE: &'static str = include_str!("../../docs/checks/blind-writes.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            let served: Vec<&Table> = survey
                .tables()
                .filter(|table| table.rls_enabled && survey.serves(&table.name.schema))
                .collect();
            for table in served {
                let writes = table.policies.iter().filter(|policy| {
                    let command = matches!(policy.command, Command::Update | Command::Delete);
                    policy.permissive && command && !refuses(policy)
                });
                for policy in writes {
                    self.judge_policy(survey, table, policy);
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let Some(role) = self.scope.visitors.roles().last().cloned() else { return Vec::new() };
        let what = format!("a table of {schema} gets a policy for UPDATE and none for SELECT");
        let writer = role.clone();
        let plant = move |table: &mut Table| {
            table.rls_enabled = true;
            table.policies.push(Policy {
                roles: vec![writer.clone()],
                using: Some("true".to_owned()),
                ..Policy::new("mutant", Command::Update)
            });
        };
        let planted = Planted::table(what, &schema, plant);
        vec![Asserted::NoFault(planted.granted_to(&schema, &role, PrivilegeSet::TABLE))]
    }
}

impl Rule {
    fn judge_policy(&self, survey: &mut Survey<'_>, table: &Table, policy: &Policy) {
        let sees = |role: &String| {
            let reading = table.policies.iter().filter(|p| p.permissive);
            reading
                .filter(|p| matches!(p.command, Command::Select | Command::All))
                .any(|p| p.applies_to(role))
        };
        let blind: Vec<String> = self
            .scope
            .visitors
            .roles()
            .filter(|role| policy.applies_to(role) && !sees(role))
            .cloned()
            .collect();
        let answer = |role: &String| {
            survey.answer(survey.counting(), role, policy.command, &table.name)
        };
        let certain: Vec<String> =
            blind.iter().filter(|role| answer(role) == Answer::Yes).cloned().collect();
        let open = blind.iter().any(|role| answer(role) == Answer::Unknown);
        if !certain.is_empty() {
            survey.found(found(survey.visitors_called(&certain), table, policy, &certain));
        } else if open {
            let message = format!(
                "policy {} of {} finds no row without a policy for SELECT, and it cannot be told whether visitors may {}",
                policy.name, table.name, policy.command
            );
            survey.doubt_policy(table, policy, message, "create a policy for SELECT");
        }
    }
}

/// Whether a policy says that nobody may.
fn refuses(policy: &Policy) -> bool {
    let bare = |sql: &String| sql.trim_matches(|c: char| c == '(' || c == ')' || c.is_whitespace()).to_lowercase();
    policy.using.as_ref().is_some_and(|using| bare(using) == "false")
}

fn found(who: &str, table: &Table, policy: &Policy, roles: &[String]) -> Found {
    let name = &table.name;
    let command = commands_listed(&[policy.command]);
    let to: Vec<String> = roles.iter().map(|role| identifier(role)).collect();
    let using = policy.using.as_deref().unwrap_or("true");
    Found {
        object: policy_object(table, policy),
        of: vec![name.clone()],
        history: policy.history.clone(),
        labels: Vec::new(),
        message: format!(
            "{who} changes nothing by policy {} of {name}: no policy for SELECT shows {} a row, so that {command} with WHERE, \
             which the API always sends, finds none",
            policy.name,
            list(roles)
        ),
        help: format!(
            "CREATE POLICY {} ON {} FOR SELECT TO {} USING ({using});",
            identifier(&format!("{} (select)", policy.name)),
            qualified(name),
            to.join(", ")
        ),
    }
}
