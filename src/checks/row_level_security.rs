//! `row-level-security`: a table keeps strangers out by its policies.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::openness::{Openness, openness};
use super::table::{TableCheck, Message, TableName, last_event};
use super::{Asserted, Check, Judgement, Parameters, Part};
use crate::catalog::{ChangeKind, Command, ObjectKind, ObjectRef, Policy, Table};
use crate::facts::Facts;
use crate::prover::Visitor;

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
    /// The strangers that a policy applies to. Those who are not signed in are public too.
    fn of(&self, policy: &Policy) -> Vec<Visitor> {
        let applies = |roles: &[String]| policy.roles.iter().any(|role| roles.contains(role));
        let public = || policy.roles.iter().any(|role| role == "public");
        let signed_in = applies(&self.signed_in).then_some(Visitor::SignedIn);
        let signed_out = (applies(&self.signed_out) || public() && !self.signed_out.is_empty())
            .then_some(Visitor::SignedOut);
        signed_in.into_iter().chain(signed_out).collect()
    }
}

impl Parameters for Rule {
    const NAME: &'static str = "row-level-security";
    const PAGE: &'static str = include_str!("../../docs/checks/row-level-security.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        TableCheck::judge(facts, &self.table, |case, table| {
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
        let mut asserted =
            vec![Asserted::Table(table.clone()), Asserted::RowSecurity(table.clone())];
        asserted.extend(self.policies.keys().map(|name| Asserted::Policy(Part::of(table, name))));
        asserted.extend(
            closed.map(|roles| Asserted::ClosedTo { table: table.clone(), roles: roles.clone() }),
        );
        asserted
    }
}

impl Rule {
    /// A permissive policy that applies to strangers must not let them at nobody's row.
    fn judge_openness(&self, case: &mut TableCheck<'_>, table: &Table, policy: &Policy) {
        let strangers = self.strangers.of(policy);
        for (clause, expression) in [("USING", &policy.using), ("WITH CHECK", &policy.with_check)] {
            let Some(expression) = expression else { continue };
            let mut doubted = None;
            for visitor in strangers.iter().copied() {
                let expression = (clause, expression.as_str());
                let (found, functions) =
                    openness(case.catalog(), table, policy, expression, visitor, &IndexMap::new());
                functions.into_iter().for_each(|function| case.depends_on(function));
                match found {
                    Openness::Closed => {}
                    Openness::Unknown => doubted = Some(visitor),
                    open => {
                        say_open(case, table, policy, clause, visitor, open);
                        // It need not be said of another stranger too.
                        doubted = None;
                        break;
                    }
                }
            }
            if doubted.is_some() {
                let message = format!(
                    "whether the {clause} expression of policy {} of {} is always true cannot be told",
                    policy.name, table.name
                );
                let help = "write the expression more plainly".to_owned();
                let object = policy_ref(table, &policy.name);
                case.doubtful(&object, &policy.history, Message { message, help });
            }
        }
    }
}

fn say_open(
    case: &mut TableCheck<'_>,
    table: &Table,
    policy: &Policy,
    clause: &str,
    visitor: Visitor,
    openness: Openness,
) {
    let who = match visitor {
        Visitor::SignedIn => "every signed-in stranger",
        Visitor::SignedOut => "everyone who is not signed in",
    };
    let name = format!("policy {} of {}", policy.name, table.name);
    let message = match openness {
        Openness::Tried(rows) => format!(
            "{name} is vacuous: its {clause} expression was true of each of the {rows} rows that were \
             tried for {who}"
        ),
        _ => format!("{name} is vacuous: its {clause} expression is true of every row for {who}"),
    };
    let help = format!("say in {clause} whose rows the policy is for, or drop it");
    case.wrong(&policy_ref(table, &policy.name), &policy.history, Message { message, help });
}

/// Row-level security itself must be on, or no policy is asked.
fn judge_switch(case: &mut TableCheck<'_>, table: &Table) {
    if table.rls_enabled {
        return case.shows("row-level security", &table.rls_history);
    }
    let message = format!("row-level security of {} is not enabled", table.name);
    let help = format!("alter table {} enable row level security", table.name);
    let object = ObjectRef::whole(ObjectKind::Table, table.name.clone());
    let say = Message { message, help };
    if table.rls_history.iter().any(|event| event.verb != ChangeKind::Created) {
        case.wrong(&object, &table.rls_history, say);
    } else {
        case.missing(&object, table, say);
    }
}

fn judge_command(case: &mut TableCheck<'_>, table: &Table, policy: &Policy, wanted: Command) {
    case.shows(format_args!("policy {}", policy.name), &policy.history);
    if policy.command == wanted {
        return;
    }
    let message = format!(
        "policy {} of {} is for {}, not for {wanted}",
        policy.name, table.name, policy.command
    );
    let help = format!("drop the policy and create it for {wanted}");
    case.wrong(&policy_ref(table, &policy.name), &policy.history, Message { message, help });
}

fn policy_is_missing(case: &mut TableCheck<'_>, table: &Table, name: &str, command: Command) {
    let object = policy_ref(table, name);
    let last_event =
        case.catalog().last_drop(&object).map_or("does not exist".into(), |d| last_event(&d.history));
    let message = format!("policy {name} of {} {last_event}", table.name);
    let help = format!("create policy {name} on {} for {command}", table.name);
    case.missing(&object, table, Message { message, help });
}

fn policy_ref(table: &Table, name: &str) -> ObjectRef {
    ObjectRef::part(ObjectKind::Policy, table.name.clone(), name)
}
