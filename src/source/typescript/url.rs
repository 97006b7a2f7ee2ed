//! From the text of a URL to the path that it names: without origin, query string and fragment.

use crate::source::PathPiece;

/// The path of a URL in pieces; none if the URL is relative or has no path of its own.
pub(super) fn path_of(url: &[PathPiece]) -> Option<Vec<PathPiece>> {
    let path = without_origin(&cleaned(url))?;
    let path = without_query(path);
    Some(without_dot_segments(path))
}

/// URLs lose the spaces around them and every tab and line break, and a `\` is a `/`.
fn cleaned(url: &[PathPiece]) -> Vec<PathPiece> {
    let mut pieces: Vec<PathPiece> = Vec::with_capacity(url.len());
    for piece in url {
        match piece {
            PathPiece::Hole if pieces.last() == Some(&PathPiece::Hole) => {}
            PathPiece::Hole => pieces.push(PathPiece::Hole),
            PathPiece::Text(text) => {
                let mut text = text.replace(['\t', '\n', '\r'], "").replace('\\', "/");
                if pieces.is_empty() {
                    text = text.trim_start().to_owned();
                }
                match pieces.last_mut() {
                    Some(PathPiece::Text(before)) => before.push_str(&text),
                    _ if text.is_empty() => {}
                    _ => pieces.push(PathPiece::Text(text)),
                }
            }
        }
    }
    if let Some(PathPiece::Text(last)) = pieces.last_mut() {
        last.truncate(last.trim_end().len());
    }
    pieces
}

fn without_origin(url: &[PathPiece]) -> Option<Vec<PathPiece>> {
    match url {
        [PathPiece::Hole, PathPiece::Text(text), rest @ ..] => {
            // `${scheme}://host/…`, `${host}:3000/…`, `${base}/…`, `${base}api/…`
            if text.starts_with("://") || text.starts_with(':') {
                after_authority(text.trim_start_matches([':', '/']), rest)
            } else if text.starts_with(['/', '?', '#']) {
                Some(rooted(text, rest))
            } else {
                Some(rooted(&format!("/{text}"), rest))
            }
        }
        [PathPiece::Text(text), rest @ ..] => match scheme_end(text) {
            Some(end) => after_authority(&text[end..], rest),
            None if text.starts_with('/') => Some(rooted(text, rest)),
            None => None,
        },
        _ => None,
    }
}

/// Where the authority of `https://…` or `//…` begins.
fn scheme_end(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(2);
    }
    let colon = text.find("://")?;
    let scheme = &text[..colon];
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then_some(colon + 3)
}

/// Skips `user@host:port`, which may hold placeholders, up to the path.
fn after_authority(text: &str, rest: &[PathPiece]) -> Option<Vec<PathPiece>> {
    if let Some(at) = text.find(['/', '?', '#']) {
        return Some(rooted(&text[at..], rest));
    }
    match rest {
        [PathPiece::Hole, PathPiece::Text(text), rest @ ..] => after_authority(text, rest),
        [] => Some(rooted("/", &[])),
        _ => None,
    }
}

fn rooted(text: &str, rest: &[PathPiece]) -> Vec<PathPiece> {
    let text = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
    std::iter::once(PathPiece::Text(text)).chain(rest.iter().cloned()).collect()
}

fn without_query(path: Vec<PathPiece>) -> Vec<PathPiece> {
    let mut kept = Vec::with_capacity(path.len());
    for piece in path {
        if let PathPiece::Text(text) = &piece
            && let Some(at) = text.find(['?', '#'])
        {
            if at > 0 {
                kept.push(PathPiece::Text(text[..at].to_owned()));
            }
            break;
        }
        kept.push(piece);
    }
    kept
}

/// Resolves `.` and `..`, as every client does before it sends a path.
fn without_dot_segments(path: Vec<PathPiece>) -> Vec<PathPiece> {
    let mut segments: Vec<Vec<PathPiece>> = vec![Vec::new()];
    for piece in path {
        match piece {
            PathPiece::Hole => {
                if let Some(last) = segments.last_mut() {
                    last.push(PathPiece::Hole);
                }
            }
            PathPiece::Text(text) => {
                for (at, part) in text.split('/').enumerate() {
                    if at > 0 {
                        segments.push(Vec::new());
                    }
                    if let (Some(last), false) = (segments.last_mut(), part.is_empty()) {
                        last.push(PathPiece::Text(part.to_owned()));
                    }
                }
            }
        }
    }
    let mut kept: Vec<Vec<PathPiece>> = Vec::with_capacity(segments.len());
    let count = segments.len();
    for (at, segment) in segments.into_iter().enumerate() {
        let dots = match segment.as_slice() {
            [PathPiece::Text(text)] => text.replace("%2e", ".").replace("%2E", "."),
            _ => String::new(),
        };
        match dots.as_str() {
            "." | ".." => {
                if dots == ".." && kept.len() > 1 {
                    kept.pop();
                }
                if at + 1 == count {
                    kept.push(Vec::new());
                }
            }
            _ => kept.push(segment),
        }
    }
    joined(kept)
}

fn joined(segments: Vec<Vec<PathPiece>>) -> Vec<PathPiece> {
    let mut pieces = Vec::new();
    for (at, segment) in segments.into_iter().enumerate() {
        let slash = (at > 0).then(|| PathPiece::Text("/".to_owned()));
        for piece in slash.into_iter().chain(segment) {
            match (pieces.last_mut(), piece) {
                (Some(PathPiece::Text(before)), PathPiece::Text(more)) => before.push_str(&more),
                (_, piece) => pieces.push(piece),
            }
        }
    }
    pieces
}
