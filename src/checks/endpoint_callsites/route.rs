//! Paths: of endpoints as packs name them, of callsites, and which handler a call is routed to.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::checks::Asserted;
use crate::source::{
    Endpoint, Framework, Method, Precedence, RouteSegment, UrlPath, UrlSegment,
};

/// A method and a path, such as `GET /api/runs/[id]`.
#[derive(Debug, Clone)]
pub(super) struct EndpointName {
    method: Method,
    route: Vec<RouteSegment>,
    trailing_slash: bool,
}

impl EndpointName {
    /// The name of an endpoint of the sources.
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        Self {
            method: endpoint.method.clone(),
            route: endpoint.route.clone(),
            trailing_slash: endpoint.trailing_slash,
        }
    }

    /// That a handler serves it, as a rule asserts.
    pub(super) fn asserted(&self) -> Asserted {
        Asserted::Handler {
            endpoint: self.to_string(),
            method: self.method.clone(),
            route: self.route.clone(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (method, path) = text.split_once(' ')?;
        let path = path.trim().strip_prefix('/')?;
        let known = !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase());
        let route = path.split('/').filter(|name| !name.is_empty()).map(|name| {
            match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some(_) => RouteSegment::Dynamic,
                None => RouteSegment::Literal(name.to_owned()),
            }
        });
        known.then(|| Self {
            method: Method::Named(method.into()),
            route: route.collect(),
            trailing_slash: path.ends_with('/'),
        })
    }

    /// Whether an endpoint answers at the path named, whatever its dynamic segments are called.
    pub(super) fn is_path_of(&self, endpoint: &Endpoint) -> bool {
        same_slash(endpoint, self.trailing_slash)
            && takes(&endpoint.route, &self.route, |segment, wanted| segment == wanted)
    }

    /// Whether it answers there by the method named.
    pub(super) fn is_served_by(&self, endpoint: &Endpoint) -> bool {
        let serves = |name: &str| endpoint.method.serves(name);
        self.is_path_of(endpoint) && matches!(&self.method, Method::Named(name) if serves(name))
    }
}

impl fmt::Display for EndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.method)?;
        for segment in &self.route {
            match segment {
                RouteSegment::Literal(name) => write!(f, "/{name}")?,
                RouteSegment::Dynamic => f.write_str("/[id]")?,
                RouteSegment::Partial(before, after) => write!(f, "/{before}[id]{after}")?,
                RouteSegment::CatchAll => f.write_str("/[...rest]")?,
                RouteSegment::OptionalCatchAll => f.write_str("/[[...rest]]")?,
                RouteSegment::Optional => f.write_str("/[[id]]")?,
            }
        }
        f.write_str(if self.trailing_slash || self.route.is_empty() { "/" } else { "" })
    }
}

impl<'de> Deserialize<'de> for EndpointName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format_args!("`{text}` is not an endpoint: GET /api/runs/[id]"))
        })
    }
}

impl JsonSchema for EndpointName {
    fn schema_name() -> Cow<'static, str> {
        "EndpointName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A method and a path, with [id] for a dynamic segment: GET /api/runs/[id].",
            "pattern": "^[A-Z]+ /",
        })
    }
}

/// Whether a handler's route takes a path.
pub(super) fn matches(path: &UrlPath, endpoint: &Endpoint) -> bool {
    same_slash(endpoint, path.trailing_slash)
        && takes(&endpoint.route, &path.segments, |route, segment| is_taken_by(segment, route))
}

/// Whether a segment of a route takes one of a path. A placeholder stands for a dynamic segment, so
/// that it is never the name of a literal one.
fn is_taken_by(UrlSegment(texts): &UrlSegment, segment: &RouteSegment) -> bool {
    match (segment, &texts[..]) {
        (RouteSegment::Literal(name), [text]) => name == text,
        (RouteSegment::Literal(_), _) => false,
        (RouteSegment::Partial(before, after), [text]) => text
            .strip_prefix(&**before)
            .and_then(|rest| rest.strip_suffix(&**after))
            .is_some_and(|middle| !middle.is_empty()),
        (RouteSegment::Partial(before, after), [first, .., last]) => {
            agree(first, before, |a, b| a.starts_with(b))
                && agree(last, after, |a, b| a.ends_with(b))
        }
        (_, texts) => *texts != [String::new()],
    }
}

/// Whether one text begins (or ends) with the other, so that what a placeholder stands for can make
/// up the difference.
fn agree(a: &str, b: &str, with: impl Fn(&str, &str) -> bool) -> bool {
    with(a, b) || with(b, a)
}

/// Whether a slash at the end, or none, is the one that the endpoint has, where that matters. Next.js
/// redirects to the path without it, axum knows two paths.
fn same_slash(endpoint: &Endpoint, trailing_slash: bool) -> bool {
    !endpoint.slash_matters
        || endpoint.trailing_slash == trailing_slash
        || catches_all(&endpoint.route)
}

fn catches_all(route: &[RouteSegment]) -> bool {
    matches!(route.last(), Some(RouteSegment::CatchAll | RouteSegment::OptionalCatchAll))
}

/// Whether a route takes a path, segment by segment, a catch-all any number of them.
fn takes<S>(
    route: &[RouteSegment],
    path: &[S],
    takes_one: impl Fn(&RouteSegment, &S) -> bool,
) -> bool {
    // Whether what stands before a segment of the path can be taken by the route so far.
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for segment in route {
        let one = |at: usize, taker: &RouteSegment| {
            at > 0 && reached[at - 1] && takes_one(taker, &path[at - 1])
        };
        reached = (0..=path.len())
            .map(|at| match segment {
                RouteSegment::CatchAll => reached[..at].contains(&true),
                RouteSegment::OptionalCatchAll => reached[..=at].contains(&true),
                RouteSegment::Optional => reached[at] || one(at, &RouteSegment::Dynamic),
                segment => one(at, segment),
            })
            .collect();
    }
    reached.last() == Some(&true)
}

/// Routes calls to handlers as the frameworks do: of the routes of one application that take a path,
/// the most literal one gets it, or the first one.
pub(super) struct Router<'a> {
    applications: BTreeMap<(&'static str, &'a str), Vec<&'a Endpoint>>,
}

/// A handler that a call is routed to.
#[derive(Clone, Copy)]
pub(super) struct Destination<'a> {
    pub(super) endpoint: &'a Endpoint,
    /// Another handler may get the call instead.
    pub(super) is_doubtful: bool,
}

impl<'a> Router<'a> {
    /// A router over all handlers of the repository.
    pub(super) fn new(endpoints: &'a [Endpoint]) -> Self {
        let mut applications: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for endpoint in endpoints {
            let key = (name_of(endpoint.framework), &*endpoint.application);
            applications.entry(key).or_default().push(endpoint);
        }
        Self { applications }
    }

    /// The handlers that a path is routed to: of each application one route, and where each method has
    /// routes of its own, one of each method.
    pub(super) fn destinations(&self, path: &UrlPath) -> Vec<Destination<'a>> {
        let mut destinations = Vec::new();
        for endpoints in self.applications.values() {
            let taking: Vec<&Endpoint> =
                endpoints.iter().filter(|endpoint| matches(path, endpoint)).copied().collect();
            let Some(first) = taking.first() else { continue };
            let precedence = first.framework.precedence();
            if precedence == Precedence::Path {
                let chosen = most_literal(&taking);
                destinations.extend(chosen.into_iter().map(certain));
                continue;
            }
            for endpoint in &taking {
                // Those that the call could go to instead, whatever of the handler's methods it has.
                let rivals: Vec<&Endpoint> =
                    taking.iter().filter(|rival| rivals(endpoint, rival)).copied().collect();
                let is_doubtful = match precedence {
                    Precedence::Order => first_of(&rivals).map(|first| first.route != endpoint.route),
                    _ => Some(!most_literal(&rivals).iter().any(|one| std::ptr::eq(*one, *endpoint))),
                };
                match is_doubtful {
                    Some(true) => {}
                    Some(false) => destinations.push(certain(endpoint)),
                    None => destinations.push(Destination { endpoint, is_doubtful: true }),
                }
            }
        }
        destinations
    }
}

fn certain(endpoint: &Endpoint) -> Destination<'_> {
    Destination { endpoint, is_doubtful: false }
}

/// Whether another handler has every method of this one, itself included.
fn rivals(endpoint: &Endpoint, other: &Endpoint) -> bool {
    match &endpoint.method {
        Method::Named(name) => other.method.serves(name),
        method => other.method == *method,
    }
}

fn most_literal<'a>(endpoints: &[&'a Endpoint]) -> Vec<&'a Endpoint> {
    let best = endpoints.iter().map(|endpoint| rank(&endpoint.route)).min();
    let is_best = |endpoint: &&&Endpoint| Some(rank(&endpoint.route)) == best;
    endpoints.iter().filter(is_best).copied().collect()
}

/// The handler that is added first, as far as that can be told: in one file those that are written
/// first. One that catches all gives way to the others, since it is there to hand calls on.
fn first_of<'a>(endpoints: &[&'a Endpoint]) -> Option<&'a Endpoint> {
    let all = |endpoint: &&&Endpoint| !catches_all(&endpoint.route);
    let mut narrow: Vec<&Endpoint> = endpoints.iter().filter(all).copied().collect();
    if narrow.is_empty() {
        narrow = endpoints.to_vec();
    }
    let first = narrow.iter().min_by_key(|endpoint| endpoint.span).copied()?;
    let is_told = narrow
        .iter()
        .all(|other| other.span.file == first.span.file || other.route == first.route);
    is_told.then_some(first)
}

fn name_of(framework: Framework) -> &'static str {
    match framework {
        Framework::NextJs => "nextjs",
        Framework::Axum => "axum",
        Framework::SvelteKit => "sveltekit",
        Framework::Remix => "remix",
        Framework::Hono => "hono",
        Framework::Express => "express",
        Framework::Fastify => "fastify",
    }
}

/// How literal a route is, segment by segment; less is more literal.
fn rank(route: &[RouteSegment]) -> Vec<u8> {
    route
        .iter()
        .map(|segment| match segment {
            RouteSegment::Literal(_) => 0,
            RouteSegment::Partial(..) => 1,
            RouteSegment::Dynamic => 2,
            RouteSegment::Optional => 3,
            RouteSegment::CatchAll => 4,
            RouteSegment::OptionalCatchAll => 5,
        })
        .collect()
}
