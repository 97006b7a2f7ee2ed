//! From the path of a `route` file to the route that the Next.js app router serves it under.

use crate::source::RouteSegment;
use crate::source::url::decoded;

/// The route of a file, for each `app` folder that may be the app router's, outermost first.
pub(super) fn routes_of(path: &str) -> Vec<Vec<RouteSegment>> {
    let mut parts: Vec<&str> = path.split('/').collect();
    let is_route_file = parts
        .pop()
        .and_then(|name| name.strip_prefix("route."))
        .is_some_and(|ending| matches!(ending, "ts" | "js" | "tsx" | "jsx"));
    if !is_route_file {
        return Vec::new();
    }
    let apps = parts.iter().enumerate().filter(|(_, part)| **part == "app");
    apps.filter_map(|(at, _)| route_below(parts.get(at + 1..)?)).collect()
}

/// None if a folder on the way is not routed.
fn route_below(folders: &[&str]) -> Option<Vec<RouteSegment>> {
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

fn segment(folder: &str) -> RouteSegment {
    let between = |open: &str, close: &str| {
        folder.strip_prefix(open)?.strip_suffix(close).filter(|name| !name.is_empty())
    };
    if between("[[...", "]]").is_some() {
        RouteSegment::OptionalCatchAll
    } else if between("[...", "]").is_some() {
        RouteSegment::CatchAll
    } else if between("[", "]").is_some() {
        RouteSegment::Dynamic
    } else {
        RouteSegment::Literal(decoded(folder))
    }
}

/// Whether a route lies at or below a literal path such as `/api/diagnosis-runs`.
pub(super) fn is_below(route: &[RouteSegment], prefix: &str) -> bool {
    let mut route = route.iter();
    prefix
        .split('/')
        .filter(|part| !part.is_empty())
        .all(|part| matches!(route.next(), Some(RouteSegment::Literal(own)) if own == part))
}
