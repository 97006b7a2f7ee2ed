//! The theory of equality: which texts and uuids are equal, and which are not.
//!
//! There are more texts and uuids than anybody names, so that whatever is not equal by what was
//! decided before may be unequal, and two classes may be made one unless they hold different constants
//! or were found to be unequal.

use std::collections::HashMap;
use std::sync::Arc;

use super::sort::Lengths;

/// A symbol or a constant.
#[derive(Debug, Clone)]
pub(super) enum Member {
    Symbol {
        key: Arc<str>,
        lengths: Lengths,
        may_be_visitor: bool,
    },
    Constant(Arc<str>),
    /// A constant that is not known here.
    Opaque(Arc<str>),
}

#[derive(Debug, Clone, Default)]
struct Class {
    constant: Option<Arc<str>>,
    least: u32,
    most: Option<u32>,
    uuid: bool,
    /// One of its members is in no row of the visitor's.
    stranger: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Equality {
    classes: Vec<Class>,
    symbols: HashMap<Arc<str>, usize>,
    constants: HashMap<Arc<str>, usize>,
    merged: Vec<(usize, usize)>,
    different: Vec<(usize, usize)>,
}

impl Equality {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.classes.clear();
        self.symbols.clear();
        self.constants.clear();
        self.merged.clear();
        self.different.clear();
    }

    /// The class of a member.
    pub(super) fn class(&mut self, member: &Member) -> usize {
        let next = self.classes.len();
        let (known, class) = match member {
            Member::Symbol { key, lengths, may_be_visitor } => {
                let class = Class {
                    constant: None,
                    least: lengths.least,
                    most: lengths.most,
                    uuid: lengths.uuid,
                    stranger: !may_be_visitor,
                };
                (self.symbols.entry(Arc::clone(key)).or_insert(next), class)
            }
            Member::Constant(text) => {
                let class = Class { constant: Some(Arc::clone(text)), ..Class::default() };
                (self.constants.entry(Arc::clone(text)).or_insert(next), class)
            }
            Member::Opaque(key) => {
                (self.symbols.entry(Arc::clone(key)).or_insert(next), Class::default())
            }
        };
        let found = *known;
        if found == next {
            self.classes.push(class);
        }
        self.root(found)
    }

    fn root(&self, mut class: usize) -> usize {
        while let Some((_, into)) = self.merged.iter().find(|(from, _)| *from == class) {
            class = *into;
        }
        class
    }

    /// Whether two classes can be equal, and whether they can be unequal.
    pub(super) fn options(&self, a: usize, b: usize) -> (bool, bool) {
        if a == b {
            return (true, false);
        }
        let known = self.different.iter().any(|(c, d)| {
            let (c, d) = (self.root(*c), self.root(*d));
            (c, d) == (a, b) || (d, c) == (a, b)
        });
        if known {
            return (false, true);
        }
        (self.united(a, b).is_some(), true)
    }

    /// The class that two would be together.
    fn united(&self, a: usize, b: usize) -> Option<Class> {
        let (a, b) = (&self.classes[a], &self.classes[b]);
        let constant = match (&a.constant, &b.constant) {
            (Some(a), Some(b)) if a != b => return None,
            (Some(constant), _) | (None, Some(constant)) => Some(Arc::clone(constant)),
            (None, None) => None,
        };
        let class = Class {
            constant,
            least: a.least.max(b.least),
            most: a.most.into_iter().chain(b.most).min(),
            uuid: a.uuid || b.uuid,
            stranger: a.stranger || b.stranger,
        };
        if class.most.is_some_and(|most| most < class.least) {
            return None;
        }
        if let Some(text) = &class.constant {
            let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            let fits = class.least <= length && class.most.is_none_or(|most| length <= most);
            if !fits
                || class.uuid && !is_uuid(text)
                || class.stranger && **text == *super::visitor::ID
            {
                return None;
            }
        }
        Some(class)
    }

    /// Two classes are equal.
    pub(super) fn merge(&mut self, a: usize, b: usize) {
        if a != b
            && let Some(class) = self.united(a, b)
        {
            self.classes[a] = class;
            self.merged.push((b, a));
        }
    }

    /// Two classes are unequal.
    pub(super) fn differ(&mut self, a: usize, b: usize) {
        self.different.push((a, b));
    }

    /// The constant that a symbol is equal to.
    pub(super) fn constant_of(&self, key: &str) -> Option<Arc<str>> {
        let class = self.root(*self.symbols.get(key)?);
        self.classes[class].constant.clone()
    }
}

/// Whether a text is a uuid as PostgreSQL writes it.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}
