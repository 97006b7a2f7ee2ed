//! From the path of a `route` file to the route that the Next.js app router serves it under.

use crate::source::RouteSegment;

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
        RouteSegment::Literal(percent_decoded(folder))
    }
}

/// Decodes `%5F` and the like; what is no valid escape stays as it is.
pub(super) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escape = (*byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(escape.unwrap_or(*byte));
        at += if escape.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

/// Whether a route lies at or below a literal path such as `/api/diagnosis-runs`.
pub(super) fn is_below(route: &[RouteSegment], prefix: &str) -> bool {
    let mut route = route.iter();
    prefix
        .split('/')
        .filter(|part| !part.is_empty())
        .all(|part| matches!(route.next(), Some(RouteSegment::Literal(own)) if own == part))
}
