//! The paths of axum's routes.

use super::manifest::Captures;
use crate::source::RouteSegment;

/// The segments of a route's path, and whether it ends in a slash; none where axum would refuse the path.
/// `takes_rest` is the path of a nested service, which takes what is below it too.
pub(super) fn segments(
    path: &str,
    captures: Captures,
    takes_rest: bool,
) -> Option<(Vec<RouteSegment>, bool)> {
    let inside = path.strip_prefix('/')?;
    if inside.is_empty() {
        let rest = takes_rest.then_some(RouteSegment::OptionalCatchAll);
        return Some((rest.into_iter().collect(), false));
    }
    let (inside, trailing_slash) = match inside.strip_suffix('/') {
        Some(inside) => (inside, !takes_rest),
        None => (inside, false),
    };
    let mut segments: Vec<_> = inside.split('/').map(|text| segment(text, captures)).collect();
    if takes_rest {
        segments.push(RouteSegment::OptionalCatchAll);
    }
    Some((segments, trailing_slash))
}

fn segment(text: &str, captures: Captures) -> RouteSegment {
    let braces = captures != Captures::Colons;
    let colons = captures != Captures::Braces;
    if braces && let Some(found) = braced(text) {
        return found;
    }
    if colons {
        if text.starts_with('*') && text.len() > 1 {
            return RouteSegment::CatchAll;
        }
        match text.split_once(':') {
            Some(("", name)) if !name.is_empty() => return RouteSegment::Dynamic,
            Some((prefix, name)) if !name.is_empty() => {
                return RouteSegment::Partial(prefix.to_owned(), String::new());
            }
            _ => {}
        }
    }
    RouteSegment::Literal(if braces { unescaped(text) } else { text.to_owned() })
}

/// `{id}`, `{*rest}` or `run-{id}`; `{{` and `}}` are braces of the text.
fn braced(text: &str) -> Option<RouteSegment> {
    let open = single(text, '{', 0)?;
    let close = single(text, '}', open + 1)?;
    let name = &text[open + 1..close];
    if name.is_empty() {
        return None;
    }
    let (prefix, suffix) = (&text[..open], &text[close + 1..]);
    Some(match (name.starts_with('*'), prefix, suffix) {
        (true, "", "") => RouteSegment::CatchAll,
        (false, "", "") => RouteSegment::Dynamic,
        _ => RouteSegment::Partial(unescaped(prefix), unescaped(suffix)),
    })
}

/// The first brace that is not doubled, from a byte on.
fn single(text: &str, brace: char, from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = text.get(at..)?.find(brace) {
        at += found;
        if text[at + 1..].starts_with(brace) {
            at += 2;
        } else {
            return Some(at);
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    text.replace("{{", "{").replace("}}", "}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Captures::{Braces, Colons, Either};
    use RouteSegment::{CatchAll, Dynamic, OptionalCatchAll};

    fn literal(text: &str) -> RouteSegment {
        RouteSegment::Literal(text.to_owned())
    }

    #[test]
    fn paths_are_read_as_the_version_of_axum_does() {
        let run = || literal("runs");
        let cases = [
            ("/", Either, vec![], false),
            ("/runs", Either, vec![run()], false),
            ("/runs/", Either, vec![run()], true),
            ("/runs/{id}", Braces, vec![run(), Dynamic], false),
            ("/runs/{id}", Either, vec![run(), Dynamic], false),
            ("/runs/{id}", Colons, vec![run(), literal("{id}")], false),
            ("/runs/:id", Colons, vec![run(), Dynamic], false),
            ("/runs/:id", Either, vec![run(), Dynamic], false),
            ("/runs/:id", Braces, vec![run(), literal(":id")], false),
            ("/runs/*rest", Colons, vec![run(), CatchAll], false),
            ("/runs/{*rest}", Braces, vec![run(), CatchAll], false),
            ("/runs/{{id}}", Braces, vec![run(), literal("{id}")], false),
            ("/run-{id}", Braces, vec![RouteSegment::Partial("run-".into(), String::new())], false),
            (
                "/{id}.json",
                Braces,
                vec![RouteSegment::Partial(String::new(), ".json".into())],
                false,
            ),
            ("//runs", Either, vec![literal(""), run()], false),
        ];
        for (path, captures, expected, slash) in cases {
            assert_eq!(
                segments(path, captures, false),
                Some((expected, slash)),
                "{path} {captures:?}"
            );
        }
        assert_eq!(segments("runs", Either, false), None);
        assert_eq!(segments("/runs", Either, true), Some((vec![run(), OptionalCatchAll], false)));
    }
}
