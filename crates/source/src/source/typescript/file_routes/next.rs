//! The routes of Next.js: of its app router and of `pages/api`.

use super::between;
use crate::source::RouteSegment;
use crate::source::url::decoded;

/// The route of a `route` file by the folders below `app`; none if a folder on the way is not routed.
pub(super) fn app_route(folders: &[&str]) -> Option<Vec<RouteSegment>> {
    let mut route = Vec::new();
    for folder in folders {
        let is_intercepting = ["(.)", "(..)", "(...)"].iter().any(|dots| folder.starts_with(dots));
        if folder.starts_with('_') || is_intercepting {
            return None;
        }
        let is_group = folder.starts_with('(') && folder.ends_with(')');
        if !is_group && !folder.starts_with('@') {
            route.push(segment(folder));
        }
    }
    Some(route)
}

/// The route of a file by the folders below `pages`, `api` the first of them, and its name.
pub(super) fn page_route(folders: &[&str], stem: &str) -> Option<Vec<RouteSegment>> {
    // What older releases called middleware.
    if stem == "_middleware" {
        return None;
    }
    let mut route: Vec<RouteSegment> = folders.iter().map(|folder| segment(folder)).collect();
    if stem != "index" {
        route.push(segment(stem));
    }
    Some(route)
}

fn segment(name: &str) -> RouteSegment {
    if between(name, "[[...", "]]").is_some() {
        RouteSegment::OptionalCatchAll
    } else if between(name, "[...", "]").is_some() {
        RouteSegment::CatchAll
    } else if between(name, "[", "]").is_some() {
        RouteSegment::Dynamic
    } else {
        RouteSegment::Literal(decoded(name))
    }
}
