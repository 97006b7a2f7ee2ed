//! The little language of `format!`'s first argument.

/// One piece of a format string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text, `{{` and `}}` unescaped.
    Text(String),
    /// A placeholder.
    Hole {
        /// What it shows.
        argument: Argument,
        /// It is `{}`, `{0}` or `{name}`, without a format.
        plain: bool,
    },
}

/// The argument that a placeholder shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Argument {
    /// `{}`.
    Next,
    /// `{0}`.
    Position(usize),
    /// `{name}`.
    Name(String),
}

/// The pieces of a format string. What rustc would refuse comes out as text.
pub(super) fn pieces(format: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
        } else if let (true, Some(close)) = (brace == "{", rest.find('}')) {
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(hole(&rest[..close]));
            rest = &rest[close + 1..];
        } else {
            text.push_str(brace);
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

fn hole(inside: &str) -> Piece {
    let (argument, plain) = match inside.split_once(':') {
        Some((argument, format)) => (argument, format.trim().is_empty()),
        None => (inside, true),
    };
    let argument = match argument.trim() {
        "" => Argument::Next,
        name => name.parse().map_or_else(|_| Argument::Name(name.to_owned()), Argument::Position),
    };
    Piece::Hole { argument, plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole(argument: Argument, plain: bool) -> Piece {
        Piece::Hole { argument, plain }
    }

    #[test]
    fn format_strings_fall_into_text_and_holes() {
        let text = |t: &str| Piece::Text(t.to_owned());
        let name = |n: &str| Argument::Name(n.to_owned());
        let cases = [
            ("/a", vec![text("/a")]),
            ("{}/a", vec![hole(Argument::Next, true), text("/a")]),
            ("/{id}/b", vec![text("/"), hole(name("id"), true), text("/b")]),
            (
                "{0}{1:?}",
                vec![hole(Argument::Position(0), true), hole(Argument::Position(1), false)],
            ),
            ("{id:>width$}", vec![hole(name("id"), false)]),
            ("{{x}}", vec![text("{x}")]),
            ("{{{x}}}", vec![text("{"), hole(name("x"), true), text("}")]),
            ("{:}", vec![hole(Argument::Next, true)]),
            ("a{", vec![text("a{")]),
            ("", vec![]),
        ];
        for (format, expected) in cases {
            assert_eq!(pieces(format), expected, "{format}");
        }
    }
}
