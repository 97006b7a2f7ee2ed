//! From the text of a URL to the path that it names, as the [URL standard](https://url.spec.whatwg.org/)
//! parses it: without origin, query string and fragment, with dot segments resolved and escapes decoded.

use std::fmt;

use percent_encoding::percent_decode_str;

/// One piece of a URL as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlPiece {
    /// Text as written, slashes included.
    Text(String),
    /// A placeholder: `${…}` or `{}`.
    Hole,
}

/// The path of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlPath {
    /// The segments after the first slash; `/` has none.
    pub segments: Vec<UrlSegment>,
    /// The path ends in a slash after a segment.
    pub trailing_slash: bool,
}

/// One segment of a path: its texts, decoded, with a placeholder between each two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlSegment(pub Vec<String>);

impl UrlPath {
    /// The path of a URL in pieces; none if the URL is relative or has no path of its own.
    /// A leading placeholder, or `scheme://host`, is the origin.
    #[must_use]
    pub fn of(url: &[UrlPiece]) -> Option<Self> {
        Some(Self::resolved(&without_query(without_origin(&cleaned(url))?)))
    }

    /// The path of one literal segment.
    #[must_use]
    pub fn of_segment(segment: &str) -> Self {
        let segments = vec![UrlSegment(vec![segment.to_owned()])];
        Self { segments, trailing_slash: false }
    }

    /// Splits a path at its slashes and resolves `.` and `..`.
    fn resolved(path: &[UrlPiece]) -> Self {
        let mut written = vec![vec![String::new()]];
        for piece in path {
            let (UrlPiece::Text(text), Some(last)) = (piece, written.last_mut()) else {
                if let Some(last) = written.last_mut() {
                    last.push(String::new());
                }
                continue;
            };
            let mut parts = text.split('/');
            if let (Some(first), Some(end)) = (parts.next(), last.last_mut()) {
                end.push_str(first);
            }
            written.extend(parts.map(|part| vec![part.to_owned()]));
        }
        // The path begins with a slash, and nothing stands before it.
        let mut written = written.into_iter().skip(1).peekable();
        let mut segments: Vec<UrlSegment> = Vec::new();
        let mut trailing_slash = false;
        while let Some(texts) = written.next() {
            let is_last = written.peek().is_none();
            match texts.as_slice() {
                [dot] if is_dots(dot, 1) => trailing_slash = is_last,
                [dots] if is_dots(dots, 2) => {
                    segments.pop();
                    trailing_slash = is_last;
                }
                [empty] if empty.is_empty() && is_last => trailing_slash = true,
                texts => segments.push(UrlSegment(texts.iter().map(|t| decoded(t)).collect())),
            }
        }
        Self { trailing_slash: trailing_slash && !segments.is_empty(), segments }
    }
}

impl fmt::Display for UrlPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for UrlSegment(texts) in &self.segments {
            write!(f, "/{}", texts.join("{}"))?;
        }
        f.write_str(if self.trailing_slash || self.segments.is_empty() { "/" } else { "" })
    }
}

/// A text with its escapes decoded; one that they make no UTF-8 of stays as it is.
#[must_use]
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Into::into)
}

/// Whether a segment is so many dots, escaped or not.
fn is_dots(segment: &str, count: usize) -> bool {
    let dots = segment.replace("%2e", ".").replace("%2E", ".");
    dots.len() == count && dots.bytes().all(|byte| byte == b'.')
}

/// URLs lose the spaces and control characters around them and every tab and line break, and a `\` is a `/`.
/// Neighbouring texts become one, and so do neighbouring placeholders.
fn cleaned(url: &[UrlPiece]) -> Vec<UrlPiece> {
    let is_stripped = |c: char| c <= ' ';
    let mut pieces: Vec<UrlPiece> = Vec::with_capacity(url.len());
    for piece in url {
        match (pieces.last_mut(), piece) {
            (Some(UrlPiece::Hole), UrlPiece::Hole) => {}
            (_, UrlPiece::Hole) => pieces.push(UrlPiece::Hole),
            (last, UrlPiece::Text(text)) => {
                let text = text.replace(['\t', '\n', '\r'], "").replace('\\', "/");
                match last {
                    Some(UrlPiece::Text(before)) => before.push_str(&text),
                    Some(UrlPiece::Hole) if !text.is_empty() => pieces.push(UrlPiece::Text(text)),
                    None if !text.trim_start_matches(is_stripped).is_empty() => {
                        let text = text.trim_start_matches(is_stripped);
                        pieces.push(UrlPiece::Text(text.to_owned()));
                    }
                    _ => {}
                }
            }
        }
    }
    if let Some(UrlPiece::Text(last)) = pieces.last_mut() {
        last.truncate(last.trim_end_matches(is_stripped).len());
    }
    pieces
}

/// The URL from its path on: it begins with a slash.
fn without_origin(url: &[UrlPiece]) -> Option<Vec<UrlPiece>> {
    match url {
        [UrlPiece::Hole, UrlPiece::Text(text), rest @ ..] => {
            if text.starts_with(['/', '?', '#']) {
                // `${base}/…`; `${scheme}` of `${scheme}://host/…` ends in no slash.
                Some(rooted(text, rest))
            } else if let Some(authority) = text.strip_prefix("://") {
                after_authority(authority, rest)
            } else if text.starts_with(|c: char| c.is_alphanumeric() || "_~%[".contains(c)) {
                // `${base}api/…`, where the base ends in the slash.
                Some(rooted(&format!("/{text}"), rest))
            } else {
                // `${host}:3000/…`, `${name}.example.org/…`
                after_authority(text, rest)
            }
        }
        [UrlPiece::Text(text), rest @ ..] => match authority_start(text) {
            Some(start) => after_authority(text.get(start..)?, rest),
            None if text.starts_with('/') => Some(rooted(text, rest)),
            None => None,
        },
        _ => None,
    }
}

/// Where the authority of `https://…` or `//…` begins.
fn authority_start(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(2);
    }
    let (scheme, _) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then_some(scheme.len() + "://".len())
}

/// Skips `user@host:port`, which may hold placeholders, up to the path.
fn after_authority(text: &str, rest: &[UrlPiece]) -> Option<Vec<UrlPiece>> {
    let mut text = text;
    let mut rest = rest;
    loop {
        if let Some(at) = text.find(['/', '?', '#']) {
            return Some(rooted(text.get(at..)?, rest));
        }
        match rest {
            [UrlPiece::Hole, UrlPiece::Text(next), more @ ..] => (text, rest) = (next, more),
            [] => return Some(rooted("/", &[])),
            _ => return None,
        }
    }
}

fn rooted(text: &str, rest: &[UrlPiece]) -> Vec<UrlPiece> {
    let text = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
    std::iter::once(UrlPiece::Text(text)).chain(rest.iter().cloned()).collect()
}

fn without_query(mut path: Vec<UrlPiece>) -> Vec<UrlPiece> {
    let end = path.iter().enumerate().find_map(|(at, piece)| match piece {
        UrlPiece::Text(text) => Some((at, text.find(['?', '#'])?)),
        UrlPiece::Hole => None,
    });
    if let Some((at, length)) = end {
        path.truncate(at + 1);
        if let Some(UrlPiece::Text(last)) = path.last_mut() {
            last.truncate(length);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{}` is a placeholder.
    fn shown(url: &str) -> Option<String> {
        let mut pieces = Vec::new();
        for (at, text) in url.split("{}").enumerate() {
            if at > 0 {
                pieces.push(UrlPiece::Hole);
            }
            pieces.push(UrlPiece::Text(text.to_owned()));
        }
        UrlPath::of(&pieces).map(|path| path.to_string())
    }

    #[test]
    fn the_path_of_a_url_is_what_follows_its_origin() {
        let cases = [
            ("/api/runs", Some("/api/runs")),
            ("/api/runs/", Some("/api/runs/")),
            ("/", Some("/")),
            ("//host/api", Some("/api")),
            ("http://localhost:3000/api/runs", Some("/api/runs")),
            ("HTTP://localhost/api/runs", Some("/api/runs")),
            ("http://localhost:3000", Some("/")),
            ("http://user:secret@host/api", Some("/api")),
            ("http://host?x=/api", Some("/")),
            ("{}/api/runs", Some("/api/runs")),
            ("{}/api/runs/{}/process?x={}", Some("/api/runs/{}/process")),
            ("{}/api/runs?x=1#y", Some("/api/runs")),
            ("{}/api/runs#y", Some("/api/runs")),
            ("{}/api/runs{}", Some("/api/runs{}")),
            ("http://{}/api", Some("/api")),
            ("http://{}:{}/api/{}", Some("/api/{}")),
            ("{}://{}:{}/api", Some("/api")),
            ("{}api/runs", Some("/api/runs")),
            ("{}:8080/api", Some("/api")),
            ("{}.example.org/api", Some("/api")),
            ("{}-eu.example.org/api", Some("/api")),
            ("{}{}", None),
            ("{}", None),
            ("{}?x=1", Some("/")),
            ("api/runs", None),
            ("", None),
            ("/api/run-{}", Some("/api/run-{}")),
            ("/api/{}{}", Some("/api/{}")),
        ];
        for (url, expected) in cases {
            assert_eq!(shown(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn a_path_is_normalized_as_the_url_standard_says() {
        let cases = [
            ("/api/./runs/../runs", "/api/runs"),
            ("/api/%2e/runs/%2E%2e/runs", "/api/runs"),
            ("/api/runs/.", "/api/runs/"),
            ("/api/runs/..", "/api/"),
            ("/../../api", "/api"),
            ("/api/{}/../runs", "/api/runs"),
            ("/api/.{}/runs", "/api/.{}/runs"),
            ("/api//runs", "/api//runs"),
            ("\\api\\runs", "/api/runs"),
            ("https:\\\\host\\api", "/api"),
            ("/api\t/ru\nns\r", "/api/runs"),
            (" \u{1}/api/runs \u{1f}", "/api/runs"),
            ("/api/runs%2Farchive", "/api/runs/archive"),
            ("/api/%72uns", "/api/runs"),
            ("/api/%ff", "/api/%ff"),
            ("/api/100%", "/api/100%"),
            ("/api/Stra%C3%9Fe", "/api/Straße"),
        ];
        for (url, expected) in cases {
            assert_eq!(shown(url).as_deref(), Some(expected), "{url}");
        }
        let escaped = UrlPath::of(&[UrlPiece::Text("/api/a%2Fb".to_owned())]);
        assert_eq!(
            escaped.map(|path| path.segments.len()),
            Some(2),
            "an escaped slash parts nothing"
        );
    }
}
