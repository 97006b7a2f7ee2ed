//! Paths: of endpoints as packs name them, of callsites, and which handler a call is routed to.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::checks::Asserted;
use crate::source::{Endpoint, Framework, Method, RouteSegment, UrlPath, UrlSegment};
use crate::span::SourceMap;

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
        self.is_path_of(endpoint)
            && (endpoint.method == self.method || endpoint.method == Method::Any)
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

/// Whether a slash at the end, or none, is the one that the endpoint has. Next.js redirects to the
/// path without it, axum knows two paths.
fn same_slash(endpoint: &Endpoint, trailing_slash: bool) -> bool {
    endpoint.framework == Framework::NextJs
        || endpoint.trailing_slash == trailing_slash
        || catches_all(&endpoint.route)
}

fn catches_all(route: &[RouteSegment]) -> bool {
    matches!(route.last(), Some(RouteSegment::CatchAll | RouteSegment::OptionalCatchAll))
}

/// Whether a route takes a path, segment by segment, a catch-all whatever is left.
fn takes<S>(
    route: &[RouteSegment],
    path: &[S],
    takes_one: impl Fn(&RouteSegment, &S) -> bool,
) -> bool {
    let enough = match route.split_last() {
        Some((RouteSegment::CatchAll, before)) => path.len() > before.len(),
        Some((RouteSegment::OptionalCatchAll, before)) => path.len() >= before.len(),
        _ => path.len() == route.len(),
    };
    enough
        && route.iter().zip(path).all(|(segment, part)| {
            matches!(segment, RouteSegment::CatchAll | RouteSegment::OptionalCatchAll)
                || takes_one(segment, part)
        })
}

/// Routes calls to handlers as the frameworks do: of the routes of one application that take a path,
/// the most literal one gets it.
pub(super) struct Router<'a> {
    applications: BTreeMap<&'a str, Vec<&'a Endpoint>>,
}

impl<'a> Router<'a> {
    /// A router over all handlers of the repository.
    pub(super) fn new(files: &'a SourceMap, endpoints: &'a [Endpoint]) -> Self {
        let mut applications: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for endpoint in endpoints {
            let file: &str = &files.file(endpoint.span.file).path;
            applications.entry(application(endpoint.framework, file)).or_default().push(endpoint);
        }
        Self { applications }
    }

    /// The handlers, of whatever method, that a path is routed to: one route of each application.
    pub(super) fn destinations(&self, path: &UrlPath) -> Vec<&'a Endpoint> {
        let mut destinations = Vec::new();
        for endpoints in self.applications.values() {
            let taking = endpoints.iter().filter(|endpoint| matches(path, endpoint));
            let ranked: Vec<_> =
                taking.map(|endpoint| (rank(&endpoint.route), *endpoint)).collect();
            let best = ranked.iter().map(|(rank, _)| rank).min();
            destinations.extend(
                ranked.iter().filter(|(rank, _)| Some(rank) == best).map(|(_, endpoint)| *endpoint),
            );
        }
        destinations
    }
}

/// What tells the applications of a repository apart: the `app` folder of a Next.js application.
/// Axum's routers, which may be merged across files, are taken as one.
fn application(framework: Framework, file: &str) -> &str {
    match framework {
        Framework::Axum => "axum",
        Framework::NextJs if file.starts_with("app/") => "app/",
        Framework::NextJs => file.find("/app/").map_or(file, |at| &file[..at + "/app/".len()]),
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
            RouteSegment::CatchAll => 3,
            RouteSegment::OptionalCatchAll => 4,
        })
        .collect()
}
