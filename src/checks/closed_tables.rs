//! `closed-tables`: row-level security of a table that visitors have privileges on lets somebody in.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{
    Found, Planted, Range, Rights, Scope, Survey, also, identifier, made, qualified, rights_listed,
};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{ObjectKind, ObjectRef, PrivilegeSet, Table, TableKind};
use crate::facts::Facts;

/// Parameters of `closed-tables`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ClosedTables")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "closed-tables";
    const PAGE: &'static str = include_str!("../../docs/checks/closed-tables.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            let closed = |table: &&Table| {
                table.kind != TableKind::Foreign
                    && table.partition_of.is_none()
                    && table.rls_enabled
                    && !table.policies.iter().any(|policy| policy.permissive)
            };
            let closed: Vec<&Table> = survey
                .tables()
                .filter(closed)
                .filter(|table| survey.serves(&table.name.schema))
                .collect();
            for table in closed {
                let rights = survey.rights(survey.counting(), &table.name);
                let certain = rights.iter().any(|right| !right.commands.is_empty());
                let found = self.found(survey, table, &rights);
                if certain {
                    survey.found(found);
                } else if !rights.is_empty() {
                    survey.doubtful(found);
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let Some(role) = self.scope.visitors.roles().next() else { return Vec::new() };
        let what = format!("a table of {schema} gets row-level security and no policy");
        let planted = Planted::table(what, &schema, |table| table.rls_enabled = true);
        vec![Asserted::NoFault(planted.granted_to(&schema, role, PrivilegeSet::TABLE))]
    }
}

impl Rule {
    fn found(&self, survey: &Survey<'_>, table: &Table, rights: &[Rights]) -> Found {
        let name = &table.name;
        let certain = rights.iter().any(|right| !right.commands.is_empty());
        let message = if certain {
            format!(
                "{name} has row-level security and no permissive policy, so that no visitor sees or writes a row: {} in vain; \
                 this is often meant",
                rights_listed(rights)
            )
        } else {
            format!(
                "{name} has row-level security and no permissive policy, and it cannot be told what visitors may do with it"
            )
        };
        let mut labels = if certain { Vec::new() } else { survey.access_doubts(name) };
        labels.extend(also(&table.rls_history, "row-level security is switched here"));
        let roles: Vec<String> = rights.iter().map(|right| identifier(&right.role)).collect();
        Found {
            object: ObjectRef::whole(ObjectKind::Table, name.clone()).to_string(),
            of: vec![name.clone()],
            history: made(&table.history),
            labels,
            message,
            help: format!("REVOKE ALL ON {} FROM {};", qualified(name), roles.join(", ")),
        }
    }
}
