//! `definer-views`: no view that the API serves passes row-level security by.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, list, made, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Answer, Catalog, Command, ObjectKind, ObjectName, ObjectRef, View};
use crate::facts::Facts;

/// Parameters of `definer-views`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DefinerViews")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "definer-views";
    const PAGE: &'static str = include_str!("../../docs/checks/definer-views.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            let views = survey.catalog().views.iter();
            let judged: Vec<&View> = views
                .filter(|view| {
                    let schema = &view.name.schema;
                    let reads = !view.references.relations.is_empty();
                    let plain = !view.materialized && !view.security_invoker;
                    plain && reads && !self.scope.is_platform(schema) && survey.serves(schema)
                })
                .collect();
            for view in judged {
                let (answer, roles) = survey.who_may(Command::Select, &view.name);
                match answer {
                    Answer::No => {}
                    Answer::Yes => {
                        let found = found(survey, view, &roles);
                        survey.found(found);
                    }
                    Answer::Unknown => {
                        let mut found = found(survey, view, &roles);
                        found.labels = survey.access_doubts(&view.name);
                        found.message = format!(
                            "view {} answers with its owner's rights, and it cannot be told whether visitors may read it",
                            view.name
                        );
                        survey.doubtful(found);
                    }
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
        let what = format!("a view of {schema} is made that {role} may read");
        let planted = Planted::view(what, &schema, role, |view| {
            view.references.relations.push(ObjectName::new("pg_temp", "mutant"));
        });
        vec![Asserted::NoFault(planted)]
    }
}

fn found(survey: &Survey<'_>, view: &View, roles: &[String]) -> Found {
    let name = &view.name;
    let passed: Vec<String> = guarded_under(survey.catalog(), view);
    let passes = match passed.as_slice() {
        [] => String::new(),
        tables => format!(", past the row-level security of {}", list(tables)),
    };
    Found {
        object: ObjectRef::whole(ObjectKind::View, name.clone()).to_string(),
        of: vec![name.clone()],
        history: made(&view.history),
        labels: survey.grants_shown(name, roles),
        message: format!(
            "{} reads all that view {name} shows{passes}: a view answers with its owner's rights unless it is told otherwise",
            survey.visitors_called(roles)
        ),
        help: format!("ALTER VIEW {} SET (security_invoker = true);", qualified(name)),
    }
}

/// The tables with row-level security that a view reads, through other views too.
fn guarded_under(catalog: &Catalog, view: &View) -> Vec<String> {
    let mut seen: BTreeSet<&ObjectName> = BTreeSet::new();
    let mut pending: Vec<&ObjectName> = view.references.relations.iter().collect();
    while let Some(name) = pending.pop() {
        if seen.insert(name)
            && let Some(inner) = catalog.view(name)
        {
            // A view with the rights of whoever asks has those of the visitor, from wherever it is read.
            if !inner.security_invoker {
                pending.extend(&inner.references.relations);
            }
        }
    }
    let guarded = |name: &&&ObjectName| {
        let tables = catalog.tables.iter().chain(&catalog.platform_tables);
        tables.into_iter().any(|table| table.name == ***name && table.rls_enabled)
    };
    seen.iter().filter(guarded).map(ToString::to_string).collect()
}
