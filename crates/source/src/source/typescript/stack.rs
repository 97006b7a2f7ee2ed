//! Room for the recursion of the parser, so that no input overflows the stack.

use std::thread;

/// What one level of nesting may take; unoptimized code takes several times as much.
const BYTES_PER_LEVEL: usize = if cfg!(debug_assertions) { 24 << 10 } else { 3 << 10 };
/// Files that may need more than this are not read.
const MOST: usize = 8 << 30;

/// Runs `read` on a stack that is large enough for whatever `text` may be; none if there is none.
pub(super) fn with_room_for<R: Send>(text: &str, read: impl FnOnce() -> R + Send) -> Option<R> {
    let needed = deepest_nesting(text).saturating_mul(BYTES_PER_LEVEL);
    if stacker::remaining_stack().is_some_and(|remaining| needed <= remaining) {
        return Some(read());
    }
    if needed > MOST {
        return None;
    }
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(needed).spawn_scoped(scope, read).ok()?;
        thread.join().ok()
    })
}

/// No text nests deeper than it has tokens: punctuation, and beginnings of words.
fn deepest_nesting(text: &str) -> usize {
    let mut tokens = 0;
    let mut in_word = false;
    for byte in text.bytes() {
        let is_word = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
        let is_token = if is_word { !in_word } else { !byte.is_ascii_whitespace() };
        tokens += usize::from(is_token);
        in_word = is_word;
    }
    tokens
}
