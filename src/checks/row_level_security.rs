//! `row-level-security`: a table keeps strangers out by its policies.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::table::{Case, Saying, TableName, fate};
use super::{Check, Judgement, Parameters};
use crate::catalog::{Command, ObjectKind, ObjectRef, Policy, Table, Verb};
use crate::expression::{Surroundings, Truth, Visitor, prove};
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
    /// The roles that strangers come as. No permissive policy for one of them may be vacuous: true of
    /// a row that belongs to nobody.
    #[serde(default)]
    strangers: Strangers,
}

/// The roles of strangers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Strangers {
    /// The roles that somebody with a new account has.
    signed_in: Vec<String>,
    /// The roles that somebody without an account has.
    signed_out: Vec<String>,
}

/// The roles that Supabase gives.
impl Default for Strangers {
    fn default() -> Self {
        let roles = |role: &str| vec!["public".to_owned(), role.to_owned()];
        Self { signed_in: roles("authenticated"), signed_out: roles("anon") }
    }
}

impl Strangers {
    /// The strangers that a policy applies to.
    fn of<'a>(&'a self, policy: &'a Policy) -> impl Iterator<Item = Visitor> + 'a {
        [(Visitor::SignedIn, &self.signed_in), (Visitor::SignedOut, &self.signed_out)]
            .into_iter()
            .filter(|(_, roles)| policy.roles.iter().any(|role| roles.contains(role)))
            .map(|(visitor, _)| visitor)
    }
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
            for policy in table.policies.iter().filter(|policy| policy.permissive) {
                self.judge_openness(case, table, policy);
            }
        })
    }
}

impl Rule {
    /// A permissive policy that applies to strangers must not let them at nobody's row.
    fn judge_openness(&self, case: &mut Case<'_>, table: &Table, policy: &Policy) {
        let given = IndexMap::new();
        for (clause, expression) in [("USING", &policy.using), ("WITH CHECK", &policy.with_check)] {
            let Some(expression) = expression else { continue };
            let proofs: Vec<(Visitor, Truth)> = self
                .strangers
                .of(policy)
                .map(|visitor| {
                    let (catalog, visitor_at) = (case.catalog(), Some(visitor));
                    let surroundings =
                        Surroundings { catalog, table, visitor: visitor_at, given: &given };
                    let proof = prove(expression, surroundings);
                    proof.functions.into_iter().for_each(|function| case.depends_on(function));
                    (visitor, proof.truth)
                })
                .collect();
            let of = |truth| proofs.iter().find(|(_, found)| *found == truth);
            if let Some((visitor, _)) = of(Truth::Always) {
                let who = match visitor {
                    Visitor::SignedIn => "every signed-in stranger",
                    Visitor::SignedOut => "everyone who is not signed in",
                };
                let message = format!(
                    "policy {} of {} is vacuous: its {clause} expression is true of every row for {who}",
                    policy.name, table.name
                );
                let help = format!("say in {clause} whose rows the policy is for, or drop it");
                let say = Saying { message, help };
                case.wrong(&policy_ref(table, &policy.name), &policy.history, say);
            } else if of(Truth::CannotTell).is_some() {
                let message = format!(
                    "whether the {clause} expression of policy {} of {} is always true cannot be told",
                    policy.name, table.name
                );
                let help = "write the expression more plainly".to_owned();
                let say = Saying { message, help };
                case.doubtful(&policy_ref(table, &policy.name), &policy.history, say);
            }
        }
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
