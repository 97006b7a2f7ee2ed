//! Routes by file: what a framework serves a file under, as its path tells.

mod next;
mod remix;
mod svelte_kit;

use crate::source::{Framework, RouteSegment};

/// How a file says what it handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Convention {
    /// A `route` file of Next.js: an export by the name of each method.
    NextApp,
    /// A file below `pages/api` of Next.js: its default export.
    NextPages,
    /// A `+server` file of SvelteKit: an export by the name of each method.
    SvelteKit,
    /// A route module of Remix: `loader` and `action`.
    Remix,
    /// One that lies deeper than the flat convention looks.
    RemixNested,
}

impl Convention {
    pub(super) fn framework(self) -> Framework {
        match self {
            Self::NextApp | Self::NextPages => Framework::NextJs,
            Self::SvelteKit => Framework::SvelteKit,
            Self::Remix | Self::RemixNested => Framework::Remix,
        }
    }
}

/// A route that a file may be served under.
#[derive(Debug, Clone)]
pub(super) struct FileRoute {
    pub(super) convention: Convention,
    pub(super) route: Vec<RouteSegment>,
    /// The folder of the application.
    pub(super) application: String,
}

const ENDINGS: [&str; 4] = ["ts", "js", "tsx", "jsx"];

/// Every route that the file at `path` may be served under.
pub(super) fn routes_of(path: &str) -> Vec<FileRoute> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let Some((stem, ending)) = name.rsplit_once('.') else { return Vec::new() };
    if !ENDINGS.contains(&ending) || stem.ends_with(".d") {
        return Vec::new();
    }
    let folders: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let mut routes = Vec::new();
    let mut add = |convention, at: usize, route: Option<Vec<RouteSegment>>| {
        let application = folders.get(..at).unwrap_or_default().join("/");
        routes.extend(route.map(|route| FileRoute { convention, route, application }));
    };
    let named = |wanted: &'static str| {
        let folders = folders.iter().enumerate();
        folders.filter(move |(_, folder)| **folder == wanted).map(|(at, _)| at)
    };
    let below = |at: usize| folders.get(at + 1..).unwrap_or_default();
    if stem == "route" {
        for at in named("app") {
            add(Convention::NextApp, at, next::app_route(below(at)));
        }
    }
    if stem == "+server" {
        // `src/routes` unless the project says otherwise.
        let of_source = |at: &usize| *at > 0 && folders.get(at - 1) == Some(&"src");
        if let Some(at) = named("routes").find(of_source).or_else(|| named("routes").next()) {
            add(Convention::SvelteKit, at, svelte_kit::route(below(at)));
        }
    }
    for at in named("pages").filter(|at| folders.get(at + 1) == Some(&"api")) {
        add(Convention::NextPages, at, next::page_route(below(at), stem));
    }
    for at in named("routes").filter(|at| *at > 0 && folders.get(at - 1) == Some(&"app")) {
        let (convention, routes) = remix::routes(below(at), stem);
        for route in routes {
            add(convention, at - 1, Some(route));
        }
    }
    routes
}

/// A segment in which brackets are dynamic parts, as Next.js and SvelteKit write them.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    text.strip_prefix(open)?.strip_suffix(close).filter(|name| !name.is_empty())
}
