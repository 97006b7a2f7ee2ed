//! `policy-recursion`: no policy leads back to the table that it is of.
//!
//! PostgreSQL adds the policies of a table to a query, then those of the tables that their sub-queries read, for the
//! same role, and so on. A table whose policies have a sub-query and that comes up again while it is being expanded ends
//! the query (`fireRIRrules` in rewriteHandler.c).

use std::collections::{BTreeSet, VecDeque};

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, also, list};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{
    Catalog, Command, ObjectKind, ObjectName, ObjectRef, Policy, Table, TableKind,
};
use crate::facts::{Database, Facts};

/// Parameters of `policy-recursion`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PolicyRecursion")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "policy-recursion";
    const PAGE: &'static str = include_str!("../../docs/checks/policy-recursion.md");
}

const COMMANDS: [Command; 4] =
    [Command::Select, Command::Insert, Command::Update, Command::Delete];

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Policies, |survey| {
            let tables: Vec<&Table> = survey.guarded_tables().collect();
            for table in &tables {
                for policy in &table.policies {
                    self.doubt_unreadable(survey, table, policy);
                }
            }
            let judged = |survey: &Survey<'_>, table: &Table| {
                let schema = &table.name.schema;
                table.rls_enabled && (survey.serves(schema) || survey.scope.is_platform(schema))
            };
            for table in tables {
                if judged(survey, table) {
                    judge(survey, table);
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let what = format!("a policy of {schema} reads its own table");
        let plant = |table: &mut Table| {
            table.rls_enabled = true;
            table.policies.push(Policy {
                using: Some("EXISTS (SELECT 1 FROM railcheck_mutant)".to_owned()),
                ..Policy::new("mutant", Command::All)
            });
        };
        vec![Asserted::NoFault(Planted::table(what, &schema, plant))]
    }
}

impl Rule {
    /// A name that may mean several tables leaves open which policies come next.
    fn doubt_unreadable(&self, survey: &mut Survey<'_>, table: &Table, policy: &Policy) {
        for sql in [&policy.using, &policy.with_check].into_iter().flatten() {
            let Some(expression) = survey.expression(table, policy, sql) else { continue };
            let several = |name: &Vec<String>| {
                policy.references.relations_named(name, &table.name).nth(1).is_some()
            };
            if let Some(name) = expression.relations().iter().find(|name| several(name)) {
                let message = format!(
                    "it cannot be told which table policy {} of {} reads by the name {}",
                    policy.name,
                    table.name,
                    name.join(".")
                );
                survey.doubt_policy(table, policy, message, "write the name with its schema");
            }
        }
    }
}

/// Looks for a way from the policies of a table back to it, for each visitor and command.
fn judge(survey: &mut Survey<'_>, table: &Table) {
    let database = survey.database;
    let mut commands = Vec::new();
    let mut roles = BTreeSet::new();
    let mut first: Option<Vec<Read<'_>>> = None;
    for command in COMMANDS {
        for role in survey.scope.visitors.roles() {
            if let Some(way) = way_back(database, table, command, role) {
                commands.push(command.to_string());
                roles.insert(role.clone());
                first.get_or_insert(way);
            }
        }
    }
    commands.dedup();
    let Some(way) = first else { return };
    let histories = way.iter().map(|read| read.policy.history.clone());
    let history = histories.max_by_key(|history| survey.place(history)).unwrap_or_default();
    let steps: Vec<String> = way
        .iter()
        .map(|read| format!("policy {} of {} reads {}", read.policy.name, read.of, read.table))
        .collect();
    let labels = way.iter().filter_map(|read| {
        also(
            &read.policy.history,
            format!("policy {} of {} reads {}", read.policy.name, read.of, read.table),
        )
    });
    let name = &table.name;
    survey.found(Found {
        object: ObjectRef::whole(ObjectKind::Table, name.clone()).to_string(),
        of: way.iter().flat_map(|read| [read.of.clone(), read.table.clone()]).collect(),
        history,
        labels: labels.collect(),
        message: format!(
            "every {} of {name} by {} ends with an error (42P17, infinite recursion detected in policy): {}",
            list(&commands),
            list(&roles.into_iter().collect::<Vec<_>>()),
            steps.join(", ")
        ),
        help: "move the look-up into a function that is SECURITY DEFINER, and call that in the policy".to_owned(),
    });
}

/// A policy that reads a table.
#[derive(Debug, Clone)]
struct Read<'a> {
    policy: &'a Policy,
    of: &'a ObjectName,
    table: ObjectName,
}

/// What the policies of a table add to a query of it.
#[derive(Debug, Default)]
struct Expansion<'a> {
    /// There is a sub-query in them, be it one that reads nothing.
    has_query: bool,
    reads: Vec<Read<'a>>,
}

/// The shortest way by which a command on a table comes back to the table.
fn way_back<'a>(
    database: Database<'a>,
    table: &'a Table,
    command: Command,
    role: &str,
) -> Option<Vec<Read<'a>>> {
    if !expansion(database, table, Command::Select, role).has_query {
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut pending = VecDeque::from([(table, command, Vec::new())]);
    while let Some((current, command, way)) = pending.pop_front() {
        for read in expansion(database, current, command, role).reads {
            let mut further = way.clone();
            let next = read.table.clone();
            further.push(read);
            if next == table.name {
                return Some(further);
            }
            if seen.insert(next.clone())
                && let Some(next) = database.outcome.catalog.any_table(&next)
                && next.rls_enabled
                && next.kind != TableKind::Foreign
            {
                pending.push_back((next, Command::Select, further));
            }
        }
    }
    None
}

fn expansion<'a>(
    database: Database<'a>,
    table: &'a Table,
    command: Command,
    role: &str,
) -> Expansion<'a> {
    let mut expansion = Expansion::default();
    let using = |policy: &'a Policy| policy.using.as_ref();
    let check = |policy: &'a Policy| policy.with_check.as_ref().or(policy.using.as_ref());
    match command {
        Command::Select | Command::All => {
            expansion.add(database, table, (Command::Select, role), using);
        }
        Command::Insert => expansion.add(database, table, (command, role), check),
        Command::Update => {
            expansion.add(database, table, (command, role), using);
            expansion.add(database, table, (command, role), check);
            expansion.add(database, table, (Command::Select, role), using);
        }
        Command::Delete => {
            expansion.add(database, table, (command, role), using);
            expansion.add(database, table, (Command::Select, role), using);
        }
    }
    expansion
}

impl<'a> Expansion<'a> {
    /// Adds a clause of the policies that are for a command and a role. Where no permissive one has it, no row
    /// passes, and the restrictive ones are left out.
    fn add(
        &mut self,
        database: Database<'a>,
        table: &'a Table,
        (command, role): (Command, &str),
        clause: impl Fn(&'a Policy) -> Option<&'a String>,
    ) {
        let applies = |policy: &&Policy| policy.is_for(command) && policy.applies_to(role);
        let policies = || table.policies.iter().filter(applies);
        if !policies().any(|policy| policy.permissive && clause(policy).is_some()) {
            return;
        }
        for policy in policies() {
            let Some(expression) = clause(policy).and_then(|sql| database.memo.parse(sql)) else {
                continue;
            };
            self.has_query |= expression.has_query();
            for written in expression.relations() {
                let mut named = policy.references.relations_named(&written, &table.name);
                let (Some(name), None) = (named.next(), named.next()) else { continue };
                let reads = tables_read(&database.outcome.catalog, name).into_iter().map(|read| Read {
                    policy,
                    of: &table.name,
                    table: read,
                });
                self.reads.extend(reads);
            }
        }
    }
}

/// The tables that are read with a visitor's own rights where a table or view is: those of a view that answers with
/// them, through such views.
fn tables_read(catalog: &Catalog, name: &ObjectName) -> Vec<ObjectName> {
    let mut found = Vec::new();
    let mut pending = vec![name];
    let mut seen = BTreeSet::new();
    while let Some(name) = pending.pop() {
        if !seen.insert(name) {
            continue;
        }
        match catalog.view(name) {
            Some(view) if view.security_invoker => pending.extend(&view.references.relations),
            Some(_) => {}
            None => found.push(name.clone()),
        }
    }
    found
}
