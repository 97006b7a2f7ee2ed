//! `calls-per-row`: policies ask once for a query what is the same for every row.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, identifier, list, policy_object, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{
    Catalog, Command, Function, ObjectName, Policy, References, RoutineKind, RoutineRef, Table,
    TableKind, Volatility,
};
use crate::expression::Call;
use crate::facts::Facts;

/// Parameters of `calls-per-row`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CallsPerRow")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// The functions whose calls are meant, with their schema where that is not `pg_catalog`. Without any, it is those
    /// that the migrations make, unless they are immutable or are given a column.
    #[serde(default)]
    functions: Vec<String>,
}

impl Parameters for Rule {
    const NAME: &'static str = "calls-per-row";
    const PAGE: &'static str = include_str!("../../docs/checks/calls-per-row.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Policies, |survey| {
            for table in survey.guarded_tables().filter(|table| table.rls_enabled) {
                for policy in &table.policies {
                    self.judge_policy(survey, table, policy);
                }
            }
        })
    }

    fn is_mended_by_statement(&self) -> bool {
        true
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let own = ObjectName::new(&*schema, "railcheck_mutant");
        let called = self.functions.first().map_or_else(|| own.to_string(), Clone::clone);
        let what = format!("a policy of {schema} calls {called}() for each row");
        let is_own = self.functions.is_empty();
        vec![Asserted::NoFault(Planted::new(what, move |catalog| {
            let function = Function::new(own.clone());
            let routine = RoutineRef { name: own.clone(), arguments: Vec::new() };
            let mut table = Table::new(own.clone(), TableKind::Table);
            table.rls_enabled = true;
            table.policies.push(Policy {
                using: Some(format!("{called}() IS NOT NULL")),
                references: References {
                    functions: if is_own { vec![routine] } else { Vec::new() },
                    ..References::default()
                },
                ..Policy::new("mutant", Command::Select)
            });
            catalog.functions.push(function);
            catalog.tables.push(table);
        }))]
    }
}

impl Rule {
    fn judge_policy(&self, survey: &mut Survey<'_>, table: &Table, policy: &Policy) {
        let mut called = Vec::new();
        let mut clauses = String::new();
        let mut of = vec![table.name.clone()];
        for (word, sql) in [("USING", &policy.using), ("WITH CHECK", &policy.with_check)] {
            let Some(sql) = sql else { continue };
            let Some(expression) = survey.expression(table, policy, sql) else { continue };
            let is_meant = |call: &Call| self.is_meant(survey.catalog(), policy, call);
            let meant: Vec<Call> =
                expression.calls_per_row().into_iter().filter(&is_meant).collect();
            if !meant.is_empty() {
                clauses.push_str(&format!(" {word} ({})", expression.computed_once(is_meant)));
            }
            for call in meant {
                of.extend(policy.references.functions_named(&call.name).map(|f| f.name.clone()));
                if !called.contains(&call.text) {
                    called.push(call.text);
                }
            }
        }
        if called.is_empty() {
            return;
        }
        let name = &table.name;
        survey.found(Found {
            object: policy_object(table, policy),
            of,
            history: policy.history.clone(),
            labels: Vec::new(),
            message: format!(
                "policy {} of {name} calls {} for each row that a visitor's query reads, though its result is the same \
                 for all of them",
                policy.name,
                list(&called)
            ),
            help: format!(
                "ALTER POLICY {} ON {}{clauses};",
                identifier(&policy.name),
                qualified(name)
            ),
        });
    }

    /// Whether a call is of a function that the rule is about.
    fn is_meant(&self, catalog: &Catalog, policy: &Policy, call: &Call) -> bool {
        if !self.functions.is_empty() {
            return self.functions.iter().any(|function| is_call_of(function, policy, call));
        }
        let mut named = policy.references.functions_named(&call.name).peekable();
        // One of several that may change what it returns is enough to keep all from being inlined.
        named.peek().is_some()
            && !call.has_column
            && named.all(|routine| {
                let known = |function: &&Function| {
                    function.name == routine.name && function.arguments == routine.arguments
                };
                catalog.functions.iter().find(known).is_some_and(|function| {
                    function.kind == RoutineKind::Function
                        && function.volatility != Some(Volatility::Immutable)
                        && function.volatility.is_some()
                })
            })
    }
}

/// Whether a call is of a function by that name: as it is written, or through the search path.
pub(super) fn is_call_of(function: &str, policy: &Policy, call: &Call) -> bool {
    let (schema, name) = function.split_once('.').unwrap_or(("pg_catalog", function));
    match &call.name[..] {
        [written_schema, written] => written_schema == schema && written == name,
        [written] if written == name => {
            let mut named = policy.references.functions_named(&call.name);
            // What is not among the references is the server's.
            named.next().map_or(schema == "pg_catalog", |found| found.name.schema == schema)
        }
        _ => false,
    }
}
