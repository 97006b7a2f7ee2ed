//! `row-level-security`: a table keeps strangers out by its policies.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::openness::{Openness, openness};
use super::table::{Message, TableCheck, TableName, last_event};
use super::tables::{TablePatterns, Tables};
use super::{Asserted, Check, Judgement, Parameters, Part};
use crate::catalog::{ChangeKind, Command, ObjectKind, ObjectRef, Policy, Table};
use crate::datum::quote_identifier;
use crate::facts::Facts;
use crate::prover::{Visitor, is_same};

mod pinned;
use pinned::Pinned;

/// Parameters of `row-level-security`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RowLevelSecurity")]
pub(super) struct Rule {
    /// The table.
    #[serde(default)]
    table: Option<TableName>,
    /// Instead of `table`: every table that matches, those of migrations to come included.
    #[serde(default)]
    tables: TablePatterns,
    /// Tables that match and are not meant.
    #[serde(default)]
    except: TablePatterns,
    /// The policies that it has at least, each with its command.
    #[serde(default)]
    policies: IndexMap<String, Pinned>,
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

    fn validate(&self) -> Result<(), String> {
        Tables::validate(self.table.as_ref(), &self.tables, &self.except)
    }
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        self.tables().judge(facts, |case, table| {
            judge_switch(case, table);
            for (name, pinned) in &self.policies {
                match table.policies.iter().find(|policy| policy.name == *name) {
                    Some(policy) => {
                        judge_command(case, table, policy, pinned.command);
                        judge_pins(case, table, policy, pinned);
                    }
                    None => policy_is_missing(case, table, name, pinned.command),
                }
            }
            for policy in table.policies.iter().filter(|policy| policy.permissive) {
                self.judge_openness(case, table, policy);
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let Strangers { signed_in, signed_out } = &self.strangers;
        let closed = [signed_in, signed_out].into_iter().filter(|roles| !roles.is_empty());
        let mut asserted = Vec::new();
        for table in &self.tables().names(facts) {
            asserted.extend(self.tables().asserted(table));
            asserted.push(Asserted::RowSecurity(table.clone()));
            let policies = self.policies.keys();
            asserted.extend(policies.map(|name| Asserted::Policy(Part::of(table, name))));
            asserted.extend(closed.clone().map(|roles| Asserted::ClosedTo {
                table: table.clone(),
                roles: roles.clone(),
            }));
        }
        asserted
    }
}

impl Rule {
    fn tables(&self) -> Tables<'_> {
        Tables::of(self.table.as_ref(), &self.tables, &self.except)
    }

    /// A permissive policy that applies to strangers must not let them at nobody's row.
    fn judge_openness(&self, case: &mut TableCheck<'_>, table: &Table, policy: &Policy) {
        let strangers = self.strangers.of(policy);
        for (clause, expression) in [("USING", &policy.using), ("WITH CHECK", &policy.with_check)] {
            let Some(expression) = expression else { continue };
            let mut doubted = None;
            for visitor in strangers.iter().copied() {
                let expression = (clause, expression.as_str());
                let (found, functions) =
                    openness(case.database, table, policy, expression, visitor, &IndexMap::new());
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
    let (policy_sql, table_sql) = (quote_identifier(&policy.name), table.name.sql());
    let help = format!(
        "say in {clause} whose rows the policy is for, or drop it: drop policy {policy_sql} on {table_sql}"
    );
    case.wrong(&policy_ref(table, &policy.name), &policy.history, Message { message, help });
}

/// Row-level security itself must be on, or no policy is asked.
fn judge_switch(case: &mut TableCheck<'_>, table: &Table) {
    if table.rls_enabled {
        return case.shows("row-level security", &table.rls_history);
    }
    let message = format!("row-level security of {} is not enabled", table.name);
    let help = format!("alter table {} enable row level security", table.name.sql());
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
    let drop = format!("drop policy {} on {}", quote_identifier(&policy.name), table.name.sql());
    let help = format!("{drop}; {}", create_policy(policy, table, wanted));
    case.wrong(&policy_ref(table, &policy.name), &policy.history, Message { message, help });
}

/// A policy whose expressions or roles the rule says must have these.
fn judge_pins(case: &mut TableCheck<'_>, table: &Table, policy: &Policy, pinned: &Pinned) {
    let name = quote_identifier(&policy.name);
    let table_sql = table.name.sql();
    let clauses = [
        ("USING", &pinned.using, &policy.using),
        ("WITH CHECK", &pinned.with_check, &policy.with_check),
    ];
    for (clause, wanted, is) in clauses {
        let Some(wanted) = wanted else { continue };
        let same = is.as_ref().map_or(Some(false), |is| is_same(is, wanted, table));
        let of = format!("policy {} of {}", policy.name, table.name);
        let help = format!("alter policy {name} on {table_sql} {} ({wanted})", clause.to_lowercase());
        let object = policy_ref(table, &policy.name);
        match (same, is) {
            (Some(true), _) => {}
            (Some(false), is) => {
                let is = is.as_deref().unwrap_or("absent");
                let message = format!("the {clause} expression of {of} is {is}, not {wanted}");
                case.wrong(&object, &policy.history, Message { message, help });
            }
            (None, _) => {
                let message =
                    format!("whether the {clause} expression of {of} is {wanted} cannot be told");
                let help = "write both more plainly".to_owned();
                case.doubtful(&object, &policy.history, Message { message, help });
            }
        }
    }
    let Some(wanted) = &pinned.to else { return };
    let mut wanted = wanted.clone();
    wanted.sort();
    if wanted != policy.roles {
        let (is, to) = (policy.roles.join(", "), wanted.join(", "));
        let message = format!("policy {} of {} is for {is}, not for {to}", policy.name, table.name);
        let quoted: Vec<_> = wanted
            .iter()
            .map(|role| if role == "public" { "public".into() } else { quote_identifier(role) })
            .collect();
        let help = format!("alter policy {name} on {table_sql} to {}", quoted.join(", "));
        case.wrong(&policy_ref(table, &policy.name), &policy.history, Message { message, help });
    }
}

fn policy_is_missing(case: &mut TableCheck<'_>, table: &Table, name: &str, command: Command) {
    let object = policy_ref(table, name);
    let dropped = case.catalog().last_drop(&object);
    let last_event = dropped.map_or("does not exist".into(), |d| last_event(&d.history));
    let message = format!("policy {name} of {} {last_event}", table.name);
    let original = dropped.and_then(|dropped| case.creation(&dropped.history, "create policy"));
    let help = original.unwrap_or_else(|| {
        let clause = if command == Command::Insert { "with check" } else { "using" };
        format!(
            "create policy {} on {} for {} {clause} (false); say instead of false whose rows it is for",
            quote_identifier(name),
            table.name.sql(),
            command.to_string().to_lowercase()
        )
    });
    case.missing(&object, table, Message { message, help });
}

/// The statement that makes a policy as it is, for another command.
fn create_policy(policy: &Policy, table: &Table, command: Command) -> String {
    let Policy { name, using, with_check, .. } = policy;
    let mut sql = format!("create policy {} on {}", quote_identifier(name), table.name.sql());
    if !policy.permissive {
        sql.push_str(" as restrictive");
    }
    let is_keyword = |role: &str| role == "public";
    let quoted = |role: &String| {
        if is_keyword(role) { role.clone() } else { quote_identifier(role).into_owned() }
    };
    let roles: Vec<_> = policy.roles.iter().map(quoted).collect();
    sql.push_str(&format!(" for {} to {}", command.to_string().to_lowercase(), roles.join(", ")));
    let (reads, writes) = (
        command != Command::Insert,
        !matches!(command, Command::Select | Command::Delete),
    );
    if let Some(using) = using.as_ref().or(with_check.as_ref()).filter(|_| reads) {
        sql.push_str(&format!(" using ({using})"));
    }
    let check = with_check.as_ref().or(using.as_ref().filter(|_| command == Command::Insert));
    if let Some(check) = check.filter(|_| writes) {
        sql.push_str(&format!(" with check ({check})"));
    }
    sql
}

fn policy_ref(table: &Table, name: &str) -> ObjectRef {
    ObjectRef::part(ObjectKind::Policy, table.name.clone(), name)
}
