//! `sensitive-columns`: no visitor reads columns of credentials, identity papers, accounts or health in every row.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{
    Clause, Found, Passage, Planted, Range, Scope, Survey, column, columns, identifier, list, made,
    qualified,
};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{
    Answer, Column, Command, History, ObjectKind, ObjectName, ObjectRef, PUBLIC, Policy, Privilege,
    PrivilegeSet, Table, TableKind,
};
use crate::facts::Facts;
use crate::finding::Label;
use crate::prover::Visitor;

/// Parameters of `sensitive-columns`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SensitiveColumns")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// Names of columns that tell what they hold: whole names, in any case, `-` as `_`.
    names: Vec<String>,
}

impl Parameters for Rule {
    const NAME: &'static str = "sensitive-columns";
    const PAGE: &'static str = include_str!("../../docs/checks/sensitive-columns.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            let served: Vec<&Table> = survey
                .tables()
                .filter(|table| survey.serves(&table.name.schema))
                .filter(|table| table.kind != TableKind::Foreign)
                .collect();
            for table in served {
                self.judge_table(survey, table);
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let role = self.scope.visitors.roles().next().cloned().unwrap_or_default();
        let Some(name) = self.names.first().cloned() else { return Vec::new() };
        let what = format!("a table of {schema} is made with a column {name} that {role} may read");
        let planted = Planted::table(what, &schema, move |table| {
            table.columns.push(column(&name, "text"));
        });
        vec![Asserted::NoFault(planted.granted_to(&schema, &role, PrivilegeSet::TABLE))]
    }
}

/// Who reads which columns of every row.
#[derive(Default)]
struct Open<'a> {
    columns: Vec<&'a Column>,
    roles: Vec<String>,
    /// The policies by which they do; none where row-level security is off.
    policies: Vec<&'a Policy>,
    /// What the answer is drawn from besides the table.
    functions: Vec<ObjectName>,
    doubted: bool,
}

impl Rule {
    fn judge_table(&self, survey: &mut Survey<'_>, table: &Table) {
        let telling: Vec<&Column> =
            table.columns.iter().filter(|column| self.tells(&column.name)).collect();
        if telling.is_empty() {
            return;
        }
        let mut open = Open::default();
        for (role, visitor) in survey.visitors() {
            let readable: Vec<(&Column, Answer)> = telling
                .iter()
                .map(|column| (*column, survey.may_read(&role, &table.name, &column.name)))
                .filter(|(_, answer)| *answer != Answer::No)
                .collect();
            if readable.is_empty() {
                continue;
            }
            let (passage, policies) =
                every_row(survey, table, (&role, visitor), &mut open.functions);
            let certain = readable.iter().any(|(_, answer)| *answer == Answer::Yes);
            match passage {
                Passage::Closed => {}
                Passage::Open if certain => open.add(role, &readable, policies),
                Passage::Open | Passage::Unknown => open.doubted = true,
            }
        }
        if !open.columns.is_empty() {
            let found = exposed(survey, table, &open);
            survey.found(found);
        } else if open.doubted {
            let found = perhaps_exposed(survey, table, &telling);
            survey.doubtful(found);
        }
    }

    fn tells(&self, column: &str) -> bool {
        let plain = |name: &str| name.to_lowercase().replace('-', "_");
        self.names.iter().any(|name| plain(name) == plain(column))
    }
}

impl<'a> Open<'a> {
    fn add(&mut self, role: String, readable: &[(&'a Column, Answer)], policies: Vec<&'a Policy>) {
        for (column, _) in readable.iter().filter(|(_, answer)| *answer == Answer::Yes) {
            if !self.columns.iter().any(|known| known.name == column.name) {
                self.columns.push(column);
            }
        }
        for policy in policies {
            if !self.policies.iter().any(|known| known.name == policy.name) {
                self.policies.push(policy);
            }
        }
        self.roles.push(role);
    }
}

/// Whether row-level security lets a visitor read every row of a table, and the policies that do.
fn every_row<'a>(
    survey: &Survey<'_>,
    table: &'a Table,
    (role, visitor): (&str, Visitor),
    functions: &mut Vec<ObjectName>,
) -> (Passage, Vec<&'a Policy>) {
    if !table.rls_enabled {
        return (Passage::Open, Vec::new());
    }
    let given = IndexMap::new();
    let (mut widest, mut by) = (Passage::Closed, Vec::new());
    let for_reading = |policy: &&Policy| {
        policy.permissive && policy.is_for(Command::Select) && policy.applies_to(role)
    };
    for policy in table.policies.iter().filter(for_reading) {
        match survey.passage((table, policy), Clause::Using, visitor, &given, functions) {
            Passage::Closed => {}
            Passage::Unknown => widest = widest.max(Passage::Unknown),
            Passage::Open => {
                widest = Passage::Open;
                by.push(policy);
            }
        }
    }
    if widest != Passage::Closed {
        let who = (role, visitor);
        let by_others =
            survey.restrictions(table, who, Command::Select, Clause::Using, &given, functions);
        widest = widest.min(by_others);
    }
    (widest, by)
}

fn exposed(survey: &Survey<'_>, table: &Table, open: &Open<'_>) -> Found {
    let name = &table.name;
    let why = match open.policies.as_slice() {
        [] => "row-level security is off".to_owned(),
        policies => {
            let names: Vec<String> = policies.iter().map(|policy| policy.name.clone()).collect();
            let (word, verb) =
                if names.len() == 1 { ("policy", "is") } else { ("policies", "are") };
            format!("{word} {} {verb} true of every row", list(&names))
        }
    };
    let shown: Vec<String> = open.columns.iter().map(|column| column.name.clone()).collect();
    let mut histories: Vec<History> =
        open.columns.iter().map(|column| column.history.clone()).collect();
    histories.extend(open.policies.iter().map(|policy| policy.history.clone()));
    if open.policies.is_empty() {
        histories.push(table.rls_history.clone());
    }
    let last = histories.into_iter().max_by_key(|history| survey.place(history));
    let mut of = vec![name.clone()];
    of.extend(open.functions.iter().cloned());
    Found {
        object: ObjectRef::whole(ObjectKind::Table, name.clone()).to_string(),
        of,
        history: last.unwrap_or_else(|| made(&table.history)),
        labels: survey.grants_shown(name, &open.roles),
        message: format!(
            "{} reads {} in every row of {name}: {why}",
            survey.visitors_called(&open.roles),
            list(&shown)
        ),
        help: without(survey, table, &shown, &open.roles),
    }
}

/// Takes SELECT of the table away and gives it back on the other columns: to revoke it on a column changes nothing
/// where it is granted on the table.
fn without(survey: &Survey<'_>, table: &Table, hidden: &[String], roles: &[String]) -> String {
    let name = qualified(&table.name);
    let access = survey.catalog().access.relations.get(&table.name);
    let from_public = access.is_some_and(|access| {
        let mut grants = access.grants.iter();
        grants.any(|grant| {
            grant.grantee == PUBLIC && grant.privileges.contains(Privilege::Select)
        })
    });
    let mut grantees: Vec<String> = roles.iter().map(|role| identifier(role)).collect();
    let kept: Vec<String> = table
        .columns
        .iter()
        .map(|column| column.name.clone())
        .filter(|column| !hidden.contains(column))
        .collect();
    let back = match kept.as_slice() {
        [] => String::new(),
        kept => {
            format!(" GRANT SELECT ({}) ON {name} TO {};", columns(kept), grantees.join(", "))
        }
    };
    if from_public {
        grantees.push("PUBLIC".to_owned());
    }
    format!("REVOKE SELECT ON {name} FROM {};{back}", grantees.join(", "))
}

fn perhaps_exposed(survey: &Survey<'_>, table: &Table, telling: &[&Column]) -> Found {
    let name = &table.name;
    let shown: Vec<String> = telling.iter().map(|column| column.name.clone()).collect();
    let labels: Vec<Label> = survey.access_doubts(name);
    Found {
        object: ObjectRef::whole(ObjectKind::Table, name.clone()).to_string(),
        of: vec![name.clone()],
        history: made(&table.history),
        labels,
        message: format!(
            "it cannot be told whether visitors read {} in every row of {name}",
            list(&shown)
        ),
        help: format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY;", qualified(name)),
    }
}
