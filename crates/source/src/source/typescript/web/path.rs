//! The paths of routes by call, as each library joins and reads them.

use super::Library;
use crate::source::RouteSegment;

/// A path below a prefix.
pub(super) fn joined(library: Library, prefix: &str, path: &str) -> String {
    let path =
        if path.starts_with('/') || path.is_empty() { path.to_owned() } else { format!("/{path}") };
    let prefix = match library {
        // `hono` leaves the slash of a base where nothing follows it.
        Library::Hono if path == "/" && !prefix.is_empty() => return prefix.to_owned(),
        Library::Hono | Library::Express => prefix.trim_end_matches('/'),
        Library::Fastify if path == "/" && !prefix.is_empty() => {
            return prefix.trim_end_matches('/').to_owned();
        }
        Library::Fastify => prefix.trim_end_matches('/'),
    };
    format!("{prefix}{path}")
}

/// The route of a path; none where it is a pattern that segments cannot tell.
pub(super) fn route(library: Library, path: &str) -> Option<Vec<RouteSegment>> {
    // Express 5 writes what is optional in braces.
    let (path, last) = match path.split_once("{/") {
        Some((before, inside)) if library == Library::Express => {
            let inside = inside.strip_suffix('}').filter(|inside| !inside.contains(['{', '/']))?;
            let is_rest = inside.starts_with('*');
            let is_parameter = is_rest || inside.strip_prefix(':').is_some_and(is_name);
            let optional =
                if is_rest { RouteSegment::OptionalCatchAll } else { RouteSegment::Optional };
            (before, Some(is_parameter.then_some(optional)?))
        }
        _ => (path, None),
    };
    let mut segments = Vec::new();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    for (at, part) in parts.iter().enumerate() {
        segments.push(segment(library, part, at + 1 == parts.len())?);
    }
    segments.extend(last);
    Some(segments)
}

fn segment(library: Library, text: &str, is_last: bool) -> Option<RouteSegment> {
    match (library, text) {
        (Library::Fastify, "*") => return Some(RouteSegment::CatchAll),
        (_, "*") if is_last => return Some(RouteSegment::OptionalCatchAll),
        (Library::Hono, "*") => return Some(RouteSegment::Dynamic),
        _ => {}
    }
    if let (Library::Express, Some(name)) = (library, text.strip_prefix('*')) {
        return is_name(name).then_some(RouteSegment::CatchAll);
    }
    // `@hono/zod-openapi` takes what OpenAPI writes.
    if let (Library::Hono, Some(name)) =
        (library, text.strip_prefix('{').and_then(|t| t.strip_suffix('}')))
    {
        return is_name(name).then_some(RouteSegment::Dynamic);
    }
    let text =
        if library == Library::Fastify { text.replace("::", ESCAPED) } else { text.to_owned() };
    let Some((before, parameter)) = text.split_once(':') else {
        // Older releases of Express read these as a pattern.
        let is_pattern =
            library == Library::Express && text.contains(['(', ')', '*', '+', '?', '{', '[', '\\']);
        return (!is_pattern).then(|| RouteSegment::Literal(text.replace(ESCAPED, ":")));
    };
    let end = parameter
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(parameter.len());
    let (name, rest) = parameter.split_at(end);
    if name.is_empty() {
        return None;
    }
    let (pattern, rest) = group(library, rest)?;
    let is_whole = before.is_empty();
    match (pattern, rest) {
        (Some(".+"), "") if is_whole => Some(RouteSegment::CatchAll),
        (Some(".*"), "") if is_whole => Some(RouteSegment::OptionalCatchAll),
        (_, "") if is_whole => Some(RouteSegment::Dynamic),
        (_, "?") if is_whole => Some(RouteSegment::Optional),
        (_, "*") if is_whole && library == Library::Express => Some(RouteSegment::OptionalCatchAll),
        (_, "+") if is_whole && library == Library::Express => Some(RouteSegment::CatchAll),
        (_, rest) if library != Library::Hono => {
            // Of several parameters, the text around all of them is known.
            let after = rest.rsplit_once(':').map_or(rest, |(_, last)| {
                last.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')
            });
            let is_plain = |text: &str| !text.contains(['(', ')', '*', '+', '?', '{', '\\']);
            (is_plain(before) && is_plain(after)).then(|| {
                RouteSegment::Partial(before.replace(ESCAPED, ":"), after.replace(ESCAPED, ":"))
            })
        }
        _ => None,
    }
}

/// What stands for a colon that is no parameter.
const ESCAPED: &str = "\u{E000}";

/// The pattern that a parameter must match, and what follows it.
fn group(library: Library, text: &str) -> Option<(Option<&str>, &str)> {
    let (open, close) = if library == Library::Hono { ('{', '}') } else { ('(', ')') };
    if !text.starts_with(open) {
        return Some((None, text));
    }
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        depth += usize::from(letter == open);
        if letter == close {
            depth -= 1;
            if depth == 0 {
                return Some((text.get(1..at), text.get(at + 1..)?));
            }
        }
    }
    None
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Whether a path that begins like this may lie below a guarded one; `is_cut` if its last segment may go on.
pub(super) fn may_begin(begun: &str, is_cut: bool, prefix: &str) -> bool {
    let known: Vec<&str> = begun.split('/').filter(|part| !part.is_empty()).collect();
    let wanted = prefix.split('/').filter(|part| !part.is_empty());
    known.iter().zip(wanted).enumerate().all(|(at, (own, wanted))| {
        let is_open = is_cut && at + 1 == known.len() && !begun.ends_with('/');
        own == &wanted || is_open && wanted.starts_with(own)
    })
}

/// Whether a text names the last part of a guarded path.
pub(super) fn is_beside(text: &str, prefix: &str) -> bool {
    prefix.rsplit('/').find(|part| !part.is_empty()).is_some_and(|last| text.contains(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(library: Library, path: &str) -> Option<String> {
        let segments = route(library, path)?;
        Some(
            segments
                .iter()
                .map(|segment| match segment {
                    RouteSegment::Literal(text) => format!("/{text}"),
                    RouteSegment::Dynamic => "/[]".to_owned(),
                    RouteSegment::Partial(before, after) => format!("/{before}[]{after}"),
                    RouteSegment::CatchAll => "/[...]".to_owned(),
                    RouteSegment::OptionalCatchAll => "/[[...]]".to_owned(),
                    RouteSegment::Optional => "/[[]]".to_owned(),
                })
                .collect(),
        )
    }

    #[test]
    fn each_library_reads_its_own_patterns() {
        use Library::{Express, Fastify, Hono};
        for (library, path, expected) in [
            (Hono, "/a/:id", Some("/a/[]")),
            (Hono, "/a/:id{[0-9]{2}}", Some("/a/[]")),
            (Hono, "/a/:rest{.+}", Some("/a/[...]")),
            (Hono, "/a/:id?", Some("/a/[[]]")),
            (Hono, "/a/*", Some("/a/[[...]]")),
            (Hono, "/a/*/b", Some("/a/[]/b")),
            (Hono, "/a/{id}", Some("/a/[]")),
            (Express, "/a/:id", Some("/a/[]")),
            (Express, "/a/:id(\\d+)", Some("/a/[]")),
            (Express, "/a/:id?", Some("/a/[[]]")),
            (Express, "/a{/:id}", Some("/a/[[]]")),
            (Express, "/a/*splat", Some("/a/[...]")),
            (Express, "/a{/*splat}", Some("/a/[[...]]")),
            (Express, "/a/run-:id.json", Some("/a/run-[].json")),
            (Express, "/a/:from-:to", Some("/a/[]")),
            (Express, "/ab?c", None),
            (Express, "/a(b)?", None),
            (Fastify, "/a/:id(^\\d+$)", Some("/a/[]")),
            (Fastify, "/a/*", Some("/a/[...]")),
            (Fastify, "/a/b::c", Some("/a/b:c")),
            (Fastify, "/a/at-:h", Some("/a/at-[]")),
        ] {
            let found = shown(library, path);
            assert_eq!(found.as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn each_library_joins_paths_in_its_own_way() {
        use Library::{Express, Fastify, Hono};
        for (library, prefix, path, expected) in [
            (Hono, "/api", "/", "/api"),
            (Hono, "/api/", "/", "/api/"),
            (Hono, "/api/", "runs", "/api/runs"),
            (Hono, "", "/", "/"),
            (Express, "/api", "/", "/api/"),
            (Express, "/", "/runs", "/runs"),
            (Fastify, "/api", "/", "/api"),
            (Fastify, "/api", "/runs/", "/api/runs/"),
            (Fastify, "/api", "", "/api"),
        ] {
            assert_eq!(joined(library, prefix, path), expected, "{prefix} {path}");
        }
    }
}
