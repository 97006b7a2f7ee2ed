//! `unprotectable-relations`: the API serves nothing to visitors that can have no row-level security.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{
    Found, Planted, Range, Scope, Survey, identifier, made, qualified, rights_listed,
};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{
    Command, History, ObjectKind, ObjectName, ObjectRef, PrivilegeSet, TableKind,
};
use crate::facts::Facts;

/// Parameters of `unprotectable-relations`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UnprotectableRelations")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// What they are.
    kind: Kind,
}

/// What can have no row-level security.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// A materialized view that visitors may read.
    MaterializedView,
    /// A foreign table that visitors may read or write.
    ForeignTable,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::MaterializedView => "materialized view",
            Self::ForeignTable => "foreign table",
        }
    }
}

impl Parameters for Rule {
    const NAME: &'static str = "unprotectable-relations";
    const PAGE: &'static str = include_str!("../../docs/checks/unprotectable-relations.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            let catalog = survey.catalog();
            let judged: Vec<(&ObjectName, &History)> = match self.kind {
                Kind::MaterializedView => {
                    let views = catalog.views.iter().filter(|view| view.materialized);
                    views.map(|view| (&view.name, &view.history)).collect()
                }
                Kind::ForeignTable => {
                    let tables = catalog.tables.iter();
                    let foreign = tables.filter(|table| table.kind == TableKind::Foreign);
                    foreign.map(|table| (&table.name, &table.history)).collect()
                }
            };
            for (name, history) in judged {
                if !self.scope.is_platform(&name.schema) && survey.serves(&name.schema) {
                    self.judge_relation(survey, name, history);
                }
            }
        })
    }

    fn is_mended_by_statement(&self) -> bool {
        true
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let Some(role) = self.scope.visitors.roles().next() else { return Vec::new() };
        let what = format!("a {} of {schema} is made that {role} may read", self.kind.word());
        let planted = match self.kind {
            Kind::MaterializedView => {
                Planted::view(what, &schema, role, |view| view.materialized = true)
            }
            Kind::ForeignTable => {
                let table = Planted::table(what, &schema, |table| table.kind = TableKind::Foreign);
                table.granted_to(&schema, role, PrivilegeSet::TABLE)
            }
        };
        vec![Asserted::NoFault(planted)]
    }
}

impl Rule {
    fn judge_relation(&self, survey: &mut Survey<'_>, name: &ObjectName, history: &History) {
        let mut rights = survey.rights(survey.counting(), name);
        if self.kind == Kind::MaterializedView {
            // Nobody writes to one.
            for right in &mut rights {
                right.commands.retain(|command| *command == Command::Select);
            }
        }
        let certain = rights.iter().any(|right| !right.commands.is_empty());
        if !certain && !rights.iter().any(|right| right.open) {
            return;
        }
        let (word, object) = match self.kind {
            Kind::MaterializedView => (self.kind.word(), ObjectKind::View),
            Kind::ForeignTable => (self.kind.word(), ObjectKind::Table),
        };
        let roles: Vec<String> = rights
            .iter()
            .filter(|right| !right.commands.is_empty())
            .map(|right| right.role.clone())
            .collect();
        let from: Vec<String> =
            self.scope.visitors.roles().map(|role| identifier(role)).collect();
        let message = if certain {
            format!(
                "{} reaches all of {word} {name}, which can have no row-level security: {}",
                survey.visitors_called(&roles),
                rights_listed(&rights)
            )
        } else {
            format!("{word} {name} can have no row-level security, and it cannot be told what visitors may do with it")
        };
        let found = Found {
            object: ObjectRef::whole(object, name.clone()).to_string(),
            of: vec![name.clone()],
            history: made(history),
            labels: if certain { survey.grants_shown(name, &roles) } else { survey.access_doubts(name) },
            message,
            help: format!("REVOKE ALL ON {} FROM {};", qualified(name), from.join(", ")),
        };
        if certain {
            survey.found(found);
        } else {
            survey.doubtful(found);
        }
    }
}
