//! The routes of SvelteKit's `+server` files.

use super::between;
use crate::source::RouteSegment;

/// The route of a `+server` file by the folders below `src/routes`; none if it cannot be read.
pub(super) fn route(folders: &[&str]) -> Option<Vec<RouteSegment>> {
    let is_group = |folder: &&&str| !(folder.starts_with('(') && folder.ends_with(')'));
    folders.iter().filter(is_group).map(|folder| segment(folder)).collect()
}

fn segment(folder: &str) -> Option<RouteSegment> {
    if between(folder, "[...", "]").is_some_and(is_name) {
        // It takes no segment, too.
        return Some(RouteSegment::OptionalCatchAll);
    }
    if between(folder, "[[", "]]").is_some_and(is_name) {
        return Some(RouteSegment::Optional);
    }
    let folder = unescaped(folder)?;
    let (Some(open), Some(close)) = (folder.find(OPEN), folder.rfind(CLOSE)) else {
        return Some(RouteSegment::Literal(folder));
    };
    let (before, after) = (folder.get(..open)?, folder.get(close + CLOSE.len_utf8()..)?);
    Some(if before.is_empty() && after.is_empty() {
        RouteSegment::Dynamic
    } else {
        RouteSegment::Partial(before.to_owned(), after.to_owned())
    })
}

fn is_name(name: &str) -> bool {
    !name.contains(['[', ']'])
}

/// What stands for the brackets of a parameter once escapes are read, since an escape may be a bracket.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// The folder with `[x+2f]` and `[u+d83d]` as the characters that they are, and `OPEN` and `CLOSE` around
/// parameters.
fn unescaped(folder: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = folder;
    while let Some((before, inside)) = rest.split_once('[') {
        let (name, after) = inside.split_once(']')?;
        text.push_str(before);
        match name.strip_prefix("x+").or_else(|| name.strip_prefix("u+")) {
            Some(digits) => {
                let codes: Option<Vec<u16>> =
                    digits.split('-').map(|code| u16::from_str_radix(code, 16).ok()).collect();
                text.push_str(&String::from_utf16(&codes?).ok()?);
            }
            None => text.extend([OPEN, CLOSE]),
        }
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}
