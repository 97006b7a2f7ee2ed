//! Regular expressions: <https://www.postgresql.org/docs/current/functions-matching.html#FUNCTIONS-POSIX-REGEXP>.
//!
//! A pattern is translated to the syntax of the crate `regex`, token by token, and only where both mean the same for
//! certain. PostgreSQL takes the longest of the leftmost matches, the crate the first by its alternatives, so that a
//! match's end is looked for by an automaton of its own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::Regex;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::{Anchored, Input, MatchKind};

use super::{Computed, Refusal};

/// A pattern that is ready to match.
#[derive(Debug)]
pub struct Pattern {
    regex: Regex,
    longest: Option<DFA>,
    traits: Traits,
}

/// What decides whether a question can be answered.
#[derive(Debug, Clone, Copy, Default)]
struct Traits {
    /// It has classes of characters, whose members beyond ASCII hang on the locale.
    classes: bool,
    ignore_case: bool,
    /// It has a quantifier that takes as little as it can.
    reluctant: bool,
    /// Which part of a match a group gets is not certain.
    uncertain_groups: bool,
    /// The number of groups.
    groups: usize,
    /// `.` and negated brackets pass over newlines, and anchors stop at them.
    newline: bool,
}

/// A match: its span, and those of its groups.
pub(super) type Captures = Vec<Option<(usize, usize)>>;

/// As many patterns are kept.
const MAX_KEPT: usize = 64;

type Kept = HashMap<(String, String), Computed<Rc<Pattern>>>;

thread_local! {
    /// Making a pattern takes a thousand times as long as matching it, and a query has few patterns that it applies to
    /// every row.
    static KEPT: RefCell<Kept> = RefCell::default();
}

impl Pattern {
    /// A pattern with the flags that functions take.
    ///
    /// # Errors
    /// Where it is not certain to mean the same here.
    pub fn new(pattern: &str, flags: &str) -> Computed<Rc<Self>> {
        KEPT.with_borrow_mut(|kept| {
            let key = (pattern.to_owned(), flags.to_owned());
            if kept.len() >= MAX_KEPT && !kept.contains_key(&key) {
                kept.clear();
            }
            kept.entry(key).or_insert_with(|| Self::translate(pattern, flags).map(Rc::new)).clone()
        })
    }

    fn translate(pattern: &str, flags: &str) -> Computed<Self> {
        let mut traits = Traits::default();
        for flag in flags.chars() {
            match flag {
                'i' => traits.ignore_case = true,
                'c' => traits.ignore_case = false,
                'n' | 'm' => traits.newline = true,
                's' => traits.newline = false,
                _ => return Err(unknown(pattern)),
            }
        }
        let mut parser = Parser {
            chars: pattern.chars().collect(),
            at: 0,
            out: String::new(),
            depth: 0,
            traits,
        };
        let read = if pattern.starts_with("***") { None } else { parser.alternatives() };
        if read.is_none() || parser.at < parser.chars.len() {
            return Err(unknown(pattern));
        }
        let traits = parser.traits;
        let options = match (traits.ignore_case, traits.newline) {
            (true, true) => "(?im)",
            (true, false) => "(?is)",
            (false, true) => "(?m)",
            (false, false) => "(?s)",
        };
        let source = format!("{options}{}", parser.out);
        let regex = Regex::new(&source).map_err(|_| unknown(pattern))?;
        let longest =
            DFA::builder().configure(DFA::config().match_kind(MatchKind::All)).build(&source).ok();
        Ok(Self { regex, longest, traits })
    }

    fn can_match(&self, text: &str) -> Computed<()> {
        if (self.traits.classes || self.traits.ignore_case) && !text.is_ascii() {
            return Err(Refusal::unknown("a class of characters of the locale"));
        }
        Ok(())
    }

    /// Whether a part of a text matches.
    ///
    /// # Errors
    /// Where that hangs on the locale.
    pub fn is_match(&self, text: &str) -> Computed<bool> {
        self.can_match(text)?;
        Ok(self.regex.is_match(text))
    }

    /// The number of groups.
    pub(super) fn groups(&self) -> usize {
        self.traits.groups
    }

    /// The first match from a place on.
    pub(super) fn find(&self, text: &str, from: usize) -> Computed<Option<(usize, usize)>> {
        self.can_match(text)?;
        let Some(first) = self.regex.find_at(text, from) else { return Ok(None) };
        if self.traits.reluctant {
            return Err(Refusal::unknown("the part of a text that a reluctant pattern takes"));
        }
        let end = self
            .end(text, first.start())
            .ok_or_else(|| Refusal::unknown("the part of a text that a pattern takes"))?;
        Ok(Some((first.start(), end)))
    }

    fn end(&self, text: &str, start: usize) -> Option<usize> {
        let longest = self.longest.as_ref()?;
        let input = Input::new(text).range(start..).anchored(Anchored::Yes);
        let mut cache = longest.create_cache();
        Some(longest.try_search_fwd(&mut cache, &input).ok()??.offset())
    }

    /// The first match from a place on, with its groups.
    pub(super) fn captures(&self, text: &str, from: usize) -> Computed<Option<Captures>> {
        let Some((start, end)) = self.find(text, from)? else { return Ok(None) };
        if self.traits.groups == 0 {
            return Ok(Some(vec![Some((start, end))]));
        }
        let unknown = || Refusal::unknown("the parts of a text that groups of a pattern take");
        let found = self.regex.captures_at(text, from).ok_or_else(unknown)?;
        let same = found.get(0).is_some_and(|all| all.start() == start && all.end() == end);
        if self.traits.uncertain_groups || !same {
            return Err(unknown());
        }
        Ok(Some(found.iter().map(|group| group.map(|g| (g.start(), g.end()))).collect()))
    }
}

fn unknown(pattern: &str) -> Refusal {
    Refusal::unknown(format!("the regular expression {pattern}"))
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
