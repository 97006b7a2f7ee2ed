//! Where a span is, for formats that want a URL.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a segment of a path cannot hold in a URL, and the colon, after which a relative URL would
/// be taken for an absolute one.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A path with `/` between its segments as a relative URL.
pub(super) fn relative_url(path: &str) -> String {
    let segments = path.split('/').map(|part| utf8_percent_encode(part, SEGMENT).to_string());
    segments.collect::<Vec<_>>().join("/")
}
