use std::borrow::Cow;

/// What a word says, which colour shows at a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Fine,
    Wrong,
    Caution,
    Doubt,
}

/// The text in bold and in its colour.
pub(super) fn painted(text: &str, paint: Paint, color: bool) -> Cow<'_, str> {
    if !color {
        return Cow::Borrowed(text);
    }
    let code = match paint {
        Paint::Fine => 32,
        Paint::Wrong => 31,
        Paint::Caution => 33,
        Paint::Doubt => 35,
    };
    Cow::Owned(format!("\u{1b}[1;{code}m{text}\u{1b}[0m"))
}
