//! `visitor-metadata`: no policy believes what visitors write about themselves.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::calls_per_row::is_call_of;
use super::survey::{
    Found, Planted, Range, Scope, Survey, identifier, list, policy_object, qualified,
};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Catalog, Command, Function, ObjectName, Policy, Table};
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
            let functions = Functions::of(survey.catalog());
            for table in survey.guarded_tables() {
                for policy in &table.policies {
                    self.judge_policy(survey, &functions, table, policy);
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

/// The functions of the migrations, each read once if at all.
struct Functions<'a> {
    known: &'a [Function],
    by_name: BTreeMap<&'a str, Vec<usize>>,
    said: Vec<OnceCell<Option<Says>>>,
}

/// What the body of a function says.
struct Says {
    /// What it reads of that which visitors write.
    read: Option<String>,
    /// The functions that it may call.
    calls: Vec<usize>,
}

impl<'a> Functions<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        let known = catalog.functions.as_slice();
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, function) in known.iter().enumerate() {
            by_name.entry(&function.name.name).or_default().push(at);
        }
        Self { known, by_name, said: known.iter().map(|_| OnceCell::new()).collect() }
    }

    fn says(&self, at: usize, rule: &Rule) -> Option<&Says> {
        let says = self.said.get(at)?.get_or_init(|| {
            let body = Body::read(self.known.get(at)?.body.as_deref()?);
            let mut calls: Vec<usize> =
                body.calls().iter().flat_map(|written| self.meant(written)).collect();
            calls.sort_unstable();
            calls.dedup();
            Some(Says { read: rule.read_in(&body), calls })
        });
        says.as_ref()
    }

    /// The functions that a name may mean.
    fn meant(&self, written: &[String]) -> Vec<usize> {
        let (schema, name) = match written {
            [schema, name] => (Some(schema), name),
            [name] => (None, name),
            _ => return Vec::new(),
        };
        let named = self.by_name.get(name.as_str()).into_iter().flatten().copied();
        let is_meant = |at: &usize| {
            let found = self.known.get(*at).map(|function| &function.name.schema);
            schema.is_none_or(|schema| found == Some(schema))
        };
        named.filter(is_meant).collect()
    }
}

impl Rule {
    fn judge_policy(
        &self,
        survey: &mut Survey<'_>,
        functions: &Functions<'_>,
        table: &Table,
        policy: &Policy,
    ) {
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
        let through = self.read_through(functions, policy, &mut of);
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
        functions: &Functions<'_>,
        policy: &Policy,
        of: &mut Vec<ObjectName>,
    ) -> Option<(String, String)> {
        let named = policy.references.functions.iter().filter_map(|routine| {
            functions.known.iter().position(|function| {
                function.name == routine.name && function.arguments == routine.arguments
            })
        });
        let mut pending: Vec<(usize, usize)> = named.map(|at| (at, 0)).collect();
        let mut seen = BTreeSet::new();
        while let Some((at, depth)) = pending.pop() {
            let Some(function) = functions.known.get(at).filter(|_| seen.insert(at)) else {
                continue;
            };
            of.push(function.name.clone());
            let Some(Says { read, calls }) = functions.says(at, self) else { continue };
            if let Some(read) = read {
                return Some((function.signature(), read.clone()));
            }
            if depth < DEEPEST {
                pending.extend(calls.iter().map(|at| (*at, depth + 1)));
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
