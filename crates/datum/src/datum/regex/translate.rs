//! From PostgreSQL's syntax of regular expressions to that of the crate `regex`.

use super::Traits;

/// The expression in the other syntax, and what is found of it on the way; `None` where that is not certain.
pub(super) fn translate(pattern: &str, traits: Traits) -> Option<(String, Traits)> {
    if pattern.starts_with("***") {
        return None;
    }
    let chars = pattern.chars().collect();
    let mut parser = Parser { chars, at: 0, out: String::new(), depth: 0, traits };
    parser.alternatives()?;
    (parser.at == parser.chars.len()).then_some((parser.out, parser.traits))
}

/// Reads an expression and writes it in the other syntax; each method is `None` where that is not certain.
struct Parser {
    chars: Vec<char>,
    at: usize,
    out: String,
    depth: usize,
    traits: Traits,
}

/// What is known of a part of an expression.
#[derive(Clone, Copy)]
struct Part {
    /// The number of characters that it matches, where that is always the same.
    width: Option<usize>,
    /// It matches a place and no character, as `^` does.
    is_place: bool,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn takes(&mut self, token: &str) -> bool {
        let length = token.chars().count();
        let found = self.chars.get(self.at..self.at + length);
        let found = found.is_some_and(|found| token.chars().eq(found.iter().copied()));
        if found {
            self.at += length;
        }
        found
    }

    fn alternatives(&mut self) -> Option<Option<usize>> {
        self.depth += 1;
        if self.depth > 50 {
            return None;
        }
        let width = self.branch()?;
        let mut same = true;
        while self.takes("|") {
            self.out.push('|');
            same &= self.branch()? == width && width.is_some();
        }
        if !same {
            self.traits.uncertain_groups = true;
        }
        self.depth -= 1;
        Some(width.filter(|_| same))
    }

    fn branch(&mut self) -> Option<Option<usize>> {
        let mut width = Some(0_usize);
        while let Some(c) = self.peek()
            && c != '|'
            && c != ')'
        {
            let part = self.quantified()?;
            width = width.zip(part).map(|(a, b)| a + b);
        }
        Some(width)
    }

    fn quantified(&mut self) -> Option<Option<usize>> {
        let groups = self.traits.groups;
        let plain = self.chars.get(self.at..self.at + 2) == Some(&['(', '?']);
        let part = self.atom()?;
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                let (least, most, length) = self.bounds()?;
                self.at += length;
                (least, most)
            }
            _ => return Some(part.width),
        };
        if self.chars.get(self.at) != Some(&'{')
            && !matches!(self.chars.get(self.at.wrapping_sub(1)), Some('}'))
        {
            self.at += 1;
        }
        // A second quantifier is an error there, but for the one that makes it reluctant.
        let reluctant = self.takes("?");
        if part.is_place || matches!(self.peek(), Some('*' | '+' | '?')) {
            return None;
        }
        if self.peek() == Some('{') && self.chars.get(self.at + 1).is_some_and(char::is_ascii_digit)
        {
            return None;
        }
        self.traits.reluctant |= reluctant;
        // Of a group inside one that is repeated, PostgreSQL forgets what earlier rounds took.
        let inside = self.traits.groups - groups;
        if inside > 1 || (inside == 1 && (part.width.is_none() || plain)) {
            self.traits.uncertain_groups = true;
        }
        let most = most.map_or_else(String::new, |most: usize| most.to_string());
        self.out.push_str(&format!("{{{least},{most}}}"));
        if reluctant {
            self.out.push('?');
        }
        let fixed = !most.is_empty() && most == least.to_string();
        Some(part.width.filter(|_| fixed).map(|width| width * least))
    }

    /// `{2}`, `{2,}`, `{2,3}`, and how many characters that is.
    fn bounds(&self) -> Option<(usize, Option<usize>, usize)> {
        let rest = self.chars.get(self.at + 1..)?;
        let end = rest.iter().position(|c| *c == '}')?;
        let inside: String = rest.get(..end)?.iter().collect();
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            if plain { digits.parse::<usize>().ok().filter(|n| *n <= 255) } else { None }
        };
        let (least, most) = match inside.split_once(',') {
            None => (number(&inside)?, Some(number(&inside)?)),
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        most.is_none_or(|most| most >= least).then_some((least, most, end + 2))
    }

    fn atom(&mut self) -> Option<Part> {
        let one = Some(Part { width: Some(1), is_place: false });
        let place = Some(Part { width: Some(0), is_place: true });
        let c = self.peek()?;
        self.at += 1;
        match c {
            '(' => {
                let plain = self.takes("?:");
                if !plain && self.peek() == Some('?') {
                    return None;
                }
                self.traits.groups += usize::from(!plain);
                // Each part is a group of its own, so that a quantifier after it belongs to all of it.
                self.out.push_str(if plain { "(?:" } else { "(" });
                let width = self.alternatives()?;
                self.out.push(')');
                self.takes(")").then_some(Part { width, is_place: false })
            }
            '[' => {
                self.bracket()?;
                one
            }
            '.' => {
                self.out.push('.');
                one
            }
            '^' | '$' => {
                self.out.push(c);
                place
            }
            '\\' => self.escape(),
            '*' | '+' | '?' | ')' => None,
            '{' if self.peek().is_some_and(|c| c.is_ascii_digit()) => None,
            c => {
                self.push_literal(c)?;
                one
            }
        }
    }

    fn push_literal(&mut self, c: char) -> Option<()> {
        if self.traits.ignore_case && !c.is_ascii() {
            return None;
        }
        self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
        Some(())
    }

    fn escape(&mut self) -> Option<Part> {
        let c = self.peek()?;
        let place = match c {
            'y' => Some("(?-u:\\b)"),
            'Y' => Some("(?-u:\\B)"),
            'm' => Some("(?-u:\\b{start})"),
            'M' => Some("(?-u:\\b{end})"),
            'A' => Some("\\A"),
            'Z' => Some("\\z"),
            _ => None,
        };
        if let Some(place) = place {
            self.at += 1;
            self.traits.classes |= c != 'A' && c != 'Z';
            self.out.push_str(place);
            return Some(Part { width: Some(0), is_place: true });
        }
        if let Some((members, negated)) = class_escape(c) {
            // Whether the negated ones match a newline is another matter in each version.
            if negated && self.traits.newline {
                return None;
            }
            self.at += 1;
            self.traits.classes = true;
            let not = if negated { "^" } else { "" };
            self.out.push_str(&format!("[{not}{members}]"));
        } else {
            let literal = self.character_escape()?;
            self.push_literal(literal)?;
        }
        Some(Part { width: Some(1), is_place: false })
    }

    /// The character after a backslash that stands for one.
    fn character_escape(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(match c {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'B' => '\\',
            'e' => '\u{1b}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'u' => {
                let digits: String = self.chars.get(self.at..self.at + 4)?.iter().collect();
                self.at += 4;
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
            }
            c if c.is_alphanumeric() => return None,
            c => c,
        })
    }

    fn bracket(&mut self) -> Option<()> {
        let negated = self.takes("^");
        let mut class = String::new();
        let mut first = true;
        loop {
            let c = self.peek()?;
            self.at += 1;
            match c {
                ']' if !first => break,
                '[' if matches!(self.peek(), Some('.' | '=')) => return None,
                '[' if self.takes(":") => {
                    let rest: String = self.chars.get(self.at..)?.iter().collect();
                    let (name, _) = rest.split_once(":]")?;
                    let known = [
                        "alnum", "alpha", "blank", "digit", "lower", "upper", "space", "xdigit",
                        "punct",
                    ];
                    if !known.contains(&name)
                        || (self.traits.ignore_case && matches!(name, "lower" | "upper"))
                    {
                        return None;
                    }
                    self.at += name.len() + 2;
                    self.traits.classes = true;
                    class.push_str(&format!("[:{name}:]"));
                    if self.peek() == Some('-') && self.chars.get(self.at + 1) != Some(&']') {
                        return None;
                    }
                }
                '\\' if self.peek().and_then(class_escape).is_some() => {
                    let (members, negated) = self.peek().and_then(class_escape)?;
                    if negated {
                        return None;
                    }
                    self.at += 1;
                    self.traits.classes = true;
                    class.push_str(members);
                    if self.peek() == Some('-') && self.chars.get(self.at + 1) != Some(&']') {
                        return None;
                    }
                }
                c => {
                    let from = if c == '\\' { self.character_escape()? } else { c };
                    let ranged = self.peek() == Some('-')
                        && self.chars.get(self.at + 1).is_some_and(|c| *c != ']');
                    // A hyphen inside that neither begins nor ends the bracket is read in more than one way.
                    if c == '-' && !first && self.peek() != Some(']') {
                        return None;
                    }
                    push_member(&mut class, from);
                    if ranged {
                        self.at += 1;
                        let to = self.peek().filter(|c| !matches!(c, '[' | '\\' | '-'))?;
                        self.at += 1;
                        if to < from {
                            return None;
                        }
                        class.push('-');
                        push_member(&mut class, to);
                    }
                    if self.traits.ignore_case && !from.is_ascii() {
                        return None;
                    }
                }
            }
            first = false;
        }
        if negated && self.traits.newline {
            class.push_str("\\n");
        }
        self.out.push_str(if negated { "[^" } else { "[" });
        self.out.push_str(&class);
        self.out.push(']');
        Some(())
    }
}

fn push_member(class: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        class.push('\\');
    }
    class.push(c);
}

/// The members of a class by its letter, and whether it is what they are not.
fn class_escape(c: char) -> Option<(&'static str, bool)> {
    Some(match c {
        'd' => ("0-9", false),
        'w' => ("0-9A-Za-z_", false),
        's' => (" \\t\\n\\r\\x0b\\x0c", false),
        'D' => ("0-9", true),
        'W' => ("0-9A-Za-z_", true),
        'S' => (" \\t\\n\\r\\x0b\\x0c", true),
        _ => return None,
    })
}
