//! `endpoint-callsites`: these endpoints exist, and each under a prefix has a literal callsite.

mod caller_list;
mod route;

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::sources::{Needs, Prefix};
use super::{Asserted, Breach, Check, Judgement, Parameters};
use crate::facts::Facts;
use crate::finding::{Finding, Label};
use crate::source::{Callsite, Endpoint, SourceQuery, Method, SourceIndex};
use crate::span::SourceMap;
use caller_list::NamedCaller;
use route::{EndpointName, Router, matches};

/// How many calls are shown that may be of the endpoint and are not literal.
const MAX_DYNAMIC: usize = 3;

/// Parameters of `endpoint-callsites`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EndpointCallsites")]
pub(super) struct Rule {
    /// Each handler whose path is this or begins with it needs a literal callsite.
    prefix: Prefix,
    /// Handlers that exist at least: a method and a path, `[id]` for a dynamic segment.
    endpoints: Vec<EndpointName>,
    /// What calls endpoints besides fetch, the global one and that of node-fetch, undici, cross-fetch and
    /// isomorphic-fetch: modules whose `fetch` or default export is it, functions that are called as it
    /// is, methods such as `axios.post`, and functions with their arguments.
    #[serde(default)]
    callers: Vec<NamedCaller>,
}

impl Parameters for Rule {
    const NAME: &'static str = "endpoint-callsites";
    const PAGE: &'static str = include_str!("../../docs/checks/endpoint-callsites.md");
}

impl Check for Rule {
    fn is_about_database(&self) -> bool {
        false
    }

    fn source_query(&self, source_query: &mut SourceQuery) {
        source_query.endpoint_prefixes.push(self.prefix.to_string());
        self.callers.iter().for_each(|caller| caller.source_query(source_query));
    }

    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        let needs = Needs { endpoints: true, callsites: false, codes: false };
        needs.judge(facts, &format!("handlers of {}", self.prefix), |index, judgement| {
            self.judge_existence(index, judgement);
            self.judge_callsites(facts.files, index, judgement);
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let mut asserted: Vec<_> = self.endpoints.iter().map(EndpointName::asserted).collect();
        let guarded = facts.sources.map(|index| self.guarded(facts.files, index));
        asserted.extend(guarded.into_iter().flatten().map(|Guarded { endpoint, routed }| {
            let calls = routed.iter().filter(|call| calls_method(call, endpoint));
            Asserted::Called {
                endpoint: EndpointName::of(endpoint).to_string(),
                method: endpoint.method.clone(),
                callsites: calls.map(|call| call.span).collect(),
            }
        }));
        asserted.push(Asserted::NoOrphan { prefix: self.prefix.route() });
        asserted
    }
}

impl Rule {
    /// Every endpoint that the rule names is served by some handler.
    fn judge_existence(&self, index: &SourceIndex, judgement: &mut Judgement) {
        let fixable = index.gaps.iter().any(|gap| gap.endpoints);
        for wanted in &self.endpoints {
            let mut guarded = index.endpoints.iter().filter(|e| self.prefix.holds(&e.route));
            if guarded.clone().any(|endpoint| wanted.is_served_by(endpoint)) {
                continue;
            }
            let namesake = guarded.find(|endpoint| wanted.is_path_of(endpoint));
            judgement.breaches.push(Breach {
                finding: Finding {
                    message: format!("no handler serves {wanted}"),
                    primary: namesake.map(|endpoint| Label {
                        span: endpoint.span,
                        text: format!("the path is served for {} alone", endpoint.method),
                    }),
                    labels: Vec::new(),
                    help: format!("write a handler of {wanted}"),
                    object: format!("endpoint {wanted}"),
                },
                certain: !fixable,
            });
        }
    }

    /// Every handler under the prefix has a callsite that is routed to it.
    fn judge_callsites(&self, files: &SourceMap, index: &SourceIndex, judgement: &mut Judgement) {
        let fixable = index.gaps.iter().any(|gap| gap.callsites);
        for Guarded { endpoint, routed } in self.guarded(files, index) {
            if let Some(call) = routed.iter().find(|call| calls_method(call, endpoint)) {
                let text = format!("calls {}", EndpointName::of(endpoint));
                judgement.evidence.push(Label { span: call.span, text });
                continue;
            }
            let undecided = routed.iter().filter(|call| call.method == Method::Undecided);
            let doubts = undecided.clone().map(|call| undecided_call(endpoint, call));
            let certain = !fixable && undecided.clone().next().is_none();
            judgement.doubts.extend(doubts);
            let mut orphan = orphan(endpoint, &routed, certain);
            let dynamic = index.dynamic_callsites.iter().filter(|call| matches(&call.path, endpoint));
            orphan.finding.labels.extend(dynamic.take(MAX_DYNAMIC).map(|call| Label {
                span: call.span,
                text: "calls the path through a variable, which is not literal".to_owned(),
            }));
            judgement.breaches.push(orphan);
        }
    }

    /// Every handler under the prefix, with the calls that are routed to it.
    fn guarded<'a>(&self, files: &SourceMap, index: &'a SourceIndex) -> Vec<Guarded<'a>> {
        let guarded: Vec<&Endpoint> =
            index.endpoints.iter().filter(|endpoint| self.prefix.holds(&endpoint.route)).collect();
        let router = Router::new(files, &index.endpoints);
        let mut calls: HashMap<*const Endpoint, Vec<&Callsite>> = HashMap::new();
        for callsite in &index.callsites {
            let path = &callsite.path;
            if guarded.iter().any(|endpoint| matches(path, endpoint)) {
                for endpoint in router.destinations(path) {
                    calls.entry(endpoint).or_default().push(callsite);
                }
            }
        }
        let mut routed_to =
            |endpoint: &Endpoint| calls.remove(&std::ptr::from_ref(endpoint)).unwrap_or_default();
        guarded
            .into_iter()
            .map(|endpoint| Guarded { endpoint, routed: routed_to(endpoint) })
            .collect()
    }
}

/// A handler under the prefix.
struct Guarded<'a> {
    endpoint: &'a Endpoint,
    /// The calls of its path, by whatever method.
    routed: Vec<&'a Callsite>,
}

/// Whether a call of an endpoint's path is one of its method.
fn calls_method(call: &Callsite, endpoint: &Endpoint) -> bool {
    match (&endpoint.method, &call.method) {
        (Method::Any | Method::Unknown, _) => true,
        (wanted, method) => wanted == method,
    }
}

/// The doubt about a handler that a call may call or not.
fn undecided_call(endpoint: &Endpoint, call: &Callsite) -> Finding {
    let name = EndpointName::of(endpoint);
    Finding {
        message: format!("it cannot be told whether {name} is called"),
        primary: Some(Label {
            span: call.span,
            text: "the options may have changed before this call".to_owned(),
        }),
        labels: vec![Label { span: endpoint.span, text: "handled here".to_owned() }],
        help: "write the method in the call".to_owned(),
        object: format!("endpoint {name}"),
    }
}

/// The finding of a handler that nothing calls; `others` call its path by other methods.
fn orphan(endpoint: &Endpoint, others: &[&Callsite], certain: bool) -> Breach {
    let name = EndpointName::of(endpoint);
    let labels = others.iter().map(|call| Label {
        span: call.span,
        text: match &call.method {
            Method::Undecided => "calls the path, by a method that cannot be told".to_owned(),
            Method::Unknown => "calls the path, by a method that is not a constant".to_owned(),
            method => format!("calls the path, by {method}"),
        },
    });
    Breach {
        finding: Finding {
            message: format!("{name} has no literal callsite"),
            primary: Some(Label { span: endpoint.span, text: "handled here".to_owned() }),
            labels: labels.collect(),
            help: format!("call {name} with a literal path somewhere, or remove the handler"),
            object: format!("endpoint {name}"),
        },
        certain,
    }
}
