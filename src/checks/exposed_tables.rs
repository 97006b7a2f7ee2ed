//! `exposed-tables`: no table that the API serves is open to visitors for want of row-level security.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{
    Found, Planted, Range, Rights, Scope, Survey, made, qualified, rights_listed,
};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{ChangeKind, ObjectKind, ObjectRef, PrivilegeSet, Table, TableKind};
use crate::facts::Facts;

/// Parameters of `exposed-tables`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExposedTables")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "exposed-tables";
    const PAGE: &'static str = include_str!("../../docs/checks/exposed-tables.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            let served: Vec<&Table> =
                survey.tables().filter(|table| survey.serves(&table.name.schema)).collect();
            let unguarded = served.into_iter().filter(|table| {
                table.kind != TableKind::Foreign && !table.rls_enabled && table.policies.is_empty()
            });
            for table in unguarded {
                let rights = survey.rights(survey.counting(), &table.name);
                if rights.iter().any(|right| !right.commands.is_empty()) {
                    let found = exposed(survey, table, &rights);
                    survey.found(found);
                } else if !rights.is_empty() {
                    let found = perhaps_exposed(survey, table);
                    survey.doubtful(found);
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let role = self.scope.visitors.roles().next().cloned().unwrap_or_default();
        let what = format!("a table of {schema} is made that {role} may read");
        let planted = Planted::table(what, &schema, |_| {});
        let planted = planted.granted_to(&schema, &role, PrivilegeSet::TABLE);
        vec![Asserted::NoFault(planted)]
    }
}

fn exposed(survey: &Survey<'_>, table: &Table, rights: &[Rights]) -> Found {
    let name = &table.name;
    let roles: Vec<String> = rights.iter().map(|right| right.role.clone()).collect();
    let is_switched = table.rls_history.iter().any(|event| event.verb != ChangeKind::Created);
    Found {
        object: ObjectRef::whole(ObjectKind::Table, name.clone()).to_string(),
        of: vec![name.clone()],
        history: if is_switched { table.rls_history.clone() } else { made(&table.history) },
        labels: survey.grants_shown(name, &roles),
        message: format!(
            "{} reaches every row of {name}, whose row-level security is off: {}",
            survey.visitors_called(&roles),
            rights_listed(rights)
        ),
        help: format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY;", qualified(name)),
    }
}

fn perhaps_exposed(survey: &Survey<'_>, table: &Table) -> Found {
    let name = &table.name;
    Found {
        object: ObjectRef::whole(ObjectKind::Table, name.clone()).to_string(),
        of: vec![name.clone()],
        history: made(&table.history),
        labels: survey.access_doubts(name),
        message: format!(
            "row-level security of {name} is off, and it cannot be told what visitors may do with it"
        ),
        help: format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY;", qualified(name)),
    }
}
