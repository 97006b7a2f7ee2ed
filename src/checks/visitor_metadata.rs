//! `visitor-metadata`: no policy believes what visitors write about themselves.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::calls_per_row::is_call_of;
use super::survey::{
    Found, Planted, Range, Scope, Survey, identifier, list, policy_object, qualified,
};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Catalog, Command, Function, ObjectName, Policy, RoutineRef, Table};
use crate::expression::{Body, Call, Expression};
use crate::facts::Facts;

/// Parameters of `visitor-metadata`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "VisitorMetadata")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// The functions that return the claims of the visitor, with their schema.
    tokens: Vec<String>,
    /// Settings of the session that hold the claims.
    settings: Vec<String>,
    /// The claim that visitors write.
    claim: String,
    /// The claim to ask instead.
    trusted_claim: String,
    /// The table of accounts.
    accounts: String,
    /// Its column that visitors write.
    column: String,
    /// Its column to ask instead.
    trusted_column: String,
}

/// How many calls deep functions are followed.
const DEEPEST: usize = 5;

impl Parameters for Rule {
    const NAME: &'static str = "visitor-metadata";
    const PAGE: &'static str = include_str!("../../docs/checks/visitor-metadata.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Policies, |survey| {
            for table in survey.guarded_tables() {
                for policy in &table.policies {
                    self.judge_policy(survey, table, policy);
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let planted = |token: &String| {
            let what = format!("a policy of {schema} asks {token}() for {}", self.claim);
            let sql = format!("({token}() -> '{}' ->> 'role') = 'admin'", self.claim);
            let plant = move |table: &mut Table| {
                table.rls_enabled = true;
                table.policies.push(Policy {
                    using: Some(sql.clone()),
                    ..Policy::new("mutant", Command::All)
                });
            };
            Asserted::NoFault(Planted::table(what, &schema, plant))
        };
        self.tokens.iter().map(planted).collect()
    }
}

impl Rule {
    fn judge_policy(&self, survey: &mut Survey<'_>, table: &Table, policy: &Policy) {
        let mut read = BTreeSet::new();
        let mut clauses = String::new();
        let names = [
            (self.claim.as_str(), self.trusted_claim.as_str()),
            (self.column.as_str(), self.trusted_column.as_str()),
        ];
        for (word, sql) in [("USING", &policy.using), ("WITH CHECK", &policy.with_check)] {
            let Some(sql) = sql else { continue };
            let Some(expression) = survey.expression(table, policy, sql) else { continue };
            let found = self.read_by(policy, &expression);
            if !found.is_empty() {
                clauses.push_str(&format!(" {word} ({})", expression.with_other_names(&names)));
                read.extend(found);
            }
        }
        let mut of = vec![table.name.clone()];
        let through = self.read_through(survey.catalog(), policy, &mut of);
        if read.is_empty() && through.is_none() {
            return;
        }
        let name = &table.name;
        let mut what = list(&read.iter().cloned().collect::<Vec<_>>());
        if let Some((function, found)) = &through {
            if what.is_empty() {
                what = format!("{found} through function {function}");
            } else {
                what.push_str(&format!(" and {found} through function {function}"));
            }
        }
        survey.found(Found {
            object: policy_object(table, policy),
            of,
            history: policy.history.clone(),
            labels: Vec::new(),
            message: format!(
                "policy {} of {name} believes {what}, which each account writes for itself: whoever changes it gets in",
                policy.name
            ),
            help: match &through {
                None => format!(
                    "ALTER POLICY {} ON {}{clauses};",
                    identifier(&policy.name),
                    qualified(name)
                ),
                Some((function, _)) => format!(
                    "ask for {} in function {function}, which a visitor cannot write",
                    self.trusted_claim
                ),
            },
        });
    }

    /// What an expression reads of that which visitors write.
    fn read_by(&self, policy: &Policy, expression: &Expression) -> Vec<String> {
        let is_token = |call: &Call| self.is_token(policy, call);
        let mut read = Vec::new();
        if expression.takes_key(&self.claim, is_token) {
            read.push(format!("{} of the token", self.claim));
        }
        let reads_accounts =
            policy.references.relations.iter().any(|name| name.to_string() == self.accounts);
        if reads_accounts && expression.names_column(&self.column) {
            read.push(format!("{} of {}", self.column, self.accounts));
        }
        read
    }

    /// Whether a call returns the claims of the visitor.
    fn is_token(&self, policy: &Policy, call: &Call) -> bool {
        let by_function = self.tokens.iter().any(|token| is_call_of(token, policy, call));
        let by_setting = is_call_of("current_setting", policy, call)
            && self.settings.iter().any(|name| call.text.contains(&format!("'{name}'")));
        by_function || by_setting
    }

    /// A function that a policy calls, be it through others, with what it reads of that which visitors write.
    fn read_through(
        &self,
        catalog: &Catalog,
        policy: &Policy,
        of: &mut Vec<ObjectName>,
    ) -> Option<(String, String)> {
        let named = |routine: &RoutineRef| {
            catalog.functions.iter().find(|function| {
                function.name == routine.name && function.arguments == routine.arguments
            })
        };
        let mut pending: Vec<(&Function, usize)> =
            policy.references.functions.iter().filter_map(named).map(|f| (f, 0)).collect();
        let mut seen = BTreeSet::new();
        while let Some((function, depth)) = pending.pop() {
            if !seen.insert(function.signature()) {
                continue;
            }
            of.push(function.name.clone());
            let Some(body) = function.body.as_deref().map(Body::read) else { continue };
            if let Some(found) = self.read_in(&body) {
                return Some((function.signature(), found));
            }
            if depth < DEEPEST {
                let called = body.calls();
                let further = catalog.functions.iter().filter(|function| {
                    called.iter().any(|written| match &written[..] {
                        [schema, name] => {
                            *schema == function.name.schema && *name == function.name.name
                        }
                        [name] => *name == function.name.name,
                        _ => false,
                    })
                });
                pending.extend(further.map(|function| (function, depth + 1)));
            }
        }
        None
    }

    /// What the body of a function reads of that which visitors write.
    fn read_in(&self, body: &Body) -> Option<String> {
        let has_token = self.settings.iter().any(|name| body.names(name))
            || self.tokens.iter().any(|token| {
                body.names(token.rsplit('.').next().unwrap_or(token))
            });
        if has_token && body.takes_key(&self.claim) {
            return Some(format!("{} of the token", self.claim));
        }
        let accounts = self.accounts.rsplit('.').next().unwrap_or(&self.accounts);
        (body.names(&self.column) && body.names(accounts))
            .then(|| format!("{} of {}", self.column, self.accounts))
    }
}
