//! `row-level-security`: a table keeps strangers out by its policies.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::table::{Case, Saying, TableName, fate};
use super::{Check, Judgement, Parameters};
use crate::catalog::{Command, ObjectKind, ObjectRef, Policy, Table, Verb};
use crate::facts::Facts;

/// Parameters of `row-level-security`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RowLevelSecurity")]
pub(super) struct Rule {
    /// The table.
    table: TableName,
    /// The policies that it has at least, each with its command.
    policies: IndexMap<String, Command>,
}

impl Parameters for Rule {
    const NAME: &'static str = "row-level-security";
    const PAGE: &'static str = include_str!("../../docs/checks/row-level-security.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Case::judge(facts, &self.table, |case, table| {
            judge_switch(case, table);
            for (name, command) in &self.policies {
                match table.policies.iter().find(|policy| policy.name == *name) {
                    Some(policy) => judge_command(case, table, policy, *command),
                    None => policy_is_missing(case, table, name, *command),
                }
            }
        })
    }
}

/// Row-level security itself must be on, or no policy is asked.
fn judge_switch(case: &mut Case<'_>, table: &Table) {
    if table.rls_enabled {
        return case.shows(&table.rls_history);
    }
    let message = format!("row-level security of {} is not enabled", table.name);
    let help = format!("alter table {} enable row level security", table.name);
    let object = ObjectRef::whole(ObjectKind::Table, table.name.clone());
    let say = Saying { message, help };
    if table.rls_history.iter().any(|event| event.verb != Verb::Created) {
        case.wrong(&object, &table.rls_history, say);
    } else {
        case.missing(&object, table, say);
    }
}

fn judge_command(case: &mut Case<'_>, table: &Table, policy: &Policy, wanted: Command) {
    case.shows(&policy.history);
    if policy.command == wanted {
        return;
    }
    let message = format!(
        "policy {} of {} is for {}, not for {wanted}",
        policy.name, table.name, policy.command
    );
    let help = format!("drop the policy and create it for {wanted}");
    case.wrong(&policy_ref(table, &policy.name), &policy.history, Saying { message, help });
}

fn policy_is_missing(case: &mut Case<'_>, table: &Table, name: &str, command: Command) {
    let object = policy_ref(table, name);
    let fate =
        case.catalog().last_drop(&object).map_or("does not exist".into(), |d| fate(&d.history));
    let message = format!("policy {name} of {} {fate}", table.name);
    let help = format!("create policy {name} on {} for {command}", table.name);
    case.missing(&object, table, Saying { message, help });
}

fn policy_ref(table: &Table, name: &str) -> ObjectRef {
    ObjectRef::part(ObjectKind::Policy, table.name.clone(), name)
}
