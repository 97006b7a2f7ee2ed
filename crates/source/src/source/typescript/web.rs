//! Routes by call: what is added to routers of Hono, Express and Fastify, and where those are mounted.
//!
//! A router is a value like any other, so that it is followed through variables, functions and modules.
//! Each module yields what it adds to which router; linked together, the routers that nothing mounts
//! are the roots that the paths begin at.

mod facts;
mod link;
mod path;
mod resolved;
mod router;

use super::module::Constant;
use super::value::ImportPath;
use crate::source::{Framework, RouteSegment};
use crate::span::Span;

pub(super) use facts::added;
pub(super) use link::Web;

/// A library of routers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Library {
    Hono,
    Express,
    Fastify,
}

/// What in the text of a file names a library as the source of an import.
pub(super) const NAMES: [&str; 12] = [
    "'hono",
    "\"hono",
    "@hono/",
    "npm:hono",
    "/hono@",
    "'express'",
    "\"express\"",
    "npm:express",
    "'fastify'",
    "\"fastify\"",
    "npm:fastify",
    "`fastify`",
];

/// Calls without which no text adds a route to a router that another module made.
pub(super) const CALLS: [&str; 9] =
    [".get(", ".post(", ".put(", ".patch(", ".delete(", ".all(", ".route(", ".use(", ".register("];

impl Library {
    /// The library of a module specifier, whatever registry it is from.
    pub(super) fn of(specifier: &str) -> Option<Self> {
        let name = specifier.strip_prefix("npm:").or_else(|| specifier.strip_prefix("jsr:"));
        let name = name.unwrap_or(specifier).trim_start_matches('/');
        let name = match name.split_once("://") {
            Some((_, rest)) => rest.split('/').find(|part| part.starts_with("hono@"))?,
            None => name,
        };
        let is = |wanted: &str| {
            name.strip_prefix(wanted)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['@', '/']))
        };
        if is("hono") || is("@hono/zod-openapi") || is("@hono/hono") {
            Some(Self::Hono)
        } else if is("express") {
            Some(Self::Express)
        } else if is("fastify") {
            Some(Self::Fastify)
        } else {
            None
        }
    }

    pub(super) fn framework(self) -> Framework {
        match self {
            Self::Hono => Framework::Hono,
            Self::Express => Framework::Express,
            Self::Fastify => Framework::Fastify,
        }
    }
}

/// What stands before the paths of what is added through a router; none is no constant.
type Base = Vec<Option<String>>;

/// A router as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Router {
    pub(super) origin: Origin,
    /// What stands before the paths of what is added through this value; none is no constant.
    pub(super) base: Base,
    /// It is one route, to which methods are added without a path.
    pub(super) is_route: bool,
}

/// Where a router comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is made in the module, there.
    Made { start: u32, end: u32, made: Made },
    /// The parameter of a function, by where that is written.
    Parameter { start: u32, end: u32, index: usize },
    /// Of another module.
    Import(ImportPath),
}

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) library: Library,
    /// It serves nothing until it is mounted.
    pub(super) is_part: bool,
    pub(super) slash_matters: bool,
}

/// What a module adds to a router.
#[derive(Debug)]
pub(super) struct Added {
    pub(super) on: Router,
    pub(super) what: What,
    /// The paths: each a constant that is certainly used, or one that cannot be told.
    pub(super) paths: Vec<Constant>,
    pub(super) span: Span,
    /// The module imports the library, so that it is about a router.
    pub(super) is_certain: bool,
}

/// A route, or other routers.
#[derive(Debug)]
pub(super) enum What {
    Route {
        methods: Vec<Constant>,
        /// Handlers of other modules.
        handlers: Vec<ImportPath>,
    },
    Mount {
        children: Vec<Vec<Constant>>,
        mount: Mount,
    },
}

/// How routers are mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mount {
    /// The routers themselves.
    Routers,
    /// The routers among what may be anything else that is called.
    Middleware,
    /// Functions that are handed the router as this argument.
    Functions(usize),
}

/// Whether a route may lie below a guarded path once something stands before it.
fn may_lie_below(route: &[RouteSegment], prefixes: &[String]) -> bool {
    prefixes.iter().any(|prefix| super::applications::may_lie_below(route, prefix))
}
