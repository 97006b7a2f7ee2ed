//! `open-writes`: no policy lets every visitor write every row.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Clause, Found, Passage, Planted, Range, Scope, Survey, identifier, list, policy_object, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use indexmap::IndexMap;

use crate::catalog::{Command, ForeignKey, ObjectName, Policy, Table};
use crate::facts::Facts;
use crate::prover::Visitor;

/// Parameters of `open-writes`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OpenWrites")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// Roles that bypass row-level security, so that no policy need be for them.
    #[serde(default)]
    bypassing_roles: Vec<String>,
    /// The tables of accounts: a column that refers to one says whose a row is.
    #[serde(default)]
    accounts: Vec<String>,
}

impl Parameters for Rule {
    const NAME: &'static str = "open-writes";
    const PAGE: &'static str = include_str!("../../docs/checks/open-writes.md");
}

/// The writes, each with the clauses that govern it.
const WRITES: [(Command, &str, &[Clause]); 3] = [
    (Command::Insert, "insert", &[Clause::Check]),
    (Command::Update, "update", &[Clause::Using, Clause::Check]),
    (Command::Delete, "delete", &[Clause::Using]),
];

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Policies, |survey| {
            for table in survey.guarded_tables().filter(|table| table.rls_enabled) {
                for policy in table.policies.iter().filter(|policy| policy.permissive) {
                    self.judge_policy(survey, table, policy);
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let commands = [Command::Insert, Command::Update, Command::Delete, Command::All];
        let planted = |command: Command| {
            let what = format!("a table of {schema} gets a policy for {command} that is true");
            let plant = move |table: &mut Table| {
                let always = || Some("true".to_owned());
                table.rls_enabled = true;
                table.policies.push(Policy {
                    using: if command == Command::Insert { None } else { always() },
                    with_check: if command == Command::Delete { None } else { always() },
                    ..Policy::new("mutant", command)
                });
            };
            Asserted::NoFault(Planted::table(what, &schema, plant))
        };
        commands.into_iter().map(planted).collect()
    }
}

/// What a visitor may do to every row.
#[derive(Default)]
struct Open {
    writes: Vec<&'static str>,
    clauses: Vec<&'static str>,
    signed_out: bool,
    signed_in: bool,
}

impl Rule {
    fn judge_policy(&self, survey: &mut Survey<'_>, table: &Table, policy: &Policy) {
        let (mut open, mut doubted) = (Open::default(), false);
        let mut of = vec![table.name.clone()];
        let given = IndexMap::new();
        for (role, visitor) in survey.visitors() {
            let who = (role.as_str(), visitor);
            for (command, word, clauses) in WRITES {
                let applies = policy.is_for(command) && policy.applies_to(&role);
                if !applies || !survey.may(&role, command, table) {
                    continue;
                }
                for clause in clauses {
                    let Some((name, _)) = clause.of(policy) else { continue };
                    let by_policy =
                        survey.passage((table, policy), *clause, visitor, &given, &mut of);
                    if by_policy == Passage::Closed {
                        continue;
                    }
                    let restricted =
                        survey.restrictions(table, who, command, *clause, &given, &mut of);
                    match by_policy.min(restricted) {
                        Passage::Closed => {}
                        Passage::Unknown => doubted = true,
                        Passage::Open => open.add(word, name, visitor),
                    }
                }
            }
        }
        if !open.writes.is_empty() {
            survey.found(self.say(table, policy, &open, of));
        } else if doubted {
            survey.doubt_openness(table, policy);
        }
    }

    fn say(&self, table: &Table, policy: &Policy, open: &Open, of: Vec<ObjectName>) -> Found {
        let name = &table.name;
        let who = match (open.signed_out, open.signed_in) {
            (false, _) => "any account",
            (true, true) => "anyone with the public key",
            (true, false) => "anyone with the public key who is not signed in",
        };
        let writes: Vec<String> = open.writes.iter().map(ToString::to_string).collect();
        let clauses: Vec<String> = open.clauses.iter().map(ToString::to_string).collect();
        let verb = if clauses.len() == 1 { "is" } else { "are" };
        let mut message = format!(
            "policy {} of {name} lets {who} {} any row: its {} {verb} true of every one",
            policy.name,
            list(&writes),
            list(&clauses)
        );
        let meant = self.bypassing_roles.iter().find(|role| is_meant_for(policy, role));
        if let Some(role) = meant {
            message.push_str(&format!("; {role} bypasses row-level security and needs no policy"));
        }
        Found {
            object: policy_object(table, policy),
            of,
            history: policy.history.clone(),
            labels: Vec::new(),
            message,
            help: self.mend(table, policy, meant.is_some()),
        }
    }

    /// Says whose rows they are, where a column tells; else nobody but a role that bypasses policies is meant.
    fn mend(&self, table: &Table, policy: &Policy, is_of_service: bool) -> String {
        let head =
            format!("ALTER POLICY {} ON {}", identifier(&policy.name), qualified(&table.name));
        let is_owner = |key: &&ForeignKey| {
            key.columns.len() == 1
                && key.references_primary_key
                && self.accounts.contains(&key.table.to_string())
        };
        let owner = table.foreign_keys.iter().find(is_owner).and_then(|key| key.columns.first());
        match (owner.filter(|_| !is_of_service), self.bypassing_roles.first()) {
            (Some(owner), _) => {
                let mine = format!("((select auth.uid()) = {})", identifier(owner));
                let using = policy.using.as_ref().map(|_| format!(" USING {mine}"));
                let check = policy.with_check.as_ref().map(|_| format!(" WITH CHECK {mine}"));
                format!("{head}{}{};", using.unwrap_or_default(), check.unwrap_or_default())
            }
            (None, Some(role)) => format!("{head} TO {};", identifier(role)),
            (None, None) => "say in the policy whose rows it is for".to_owned(),
        }
    }
}

impl Open {
    fn add(&mut self, write: &'static str, clause: &'static str, visitor: Visitor) {
        if !self.writes.contains(&write) {
            self.writes.push(write);
        }
        if !self.clauses.contains(&clause) {
            self.clauses.push(clause);
        }
        match visitor {
            Visitor::SignedIn => self.signed_in = true,
            Visitor::SignedOut => self.signed_out = true,
        }
    }
}

/// Whether the name of a policy, or an expression of it, speaks of a role.
fn is_meant_for(policy: &Policy, role: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let role = plain(role);
    let texts = [Some(&policy.name), policy.using.as_ref(), policy.with_check.as_ref()];
    texts.into_iter().flatten().any(|text| plain(text).contains(&role))
}
