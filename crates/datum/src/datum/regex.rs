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

mod translate;

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
        let (translated, traits) =
            translate::translate(pattern, traits).ok_or_else(|| unknown(pattern))?;
        let options = match (traits.ignore_case, traits.newline) {
            (true, true) => "(?im)",
            (true, false) => "(?is)",
            (false, true) => "(?m)",
            (false, false) => "(?s)",
        };
        let source = format!("{options}{translated}");
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
