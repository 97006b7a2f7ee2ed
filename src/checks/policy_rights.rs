//! `policy-rights`: whoever a policy applies to may read what it reads, and call what it calls.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{
    Found, Planted, Range, Scope, Survey, commands_of, list,
};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{
    Answer, Command, ObjectKind, ObjectName, ObjectRef, Policy, Privilege, PrivilegeSet, Table,
};
use crate::facts::Facts;

/// Parameters of `policy-rights`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PolicyRights")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "policy-rights";
    const PAGE: &'static str = include_str!("../../docs/checks/policy-rights.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Policies, |survey| {
            let reachable: Vec<&Table> = survey
                .guarded_tables()
                .filter(|table| {
                    let schema = &table.name.schema;
                    table.rls_enabled && (survey.serves(schema) || self.scope.is_platform(schema))
                })
                .collect();
            for table in reachable {
                self.judge_table(survey, table);
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let Some(role) = self.scope.visitors.roles().last().cloned() else { return Vec::new() };
        let what = format!("a table of {schema} gets a policy for {role} that reads what {role} may not");
        let hidden = ObjectName::new(&schema, "railcheck_hidden");
        let (read, visitor) = (hidden.clone(), role.clone());
        let plant = move |table: &mut Table| {
            table.rls_enabled = true;
            let mut policy = Policy {
                roles: vec![visitor.clone()],
                using: Some("true".to_owned()),
                ..Policy::new("mutant", Command::Select)
            };
            policy.references.relations.push(read.clone());
            table.policies.push(policy);
        };
        let planted = Planted::table(what, &schema, plant);
        let planted = planted.granted_to(&schema, &role, PrivilegeSet::TABLE).hiding(&hidden);
        vec![Asserted::NoFault(planted)]
    }
}

/// What a policy names that a visitor may not use.
struct Barred<'a> {
    policy: &'a Policy,
    /// `table auth.users`
    what: String,
    roles: Vec<String>,
}

impl Rule {
    fn judge_table(&self, survey: &mut Survey<'_>, table: &Table) {
        let mut barred: Vec<Barred<'_>> = Vec::new();
        let mut open = Vec::new();
        for policy in &table.policies {
            for role in self.scope.visitors.roles().filter(|role| policy.applies_to(role)) {
                let asked = commands_of(policy)
                    .map(|command| survey.answer(survey.counting(), role, command, &table.name))
                    .fold(Answer::No, Answer::or);
                if asked == Answer::No {
                    continue;
                }
                for (what, may) in used(survey, policy, role) {
                    match (asked, may) {
                        (_, Answer::Yes) => {}
                        (Answer::Yes, Answer::No) => match barred
                            .iter_mut()
                            .find(|known| known.policy.name == policy.name && known.what == what)
                        {
                            Some(known) => known.roles.push(role.clone()),
                            None => barred.push(Barred { policy, what, roles: vec![role.clone()] }),
                        },
                        _ => open.push((policy, what)),
                    }
                }
            }
        }
        if let Some(first) = barred.first() {
            survey.found(found(survey.visitors_called(&first.roles), table, first, &barred));
        } else if let Some((policy, what)) = open.first() {
            let message = format!(
                "policy {} of {} uses {what}, and it cannot be told whether visitors may",
                policy.name, table.name
            );
            survey.doubtful(Found {
                object: ObjectRef::whole(ObjectKind::Table, table.name.clone()).to_string(),
                of: vec![table.name.clone()],
                history: policy.history.clone(),
                labels: survey.access_doubts(&table.name),
                message,
                help: "grant in a statement of its own, with the names of object and role".to_owned(),
            });
        }
    }
}

/// What a policy reads and calls, and whether a role may. Names in policies are bound, so that the right to use a
/// schema is not asked.
fn used(survey: &Survey<'_>, policy: &Policy, role: &str) -> Vec<(String, Answer)> {
    let access = &survey.catalog().access;
    let reads = policy.references.relations.iter().map(|name| {
        let may = access.has_any_column_privilege(role, Privilege::Select, name);
        (name.to_string(), may)
    });
    let calls = policy.references.functions.iter().map(|function| {
        let may = access.has_function_privilege(role, &function.name, &function.arguments);
        (format!("function {function}"), may)
    });
    reads.chain(calls).collect()
}

fn found(who: &str, table: &Table, first: &Barred<'_>, barred: &[Barred<'_>]) -> Found {
    let name = &table.name;
    let mut uses: Vec<String> = barred
        .iter()
        .map(|barred| {
            let verb = if barred.what.starts_with("function ") { "calls" } else { "reads" };
            format!("policy {} {verb} {}, which {} may not", barred.policy.name, barred.what, list(&barred.roles))
        })
        .collect();
    uses.dedup();
    Found {
        object: ObjectRef::whole(ObjectKind::Table, name.clone()).to_string(),
        of: vec![name.clone()],
        history: first.policy.history.clone(),
        labels: Vec::new(),
        message: format!(
            "each query of {name} by {who} ends with 42501, permission denied: {}",
            list(&uses)
        ),
        help: "move the look-up into a function that is SECURITY DEFINER, and call that in the policy".to_owned(),
    }
}
