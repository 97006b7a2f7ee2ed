//! What a path has used of the data: which of them still are free.
//!
//! The search claims of an option that data can be chosen for it. That is so as long as each choice
//! is about data of their own, or about data whose earlier choices are all in one theory that tells
//! what is possible together (`order` and `equality`). Once something that is not computed was
//! asked of data, its answer belongs to just these data: whoever changed them might change the
//! answer. Such data are *settled*, and with them all that was compared with them: whatever is
//! asked of them later may have any answer.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::value::{Origin, Symbol};

/// One datum: a column of a row, a field of a json column, or the rows of a table.
pub(super) type Atom = Arc<str>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// What an atom was asked as: data are asked in one way only.
    views: HashMap<Atom, Arc<str>>,
    settled: HashSet<Atom>,
    /// What was compared with what.
    linked: HashMap<Atom, Vec<Atom>>,
    /// Fields and the json that they are in.
    parents: HashMap<Atom, Atom>,
    /// Whatever anything was asked of.
    mentioned: HashSet<Atom>,
    /// Nothing is free any more.
    all_settled: bool,
}

impl Data {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.views.clear();
        self.settled.clear();
        self.linked.clear();
        self.parents.clear();
        self.mentioned.clear();
        self.all_settled = false;
    }

    /// Whether nothing that is not computed was asked of it, of what it is part of, or of its parts.
    pub(super) fn is_free(&self, atom: &Atom) -> bool {
        !self.all_settled
            && !self.settled.contains(atom)
            && self.parents.get(atom).is_none_or(|parent| self.is_free(parent))
    }

    /// Whether nothing at all was asked of it but whether it is NULL.
    pub(super) fn is_untouched(&self, atom: &Atom) -> bool {
        self.is_free(atom)
            && !self.views.contains_key(atom)
            && !self
                .parents
                .iter()
                .any(|(field, parent)| parent == atom && self.mentioned.contains(field))
    }

    /// Whether a symbol is data that may still take any value that the theory of its sort allows.
    pub(super) fn may_choose(&self, symbol: &Symbol) -> bool {
        match &symbol.origin {
            Origin::Data(atom) => {
                self.is_free(atom)
                    && match self.views.get(atom) {
                        Some(view) => *view == symbol.key,
                        None => self.is_untouched(atom),
                    }
            }
            _ => false,
        }
    }

    /// Whether anything was asked of it or of its parts.
    pub(super) fn is_mentioned(&self, atom: &Atom) -> bool {
        self.mentioned.contains(atom)
    }

    /// Something was asked of it.
    pub(super) fn mention(&mut self, atom: &Atom) {
        let mut next = Some(atom);
        while let Some(atom) = next {
            self.mentioned.insert(Arc::clone(atom));
            next = self.parents.get(atom);
        }
    }

    /// What it was asked as, if it was.
    pub(super) fn view(&self, atom: &Atom) -> Option<&Arc<str>> {
        self.views.get(atom)
    }

    /// Whether it was asked itself, rather than a part of it.
    pub(super) fn is_viewed(&self, atom: &Atom) -> bool {
        self.views.contains_key(atom)
    }

    /// A field of json was asked for.
    pub(super) fn add_field(&mut self, json: &Atom, field: &Atom) {
        self.parents.entry(Arc::clone(field)).or_insert_with(|| Arc::clone(json));
    }

    /// Data were asked for in a theory, together.
    pub(super) fn link(&mut self, symbols: &[&Symbol]) {
        let mut first: Option<Atom> = None;
        for symbol in symbols {
            let Origin::Data(atom) = &symbol.origin else { continue };
            self.mention(atom);
            self.views.entry(Arc::clone(atom)).or_insert_with(|| Arc::clone(&symbol.key));
            match &first {
                None => first = Some(Arc::clone(atom)),
                Some(first) if first != atom => {
                    self.linked.entry(Arc::clone(first)).or_default().push(Arc::clone(atom));
                    self.linked.entry(Arc::clone(atom)).or_default().push(Arc::clone(first));
                }
                Some(_) => {}
            }
        }
    }

    /// Something that is not computed was asked of these.
    pub(super) fn settle(&mut self, symbols: &[&Symbol]) {
        for symbol in symbols {
            match &symbol.origin {
                Origin::Data(atom) => self.settle_atom(atom),
                Origin::Uninterpreted(atoms) => {
                    atoms.iter().for_each(|atom| self.settle_atom(atom));
                }
                Origin::Fresh => self.all_settled = true,
                Origin::Present => {}
            }
        }
    }

    /// Something that is not computed was asked of everything.
    pub(super) fn settle_all(&mut self) {
        self.all_settled = true;
    }

    pub(super) fn settle_atom(&mut self, atom: &Atom) {
        let mut open = vec![Arc::clone(atom)];
        while let Some(atom) = open.pop() {
            if !self.settled.insert(Arc::clone(&atom)) {
                continue;
            }
            self.mention(&atom);
            open.extend(self.linked.get(&atom).into_iter().flatten().cloned());
            let fields = self.parents.iter().filter(|(_, parent)| **parent == atom);
            open.extend(fields.map(|(field, _)| Arc::clone(field)));
        }
    }
}
