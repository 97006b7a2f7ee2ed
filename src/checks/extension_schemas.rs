//! `extension-schemas`: no extension is in a schema that the API serves.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, identifier};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Extension, History, ObjectName};
use crate::facts::Facts;

/// Parameters of `extension-schemas`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExtensionSchemas")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// The schema that extensions belong in.
    schema: String,
    /// Extensions that are fine anywhere.
    #[serde(default)]
    except: Vec<String>,
}

impl Parameters for Rule {
    const NAME: &'static str = "extension-schemas";
    const PAGE: &'static str = include_str!("../../docs/checks/extension-schemas.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            for extension in &survey.catalog().extensions {
                let served = survey.serves(&extension.schema);
                if served && !extension.preinstalled && !self.except.contains(&extension.name) {
                    survey.found(self.served(extension));
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let what = format!("an extension is created in schema {schema}");
        vec![Asserted::NoFault(Planted::new(what, move |catalog| {
            catalog.extensions.push(Extension {
                name: "railcheck_mutant".to_owned(),
                schema: schema.clone(),
                preinstalled: false,
                history: History::default(),
            });
        }))]
    }
}

impl Rule {
    fn served(&self, extension: &Extension) -> Found {
        let Extension { name, schema, .. } = extension;
        Found {
            object: format!("extension {name}"),
            of: vec![ObjectName::new("", &**name)],
            history: extension.history.clone(),
            labels: Vec::new(),
            message: format!(
                "extension {name} is in {schema}, which the API serves: its functions and tables are offered to anyone \
                 with the public key"
            ),
            help: format!(
                "ALTER EXTENSION {} SET SCHEMA {};",
                identifier(name),
                identifier(&self.schema)
            ),
        }
    }
}
