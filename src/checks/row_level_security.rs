//! `row-level-security`: a table keeps strangers out by its policies.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::table::{Case, Saying, TableName, fate};
use super::{Asserted, Check, Judgement, Parameters, Part};
use crate::catalog::{Command, ObjectKind, ObjectRef, Policy, Table, Trial, Verb};
use crate::expression::{Proof, Surroundings, Truth, Visitor, prove};
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
    /// The roles that only somebody without an account has.
    signed_out: Vec<String>,
}

/// The roles that Supabase gives.
impl Default for Strangers {
    fn default() -> Self {
        Self {
            signed_in: vec!["public".to_owned(), "authenticated".to_owned()],
            signed_out: vec!["anon".to_owned()],
        }
    }
}

impl Strangers {
    /// The stranger that a policy applies to, if to any.
    fn of(&self, policy: &Policy) -> Option<Visitor> {
        let applies = |roles: &[String]| policy.roles.iter().any(|role| roles.contains(role));
        if applies(&self.signed_in) {
            Some(Visitor::SignedIn)
        } else {
            applies(&self.signed_out).then_some(Visitor::SignedOut)
        }
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

    fn asserts(&self, _: &Facts<'_>) -> Vec<Asserted> {
        let table = &self.table.0;
        let Strangers { signed_in, signed_out } = &self.strangers;
        let closed = [signed_in, signed_out].into_iter().filter(|roles| !roles.is_empty());
        let mut asserted = vec![Asserted::Table(table.clone()), Asserted::RowSecurity(table.clone())];
        asserted.extend(self.policies.keys().map(|name| Asserted::Policy(Part::of(table, name))));
        asserted.extend(closed.map(|roles| Asserted::ClosedTo {
            table: table.clone(),
            roles: roles.clone(),
        }));
        asserted
    }
}

impl Rule {
    /// A permissive policy that applies to strangers must not let them at nobody's row.
    fn judge_openness(&self, case: &mut Case<'_>, table: &Table, policy: &Policy) {
        let Some(visitor) = self.strangers.of(policy) else { return };
        let who = match visitor {
            Visitor::SignedIn => "every signed-in stranger",
            Visitor::SignedOut => "everyone who is not signed in",
        };
        let (object, given) = (policy_ref(table, &policy.name), IndexMap::new());
        for (clause, expression) in [("USING", &policy.using), ("WITH CHECK", &policy.with_check)] {
            let Some(expression) = expression else { continue };
            let (catalog, visitor) = (case.catalog(), Some(visitor));
            let Proof { truth, functions } =
                prove(expression, Surroundings { catalog, table, visitor, given: &given });
            functions.into_iter().for_each(|function| case.depends_on(function));
            let name = format!("policy {} of {}", policy.name, table.name);
            match truth {
                Truth::NotAlways => {}
                Truth::Always => {
                    let message = format!(
                        "{name} is vacuous: its {clause} expression is true of every row for {who}"
                    );
                    let help = format!("say in {clause} whose rows the policy is for, or drop it");
                    case.wrong(&object, &policy.history, Saying { message, help });
                }
                Truth::CannotTell if let Some(trial) = tried(policy, clause, visitor) => {
                    if trial.always {
                        let message = format!(
                            "{name} is vacuous: its {clause} expression was true of each of the {} rows \
                             that were tried for {who}",
                            trial.rows
                        );
                        let help = format!("say in {clause} whose rows the policy is for, or drop it");
                        case.wrong(&object, &policy.history, Saying { message, help });
                    }
                }
                Truth::CannotTell => {
                    let message = format!(
                        "whether the {clause} expression of {name} is always true cannot be told"
                    );
                    let help = "write the expression more plainly".to_owned();
                    case.doubtful(&object, &policy.history, Saying { message, help });
                }
            }
        }
    }
}

/// What came of evaluating an expression of which nothing can be told by reading it.
fn tried(policy: &Policy, clause: &str, visitor: Option<Visitor>) -> Option<Trial> {
    let (with_check, signed_in) = (clause == "WITH CHECK", visitor == Some(Visitor::SignedIn));
    policy.trials.iter().copied().find(|t| t.with_check == with_check && t.signed_in == signed_in)
}

/// Row-level security itself must be on, or no policy is asked.
fn judge_switch(case: &mut Case<'_>, table: &Table) {
    if table.rls_enabled {
        return case.shows("row-level security", &table.rls_history);
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
    case.shows(format_args!("policy {}", policy.name), &policy.history);
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
