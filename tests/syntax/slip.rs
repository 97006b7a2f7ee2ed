//! Slips at random: a letter, a word, a comma or a parenthesis too many, too few or elsewhere.

/// What is put where something else was.
const WORDS: &[&str] = &[
    "user",
    "order",
    "select",
    "table",
    "where",
    "column",
    "check",
    "default",
    "primary",
    "group",
    "limit",
    "all",
    "and",
    "as",
    "case",
    "cast",
    "collate",
    "constraint",
    "create",
    "do",
    "else",
    "end",
    "for",
    "from",
    "grant",
    "in",
    "into",
    "left",
    "not",
    "null",
    "on",
    "only",
    "or",
    "references",
    "then",
    "to",
    "union",
    "unique",
    "using",
    "when",
    "with",
    "is",
    "like",
    "between",
    "values",
    "row",
    "exists",
    "if",
    "loop",
    "begin",
    "declare",
    "time",
    "of",
    "by",
    "set",
    "add",
    "drop",
    "key",
    "type",
    "x",
    "AUTO_INCREMENT",
    "interval",
    "natural",
    "isnull",
    "variadic",
    "lateral",
    "returning",
];

/// What is put anywhere.
const PIECES: &[&str] = &[
    "'x", "$1", "`a`", "*", "1a", "0x1F", "E'\\u00'", "U&'\\zz'", "::", ":=", "=>", "a.b.c.d",
    "\"\"", "[1]", "{", "#", "1_0", "$a$", "..", "!", "?", ",", "(", ")", ";", "/*", "--",
];

/// Makes slips, the same ones for the same seed.
pub(crate) struct Slips(u64);

impl Slips {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `count` (SplitMix64).
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let random = usize::try_from((z ^ (z >> 31)) >> 1).unwrap_or(0);
        random % count.max(1)
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = self.below(from.len());
        from.get(at).expect("something to pick from")
    }

    /// The text with a slip, or with some.
    pub(crate) fn make(&mut self, text: &str) -> String {
        let mut parts = parts(text);
        let places: Vec<usize> =
            (0..parts.len()).filter(|at| !parts[*at].trim().is_empty()).collect();
        if places.is_empty() {
            return text.to_owned();
        }
        let at = *self.pick(&places);
        let other = *self.pick(&places);
        let part = parts[at].clone();
        match self.below(9) {
            0 => {
                let letter = self.below(part.chars().count());
                let kept = part.chars().enumerate().filter(|(place, _)| *place != letter);
                parts[at] = kept.map(|(_, letter)| letter).collect();
            }
            1 => parts[at] = String::new(),
            2 => parts[at] = format!("{part} {part}"),
            3 => parts.swap(at, other),
            4 => parts[at] = format!("{part},"),
            5 => parts[at] = format!("({part}"),
            6 => parts[at] = (*self.pick(WORDS)).to_owned(),
            7 => parts[at] = format!("{part} {}", self.pick(WORDS)),
            _ => parts[at] = (*self.pick(PIECES)).to_owned(),
        }
        let text = parts.concat();
        if self.below(4) == 0 { self.make(&text) } else { text }
    }
}

/// Words, blanks, strings and single characters.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(first) = letters.next() {
        let mut part = String::from(first);
        let same = |letter: &char| match first {
            _ if first.is_alphanumeric() || first == '_' => {
                letter.is_alphanumeric() || *letter == '_'
            }
            _ if first.is_whitespace() => letter.is_whitespace(),
            '\'' => *letter != '\'',
            _ => false,
        };
        while let Some(letter) = letters.next_if(same) {
            part.push(letter);
        }
        if first == '\'' {
            part.extend(letters.next());
        }
        parts.push(part);
    }
    parts
}
