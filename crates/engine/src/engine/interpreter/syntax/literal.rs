//! The escapes in strings and identifiers.

use std::ops::Range;

use super::error::SyntaxError;

/// Checks the escapes of an `E'…'` string, of which these are the pieces.
pub(super) fn check_escapes(text: &str, pieces: &[Range<usize>]) -> Result<(), SyntaxError> {
    let mut string = Vec::new();
    // An octal or hexadecimal escape may make what is no text.
    let mut own_bytes = false;
    // The first half of a surrogate pair, which has to be followed by the other.
    let mut half = None;
    for piece in pieces {
        let bytes = text.as_bytes().get(piece.clone()).unwrap_or_default();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let here = piece.start + at;
            let next = bytes.get(at + 1).copied();
            let is_unicode = byte == b'\\' && matches!(next, Some(b'u' | b'U'));
            if half.is_some() && !is_unicode {
                return Err(bad_pair(text, here..here + 1));
            }
            if byte != b'\\' {
                string.push(byte);
                at += 1;
                continue;
            }
            match next {
                Some(letter @ (b'u' | b'U')) => {
                    let digits = if letter == b'u' { 4 } else { 8 };
                    let end = at + 2 + digits;
                    let Some(code) = hexadecimal(bytes.get(at + 2..end)) else {
                        let range = here..(here + 2).min(piece.end);
                        return Err(SyntaxError::new(range, "22025", "invalid Unicode escape"));
                    };
                    half = add_unicode(text, here..piece.start + end, code, half)?;
                    if half.is_none() {
                        string.push(b'?');
                    }
                    at = end;
                }
                Some(b'x') => {
                    let digits = run(bytes, at + 2, 2, |b| b.is_ascii_hexdigit());
                    match hexadecimal(bytes.get(at + 2..at + 2 + digits)).filter(|_| digits > 0) {
                        Some(code) => {
                            string.push(low_byte(code));
                            own_bytes |= code == 0 || code >= 0x80;
                        }
                        None => string.push(b'x'),
                    }
                    at += 2 + digits;
                }
                Some(b'0'..=b'7') => {
                    let digits = run(bytes, at + 1, 3, |b| matches!(b, b'0'..=b'7'));
                    let code = bytes.get(at + 1..at + 1 + digits).unwrap_or_default();
                    let code = code.iter().fold(0, |sum, b| 8 * sum + u32::from(b - b'0'));
                    string.push(low_byte(code));
                    own_bytes |= low_byte(code) == 0 || low_byte(code) >= 0x80;
                    at += 1 + digits;
                }
                Some(other) => {
                    string.push(other);
                    at += 2;
                }
                None => at += 1,
            }
        }
    }
    let whole = pieces.first().map_or(0, |p| p.start)..pieces.last().map_or(0, |p| p.end);
    if half.is_some() {
        return Err(bad_pair(text, whole.end..(whole.end + 1).min(text.len())));
    }
    if own_bytes { check_encoding(&string, whole) } else { Ok(()) }
}

/// Checks the escapes of a `U&'…'` string or `U&"…"` identifier.
pub(super) fn check_unicode(
    text: &str,
    pieces: &[Range<usize>],
    escape: u8,
) -> Result<(), SyntaxError> {
    let mut half = None;
    for piece in pieces {
        let bytes = text.as_bytes().get(piece.clone()).unwrap_or_default();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let here = piece.start + at;
            let escaped = bytes.get(at + 1).copied();
            if byte != escape || escaped == Some(escape) {
                if half.is_some() {
                    return Err(bad_pair_of_literal(here));
                }
                at += if byte == escape { 2 } else { 1 };
                continue;
            }
            let (from, digits) = if escaped == Some(b'+') { (2, 6) } else { (1, 4) };
            let Some(code) = hexadecimal(bytes.get(at + from..at + from + digits)) else {
                let message = "invalid Unicode escape";
                return Err(SyntaxError::new(here..here + 1, "42601", message));
            };
            at += from + digits;
            half = match (half, code) {
                (None, 0xd800..=0xdbff) => Some(code),
                (Some(_), 0xdc00..=0xdfff) => None,
                (Some(_), _) | (None, 0xdc00..=0xdfff) => return Err(bad_pair_of_literal(here)),
                (None, _) if code == 0 || code > 0x10_ffff => {
                    let message = "invalid Unicode escape value";
                    return Err(SyntaxError::new(here..here + 1, "42601", message));
                }
                (None, _) => None,
            };
        }
    }
    match (half, pieces.last()) {
        (Some(_), Some(last)) => Err(bad_pair_of_literal(last.end)),
        _ => Ok(()),
    }
}

/// Adds a code to what was a half before; gives the half that is left.
fn add_unicode(
    text: &str,
    range: Range<usize>,
    code: u32,
    half: Option<u32>,
) -> Result<Option<u32>, SyntaxError> {
    match (half, code) {
        (None, 0xd800..=0xdbff) => Ok(Some(code)),
        (Some(_), 0xdc00..=0xdfff) => Ok(None),
        (Some(_), _) | (None, 0xdc00..=0xdfff) => Err(bad_pair(text, range)),
        (None, _) if code == 0 || code > 0x10_ffff => {
            Err(SyntaxError::near(text, range, "invalid Unicode escape value"))
        }
        (None, _) => Ok(None),
    }
}

fn bad_pair(text: &str, range: Range<usize>) -> SyntaxError {
    SyntaxError::near(text, range, "invalid Unicode surrogate pair")
}

fn bad_pair_of_literal(at: usize) -> SyntaxError {
    SyntaxError::new(at..at + 1, "42601", "invalid Unicode surrogate pair")
}

/// How many bytes from a place on are as they have to be, up to a limit.
fn run(bytes: &[u8], from: usize, limit: usize, is: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().take(limit).take_while(|byte| is(**byte)).count()
}

fn hexadecimal(digits: Option<&[u8]>) -> Option<u32> {
    let digits = digits?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

fn low_byte(code: u32) -> u8 {
    u8::try_from(code & 0xff).unwrap_or(0)
}

fn check_encoding(string: &[u8], range: Range<usize>) -> Result<(), SyntaxError> {
    let valid = match str::from_utf8(string) {
        Ok(_) => string.len(),
        Err(error) => error.valid_up_to(),
    };
    let zero = memchr::memchr(0, string.get(..valid).unwrap_or_default());
    let bad = zero.unwrap_or(valid);
    let Some(first) = string.get(bad) else { return Ok(()) };
    // As many bytes as the first one announces.
    let length = match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 1,
    };
    let bytes = string.get(bad..).unwrap_or_default().iter().take(length);
    let bytes: Vec<String> = bytes.map(|byte| format!("0x{byte:02x}")).collect();
    let message = format!("invalid byte sequence for encoding \"UTF8\": {}", bytes.join(" "));
    Err(SyntaxError::new(range, "22021", message))
}
