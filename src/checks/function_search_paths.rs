//! `function-search-paths`: functions find what they name by a search path of their own.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, last_with, signature};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Function, ObjectName, RoutineKind};
use crate::facts::Facts;

/// Parameters of `function-search-paths`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FunctionSearchPaths")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// Which functions: those with their owner's rights, or those with their caller's.
    security: Security,
}

impl Parameters for Rule {
    const NAME: &'static str = "function-search-paths";
    const PAGE: &'static str = include_str!("../../docs/checks/function-search-paths.md");
}

/// With whose rights a function runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Security {
    /// Its owner's: `SECURITY DEFINER`.
    Definer,
    /// The caller's: `SECURITY INVOKER`.
    Invoker,
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            for function in &survey.catalog().functions {
                if !survey.scope.is_platform(&function.name.schema) && self.is_open(function) {
                    survey.found(self.say(function));
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let security_definer = self.security == Security::Definer;
        let rights = if security_definer { "its owner's" } else { "its caller's" };
        let what = format!("a function of {schema} with {rights} rights sets no search path");
        let name = ObjectName::new(schema, "railcheck_mutant");
        vec![Asserted::NoFault(Planted::new(what, move |catalog| {
            catalog
                .functions
                .push(Function { security_definer, ..Function::new(name.clone()) });
        }))]
    }
}

impl Rule {
    fn is_open(&self, function: &Function) -> bool {
        // An aggregate can have no settings, the names in a standard body are bound, and code in C finds what it
        // names by itself.
        function.kind != RoutineKind::Aggregate
            && !function.has_standard_body
            && !["c", "internal"].contains(&function.language.as_str())
            && function.security_definer == (self.security == Security::Definer)
            && !function.sets("search_path")
    }

    fn say(&self, function: &Function) -> Found {
        let shown = function.signature();
        let kind = if function.kind == RoutineKind::Procedure { "procedure" } else { "function" };
        let message = match self.security {
            Security::Definer => format!(
                "{kind} {shown} runs with its owner's rights on its caller's search path: a visitor who can create an \
                 object in a schema of the path has it used instead of the one that is meant"
            ),
            Security::Invoker => format!(
                "{kind} {shown} runs on its caller's search path, so that what its names mean is the caller's choice (a \
                 SET keeps a function in SQL from being inlined)"
            ),
        };
        let of_path = |detail: &str| {
            ["", "search_path", "all settings reset", "security definer", "security invoker"]
                .iter()
                .any(|known| detail.split(", ").any(|part| part == *known))
        };
        Found {
            object: format!("function {shown}"),
            of: vec![function.name.clone()],
            history: last_with(&function.history, of_path),
            labels: Vec::new(),
            message,
            help: format!(
                "ALTER {} {} SET search_path = '';",
                kind.to_uppercase(),
                signature(function)
            ),
        }
    }
}
