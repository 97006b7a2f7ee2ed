//! `exposed-accounts`: no view that the API serves shows the accounts of the platform.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, identifier, made, qualified};
use super::table::TableName;
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Answer, Command, ObjectKind, ObjectName, ObjectRef, View};
use crate::facts::Facts;

/// Parameters of `exposed-accounts`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExposedAccounts")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// The table of the accounts.
    table: TableName,
}

impl Parameters for Rule {
    const NAME: &'static str = "exposed-accounts";
    const PAGE: &'static str = include_str!("../../docs/checks/exposed-accounts.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            let views = survey.catalog().views.iter();
            let judged: Vec<&View> = views
                .filter(|view| {
                    let schema = &view.name.schema;
                    !self.scope.is_platform(schema) && survey.serves(schema)
                })
                .collect();
            for view in judged {
                self.judge_view(survey, view);
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let Some(role) = self.scope.visitors.roles().next() else { return Vec::new() };
        let what = format!("a view of {schema} is made that shows {} to {role}", self.table.0);
        let accounts = self.table.0.clone();
        let planted = Planted::view(what, &schema, role, move |view| {
            view.references.relations.push(accounts.clone());
        });
        vec![Asserted::NoFault(planted)]
    }
}

impl Rule {
    fn judge_view(&self, survey: &mut Survey<'_>, view: &View) {
        let mut exposing: Vec<String> = Vec::new();
        let mut answer = Answer::No;
        for role in self.scope.visitors.roles() {
            let may = survey.answer(survey.counting(), role, Command::Select, &view.name);
            if may == Answer::No {
                continue;
            }
            let shown = may.and(self.shows(survey, view, role, &mut Vec::new()));
            if shown == Answer::Yes {
                exposing.push(role.clone());
            }
            answer = answer.or(shown);
        }
        match answer {
            Answer::No => {}
            Answer::Yes => {
                let found = self.found(survey, view, &exposing);
                survey.found(found);
            }
            Answer::Unknown => {
                let mut found = self.found(survey, view, &exposing);
                found.labels = survey.access_doubts(&view.name);
                found.message = format!(
                    "view {} reads {}, and it cannot be told whether visitors may read the view",
                    view.name, self.table.0
                );
                survey.doubtful(found);
            }
        }
    }

    /// Whether somebody who may read a view gets at the accounts with the rights of another.
    fn shows<'a>(
        &self,
        survey: &Survey<'a>,
        view: &'a View,
        role: &str,
        seen: &mut Vec<&'a ObjectName>,
    ) -> Answer {
        if seen.contains(&&view.name) {
            return Answer::No;
        }
        seen.push(&view.name);
        let others_rights = view.materialized || !view.security_invoker;
        if others_rights && view.references.relations.contains(&self.table.0) {
            return Answer::Yes;
        }
        let mut answer = Answer::No;
        for name in &view.references.relations {
            let Some(inner) = survey.catalog().view(name) else { continue };
            // Rows that were stored were read with the rights of the owner, whatever a view between says.
            let stored = view.materialized && inner.references.relations.contains(&self.table.0);
            // From an invoker's view, the visitor needs a right of their own.
            let may = if others_rights {
                Answer::Yes
            } else {
                survey.answer(survey.counting(), role, Command::Select, name)
            };
            if may != Answer::No {
                let within = Answer::from(stored).or(self.shows(survey, inner, role, seen));
                answer = answer.or(may.and(within));
            }
        }
        answer
    }

    fn found(&self, survey: &Survey<'_>, view: &View, roles: &[String]) -> Found {
        let name = &view.name;
        let kind = if view.materialized { "materialized view" } else { "view" };
        let from: Vec<String> =
            self.scope.visitors.roles().map(|role| identifier(role)).collect();
        Found {
            object: ObjectRef::whole(ObjectKind::View, name.clone()).to_string(),
            of: vec![name.clone()],
            history: made(&view.history),
            labels: survey.grants_shown(name, roles),
            message: format!(
                "{} reads the accounts in {} through {kind} {name}, which has the rights of its owner",
                survey.visitors_called(roles),
                self.table.0
            ),
            help: format!("REVOKE ALL ON {} FROM {};", qualified(name), from.join(", ")),
        }
    }
}
