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
use caller_list::NamedCaller;
use route::{Destination, EndpointName, Router, matches};

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
            self.judge_callsites(index, judgement);
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let mut asserted: Vec<_> = self.endpoints.iter().map(EndpointName::asserted).collect();
        let guarded = facts.sources.map(|index| self.guarded(index));
        asserted.extend(guarded.into_iter().flatten().map(|Guarded { endpoint, routed, .. }| {
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
    fn judge_callsites(&self, index: &SourceIndex, judgement: &mut Judgement) {
        let fixable = index.gaps.iter().any(|gap| gap.callsites);
        for Guarded { endpoint, routed, doubtful } in self.guarded(index) {
            if let Some(call) = routed.iter().find(|call| calls_method(call, endpoint)) {
                let text = format!("calls {}", EndpointName::of(endpoint));
                judgement.evidence.push(Label { span: call.span, text });
                continue;
            }
            let undecided = routed.iter().filter(|call| call.method == Method::Undecided);
            let mut doubts: Vec<Finding> =
                undecided.map(|call| undecided_call(endpoint, call, "the options may have changed before this call")).collect();
            let contested = doubtful.iter().filter(|call| calls_method(call, endpoint) || call.method == Method::Undecided);
            doubts.extend(contested.map(|call| undecided_call(endpoint, call, "another route takes this path, too, and which of them is added first cannot be told")));
            let certain = !fixable && doubts.is_empty();
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
    fn guarded<'a>(&self, index: &'a SourceIndex) -> Vec<Guarded<'a>> {
        let guarded: Vec<&Endpoint> =
            index.endpoints.iter().filter(|endpoint| self.prefix.holds(&endpoint.route)).collect();
        let router = Router::new(&index.endpoints);
        let mut calls: HashMap<*const Endpoint, Vec<&Callsite>> = HashMap::new();
        let mut doubtful: HashMap<*const Endpoint, Vec<&Callsite>> = HashMap::new();
        for callsite in &index.callsites {
            let path = &callsite.path;
            if guarded.iter().any(|endpoint| matches(path, endpoint)) {
                for Destination { endpoint, is_doubtful } in router.destinations(path) {
                    let calls = if is_doubtful { &mut doubtful } else { &mut calls };
                    calls.entry(endpoint).or_default().push(callsite);
                }
            }
        }
        let mut taken = |endpoint: &Endpoint| {
            let key = std::ptr::from_ref(endpoint);
            [&mut calls, &mut doubtful].map(|calls| calls.remove(&key).unwrap_or_default())
        };
        guarded
            .into_iter()
            .map(|endpoint| {
                let [routed, doubtful] = taken(endpoint);
                Guarded { endpoint, routed, doubtful }
            })
            .collect()
    }
}

/// A handler under the prefix.
struct Guarded<'a> {
    endpoint: &'a Endpoint,
    /// The calls of its path, by whatever method.
    routed: Vec<&'a Callsite>,
    /// The calls of its path that another handler may get instead.
    doubtful: Vec<&'a Callsite>,
}

/// Whether a call of an endpoint's path is one of its method.
fn calls_method(call: &Callsite, endpoint: &Endpoint) -> bool {
    match (&endpoint.method, &call.method) {
        (Method::Any | Method::Unknown, _) => true,
        (Method::Writing, Method::Named(name)) => endpoint.method.serves(name),
        (wanted, method) => wanted == method,
    }
}

/// The doubt about a handler that a call may call or not.
fn undecided_call(endpoint: &Endpoint, call: &Callsite, why: &str) -> Finding {
    let name = EndpointName::of(endpoint);
    Finding {
        message: format!("it cannot be told whether {name} is called"),
        primary: Some(Label {
            span: call.span,
            text: why.to_owned(),
        }),
        labels: vec![Label { span: endpoint.span, text: "handled here".to_owned() }],
        help: format!("write a call that can only be one of {name}"),
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
