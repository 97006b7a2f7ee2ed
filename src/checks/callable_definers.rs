//! `callable-definers`: no visitor calls a function with its owner's rights.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, identifier, made, signature};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Answer, ChangeKind, Function, RoutineKind};
use crate::facts::Facts;

/// Parameters of `callable-definers`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CallableDefiners")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// Who calls them.
    callers: Callers,
}

/// Who calls a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Callers {
    /// Visitors without an account, and so anyone.
    Anyone,
    /// Visitors with an account, and no others.
    Accounts,
}

impl Parameters for Rule {
    const NAME: &'static str = "callable-definers";
    const PAGE: &'static str = include_str!("../../docs/checks/callable-definers.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            let functions = survey.catalog().functions.iter();
            let judged: Vec<&Function> = functions
                .filter(|function| {
                    let schema = &function.name.schema;
                    is_called(function) && !self.scope.is_platform(schema) && survey.serves(schema)
                })
                .collect();
            for function in judged {
                self.judge_function(survey, function);
            }
        })
    }

    fn is_mended_by_statement(&self) -> bool {
        true
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let (signed_out, signed_in) = (&self.scope.visitors.signed_out, &self.scope.visitors.signed_in);
        let roles = match self.callers {
            Callers::Anyone => signed_out,
            Callers::Accounts => signed_in,
        };
        let Some(role) = roles.first() else { return Vec::new() };
        let what = format!("a function of {schema} with its owner's rights is made that {role} may call");
        vec![Asserted::NoFault(Planted::definer(what, &schema, role))]
    }
}

/// Whether a function is one that can be called and has its owner's rights.
fn is_called(function: &Function) -> bool {
    let fires = matches!(function.returns.as_deref(), Some("trigger" | "event_trigger"));
    function.security_definer && function.kind != RoutineKind::Procedure && !fires
}

impl Rule {
    fn judge_function(&self, survey: &mut Survey<'_>, function: &Function) {
        let access = &survey.catalog().access;
        let may = |roles: &[String]| {
            let answers = roles.iter().map(|role| {
                access.may_execute(role, &function.name, &function.arguments)
            });
            answers.fold(Answer::No, Answer::or)
        };
        let visitors = &self.scope.visitors;
        let (anyone, accounts) = (may(&visitors.signed_out), may(&visitors.signed_in));
        let answer = match (self.callers, anyone) {
            (Callers::Anyone, answer) => answer,
            // The function is told once.
            (Callers::Accounts, Answer::Yes) => Answer::No,
            (Callers::Accounts, Answer::No) => accounts,
            (Callers::Accounts, Answer::Unknown) => accounts.and(Answer::Unknown),
        };
        match answer {
            Answer::No => {}
            Answer::Yes => {
                let found = self.found(survey, function, accounts);
                survey.found(found);
            }
            Answer::Unknown => {
                let mut found = self.found(survey, function, accounts);
                found.labels = survey.access_doubts(&function.name);
                found.message = format!(
                    "function {} has its owner's rights, and it cannot be told which visitors may call it",
                    function.signature()
                );
                survey.doubtful(found);
            }
        }
    }

    fn found(&self, survey: &Survey<'_>, function: &Function, accounts: Answer) -> Found {
        let visitors = &self.scope.visitors;
        let (who, roles): (_, Vec<&String>) = match self.callers {
            Callers::Anyone if accounts == Answer::No => {
                ("anyone with the public key", visitors.signed_out.iter().collect())
            }
            Callers::Anyone => ("anyone with the public key", visitors.roles().collect()),
            Callers::Accounts => ("anyone with an account", visitors.signed_in.iter().collect()),
        };
        let from: Vec<String> = roles.iter().map(|role| identifier(role)).collect();
        let key = (function.name.clone(), function.arguments.clone());
        let changes = survey.catalog().access.functions.get(&key).map(|access| &access.history);
        let mut granted = changes.into_iter().flatten().filter(|change| {
            change.granted && (change.grantee == "public" || roles.contains(&&change.grantee))
        });
        // The statement that granted it, else the one that made the function, which PUBLIC may execute.
        let mut history = made(&function.history);
        if let Some(change) = granted.rfind(|change| change.span.is_some()) {
            let detail = format!("EXECUTE granted to {}", change.grantee);
            history.push(ChangeKind::Changed, change.span, detail);
        }
        Found {
            object: format!("function {}", function.signature()),
            of: vec![function.name.clone()],
            history,
            labels: Vec::new(),
            message: format!(
                "{who} calls function {} with the rights of its owner, whom no policy keeps out",
                function.signature()
            ),
            help: format!(
                "REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC, {};",
                signature(function),
                from.join(", ")
            ),
        }
    }
}
